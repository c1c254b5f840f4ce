"""What is checked of how media reach the provider: inside the request, by URL, by its own id."""

from collections.abc import Iterator

from refprep.models.address import ASSETS, UNREACHABLE, host_of, is_public_host
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.limits import number
from refprep.models.media import Unchecked
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.source import Window
from refprep.rules.rule import Rule, finding, judge

ASSET_LIMIT = "asset-media"
"The limit that lists the kinds of which an id may be sent; without it none may."
FETCH = "--fetch downloads and checks it"


def inline(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file inside a request whose provider takes this kind by URL only."""
    for reference in references.inlined:
        if reference.kind:
            yield from judge(rule, envelope, reference.kind, (reference,))


def assets(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that is named by an id of the provider's own, and not by an address."""
    for reference in references.references:
        if reference.source.scheme in ASSETS and reference.kind:
            yield from judge(rule, envelope, _asset(reference), (reference,))


def _asset(reference: Reference) -> str:
    """What the limit lists: `image` for asset://ID, `mm_file:image` for mm_file://ID."""
    scheme, kind = reference.source.scheme, str(reference.kind)
    return kind if scheme == "asset" else f"{scheme}:{kind}"


def scheme(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A URL that the provider does not open: http, or an id where the envelope lists none."""
    for reference in references.references:
        name = reference.source.scheme
        if name == "http" or (name in ASSETS and ASSET_LIMIT not in envelope.limits):
            message = f"{name}://; {envelope.name} takes media from https:// addresses"
            yield finding(rule, message, reference, actual=name)
        elif isinstance(reference.media, Unchecked) and _takes_bytes(reference, envelope):
            message = f"a URL; {envelope.name} takes the file itself, inside the request"
            yield finding(rule, message, reference, actual=name, repair=FETCH)


def _takes_bytes(reference: Reference, envelope: Envelope) -> bool:
    slot = envelope.slots.get(reference.slot_type or "")
    return slot is not None and slot.inline_only


def _refused(reference: Reference, envelope: Envelope) -> bool:
    """True where another rule finds that the provider does not open the scheme."""
    name, bound = reference.source.scheme, envelope.limits.get(ASSET_LIMIT)
    if name in ASSETS and bound is not None:
        return envelope.judges(ASSET_LIMIT) and not bound.limit.admits(_asset(reference))
    return envelope.judges("media-scheme") and name in ("http", *ASSETS)


def unchecked(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A URL whose content was not read, and what does not work because of that."""
    for reference in references.references:
        media, window = reference.media, reference.window
        if not isinstance(media, Unchecked) or _unreachable(reference):
            continue
        if _refused(reference, envelope):
            continue
        asset = reference.source.scheme in ASSETS
        why = f"only {envelope.provider} can read it" if asset else media.reason or "not fetched"
        repair = FETCH if not asset and media.reason is None else None
        if window is not None:
            message = f"{why}, so {_span(window)} cannot be cut out of it"
            yield finding(rule, message, reference, level="error", repair=repair)
        elif reference.slot in references.inline:
            message = f"{why}, so it stays a URL and does not travel inside the request"
            yield finding(rule, message, reference, level="warning", repair=repair)
        else:
            level = "warning" if media.reason else "info"
            message = f"{why}; its content is not checked"
            yield finding(rule, message, reference, level=level, repair=repair)


def _span(window: Window) -> str:
    end = "the end" if window.end is None else f"{number(window.end)} s"
    return f"{number(window.start)} s to {end}"


def unreachable(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A URL that the provider cannot fetch, either."""
    for reference in references.references:
        if reason := _unreachable(reference):
            yield finding(rule, reason, reference)


def _unreachable(reference: Reference) -> str | None:
    """Why nobody outside this network gets the media; None where somebody may."""
    source, media = reference.source, reference.media
    if source.url and source.scheme not in ASSETS:
        host = host_of(source.url)
        if not is_public_host(host):
            return f"{host}: {UNREACHABLE}"
    return media.reason if isinstance(media, Unchecked) and media.unreachable else None
