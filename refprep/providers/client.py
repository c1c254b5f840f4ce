"""Submission: a bundle is sent, followed and fetched, by the very code that lies in the bundle."""

from pathlib import Path
from typing import Literal

from pydantic import Field, computed_field

from refprep.errors import BundleError, ProviderError, RefprepError, UsageError
from refprep.models.limits import Frozen
from refprep.options import Mode, Tell
from refprep.providers import submit as script
from refprep.providers.error_hints import ErrorHint, read
from refprep.providers.upload import publish as put
from refprep.providers.wire import Stopped


class SubmitResult(Frozen):
    """What became of a bundle that was sent."""

    version: Literal[1] = Field(default=1, alias="schema")
    bundle: Path
    mode: Mode
    files: tuple[Path, ...] = ()
    "The videos that were fetched."
    refusal: ErrorHint | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Literal["pass", "fail"]:
        """`fail` where the provider has refused the request, or could not generate."""
        return "fail" if self.refusal else "pass"


def submit(
    bundle: str | Path,
    *,
    mode: Mode = "async",
    publish: str | None = None,
    media_url: str | None = None,
    resume: bool = False,
    output: str | Path | None = None,
    tell: Tell | None = None,
) -> SubmitResult:
    """Send a bundle to its provider, follow the generation, fetch what it gives into `output`.

    Media that are not published go to `publish`, else to the repository that the environment names.
    What the provider refuses is a result; BundleError, ProviderError and UsageError are all else.
    `resume` follows what was sent before; `tell` is told the progress, in lines.
    """
    where, said = folder(bundle), tell or _unsaid
    if publish and not resume:
        publish_media(where, publish, media_url, said)
    place = Path(output) if output else script.beside(where)
    sent = SubmitResult(bundle=where, mode=mode)
    try:
        result = script.submit(where, mode, resume=resume, output=place, tell=said)
    except Stopped as stopped:
        if refused(stopped):
            return sent.model_copy(update={"refusal": read(stopped.said or str(stopped))})
        raise translated(stopped, where, place) from None
    return sent.model_copy(update={"files": tuple(place / name for name in result["files"])})


def resume_hint(bundle: str | Path, output: str | Path | None) -> str:
    """What to add where work ends before its generation does."""
    return script.onward(Path(output) if output else script.beside(Path(bundle)))


def publish_media(
    bundle: Path, place: str, media_url: str | None, tell: Tell | None = None
) -> dict[str, str]:
    """The addresses under which the media now lie, as request.json has them."""
    try:
        return put(bundle, place, media_url, tell or _unsaid)
    except Stopped as stopped:
        raise translated(stopped, bundle) from None


def folder(bundle: str | Path) -> Path:
    """The bundle's folder. UsageError where there is none."""
    path = Path(bundle)
    if path.is_file():
        raise UsageError(f"{path}: is a file; unpack it and submit the folder")
    if not path.is_dir():
        raise UsageError(f"{path}: no such bundle")
    return path


def refused(stopped: Stopped) -> bool:
    """True where it is the provider that did not take the request."""
    return stopped.code == 1 and bool(stopped.said or stopped.status)


def translated(stopped: Stopped, bundle: Path, place: Path | None = None) -> RefprepError:
    """The same as one of refprep's own errors, with the way on where a generation goes on."""
    if stopped.code == 1:
        return BundleError(str(stopped))
    onward = "" if "--resume" in str(stopped) else script.onward(place or script.beside(bundle))
    return ProviderError(f"{stopped}{onward}")


def _unsaid(line: str) -> None:
    """Progress where nobody listens."""
