"""Planning a video: copied as it is, its packets copied into another file, or encoded once."""

from collections.abc import Sequence

from refprep.models.envelope import Envelope
from refprep.models.media import Video
from refprep.models.reference import Reference
from refprep.models.steps import ConvertColor, Deinterlace, Encode, Remux, Step, Trim, predict
from refprep.options import Options
from refprep.planner import fit_frame, fit_time

SAMPLE_RATES = (44_100, 48_000)
SIZE_RULES = ("video-total-size", "video-file-size")
DENSITY = 1.25
"How many times more bytes per second the kept part may have than the whole video."
REMUXABLE = ("MP4", "MOV", "Matroska")
"Containers whose packets carry the times that MP4 needs."


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Step]:
    """The least loss: the same bytes, else the same packets, else one encoding."""
    video = reference.media
    assert isinstance(video, Video)
    trims = fit_time.fit(reference, envelope, options)
    longer = fit_time.lengthen(reference, trims, envelope, options)
    filters = _filters(video, envelope, options, grain=1)
    intact = fit_time.intact(reference, envelope)
    if not (trims or longer or filters) and intact and _meets_limits(video, envelope):
        return []
    on_keys = [fit_time.on_key_frame(trim, reference, video, envelope, options) for trim in trims]
    cuts = [trim for trim in on_keys if trim]
    copied = intact and not (filters or longer) and len(cuts) == len(trims)
    if copied and _can_copy(video, cuts, envelope):
        return [*cuts, remuxing(video, envelope)]
    filters = [*_filters(video, envelope, options, grain=2), *longer]
    return [*trims, *filters, encoding(video, filters, envelope)]


def _filters(video: Video, envelope: Envelope, options: Options, *, grain: int) -> list[Step]:
    """The steps on decoded frames; each of them needs an encoding."""
    frame = fit_frame.fit(video, fit_frame.video_shape(envelope, grain=grain), options)
    required = grain > 1 or fit_frame.required(video, frame, envelope)
    hdr = video.transfer != "SDR" and not envelope.one_of("video-hdr").admits(video.transfer)
    return [
        *(frame if required else []),
        *([] if envelope.one_of("video-interlaced").admits(video.scan) else [Deinterlace()]),
        *fit_time.fit_rate(video, envelope),
        *([ConvertColor(source=video.transfer, target="BT.709")] if hdr else []),
    ]


def _meets_limits(video: Video, envelope: Envelope) -> bool:
    """True where container, codecs and size are accepted as they are."""
    container = envelope.bound("video-format").limit.admits(video.format)
    small = video.size <= max_size(envelope)
    return container and small and _video_fits(video, envelope) and _audio_fits(video, envelope)


def _can_copy(video: Video, trims: list[Trim], envelope: Envelope) -> bool:
    """True where the video packets can be copied, and are small enough."""
    kept = sum(trim.end - trim.start for trim in trims)
    share = kept / video.duration * DENSITY if kept and video.duration else 1.0
    small = video.size * min(1.0, share) <= max_size(envelope)
    remuxable = video.format in REMUXABLE and not video.hides_frames
    plain = video.pixel_format in ("yuv420p", "yuvj420p")
    return remuxable and plain and small and _video_fits(video, envelope)


def _video_fits(video: Video, envelope: Envelope) -> bool:
    pixels = envelope.bound("video-pixel-format").limit.admits(video.pixel_format)
    return pixels and envelope.bound("video-codec").limit.admits(video.video_codec)


def _audio_fits(video: Video, envelope: Envelope) -> bool:
    return envelope.bound("video-audio-codec").limit.admits(video.audio_codec_if_any)


def max_size(envelope: Envelope) -> int:
    """The most bytes that this video may have."""
    return int(min(envelope.range(rule).nearest(1 << 62) for rule in SIZE_RULES))


def remuxing(video: Video, envelope: Envelope) -> Remux:
    """The same video packets in MP4 or MOV; those of the audio, too, if its codec is accepted."""
    audio = {} if _audio_fits(video, envelope) else _audio(video, envelope)
    cost = "lossy" if audio else "lossless"
    target = envelope.targets_of("video")[0]
    facts = {"cost": cost, "format": target, "max_size": max_size(envelope), **audio}
    return Remux.model_validate(facts)


def encoding(video: Video, filters: Sequence[Step], envelope: Envelope) -> Encode:
    """H.264 and AAC in MP4 or MOV, as the envelope aims for."""
    targets = envelope.targets
    facts = {
        "format": envelope.targets_of("video")[0],
        "video_codec": targets.video_codec,
        "max_size": max_size(envelope),
    }
    scaled, shape = predict(video, filters), fit_frame.video_shape(envelope, grain=2)
    assert isinstance(scaled, Video)
    smaller = fit_frame.smaller(scaled.dimensions, shape)
    audio = _audio(video, envelope) if video.audio_codec else {}
    return Encode.model_validate({**facts, "smaller": smaller, **audio})


def _audio(video: Video, envelope: Envelope) -> dict[str, object]:
    """AAC of one or two channels; the sample rate is kept where it is a common one."""
    rate = video.sample_rate if video.sample_rate in SAMPLE_RATES else 48_000
    codec = envelope.targets.audio_codec
    return {"audio_codec": codec, "sample_rate": rate, "channels": min(video.channels or 2, 2)}
