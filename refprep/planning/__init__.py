"""Plans: from a lineup and its envelope to ordered steps, the media they will give, what is left.

No file is opened here. Every aspect fits all its limits at once; a fitter that cannot mend a thing
leaves it, and the rules, run over the predicted media, tell what is left.
"""

from collections.abc import Collection

from pydantic import model_serializer

from refprep import formats, rules
from refprep.envelope import Envelope
from refprep.finding import Result
from refprep.limits import Frozen
from refprep.lineup import Entry, Lineup
from refprep.media import Audio, Image, Media, Unread, Video
from refprep.planning import audio, image, video
from refprep.planning.share import share
from refprep.planning.steps import CONSENTED, Extract, Rename, Step, predict


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


def plan(lineup: Lineup, envelope: Envelope, allow: Collection[str] = ()) -> Plan:
    """How to bring a lineup into the envelope with the least loss.

    `allow` names costs beyond those of refprep.planning.steps.CONSENTED: "crop", "pad".
    """
    sounding = lineup.model_copy(update={"entries": tuple(map(_heard, lineup.entries))})
    files = tuple(
        _file(entry, heard, tight, allow)
        for entry, heard, tight in zip(
            lineup.entries, sounding.entries, share(sounding, envelope), strict=True
        )
    )
    after = lineup.model_copy(update={"entries": tuple(file.predicted for file in files)})
    return Plan(plans=files, envelope=envelope.name, findings=rules.check(after, envelope))


def _heard(entry: Entry) -> Entry:
    """A clip in an audio slot, as the sound that it holds."""
    if entry.kind == "audio" and isinstance(entry.media, Video) and entry.media.audio_codec:
        return entry.model_copy(update={"media": Extract().predict(entry.media)})
    return entry


def _file(entry: Entry, heard: Entry, envelope: Envelope, allow: Collection[str]) -> FilePlan:
    extract = [Extract()] if heard is not entry else []
    steps = [*extract, *_fit(heard, envelope, allow)] or _rename(entry)
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


def _fit(entry: Entry, envelope: Envelope, allow: Collection[str]) -> list[Step]:
    if not entry.usable:
        return []
    match entry.media:
        case Image() as picture:
            return image.fit(picture, envelope, allow)
        case Video() as clip:
            return video.fit(entry, clip, envelope, allow)
        case Audio() as sound:
            return audio.fit(entry, sound, envelope)
    return []


__all__ = ["CONSENTED", "FilePlan", "Plan", "plan"]
