"""Plans: from a lineup and its envelope to ordered steps, the media they will give, what is left.

No file is opened here. Every aspect fits all its limits at once; a fitter that cannot mend a thing
leaves it, and the rules, run over the predicted media, tell what is left.
"""

from collections.abc import Collection
from typing import Any

from pydantic import model_serializer

from refprep import rules
from refprep.envelope import Envelope
from refprep.finding import Result
from refprep.limits import Frozen
from refprep.lineup import Entry, Lineup
from refprep.media import Audio, Image, Unread, Video
from refprep.planning import audio, image, video
from refprep.planning.share import share
from refprep.planning.steps import CONSENTED, Extract, Step, predict


class FilePlan(Frozen):
    """What will be done to one source; no steps: the file is taken as it is, byte for byte."""

    entry: Entry
    steps: tuple[Step, ...]
    predicted: Entry

    @model_serializer
    def _flat(self) -> dict[str, Any]:
        return {
            "slot": self.entry.slot,
            "source": str(self.entry.source),
            "steps": [step.model_dump() for step in self.steps],
            "before": self.entry.media.model_dump(),
            "after": self.predicted.media.model_dump(),
        }


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
    steps = [*extract, *_fit(heard, envelope, allow)]
    media = entry.media if isinstance(entry.media, Unread) else predict(entry.media, steps)
    predicted = entry.model_copy(update={"media": media, "window": None if steps else entry.window})
    return FilePlan(entry=entry, steps=tuple(steps), predicted=predicted)


def _fit(entry: Entry, envelope: Envelope, allow: Collection[str]) -> list[Step]:
    match entry.media:
        case Image() as picture if entry.fits_slot:
            return image.fit(picture, envelope, allow)
        case Video() as clip if entry.fits_slot:
            return video.fit(entry, clip, envelope, allow)
        case Audio() as sound if entry.fits_slot:
            return audio.fit(entry, sound, envelope)
    return []


__all__ = ["CONSENTED", "FilePlan", "Plan", "plan"]
