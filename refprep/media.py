"""What a file is: facts only, each with its unit; None means not known."""

from typing import Literal

from pydantic import Field

from refprep.limits import Frozen

Transfer = Literal["SDR", "PQ", "HLG"]
Kind = Literal["image", "video", "audio"]


class Frame(Frozen):
    """What pictures and clips share: a size in pixels, as displayed."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def sides(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width / self.height


class Image(Frame):
    """A still picture, or the first frame of an animated one."""

    kind: Literal["image"] = "image"
    format: str
    bytes: int
    orientation: int = 1
    "The EXIF orientation tag, 1 to 8; `width` and `height` are those after it."
    colour: str = "sRGB"
    """sRGB, Gray, CMYK, the name of another ICC profile, PQ, HLG, other primaries that code points
    name (`Display P3`, `BT.2020`), or a bit depth above 8 (`RGB 16-bit`)."""
    alpha: bool = False
    frames: int = 1
    damage: str | None = None
    "Why its pixels do not decode to the end; None where they do, or nobody tried."

    @property
    def truncated(self) -> bool:
        """True where the pixels end early, by the decoder's own words."""
        words = ("truncated", "not enough", "unexpected end", "premature", "end of file")
        return any(word in (self.damage or "").lower() for word in words)


class Moment(Frozen):
    """What is seen or heard at one time of a clip or sound; all but the time from 0 to 1."""

    at: float
    "Seconds on the file's clock, which starts with its first stream."
    light: float = 0.0
    "Mean luma of the picture."
    sharp: float = 0.0
    "Mean difference of luma between neighbouring pixels."
    motion: float = 0.0
    "Mean difference of luma from the moment before."
    loud: float = 0.0
    "Root mean square of the sound."


class Timed(Frozen):
    """What clips and sounds share: lengths in seconds, by header, by packets and by decoding."""

    seconds: float | None = None
    "From the first packet's start to the last one's end, of the longest stream."
    declared_seconds: float | None = None
    "What the container's header says."
    decoded_seconds: float | None = None
    "What really decodes, of the longest stream; None where nobody decoded it."
    empty_seconds: float = 0.0
    "What an edit list leaves empty before the first packet; some readers count it."
    missing_seconds: float = 0.0
    "What a stream's header declares beyond what is there."
    decode_errors: int | None = None
    "Packets that the decoder refused; None where nobody decoded it."
    audio_codec: str | None = None
    sample_rate: int | None = None
    "In Hz."
    channels: int | None = None
    other_streams: tuple[str, ...] = ()
    "The kinds of the streams beside the first picture and the first sound."
    moments: tuple[Moment, ...] = Field(default=(), exclude=True, repr=False)
    "What was seen and heard from end to end; empty where nobody looked for the best part."

    @property
    def readings(self) -> tuple[float, ...]:
        """Every length that a reader could report."""
        late = self.seconds and self.seconds + self.empty_seconds
        lengths = (self.seconds, late, self.declared_seconds, self.decoded_seconds)
        return tuple(one for one in lengths if one is not None)

    @property
    def others(self) -> str:
        return ", ".join(self.other_streams)


class Video(Frame, Timed):
    """A clip; its displayed size is the one after rotation, with square pixels."""

    kind: Literal["video"] = "video"
    format: str
    bytes: int
    fps: float | None = None
    "Frames per second on average: frames over the seconds they fill."
    video_codec: str | None = None
    pixel_format: str | None = None
    coded_width: int
    coded_height: int
    rotation: int = 0
    "Degrees clockwise that a player turns the coded picture: 0, 90, 180 or 270."
    mirrored: bool = False
    "True where the player flips the turned picture left to right."
    sample_aspect: str = "1:1"
    transfer: Transfer = "SDR"
    "The transfer function's family: SDR, PQ or HLG."
    scan: Literal["progressive", "interlaced"] = "progressive"
    frame_seconds: tuple[float, float] | None = None
    "How long the shortest and the longest frame last."
    key_frames: tuple[float, ...] = Field(default=(), exclude=True, repr=False)
    "Where decoding can begin, in seconds on the file's clock, which starts with its first stream."
    edited: bool = False
    "True where an edit list hides pictures that decoders need."
    brightness: float | None = None
    "Luma, 0 to 1, of the brightest spot in the frames looked at; None where nobody decoded it."
    motion: float | None = None
    "Mean difference of luma, 0 to 1, where it is greatest between frames looked at."

    @property
    def turn(self) -> str:
        """How a player turns the coded picture: `upright`, `90 degrees`, `0 degrees, mirrored`."""
        if not (self.rotation or self.mirrored):
            return "upright"
        return f"{self.rotation} degrees{', mirrored' * self.mirrored}"

    @property
    def pace(self) -> str:
        """`variable` where the longest frame lasts half as long again as the shortest, or more."""
        shortest, longest = self.frame_seconds or (1.0, 1.0)
        return "variable" if longest > 1.5 * shortest else "steady"

    @property
    def sound_codec(self) -> str | tuple[()]:
        """The sound's codec; nothing where the clip is silent."""
        return self.audio_codec or ()


class Audio(Timed):
    """A sound."""

    kind: Literal["audio"] = "audio"
    format: str
    bytes: int
    peak: float | None = None
    "The loudest sample, 0 to 1; None where nobody decoded it."


class Unread(Frozen):
    """A file that could not be read, and why."""

    kind: None = None
    format: None = None
    bytes: int | None = None
    reason: str


Media = Image | Video | Audio
