"""The media in their slots, with the request that they serve: what rules and plans read."""

from collections.abc import Collection, Iterator
from typing import Any, Literal, cast

from pydantic import GetJsonSchemaHandler, model_serializer
from pydantic.json_schema import JsonSchemaValue

from refprep.envelope import Envelope
from refprep.limits import Frozen
from refprep.media import Audio, Image, Kind, Media, Unread, Video
from refprep.request import KINDS, Request
from refprep.seal import Seal
from refprep.source import Source, Window

Scope = Literal["request", "files", "each"]
"request: everything is judged; files: all but the prompt; each: one file for itself."


class Entry(Frozen):
    """One source, the slot it stands in (None: none yet) and its facts."""

    slot: str | None
    source: Source
    media: Media | Unread
    window: Window | None = None
    "The part of the file that counts; None once it has been cut."
    suffix: str | None = None
    "The ending of its name, once it has been written under another one."
    twin: str | None = None
    "An earlier entry with the same content and window, by its slot or source."

    @property
    def kind(self) -> Kind | None:
        """What its slot is for; without a slot, what its content is."""
        return kind_of(self.slot) if self.slot else self.media.kind

    @property
    def fits_slot(self) -> bool:
        return self.media.kind == self.kind

    @property
    def seconds(self) -> float | None:
        """Seconds that count: those of the window, where one is asked for."""
        media, window = self.media, self.window
        if not isinstance(media, Video | Audio) or media.seconds is None:
            return None
        return window.of(media.seconds) if window else media.seconds

    @property
    def usable(self) -> bool:
        """True where something of it can be sent: it fits its slot, decodes, and is not over."""
        broken = isinstance(self.media, Unread) or getattr(self.media, "damage", None)
        return self.fits_slot and not broken and self.seconds != 0

    @property
    def ending(self) -> str:
        """The ending of its name."""
        return self.source.path.suffix if self.suffix is None else self.suffix

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
            for kind in (Image, Video, Audio, Unread)
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


class Lineup(Frozen):
    """All entries of one request, in slot order."""

    request: Request
    entries: tuple[Entry, ...]
    scope: Scope = "request"
    inline: bool = False
    "True where the media travel inside the request."
    seal: Seal | None = None
    "Of a packed bundle: what was packed, and what stands there now."

    def of(self, kind: Kind) -> list[Entry]:
        """The entries whose slot and content are both of this kind."""
        return [entry for entry in self.entries if entry.fits_slot and entry.kind == kind]

    def placed(self, kind: Kind) -> list[Entry]:
        """The entries in the slots of this kind, whatever their content."""
        return [entry for entry in self.entries if entry.kind == kind]

    def without(self, slots: Collection[str]) -> "Lineup":
        """The same lineup, and its request, with these slots left out; they are last ones."""
        kept = {
            f"{kind}s": tuple(
                source
                for slot, source in self.request.slots.items()
                if kind_of(slot) == kind and slot not in slots
            )
            for kind in KINDS
        }
        entries = tuple(entry for entry in self.entries if entry.slot not in slots)
        faces = tuple(face for face in self.request.faces if face not in slots)
        request = self.request.model_copy(update={**kept, "faces": faces})
        return self.model_copy(update={"request": request, "entries": entries})

    def arranged(self, envelope: Envelope) -> "Lineup":
        """The lineup as the provider has it: faces first of their kind, tags in its style."""
        numbers = self.request.numbers(envelope)
        renamed = (
            entry.model_copy(
                update={
                    "slot": numbers.get(entry.slot or "", entry.slot),
                    "twin": numbers.get(entry.twin or "", entry.twin),
                }
            )
            for entry in self.entries
        )
        order = [*numbers.values(), None]
        entries = tuple(sorted(renamed, key=lambda entry: order.index(entry.slot)))
        return self.model_copy(
            update={"request": self.request.arranged(envelope), "entries": entries}
        )

    def apart(self) -> Iterator["Lineup"]:
        """One lineup per entry, each judged for itself."""
        for entry in self.entries:
            alone = entry.model_copy(update={"slot": None})
            yield Lineup(request=Request(), entries=(alone,), scope="each")


def kind_of(slot: str) -> Kind:
    """`video` for `video2`."""
    return cast(Kind, slot.rstrip("0123456789"))
