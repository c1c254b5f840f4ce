"""Submitting a bundle, with the same code that is in the bundle itself."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field, computed_field

from refprep import envelopes
from refprep.errors import BundleError, ProviderError, RefprepError, UsageError
from refprep.models.bundle import Bundle
from refprep.models.envelope import Envelope
from refprep.models.limits import Frozen
from refprep.options import Mode, Tell
from refprep.packer.loader import unpacked
from refprep.packer.names import MANIFEST
from refprep.providers import submit as script
from refprep.providers.contents import LoadedBundle, load
from refprep.providers.error_hints import ErrorHint, error_hint
from refprep.providers.generation import Accept
from refprep.providers.journal import alone
from refprep.providers.upload import upload_media
from refprep.providers.video import why_no_video
from refprep.providers.wire import SubmitError

LONGEST = 60
"Characters of a name in a manifest that an error shows."


class SubmitResult(Frozen):
    """The outcome of a submission: the videos, or why the provider refuses the request."""

    version: Literal[1] = Field(default=1, alias="schema")
    bundle: Path
    mode: Mode
    files: tuple[Path, ...] = ()
    "The videos that were fetched."
    error: ErrorHint | None = None
    "Why the provider refuses the request, or could not generate; None: it did."
    unsent: Bundle | None = None
    "What keeps the request from being sent: the findings that are left; None: it was sent."

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Literal["pass", "fail"]:
        """`fail` where the request was not sent, is refused, or nothing could be generated."""
        return "fail" if self.error or self.unsent else "pass"


def submit(
    bundle: str | Path,
    *,
    mode: Mode = "async",
    publish: str | None = None,
    media_url: str | None = None,
    resume: bool = False,
    again: bool = False,
    generation: Collection[str] = (),
    webhook: str | None = None,
    output: str | Path | None = None,
    tell: Tell | None = None,
    envelope: str | Path | Envelope | None = None,
    accept: Accept = why_no_video,
) -> SubmitResult:
    """Send a bundle to its provider, follow the generation, fetch the videos.

    Args:
        bundle: The bundle, a folder or an archive.
        mode: How to wait for the video.
        publish: Where to upload media that are only in the bundle; None: the provider's own
            storage, which is a repository that the environment names where it needs one.
        media_url: The https address of `publish`, for stores that cannot sign addresses.
        resume: Follow the generation that was started before; send nothing.
        again: Pay for another generation, whatever became of an earlier one.
        generation: With `resume`: the ids to follow, as found at the provider.
        webhook: A URL that the provider calls at the end.
        output: The folder for results; None: beside the bundle.
        tell: Called with each line of progress.
        envelope: Whose API is used: by its name, its TOML file, or itself; None: the one that comes
            with refprep under the name that the manifest has. Nothing else of a manifest decides
            where a key or a file goes.
        accept: Why a downloaded file is no whole video; "" for one that is.

    Returns:
        The fetched videos; or, in `error`, why the provider refuses the request.

    Raises:
        BundleError: The bundle's files are not those that were packed.
        ProviderError: The provider cannot be reached, denies access, or gives no whole video.
        UsageError: It is no bundle, nothing here opens `publish`, or its envelope does not come
            with refprep and is not named.
    """
    place, tell = Path(bundle), tell or _silent
    with unpacked(place) as folder:
        chosen = loaded_envelope(folder, envelope)
        if webhook and not (chosen.api and chosen.api.webhook):
            raise UsageError(f"--webhook: {chosen.provider} takes none in the address of its API")
        if publish and not resume:
            publish_media(folder, chosen, publish, media_url, tell)
        sent = SubmitResult(bundle=place, mode=mode)
        results = Path(output) if output else script.default_output(place)
        try:
            result = script.submit(
                folder, chosen.submission, mode, resume=resume, again=again,
                generations=generation, output=Path(output) if output else None,
                webhook=webhook or "", place=place, accept=accept, tell=tell,
            )  # fmt: skip
        except SubmitError as error:
            if error.code == 1 and (error.provider_message or error.status):
                hint = error_hint(error.provider_message or str(error), chosen)
                return sent.model_copy(update={"error": hint})
            raise as_refprep_error(error) from None
    return sent.model_copy(update={"files": tuple(results / name for name in result["files"])})


@contextmanager
def unlocked(bundle: Path) -> Iterator[None]:
    """In this block no run sends the bundle, which may be yet to be made.

    ProviderError where one does.
    """
    if not (bundle / MANIFEST).is_file():
        yield
        return
    try:
        with alone(bundle):
            yield
    except SubmitError as error:
        raise as_refprep_error(error) from None


def states(
    bundle: Path, output: Path | None, envelope: str | Path | Envelope | None, tell: Tell
) -> dict[str, str]:
    """The state of each generation of a bundle, by its id. ProviderError: it cannot be known."""
    return _sent(script.states, bundle, output, envelope, tell)


def cancel(
    bundle: Path, output: Path | None, envelope: str | Path | Envelope | None, tell: Tell
) -> dict[str, str]:
    """Stop the generations of a bundle; the state of each after that, by its id."""
    return _sent(script.cancel, bundle, output, envelope, tell)


def _sent(
    work: Callable[..., dict[str, str]],
    bundle: Path,
    output: Path | None,
    envelope: str | Path | Envelope | None,
    tell: Tell,
) -> dict[str, str]:
    with unpacked(bundle) as folder:
        api = loaded_envelope(folder, envelope).submission
    try:
        return work(bundle, api, output=output, tell=tell)
    except SubmitError as error:
        raise as_refprep_error(error) from None


def standing(
    bundle: str | Path, output: str | Path | None, envelope: str | Path | Envelope | None
) -> str:
    """What to add to a message where the work was interrupted: what is sent, and how to go on."""
    try:
        with unpacked(Path(bundle)) as folder:
            api = loaded_envelope(folder, envelope).submission
        return script.what_stands(Path(bundle), api, Path(output) if output else None)
    except RefprepError as error:
        return str(error)


def publish_media(
    bundle: Path,
    envelope: Envelope,
    place: str,
    media_url: str | None,
    tell: Tell | None = None,
) -> dict[str, str]:
    """Upload a bundle's media and write their URLs into its request.json.

    Args:
        bundle: The bundle's folder.
        envelope: Its provider's.
        place: What fsspec opens (`s3://bucket/folder`), or `oxen://namespace/repository[/branch]`.
        media_url: The https address of `place`, for stores that cannot sign addresses.
        tell: Called with each line of progress.

    Returns:
        The URL of each file, by its path in the bundle.

    Raises:
        BundleError: The bundle's files are not those that were packed.
        ProviderError: The place cannot be reached, or denies access.
        UsageError: Nothing here opens the place, or it has no https address.
    """
    try:
        return upload_media(bundle, envelope.submission, place, media_url, tell or _silent)
    except SubmitError as error:
        raise as_refprep_error(error) from None


def loaded_envelope(bundle: Path, chosen: str | Path | Envelope | None) -> Envelope:
    """As `envelope_of`, for a bundle that is yet to be read. BundleError where it was changed."""
    try:
        return envelope_of(load(bundle), chosen)
    except SubmitError as error:
        raise BundleError(f"{error}; nothing was sent") from None


def envelope_of(bundle: LoadedBundle, chosen: str | Path | Envelope | None) -> Envelope:
    """The envelope whose API sends a bundle: the chosen one, or refprep's own of its name.

    Raises:
        UsageError: None is chosen, and none of refprep's own has the name in the manifest.
    """
    if chosen is not None:
        return chosen if isinstance(chosen, Envelope) else envelopes.load(chosen)
    held = bundle.manifest.get("envelope")
    name = held.get("name") if isinstance(held, dict) else None
    if isinstance(name, str) and name in envelopes.names():
        return envelopes.load(name)
    shown = repr(str(name)[:LONGEST])
    raise UsageError(
        f"{bundle.folder}: its envelope {shown} does not come with refprep, and a bundle does not "
        "decide where your key goes: name the envelope's file with --envelope FILE; "
        "nothing was sent"
    )


def as_refprep_error(error: SubmitError) -> RefprepError:
    """The same as one of refprep's own errors."""
    return BundleError(str(error)) if error.code == 1 else ProviderError(str(error))


def _silent(line: str) -> None:
    """Progress that nobody reads."""
