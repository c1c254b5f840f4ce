"""The order for a bundle: what is packed, for whom, and how the media travel."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from refprep.body import inline
from refprep.consent import Keep, Share
from refprep.envelope import Envelope
from refprep.errors import UsageError
from refprep.limits import Frozen
from refprep.prepared import Prepared
from refprep.request import Request

NAME, REQUEST, MEDIA = "manifest.json", "request.json", "media"


class Packing(Frozen):
    """The terms on which the bundle was packed; select and ignore stand in the envelope."""

    allow: tuple[str, ...] = ()
    keep: Keep = "head"
    share: Share = "even"
    exact: bool = False
    strict: bool = False
    quick: bool = False
    inline: bool = False
    "True where the media stand inside request.json."
    media_url: str | None = None
    "Where the media were said to lie on the web."


@dataclass(frozen=True)
class Order:
    """What is packed: the request as it was asked, for whom, and on which terms."""

    asked: Request
    envelope: Envelope
    terms: Packing

    @property
    def sent(self) -> Request:
        """The request as the provider numbers and writes it."""
        return self.asked.arranged(self.envelope)

    def uri(self, file: Prepared) -> str:
        """How the body names a file: inside it, by its place on the web, or in the bundle."""
        if self.terms.inline:
            return inline.uri(file.path, file.after.format)
        prefix = (self.terms.media_url or MEDIA).rstrip("/")
        return f"{prefix}/{file.path.name}"


def sendable(terms: Packing) -> None:
    """UsageError where the media cannot travel on these terms."""
    url = terms.media_url
    if url is None:
        return
    if terms.inline:
        raise UsageError("--inline and --media-url: media travel inside the request, or by URLs")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or not url.isprintable() or " " in url:
        raise UsageError(f"--media-url {url}: providers fetch media from https:// addresses only")
    if parts.query or parts.fragment:
        raise UsageError(f"--media-url {url}: names go behind it, so it holds no ? and no #")
