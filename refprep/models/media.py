"""What a file is: facts only, each with its unit; None means not known."""

from typing import Literal, get_args

from pydantic import Field

from refprep.models.limits import Frozen

Transfer = Literal["SDR", "PQ", "HLG"]
Kind = Literal["image", "video", "audio"]
KINDS: tuple[Kind, ...] = get_args(Kind)
UnreadableRule = Literal[
    "file-unreadable", "file-read-error", "file-crashes", "file-too-slow", "file-too-big"
]


class Frame(Frozen):
    """What images and videos share: a size in pixels, as displayed."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @property
    def dimensions(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def aspect_ratio(self) -> float:
        """Width over height."""
        return self.width / self.height


class Image(Frame):
    """A still image, or the first frame of an animated one."""

    kind: Literal["image"] = "image"
    format: str
    size: int
    "Of the file, in bytes."
    orientation: int = 1
    "The EXIF orientation tag, 1 to 8; `width` and `height` are those after it."
    color_space: str = "sRGB"
    """sRGB, Gray, CMYK, the name of another ICC profile, PQ, HLG, other primaries that code points
    name (`Display P3`, `BT.2020`), or a bit depth above 8 (`RGB 16-bit`)."""
    alpha: bool = False
    "True where parts of the image are transparent."
    frames: int = 1
    decode_error: str | None = None
    "Why its pixels do not decode to the end; None where they do, or nothing was decoded."
    damage: str | None = None
    "What is damaged in later frames, or in what describes them; None where nothing is known."

    @property
    def truncated(self) -> bool:
        """True where the pixels end early, by the decoder's own words."""
        words = ("truncated", "not enough", "unexpected end", "premature", "end of file")
        return any(word in (self.decode_error or "").lower() for word in words)


class ContentStats(Frozen):
    """Measurements of one time of a video or audio; all but `time` are from 0 to 1."""

    time: float
    "Seconds on the file's clock, which starts with its first stream."
    brightness: float = 0.0
    "Mean luma of the picture."
    sharpness: float = 0.0
    "Mean difference of luma between neighbouring pixels."
    motion: float = 0.0
    "Mean difference of luma from the measurement before."
    loudness: float = 0.0
    "Root mean square of the audio."


RUINED_SHARE, RUINED_LEAST = 0.1, 3
"""Above which part of its packets a stream is ruined, and in how many at least. Measured on seven
codecs with 1 to 40 % of packets damaged: where a decoder refuses more than a tenth, 10 to 96 %
of the pictures have less than 30 dB PSNR: an error lasts up to the next key frame."""


def is_ruined(errors: int, share: float) -> bool:
    """True for a stream with errors in so many, and in such a part, of its packets."""
    return errors >= RUINED_LEAST and share > RUINED_SHARE


class Timed(Frozen):
    """What videos and audios share: durations in seconds, by header, packets and decoding."""

    duration: float | None = None
    "Seconds from the first packet's start to the last one's end, of the longest stream."
    declared_duration: float | None = None
    "Seconds by the container's header."
    decoded_duration: float | None = None
    "Seconds that decode, of the longest stream; None where nothing was decoded."
    empty_duration: float = 0.0
    "Seconds that an edit list leaves empty before the first packet; some readers count them."
    missing_duration: float = 0.0
    "Seconds that a stream's header declares beyond what the file holds."
    decode_errors: int | None = None
    "Packets in which the decoder finds errors; None where nothing was decoded."
    damaged_share: float | None = None
    "The part of a stream's packets, 0 to 1, in which there are errors; of the worst stream."
    damage: str | None = None
    "What is damaged between packets, or in what describes them; None where nothing is known."
    audio_codec: str | None = None
    sample_rate: int | None = None
    "In Hz."
    channels: int | None = None
    other_streams: tuple[str, ...] = ()
    "The kinds of the streams beside the first video and the first audio stream."
    content_stats: tuple[ContentStats, ...] = Field(default=(), exclude=True, repr=False)
    "Measured from end to end; empty where the best part is not looked for."

    @property
    def ruined(self) -> bool:
        """True where a large part of its pictures or sound cannot be decoded."""
        return is_ruined(self.decode_errors or 0, self.damaged_share or 0.0)

    @property
    def reported_durations(self) -> tuple[float, ...]:
        """Every duration in seconds that a reader could report."""
        with_gap = self.duration and self.duration + self.empty_duration
        durations = (self.duration, with_gap, self.declared_duration, self.decoded_duration)
        return tuple(duration for duration in durations if duration is not None)

    @property
    def other_streams_text(self) -> str:
        """`data, subtitle`; an empty text where there are none."""
        return ", ".join(self.other_streams)


class Video(Frame, Timed):
    """A video; its displayed size is the one after rotation, with square pixels."""

    kind: Literal["video"] = "video"
    format: str
    size: int
    "Of the file, in bytes."
    frame_rate: float | None = None
    "Frames per second on average: frames over the seconds they fill."
    video_codec: str | None = None
    pixel_format: str | None = None
    coded_width: int
    coded_height: int
    rotation: int = 0
    "Degrees clockwise by which a player rotates the coded picture: 0, 90, 180 or 270."
    mirrored: bool = False
    "True where the player flips the rotated picture left to right."
    sample_aspect_ratio: str = "1:1"
    transfer: Transfer = "SDR"
    "The transfer function's family: SDR, PQ or HLG."
    scan: Literal["progressive", "interlaced"] = "progressive"
    frame_durations: tuple[float, float] | None = None
    "Seconds of the shortest and of the longest frame."
    key_frames: tuple[float, ...] = Field(default=(), exclude=True, repr=False)
    "Where decoding can begin, in seconds on the file's clock, which starts with its first stream."
    hides_frames: bool = False
    "True where an edit list hides frames that decoders need."
    brightness: float | None = None
    "Luma, 0 to 1, of the brightest spot in the sampled frames; None where nothing was decoded."
    motion: float | None = None
    "Mean difference of luma, 0 to 1, where it is greatest between sampled frames."

    @property
    def display_transform(self) -> str:
        """What a player does to the coded picture: `none`, `90°`, `mirrored`, `90°, mirrored`."""
        rotation = [f"{self.rotation}°"] * bool(self.rotation)
        return ", ".join([*rotation, *["mirrored"] * self.mirrored]) or "none"

    @property
    def frame_timing(self) -> str:
        """`variable` where the longest frame lasts over 1.5 times the shortest, or `constant`."""
        shortest, longest = self.frame_durations or (1.0, 1.0)
        return "variable" if longest > 1.5 * shortest else "constant"

    @property
    def audio_codec_if_any(self) -> str | tuple[()]:
        """The audio codec; an empty tuple where the video has no audio stream."""
        return self.audio_codec or ()


class Audio(Timed):
    """An audio file."""

    kind: Literal["audio"] = "audio"
    format: str
    size: int
    "Of the file, in bytes."
    loudness_peak: float | None = None
    "The loudest sample, 0 to 1; None where nothing was decoded."


class Unreadable(Frozen):
    """A file that cannot be read, or not within its budget, and why."""

    kind: None = None
    format: None = None
    size: int | None = None
    reason: str
    rule: UnreadableRule = "file-unreadable"
    "The rule that finds it."


class Unchecked(Frozen):
    """Media at an address that were not read: nobody asked for it, or it was not possible."""

    kind: None = None
    format: None = None
    size: None = None
    reason: str | None = None
    "Why they could not be fetched; None where that was not asked for."
    unreachable: bool = False
    "True where the provider would not get them either."


Media = Image | Video | Audio
AnyMedia = Media | Unreadable | Unchecked
