"""What a file is: facts only, each with its unit; None means not known."""

from typing import Literal

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
    "sRGB, Gray, CMYK, the name of another ICC profile, or a bit depth above 8 (`RGB 16-bit`)."
    alpha: bool = False
    frames: int = 1


class Video(Frame):
    """A clip; its displayed size is the one after rotation, with square pixels."""

    kind: Literal["video"] = "video"
    format: str
    bytes: int
    seconds: float | None = None
    "From the first packet's start to the last one's end, of the longer of picture and sound."
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
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    declared_seconds: float | None = None
    "What the container's header says."
    decoded_seconds: float | None = None
    "What really decodes, of the longer of picture and sound; None where nobody decoded it."
    decode_errors: int | None = None
    "Packets that the decoder refused; None where nobody decoded it."
    other_streams: tuple[str, ...] = ()

    @property
    def turn(self) -> str:
        """How a player turns the coded picture: `upright`, `90 degrees`, `0 degrees, mirrored`."""
        if not (self.rotation or self.mirrored):
            return "upright"
        return f"{self.rotation} degrees{', mirrored' * self.mirrored}"

    @property
    def sound_codec(self) -> str | tuple[()]:
        """The sound's codec; nothing where the clip is silent."""
        return self.audio_codec or ()


class Audio(Frozen):
    """A sound."""

    kind: Literal["audio"] = "audio"
    format: str
    bytes: int
    seconds: float | None = None
    "From the first packet's start to the last one's end."
    audio_codec: str | None = None
    sample_rate: int | None = None
    "In Hz."
    channels: int | None = None
    declared_seconds: float | None = None
    decoded_seconds: float | None = None
    "What really decodes, of the longer of picture and sound; None where nobody decoded it."
    decode_errors: int | None = None
    "Packets that the decoder refused; None where nobody decoded it."
    other_streams: tuple[str, ...] = ()


class Unread(Frozen):
    """A file that could not be read, and why."""

    kind: None = None
    format: None = None
    bytes: int | None = None
    reason: str


Media = Image | Video | Audio
