"""Planning a clip: its time, frame, rate and colour, and one encoding where any of it is off."""

from collections.abc import Collection

from refprep.envelope import Envelope
from refprep.lineup import Entry
from refprep.media import Video
from refprep.planning import frame, time
from refprep.planning.steps import Deinterlace, Encode, Recolour, Step

SAMPLE_RATES = (44_100, 48_000)
WEIGHTS = ("video-bytes", "clip-bytes")


def fit(entry: Entry, clip: Video, envelope: Envelope, allow: Collection[str]) -> list[Step]:
    """No step where the clip lies inside already; else the steps and one encoding."""
    steps = _steps(entry, clip, envelope, allow, grain=1)
    if not steps and _stream_fits(clip, envelope) and time.whole(entry, envelope):
        return []
    return [*_steps(entry, clip, envelope, allow, grain=2), encoding(clip, envelope)]


def _steps(
    entry: Entry, clip: Video, envelope: Envelope, allow: Collection[str], *, grain: int
) -> list[Step]:
    hdr = clip.transfer != "SDR" and not envelope.one_of("video-hdr").admits(clip.transfer)
    return [
        *time.fit(entry, envelope),
        *frame.fit(clip, frame.video_shape(envelope, grain=grain), allow),
        *([] if envelope.one_of("video-interlaced").admits(clip.scan) else [Deinterlace()]),
        *time.rate(clip, envelope),
        *([Recolour(source=clip.transfer)] if hdr else []),
    ]


def _stream_fits(clip: Video, envelope: Envelope) -> bool:
    demands = {
        "video-format": clip.format,
        "video-codec": clip.video_codec,
        "video-audio-codec": clip.sound_codec,
        "video-bytes": clip.bytes,
        "clip-bytes": clip.bytes,
    }
    return all(envelope.bound(rule).limit.admits(fact) for rule, fact in demands.items())


def encoding(clip: Video, envelope: Envelope) -> Encode:
    """H.264 and AAC in MP4; the sound keeps its rate where that is a common one."""
    sound = clip.audio_codec is not None
    rate = clip.sample_rate if clip.sample_rate in SAMPLE_RATES else 48_000
    return Encode(
        format="MP4",
        video_codec="h264",
        audio_codec="aac" if sound else None,
        sample_rate=rate if sound else None,
        channels=min(clip.channels or 2, 2) if sound else None,
        bytes=int(min(envelope.range(rule).nearest(1 << 62) for rule in WEIGHTS)),
    )
