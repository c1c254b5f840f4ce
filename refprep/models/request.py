"""A request: a prompt, media in their slots, parameters."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator

from refprep.errors import RequestError, describe
from refprep.models.limits import Frozen, Scalar
from refprep.models.media import KINDS, Kind
from refprep.models.source import Source

PARAMETERS = ("resolution", "duration", "aspect_ratio", "generate_audio", "seed", "watermark")
SourceLike = str | Path | Source


class RequestFields(Frozen):
    """Prompt and parameters of a request.

    A parameter that is None is left to the provider; `check` judges any other value. An unknown
    key, or a value of another type, raises RequestError.
    """

    prompt: str | None = None
    resolution: Scalar | None = None
    duration: Scalar | None = None
    "Seconds of the result."
    aspect_ratio: Scalar | None = None
    generate_audio: Scalar | None = None
    seed: Scalar | None = None
    watermark: Scalar | None = None
    faces: tuple[str, ...] = ()
    "Slots whose media show a real human face: `image2`, `video1`."

    @property
    def parameters(self) -> dict[str, Scalar]:
        """The parameters that are set."""
        values = {name: getattr(self, name) for name in PARAMETERS}
        return {name: value for name, value in values.items() if value is not None}

    @model_validator(mode="wrap")
    @classmethod
    def _in_plain_words(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            raise RequestError(describe(error, cls.model_fields)) from None


class LooseFiles(RequestFields):
    """Files that are yet to be assigned to slots, by their content and in the order given.

    Without a prompt the rules about it are skipped.
    """

    files: tuple[Source, ...]

    if TYPE_CHECKING:

        def __init__(
            self, *, files: Iterable[SourceLike], faces: Iterable[str] = (), **fields: Scalar | None
        ) -> None: ...


class Request(RequestFields):
    """One request to a reference-to-video model, its media in their slots.

    `images`, `videos` and `audios` are paths or https:// URLs, each with an optional window
    (`dance.mov#t=3,12`).
    """

    images: tuple[Source, ...] = ()
    videos: tuple[Source, ...] = ()
    audios: tuple[Source, ...] = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            images: Iterable[SourceLike] = (),
            videos: Iterable[SourceLike] = (),
            audios: Iterable[SourceLike] = (),
            faces: Iterable[str] = (),
            **fields: Scalar | None,
        ) -> None: ...

    def sources(self, kind: Kind) -> tuple[Source, ...]:
        """The sources in the slots of one kind, in order."""
        chosen: tuple[Source, ...] = getattr(self, f"{kind}s")
        return chosen

    @property
    def slots(self) -> dict[str, Source]:
        """image1, image2 ... video1 ... audio1 ... and the source in each."""
        return {
            f"{kind}{place}": source
            for kind in KINDS
            for place, source in enumerate(self.sources(kind), start=1)
        }

    def relative_to(self, folder: Path) -> Self:
        """The same request, its sources looked for in `folder`."""
        moved = {
            f"{kind}s": tuple(source.relative_to(folder) for source in self.sources(kind))
            for kind in KINDS
        }
        return self.model_copy(update=moved)


def slot_kind(slot: str) -> Kind:
    """The kind of a slot: `video` for `video2`."""
    return cast(Kind, slot.rstrip("0123456789"))
