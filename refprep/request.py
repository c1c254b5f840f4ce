"""What the user asks for: a prompt, media in their slots, parameters."""

import json
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, get_args

from pydantic import PrivateAttr, ValidationError

from refprep.body import packed, tags
from refprep.envelope import Envelope
from refprep.errors import RequestError, SourceError
from refprep.limits import Frozen, Scalar
from refprep.media import Kind
from refprep.source import Source

KINDS: tuple[Kind, ...] = get_args(Kind)
PARAMETERS = ("resolution", "duration", "aspect_ratio", "generate_audio", "seed", "watermark")
Given = str | Path | Source
SUFFIXES = (".toml", ".yaml", ".yml", ".json")


class Wish(Frozen):
    """The words of a request: prompt and parameters.

    A parameter that is None is left to the provider; any other value is judged by `check`, so
    nothing is refused here.
    """

    prompt: str | None = None
    resolution: Scalar | None = None
    duration: Scalar | None = None
    aspect_ratio: Scalar | None = None
    generate_audio: Scalar | None = None
    seed: Scalar | None = None
    watermark: Scalar | None = None
    faces: tuple[str, ...] = ()
    "Slots whose media show a real human face: `image2`, `video1`."

    @property
    def parameters(self) -> dict[str, Scalar]:
        """The parameters that are set."""
        asked = {name: getattr(self, name) for name in PARAMETERS}
        return {name: value for name, value in asked.items() if value is not None}


class Loose(Wish):
    """Files that are yet to be sorted into slots, by their content and in the order given.

    Without a prompt the rules about it are not looked at.
    """

    files: tuple[Source, ...]

    if TYPE_CHECKING:

        def __init__(
            self, *, files: Iterable[Given], faces: Iterable[str] = (), **wish: Scalar | None
        ) -> None: ...


class Request(Wish):
    """One request to a reference-to-video model, its media in their slots.

    `images`, `videos` and `audios` are paths, each with an optional window (`dance.mov#t=3,12`).
    """

    images: tuple[Source, ...] = ()
    videos: tuple[Source, ...] = ()
    audios: tuple[Source, ...] = ()
    _made_for: Envelope | None = PrivateAttr(default=None)
    _inside: bool = PrivateAttr(default=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            images: Iterable[Given] = (),
            videos: Iterable[Given] = (),
            audios: Iterable[Given] = (),
            faces: Iterable[str] = (),
            **wish: Scalar | None,
        ) -> None: ...

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a .toml, .yaml or .json request; its media are relative to it. RequestError.

        The request.json of a bundle is read, too; `made_for` is then the envelope that it is for.
        """
        path = Path(path)
        opened = packed.opened(_parse(path), path)
        try:
            asked = cls._relative(opened.request, path.parent)
            asked._made_for, asked._inside = opened.envelope, opened.inside
            return asked
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            raise RequestError(f"{path}: {where}: {first['msg']}") from None

    @property
    def made_for(self) -> Envelope | None:
        """The envelope of the bundle that it was read from; None where it is the user's own."""
        return self._made_for

    @property
    def inside(self) -> bool:
        """True where it was read from a body that holds its media."""
        return self._inside

    def arranged(self, envelope: Envelope) -> Self:
        """The request as the provider has it: faces first, and the prompt's tags in its style."""
        numbers = self.numbers(envelope)
        slots = self.slots
        media = {
            f"{kind}s": tuple(slots[slot] for slot in numbers if tags.kind_of(slot) == kind)
            for kind in KINDS
        }
        prompt = self.prompt and tags.rewritten(self.prompt, numbers, envelope)
        faces = tuple(sorted(numbers.get(face, face) for face in self.faces))
        return self.model_copy(update={**media, "prompt": prompt, "faces": faces})

    def numbers(self, envelope: Envelope) -> dict[str, str]:
        """What the provider calls each slot, in its order: real faces go first of their kind."""
        apart = [face for face in self.faces if tags.kind_of(face) in envelope.face_fields]
        return tags.numbering(self.slots, apart)

    @classmethod
    def _relative(cls, data: dict[str, Any], folder: Path) -> Self:
        asked = cls.model_validate(data)
        near = {
            f"{kind}s": [
                source.model_copy(update={"path": folder / source.path})
                for source in asked.sources(kind)
            ]
            for kind in KINDS
        }
        return asked.model_copy(update={key: tuple(value) for key, value in near.items()})

    def sources(self, kind: Kind) -> tuple[Source, ...]:
        """The sources in the slots of one kind, in order."""
        chosen: tuple[Source, ...] = getattr(self, f"{kind}s")
        return chosen

    @property
    def slots(self) -> dict[str, Source]:
        """image1, image2 ... video1 ... audio1 ... and what fills them."""
        return {
            f"{kind}{place}": source
            for kind in KINDS
            for place, source in enumerate(self.sources(kind), start=1)
        }


def _parse(path: Path) -> dict[str, Any]:
    try:
        data = _PARSERS[path.suffix.lower()](path.read_text(encoding="utf-8"))
    except KeyError:
        raise RequestError(f"{path}: a request file ends in {', '.join(SUFFIXES)}") from None
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise RequestError(f"{path}: a request is a table of prompt, images, videos, audios")
    return data


def _yaml(text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)  # YAML 1.2, in which 9:16 is no number
    except YAMLError as error:
        raise ValueError(str(error)) from None


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
}
