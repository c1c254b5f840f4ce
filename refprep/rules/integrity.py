"""What is checked of a bundle: whether it still is as packed."""

from collections.abc import Iterator, Sequence

from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.integrity import BundleFile
from refprep.models.limits import Level
from refprep.models.reference import ReferenceSet
from refprep.rules.rule import Rule, finding

EDITS: tuple[tuple[str, Level, str, str | None], ...] = (
    ("edited", "error", "edited since packing", None),
    ("published", "info", "published since packing", "check that each URL answers"),
    ("rewritten", "info", "rewritten since packing", "nothing needs to be done"),
)
"Kind of an edit, level, the start of the message, the remedy."
OF_BUNDLES = frozenset(
    {
        "bundle-missing", "bundle-changed", "bundle-added", "request-edited", "request-shape",
        "envelope-changed", "envelope-unknown", "rules-ignored",
    }
)  # fmt: skip
"The rules that no manifest can leave out: they are about the manifest itself."
LONGEST, MOST = 60, 8
"Characters of a name that are shown, and names in a row."


def missing(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that was packed and is not there."""
    for file in _files(references):
        if file.packed_sha256 and not file.found_sha256:
            message = f"missing; {file.packed_size:,} bytes were packed"
            yield finding(rule, message, slot=file.slot, source=file.path)


def added(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that the manifest does not list."""
    for file in _files(references):
        if file.found_sha256 and not file.packed_sha256:
            message = f"added since packing: {file.found_size:,} bytes, not in the manifest"
            yield finding(rule, message, source=file.path)


def changed(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose bytes differ from those packed; request-edited describes those of the body."""
    for file in _files(references):
        if references.integrity and file.path == references.integrity.body:
            continue
        if file.packed_sha256 and file.found_sha256 and file.packed_sha256 != file.found_sha256:
            sizes = f"{file.packed_size:,} bytes packed, {file.found_size:,} bytes now"
            same = f"other content in the same {file.found_size:,} bytes"
            change = same if file.packed_size == file.found_size else sizes
            yield finding(
                rule, f"changed since packing: {change}", slot=file.slot, source=file.path,
                actual=file.found_sha256, required=file.packed_sha256,
            )  # fmt: skip


def edited(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A body whose content differs from what was packed; a finding for each kind of edit."""
    integrity = references.integrity
    for kind, level, start, repair in EDITS if integrity else ():
        if integrity and (texts := [edit.text for edit in integrity.edits if edit.kind == kind]):
            message = f"{start}: {'; '.join(texts)}"
            yield finding(
                rule, message, source=integrity.body, level=level, actual=texts, repair=repair
            )


def misshapen(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A body that does not fit the provider's schema."""
    for error in references.request.shape_errors:
        message = f"{error}; {envelope.provider} takes no such body"
        repair = f"correct it; refprep envelopes show {envelope.name} lists what is taken"
        yield finding(rule, message, actual=error, repair=repair)
    if integrity := references.integrity:
        for error in integrity.schema_errors:
            message = f"{error}; {envelope.provider} takes no such body"
            yield finding(rule, message, source=integrity.body, actual=error)


def other_limits(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A manifest whose limits are not those of refprep's own envelope of that name."""
    if (held := references.held) and held.known and held.differences:
        message = (
            f"the manifest has another {_several(held.differences)} than refprep's "
            f"{held.name}, which is what the bundle is checked against"
        )
        yield finding(rule, message, actual=[*map(_short, held.differences[:MOST])])


def own_limits(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A manifest with an envelope that refprep does not have."""
    if (held := references.held) and not held.known:
        name = _short(held.name)
        message = f"refprep has no envelope {name}; its limits are the bundle's own word"
        yield finding(rule, message, actual=name)


def unchecked(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """Rules that are not checked because the manifest says so."""
    held = references.held
    if held and held.ignore:
        message = f"the manifest leaves {_several(sorted(held.ignore))} unchecked"
        yield finding(rule, message, actual=sorted(held.ignore))
    if held and held.select:
        message = f"the manifest has only {_several(sorted(held.select))} checked"
        yield finding(rule, message, actual=sorted(held.select))


def _several(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"{', '.join(map(_short, names[:MOST]))}{more}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}..."


def _files(references: ReferenceSet) -> tuple[BundleFile, ...]:
    return references.integrity.files if references.integrity else ()
