"""References: media in their slots, with the request that they serve; rules and plans read them."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import GetJsonSchemaHandler, model_serializer
from pydantic.json_schema import JsonSchemaValue

from refprep.models.integrity import HeldEnvelope, Integrity
from refprep.models.limits import Frozen
from refprep.models.media import AnyMedia, Audio, Image, Kind, Unchecked, Unreadable, Video
from refprep.models.request import SLOT_KINDS, Request, slot_type
from refprep.models.source import Source, Window

Scope = Literal["request", "files", "each"]
"request: everything is checked; files: all but the prompt; each: one file by itself."


class Reference(Frozen):
    """One slot filled (slot None: not assigned yet): its source and its facts."""

    slot: str | None
    source: Source
    media: AnyMedia
    local_copy: Path | None = None
    "Where the bytes of a URL or a data: URI are, for this run; None where there is no copy."
    takes: Kind | None = None
    "What a slot takes that only this envelope has; None: as SLOT_KINDS says."
    window: Window | None = None
    "The part of the file that counts; None once it has been cut."
    written_suffix: str | None = None
    "The suffix under which it has been written; None where it has not."
    duplicate_of: str | None = None
    "An earlier reference with the same content and window, by its slot or source."

    @property
    def file(self) -> Path:
        """The local file that is read. FileNotFoundError for a URL that was not fetched."""
        path = self.local_copy or (self.source.path if self.source.is_file else None)
        if path is None:
            raise FileNotFoundError(str(self.source))
        return path

    @property
    def checked(self) -> bool:
        """False for a URL whose content was not read."""
        return not isinstance(self.media, Unchecked)

    @property
    def kind(self) -> Kind | None:
        """The kind that its slot takes; without a slot that is known, that of its content."""
        takes = self.takes or (SLOT_KINDS.get(slot_type(self.slot)) if self.slot else None)
        return takes or self.media.kind

    @property
    def slot_type(self) -> str | None:
        """The type of its slot: `image` for `image2`."""
        return slot_type(self.slot) if self.slot else None

    @property
    def fits_slot(self) -> bool:
        """True where the content is of the slot's kind."""
        return self.media.kind == self.kind

    @property
    def duration(self) -> float | None:
        """Seconds that count: those of the window, where there is one."""
        media, window = self.media, self.window
        if not isinstance(media, Video | Audio) or media.duration is None:
            return None
        return window.of(media.duration) if window else media.duration

    @property
    def usable(self) -> bool:
        """True where something of it can be sent: it fits its slot, decodes, and is not empty."""
        broken = isinstance(self.media, Unreadable) or getattr(self.media, "decode_error", None)
        return self.fits_slot and not broken and self.duration != 0

    @property
    def suffix(self) -> str:
        """The suffix of its file name: `.jpg`."""
        return self.source.suffix if self.written_suffix is None else self.written_suffix

    @model_serializer
    def _flat(self) -> dict[str, Any]:
        return {"slot": self.slot, "source": str(self.source), **self.media.model_dump()}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Slot and source beside the facts of each kind, as `_flat` writes them."""
        place = {"slot": {"type": ["string", "null"]}, "source": {"type": "string"}}
        kinds = (
            handler.resolve_ref_schema(handler(kind.__pydantic_core_schema__))
            for kind in (Image, Video, Audio, Unreadable, Unchecked)
        )
        flat = [
            {
                **kind,
                "properties": {**place, **kind["properties"]},
                "required": [*place, *kind.get("required", ())],
            }
            for kind in kinds
        ]
        return {"description": "A file: its slot, its source, its facts.", "oneOf": flat}


class ReferenceSet(Frozen):
    """All references of one request, in slot order."""

    request: Request
    references: tuple[Reference, ...]
    scope: Scope = "request"
    inline: frozenset[str] = frozenset()
    "The slots whose media are to travel inside the request."
    integrity: Integrity | None = None
    "Of a packed bundle: what was packed, and what is there now."
    held: HeldEnvelope | None = None
    "Of a packed bundle whose manifest decides by which limits and rules it is checked."

    def of(self, kind: Kind) -> list[Reference]:
        """The references whose slot and content are both of this kind."""
        return [reference for reference in self.placed(kind) if reference.fits_slot]

    def placed(self, kind: Kind) -> list[Reference]:
        """The references in the slots of this kind, whatever their content."""
        return [reference for reference in self.references if reference.kind == kind]

    @property
    def inlined(self) -> list[Reference]:
        """The references whose bytes travel inside the request; what is not read here cannot."""
        return [row for row in self.references if row.slot in self.inline and row.checked]

    def in_slots(self, *types: str) -> list[Reference]:
        """The references in the slots of these types; without a slot, those of this kind."""
        return [
            reference
            for reference in self.references
            if (reference.slot_type or reference.kind) in types
        ]

    @property
    def filled(self) -> frozenset[str]:
        """The types of the slots that are filled."""
        return frozenset(map(slot_type, self.request.slots))

    def replace(self, references: Collection[Reference]) -> "ReferenceSet":
        """The same request with these references."""
        return self.model_copy(update={"references": tuple(references)})

    def without(self, slots: Collection[str]) -> "ReferenceSet":
        """The same set, and its request, without these slots, which are the last of their kind."""
        kept = {slot: source for slot, source in self.request.slots.items() if slot not in slots}
        faces = tuple(face for face in self.request.faces if face not in slots)
        request = self.request.with_slots(kept).model_copy(update={"faces": faces})
        rest = (reference for reference in self.references if reference.slot not in slots)
        return self.model_copy(update={"request": request, "references": tuple(rest)})

    def split(self) -> Iterator["ReferenceSet"]:
        """One set per reference, each to be checked by itself."""
        for reference in self.references:
            alone = reference.model_copy(update={"slot": None})
            yield ReferenceSet(request=Request(), references=(alone,), scope="each")
