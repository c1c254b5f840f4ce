"""Planning a clip: kept as it is, its packets put into another file, or encoded once."""

from collections.abc import Sequence

from refprep.models.envelope import Envelope
from refprep.models.media import Video
from refprep.models.reference import Reference
from refprep.models.steps import ConvertColor, Deinterlace, Encode, Remux, Step, Trim, predict
from refprep.options import Options
from refprep.planner import fit_frame, fit_time

SAMPLE_RATES = (44_100, 48_000)
WEIGHTS = ("video-total-size", "video-file-size")
DENSITY = 1.25
"How much heavier per second the kept part of a clip is allowed to be than the whole."
COPIED_FROM = ("MP4", "MOV", "Matroska")
"Containers whose packets carry the times that MP4 needs."


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Step]:
    """The least loss: the same bytes, else the same packets, else one encoding."""
    clip = reference.media
    assert isinstance(clip, Video)
    trims = fit_time.fit(reference, envelope, options)
    longer = fit_time.lengthen(reference, trims, envelope, options)
    looks = _looks(clip, envelope, options, grain=1)
    whole = fit_time.whole(reference, envelope)
    if not (trims or longer or looks) and whole and _fits(clip, envelope):
        return []
    near = [fit_time.on_key_frame(trim, reference, clip, envelope, options) for trim in trims]
    cuts = [trim for trim in near if trim]
    kept = whole and not (looks or longer) and len(cuts) == len(trims)
    if kept and _copies(clip, cuts, envelope):
        return [*cuts, remuxing(clip, envelope)]
    drawn = [*_looks(clip, envelope, options, grain=2), *longer]
    return [*trims, *drawn, encoding(clip, drawn, envelope)]


def _looks(clip: Video, envelope: Envelope, options: Options, *, grain: int) -> list[Step]:
    """The steps on pictures, none of which can be taken without encoding."""
    framed = fit_frame.fit(clip, fit_frame.video_shape(envelope, grain=grain), options)
    asked = grain > 1 or fit_frame.demanded(clip, framed, envelope)
    hdr = clip.transfer != "SDR" and not envelope.one_of("video-hdr").admits(clip.transfer)
    return [
        *(framed if asked else []),
        *([] if envelope.one_of("video-interlaced").admits(clip.scan) else [Deinterlace()]),
        *fit_time.rate(clip, envelope),
        *([ConvertColor(source=clip.transfer, target="BT.709")] if hdr else []),
    ]


def _fits(clip: Video, envelope: Envelope) -> bool:
    """True where container, codecs and bytes are taken as they are."""
    container = envelope.bound("video-format").limit.admits(clip.format)
    light = clip.size <= weight(envelope)
    return container and light and _pictures_fit(clip, envelope) and _sound_fits(clip, envelope)


def _copies(clip: Video, trims: list[Trim], envelope: Envelope) -> bool:
    """True where the picture's packets can be kept, and are light enough."""
    light = _part_weight(clip, trims) <= weight(envelope)
    known = clip.format in COPIED_FROM and not clip.hides_frames
    plain = clip.pixel_format in ("yuv420p", "yuvj420p")
    return known and plain and light and _pictures_fit(clip, envelope)


def _part_weight(clip: Video, trims: list[Trim]) -> float:
    """Bytes that the kept part may weigh: its share of the seconds, and what it may be denser."""
    kept = sum(trim.end - trim.start for trim in trims)
    share = kept / clip.duration * DENSITY if kept and clip.duration else 1.0
    return clip.size * min(1.0, share)


def _pictures_fit(clip: Video, envelope: Envelope) -> bool:
    plain = envelope.bound("video-pixel-format").limit.admits(clip.pixel_format)
    return plain and envelope.bound("video-codec").limit.admits(clip.video_codec)


def _sound_fits(clip: Video, envelope: Envelope) -> bool:
    return envelope.bound("video-audio-codec").limit.admits(clip.audio_codec_if_any)


def weight(envelope: Envelope) -> int:
    """The most bytes that this clip may weigh."""
    return int(min(envelope.range(rule).nearest(1 << 62) for rule in WEIGHTS))


def remuxing(clip: Video, envelope: Envelope) -> Remux:
    """The same packets in MP4; the sound's too, where its codec is taken."""
    sound = {} if _sound_fits(clip, envelope) else _sound(clip)
    cost = "lossy" if sound else "lossless"
    known = {"cost": cost, "format": "MP4", "max_size": weight(envelope), **sound}
    return Remux.model_validate(known)


def encoding(clip: Video, drawn: Sequence[Step], envelope: Envelope) -> Encode:
    """H.264 and AAC in MP4."""
    known = {"format": "MP4", "video_codec": "h264", "max_size": weight(envelope)}
    sized, shape = predict(clip, drawn), fit_frame.video_shape(envelope, grain=2)
    assert isinstance(sized, Video)
    smaller = fit_frame.smaller(sized.dimensions, shape)
    sound = _sound(clip) if clip.audio_codec else {}
    return Encode.model_validate({**known, "smaller": smaller, **sound})


def _sound(clip: Video) -> dict[str, object]:
    """AAC of one or two channels; the rate is kept where it is a common one."""
    rate = clip.sample_rate if clip.sample_rate in SAMPLE_RATES else 48_000
    return {"audio_codec": "aac", "sample_rate": rate, "channels": min(clip.channels or 2, 2)}
