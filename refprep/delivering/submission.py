"""Submission: a bundle is sent, followed and fetched, by the very code that lies in the bundle."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field, computed_field

from refprep.delivering import submit as script
from refprep.delivering.publishing import publish
from refprep.delivering.refusals import Refusal, read
from refprep.delivering.wire import Stopped
from refprep.errors import BundleError, DeliveryError, RefprepError
from refprep.limits import Frozen

Mode = Literal["sync", "async", "sse"]
Tell = Callable[[str], None]


class Submitted(Frozen):
    """What became of a bundle that was sent."""

    version: Literal[1] = Field(default=1, alias="schema")
    bundle: Path
    mode: Mode
    files: tuple[Path, ...] = ()
    "The videos that were fetched."
    refusal: Refusal | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Literal["pass", "fail"]:
        """`fail` where the provider has refused the request, or could not generate."""
        return "fail" if self.refusal else "pass"


def submit(bundle: Path, mode: Mode, *, resume: bool, output: Path | None, tell: Tell) -> Submitted:
    """Send, follow, fetch. BundleError, DeliveryError; a refusal is a result."""
    place = output or bundle / "result"
    sent = Submitted(bundle=bundle, mode=mode)
    try:
        result = script.submit(bundle, mode, resume=resume, output=place, tell=tell)
    except Stopped as stopped:
        if refused(stopped):
            return sent.model_copy(update={"refusal": read(stopped.said or str(stopped))})
        raise translated(stopped, place) from None
    return sent.model_copy(update={"files": tuple(place / name for name in result["files"])})


def published(bundle: Path, place: str, media_url: str | None, tell: Tell) -> dict[str, str]:
    """The addresses under which the media now lie, as request.json has them."""
    try:
        return publish(bundle, place, media_url, tell)
    except Stopped as stopped:
        raise translated(stopped, bundle / "result") from None


def refused(stopped: Stopped) -> bool:
    """True where it is the provider that did not take the request."""
    return stopped.code == 1 and bool(stopped.said or stopped.status)


def translated(stopped: Stopped, place: Path) -> RefprepError:
    """The same as one of refprep's own errors, with the way on where a generation goes on."""
    if stopped.code == 1:
        return BundleError(str(stopped))
    onward = "" if "--resume" in str(stopped) else script.onward(place)
    return DeliveryError(f"{stopped}{onward}")
