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
"The limit that lists what may be an id: `image` for asset://ID, `mm_file:image` for mm_file://ID."
SCHEME = "media-scheme"
"The rule that finds URLs which need no other finding."
FETCH = "--fetch downloads and checks it"


def inline(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file inside a request whose provider takes this kind by URL only."""
    for reference in references.inlined:
        if reference.kind:
            yield from judge(rule, envelope, reference.kind, (reference,))


def scheme(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A URL that the provider does not open: http, or the id of a file where it takes none."""
    for reference in references.references:
        if _opens(reference, envelope):
            continue
        name = reference.source.scheme
        if name in ASSETS:
            what = reference.kind or "a file"
            message = f"{name}:// for {what}; {envelope.name} takes {_assets(envelope)}"
        else:
            message = f"{name}://; {envelope.name} takes media from https:// addresses"
        yield finding(rule, message, reference, actual=name)


def _opens(reference: Reference, envelope: Envelope) -> bool:
    """True where the provider opens the scheme; without the limit it takes no ids of files."""
    name, kind = reference.source.scheme, reference.kind
    if name not in ASSETS:
        return name != "http"
    bound = envelope.limits.get(ASSET_LIMIT)
    return bound is not None and bound.limit.admits(kind if name == "asset" else f"{name}:{kind}")


def _assets(envelope: Envelope) -> str:
    bound = envelope.limits.get(ASSET_LIMIT)
    return "no ids of files" if bound is None else f"ids of {bound.words or bound.limit}"


def unchecked(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A URL whose content was not read, and what does not work because of that."""
    for reference in references.references:
        media, window = reference.media, reference.window
        if not isinstance(media, Unchecked) or _unreachable(reference):
            continue
        if envelope.judges(SCHEME) and not _opens(reference, envelope):
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
