"""Plans: from a lineup and its envelope to ordered steps, the media they will give, what is left.

No file is opened here. Every aspect fits all its limits at once; a fitter that cannot mend a thing
leaves it, and the rules, run over the predicted media, tell what is left.
"""

from pydantic import model_serializer

from refprep import formats, rules
from refprep.consent import Consent
from refprep.envelope import Envelope
from refprep.finding import Result
from refprep.limits import Frozen
from refprep.lineup import Entry, Lineup
from refprep.media import Audio, Image, Media, Unread, Video
from refprep.planning import audio, image, video
from refprep.planning.share import kept_bytes, share_bytes, share_seconds
from refprep.planning.steps import CONSENTED, Drop, Encode, Extract, Rename, Step, Trim, predict
from refprep.planning.surplus import surplus

ENOUGH = 1_500_000
"Bytes per second beyond which an encoded clip shows nothing more at the sizes that are taken."
UNASKED = Consent()


class Told(Frozen):
    """A FilePlan as it is told: the steps, and the facts before and after them."""

    slot: str | None
    source: str
    steps: tuple[Step, ...]
    before: Media | Unread
    after: Media | Unread


class FilePlan(Frozen):
    """What will be done to one source; no steps: the file is taken as it is, byte for byte."""

    entry: Entry
    steps: tuple[Step, ...]
    predicted: Entry

    @property
    def dropped(self) -> bool:
        """True where the file is left out."""
        return any(isinstance(step, Drop) for step in self.steps)

    @property
    def writable(self) -> bool:
        """True where something is to be written: of a file that can be used and is not left out."""
        return self.predicted.usable and not self.dropped

    @property
    def cut(self) -> bool:
        """True where only a part of it is kept."""
        return any(isinstance(step, Trim) for step in self.steps)

    @model_serializer
    def _flat(self) -> Told:
        return Told(
            slot=self.entry.slot,
            source=str(self.entry.source),
            steps=self.steps,
            before=self.entry.media,
            after=self.predicted.media,
        )


class Plan(Result):
    """One FilePlan per source; the findings are those that will be left."""

    plans: tuple[FilePlan, ...]

    @property
    def kept(self) -> list[FilePlan]:
        """The plans of all files that are not left out."""
        return [file for file in self.plans if not file.dropped]

    @property
    def written(self) -> list[FilePlan]:
        """The plans that give a file."""
        return [file for file in self.plans if file.writable]


def plan(lineup: Lineup, envelope: Envelope, consent: Consent = UNASKED) -> Plan:
    """How to bring a lineup into the envelope with the least loss that `consent` admits."""
    over = surplus(lineup, envelope) if "drop" in consent.allow else frozenset()
    staying = lineup.without(over) if over else lineup
    files = _files(staying, envelope, consent)
    predicted = tuple(file.predicted for file in files)
    after = staying.model_copy(update={"entries": predicted})
    planned = {id(file.entry): file for file in files}
    every = tuple(planned.get(id(entry)) or _left_out(entry) for entry in lineup.entries)
    return Plan(plans=every, envelope=envelope.name, findings=rules.check(after, envelope))


def _files(lineup: Lineup, envelope: Envelope, consent: Consent) -> list[FilePlan]:
    """A plan per entry: seconds are shared first; what is encoded anyway then needs few bytes."""
    heard = lineup.model_copy(update={"entries": tuple(map(_heard, lineup.entries))})
    timed = share_seconds(heard, envelope, consent)
    pairs = list(zip(lineup.entries, heard.entries, strict=True))
    files = [_file(*pair, tight, consent) for pair, tight in zip(pairs, timed, strict=True)]
    shared = share_bytes(heard, [_weight(file) for file in files], timed)
    return [
        file if tight is before else _file(*pair, tight, consent)
        for file, pair, before, tight in zip(files, pairs, timed, shared, strict=True)
    ]


def _weight(file: FilePlan) -> float:
    """Bytes that the file takes, or will take where its picture is encoded."""
    now, media = kept_bytes(file.entry), file.predicted.media
    encoded = isinstance(media, Video) and any(isinstance(step, Encode) for step in file.steps)
    return min(now, ENOUGH * (file.predicted.seconds or 0)) if encoded else now


def _left_out(entry: Entry) -> FilePlan:
    return FilePlan(entry=entry, steps=(Drop(),), predicted=entry)


def _heard(entry: Entry) -> Entry:
    """A clip in an audio slot, as the sound that it holds."""
    if entry.kind == "audio" and isinstance(entry.media, Video) and entry.media.audio_codec:
        return entry.model_copy(update={"media": Extract().predict(entry.media)})
    return entry


def _file(entry: Entry, heard: Entry, envelope: Envelope, consent: Consent) -> FilePlan:
    extract = [Extract()] if heard is not entry else []
    steps = [*extract, *_fit(heard, envelope, consent)] or _rename(entry)
    if not steps:  # a window that is left takes the whole file
        whole = entry.model_copy(update={"window": None}) if entry.usable else entry
        return FilePlan(entry=entry, steps=(), predicted=whole)
    assert not isinstance(entry.media, Unread)
    media = predict(entry.media, steps)
    written = {"media": media, "window": None, "suffix": formats.suffix_of(media.format)}
    return FilePlan(entry=entry, steps=tuple(steps), predicted=entry.model_copy(update=written))


def _rename(entry: Entry) -> list[Step]:
    """A right ending for a file whose bytes are right as they are."""
    name = entry.media.format
    wrong = entry.usable and name and not formats.belongs(entry.ending, name)
    return [Rename(suffix=formats.suffix_of(str(name)))] if wrong else []


def _fit(entry: Entry, envelope: Envelope, consent: Consent) -> list[Step]:
    if not entry.usable:
        return []
    match entry.media:
        case Image() as picture:
            return image.fit(picture, envelope, consent.allow)
        case Video() as clip:
            return video.fit(entry, clip, envelope, consent)
        case Audio() as sound:
            return audio.fit(entry, sound, envelope, consent)
    return []


__all__ = ["CONSENTED", "Consent", "FilePlan", "Plan", "plan"]
