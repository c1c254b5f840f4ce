"""A request: a prompt, media in their slots, parameters."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import (
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    ValidationError,
    field_validator,
    model_validator,
)

from refprep.errors import RequestError, describe
from refprep.models.limits import Frozen
from refprep.models.media import KINDS, Kind
from refprep.models.source import Source

SourceLike = str | Path | Source
PLURALS = {f"{kind}s": kind for kind in KINDS}
"The fields of a request for media, with the types of their slots."
FRAMES = ("first_frame", "last_frame")
"The types of slots that every request file may name, and that take one file."
FIELDS = frozenset({"prompt", "faces", "parameters", "media", *PLURALS, *FRAMES})
"The keys of a request; any other one is a parameter."
SLOT_KINDS: dict[str, Kind] = {**{kind: kind for kind in KINDS}, **dict.fromkeys(FRAMES, "image")}
"What the slots take that have the same meaning in every envelope."


class RequestFields(Frozen):
    """Prompt and parameters of a request.

    Any other key is a parameter, which `check` judges by the envelope; one that is None is left to
    the provider. A value that cannot be a part of a JSON body raises RequestError.
    """

    prompt: str | None = None
    parameters: dict[str, JsonValue] = {}
    "Those that are set: `resolution`, `duration` (s), `aspect_ratio`, `seed` and others."
    faces: tuple[str, ...] = ()
    "Slots whose media show a real human face: `image2`, `video1`."

    @model_validator(mode="wrap")
    @classmethod
    def _in_plain_words(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(cls._gathered(data) if isinstance(data, Mapping) else data)
        except ValidationError as error:
            raise RequestError(describe(error, [*cls.model_fields, *PLURALS, *FRAMES])) from None

    @classmethod
    def _gathered(cls, data: Mapping[Any, Any]) -> dict[Any, Any]:
        """The fields, with every other key among the parameters."""
        fields = {key: value for key, value in data.items() if key in cls.model_fields}
        others = {key: value for key, value in data.items() if key not in fields}
        given = fields.get("parameters", {})
        if not others or not isinstance(given, Mapping):
            return fields
        return {**fields, "parameters": {**given, **others}}

    @field_validator("parameters", mode="before")
    @classmethod
    def _only_set(cls, values: Any) -> Any:
        """The parameters that are set: None leaves one to the provider."""
        if not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if value is not None}


class LooseFiles(RequestFields):
    """Files that are yet to be assigned to slots, by their content and in the order given.

    Without a prompt the rules about it are skipped.
    """

    files: tuple[Source, ...]

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            files: Iterable[SourceLike],
            faces: Iterable[str] = (),
            prompt: str | None = None,
            parameters: Mapping[str, JsonValue] = {},
            **fields: JsonValue,
        ) -> None: ...


class Request(RequestFields):
    """One request to a reference-to-video model, its media in their slots.

    `images`, `videos` and `audios` are lists of paths or https:// URLs, `first_frame` and
    `last_frame` are one each; `media` names slots by the envelope's own types. Each may have a
    window (`dance.mov#t=3,12`).
    """

    media: dict[str, tuple[Source, ...] | Source] = {}
    "By the slot's type: one source where the slot has no number, or else all of them in order."
    shape_errors: tuple[str, ...] = Field(default=(), exclude=True)
    "Of a request that was read from a body: what of the body its provider does not take."

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            images: Iterable[SourceLike] = (),
            videos: Iterable[SourceLike] = (),
            audios: Iterable[SourceLike] = (),
            first_frame: SourceLike | None = None,
            last_frame: SourceLike | None = None,
            media: Mapping[str, SourceLike | Iterable[SourceLike]] = {},
            faces: Iterable[str] = (),
            prompt: str | None = None,
            parameters: Mapping[str, JsonValue] = {},
            **fields: JsonValue,
        ) -> None: ...

    @classmethod
    def _gathered(cls, data: Mapping[Any, Any]) -> dict[Any, Any]:
        """The fields, with images, videos, audios and the frames among the media."""
        named = {name: value for name, value in data.items() if name in PLURALS or name in FRAMES}
        rest = {name: value for name, value in data.items() if name not in named}
        media = data.get("media", {})
        if not isinstance(media, Mapping):
            return super()._gathered(rest)
        filled: dict[str, Any] = {}
        for name, value in named.items():
            filled[PLURALS.get(name, name)] = _sources(name, value, single=name in FRAMES)
        for slot, value in media.items():
            single = isinstance(value, str | Path | Source)
            filled[slot] = _sources(f"media.{slot}", value, single=single)
        filled = {slot: value for slot, value in filled.items() if value not in (None, ())}
        return super()._gathered({**rest, "media": filled})

    def sources(self, slot: str) -> tuple[Source, ...]:
        """The sources in the slots of one type, in order."""
        filled = self.media.get(slot, ())
        return (filled,) if isinstance(filled, Source) else filled

    @property
    def slots(self) -> dict[str, Source]:
        """image1, image2 ... video1 ... audio1 ... first_frame, and the source in each."""
        order = sorted(self.media, key=lambda slot: KINDS.index(slot) if slot in KINDS else 9)
        named: dict[str, Source] = {}
        for slot in order:
            match self.media[slot]:
                case Source() as source:
                    named[slot] = source
                case sources:
                    named |= {f"{slot}{place}": each for place, each in enumerate(sources, start=1)}
        return named

    def with_slots(self, slots: Mapping[str, Source]) -> Self:
        """The same request with other media, by the names of their slots, in their order."""
        media: dict[str, tuple[Source, ...] | Source] = {}
        for name, source in slots.items():
            slot = slot_type(name)
            media[slot] = source if slot == name else (*self._listed(media, slot), source)
        return self.model_copy(update={"media": media})

    @staticmethod
    def _listed(media: Mapping[str, tuple[Source, ...] | Source], slot: str) -> tuple[Source, ...]:
        filled = media.get(slot, ())
        return (filled,) if isinstance(filled, Source) else filled

    def relative_to(self, folder: Path) -> Self:
        """The same request, its sources looked for in `folder`."""
        return self.with_slots(
            {slot: source.relative_to(folder) for slot, source in self.slots.items()}
        )


def slot_type(slot: str) -> str:
    """The type of a slot: `video` for `video2`, `first_frame` for itself."""
    return slot.rstrip("0123456789")


def _sources(name: str, value: Any, *, single: bool) -> Any:
    """A source, or a tuple of sources. RequestError names the field."""
    if single:
        if value is not None and not isinstance(value, str | Path | Source):
            raise RequestError(f"{name}: takes one path, not {value!r}")
        return value
    if isinstance(value, str | bytes | Path | Mapping) or not isinstance(value, Iterable):
        raise RequestError(f"{name}: takes a list, not {value!r}")
    sources = tuple(value)
    for place, source in enumerate(sources):
        if not isinstance(source, str | Path | Source):
            raise RequestError(f"{name}[{place}]: takes a path, not {source!r}")
    return sources
