"""Examples of media: every fact meets the limits of the default envelope, except those given."""

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import settings

from refprep.envelopes import load, names
from refprep.models.envelope import Envelope
from refprep.models.limits import Range
from refprep.models.media import KINDS, Audio, Image, Media, Unreadable, Video
from refprep.models.reference import Reference, ReferenceSet, Scope
from refprep.models.request import Request
from refprep.models.source import Source, Window

ENVELOPE: Envelope = load("oxen-seedance-2.0")
ENVELOPES = tuple(load(name) for name in names())
SHRINK = 4
SHRUNK = ENVELOPE.tighten(
    "video-pixels", Range(min=409_600 / SHRINK**2, max=927_408 / SHRINK**2)
).tighten("video-dimensions", Range(min=300 / SHRINK, max=6000 / SHRINK))
"""Limits for frames a quarter as wide and high: the same work on a sixteenth of the pixels."""
EVERY = "every slot by its tag"


def many(examples: int) -> settings:
    """So many examples, the same ones in every run."""
    return settings(max_examples=examples, deadline=None, derandomize=True)


def image(**facts: Any) -> Image:
    """A photo of 1600 x 1200, 2 MB."""
    return Image(**{"width": 1600, "height": 1200, "format": "JPEG", "size": 2_000_000, **facts})


def video(**facts: Any) -> Video:
    """A video of 4 s, 1280x720 at 30 frames per second, with audio."""
    coded = {"coded_width": facts.get("width", 1280), "coded_height": facts.get("height", 720)}
    known = {
        "width": 1280, "height": 720, "format": "MP4", "size": 4_000_000, "duration": 4.0,
        "frame_rate": 30.0, "video_codec": "h264", "pixel_format": "yuv420p", "audio_codec": "aac",
        "sample_rate": 48_000, "channels": 2,
    }  # fmt: skip
    return Video(**{**known, **coded, **facts})


def audio(**facts: Any) -> Audio:
    """Audio of 4 s, as WAV."""
    known = {
        "format": "WAV", "size": 768_044, "duration": 4.0,
        "audio_codec": "pcm_s16le", "sample_rate": 48_000, "channels": 2,
    }  # fmt: skip
    return Audio(**{**known, **facts})


def reference(
    slot: str | None, media: Media | Unreadable, window: Window | None = None
) -> Reference:
    """A file in a slot, whether it belongs there or not."""
    source = Source(path=Path(slot or "file"), window=window)
    return Reference(slot=slot, source=source, media=media, window=window)


def reference_set(
    *media: Media | Reference,
    prompt: str | None = EVERY,
    scope: Scope = "request",
    **parameters: Any,
) -> ReferenceSet:
    """Media, each in the next slot of its kind; references keep theirs. The prompt names all."""
    places: Counter[str] = Counter()
    references = []
    for medium in media:
        places[str(medium.kind)] += 1
        if isinstance(medium, Reference):
            references.append(medium)
        else:
            references.append(reference(f"{medium.kind}{places[medium.kind]}", medium))
    references.sort(key=lambda member: KINDS.index(member.kind) if member.kind else len(KINDS))
    slots = {str(member.slot): member.source for member in references}
    tags = " ".join(f"@{member.slot}" for member in references) or "A red kite over the sea"
    fields = {**parameters, "prompt": tags if prompt is EVERY else prompt}
    request = Request.model_validate(fields).with_slots(slots)
    return ReferenceSet(request=request, references=tuple(references), scope=scope)
