"""What is read of a bundle: whether it still is what was packed."""

from collections.abc import Iterator

from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.integrity import BundleFile
from refprep.models.limits import Level
from refprep.models.reference import ReferenceSet
from refprep.rules.rule import Rule, finding


def missing(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that was packed and is gone."""
    for piece in _pieces(reference_set):
        if piece.packed_sha256 and not piece.found_sha256:
            said = f"missing; it was packed with {piece.packed_size:,} bytes"
            yield finding(rule, said, slot=piece.slot, source=piece.path)


def added(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that the manifest does not know."""
    for piece in _pieces(reference_set):
        if piece.found_sha256 and not piece.packed_sha256:
            said = (
                f"added since packing: {piece.found_size:,} bytes that the manifest does not name"
            )
            yield finding(rule, said, source=piece.path)


def changed(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file whose bytes are others than those that were packed; of the body its edits tell."""
    for piece in _pieces(reference_set):
        told = reference_set.integrity and piece.path == reference_set.integrity.body
        if (
            piece.packed_sha256
            and piece.found_sha256
            and piece.packed_sha256 != piece.found_sha256
            and not told
        ):
            yield finding(
                rule, _how(piece), slot=piece.slot, source=piece.path,
                actual=piece.found_sha256, required=piece.packed_sha256,
            )  # fmt: skip


def _how(piece: BundleFile) -> str:
    if piece.packed_size == piece.found_size:
        return f"changed since packing: other content in the same {piece.found_size:,} bytes"
    return (
        f"changed since packing: {piece.packed_size:,} bytes then, {piece.found_size:,} bytes now"
    )


def edited(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A body that says something else than was packed."""
    seal = reference_set.integrity
    for kind, level, says, repair in _EDITS if seal else ():
        if seal and (edits := [edit.text for edit in seal.edits if edit.kind == kind]):
            said = says + "; ".join(edits)
            known = {"level": level, "actual": edits, "repair": repair}
            yield finding(rule, said, None, source=seal.body, **known)


_EDITS: tuple[tuple[str, Level, str, str | None], ...] = (
    ("edited", "error", "edited since packing: ", None),
    ("published", "info", "published since packing: ", "see that each URL answers"),
    ("rewritten", "info", "other bytes than were packed, which say ", "nothing need be done"),
)


def misshapen(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A body that the provider would not take as it stands."""
    for fault in reference_set.integrity.schema_errors if reference_set.integrity else ():
        said = f"{fault}; this is no body that {envelope.provider} takes"
        yield finding(
            rule,
            said,
            source=reference_set.integrity and reference_set.integrity.body,
            actual=fault,
        )


def _pieces(reference_set: ReferenceSet) -> tuple[BundleFile, ...]:
    return reference_set.integrity.files if reference_set.integrity else ()
