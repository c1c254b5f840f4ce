"""Formats by name, with the suffixes of their files, the usual one first, and media types."""

from refprep.models.media import KINDS, Kind

SUFFIXES: dict[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".jpg", ".jpeg", ".mpo"),
    "PNG": (".png", ".apng"),
    "WebP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "HEIF": (".heic", ".heif", ".hif"),
    "AVIF": (".avif",),
    "JPEG 2000": (".jp2", ".j2k", ".jpx"),
    "MP4": (".mp4", ".m4v"),
    "MOV": (".mov", ".qt"),
    "3GP": (".3gp", ".3g2"),
    "Matroska": (".mkv", ".mka"),
    "WebM": (".webm",),
    "AVI": (".avi",),
    "MPEG-TS": (".ts", ".mts", ".m2ts"),
    "WAV": (".wav", ".wave"),
    "MP3": (".mp3",),
    "M4A": (".m4a", ".m4b", ".mp4"),
    "AAC": (".aac",),
    "FLAC": (".flac",),
    "AIFF": (".aif", ".aiff"),
    "Ogg": (".ogg", ".oga", ".opus", ".ogv"),
    "CAF": (".caf",),
}

MIMES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WebP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
    "AVIF": "image/avif",
    "JPEG 2000": "image/jp2",
    "MP4": "video/mp4",
    "MOV": "video/quicktime",
    "Matroska": "video/x-matroska",
    "WebM": "video/webm",
    "3GP": "video/3gpp",
    "AVI": "video/x-msvideo",
    "MPEG-TS": "video/mp2t",
    "WAV": "audio/wav",
    "MP3": "audio/mpeg",
    "M4A": "audio/mp4",
    "AAC": "audio/aac",
    "FLAC": "audio/flac",
    "Ogg": "audio/ogg",
    "AIFF": "audio/aiff",
    "CAF": "audio/x-caf",
}
"Media types of what providers take, and of what is often sent to them."

IMAGE_ENCODERS = ("JPEG", "PNG", "WebP")
VIDEO_ENCODERS = ("MP4", "MOV")
AUDIO_ENCODERS = ("WAV", "MP3")
"What refprep writes: videos as H.264 with AAC, WAV as PCM16."


def mime_of(name: str | None) -> str:
    """The media type of a format: `image/jpeg` for JPEG."""
    return MIMES.get(name or "", "application/octet-stream")


def kind_of(suffix: str) -> Kind | None:
    """The kind that a suffix names: `video` for `.mp4`; None where it names none."""
    names = (name for name, known in SUFFIXES.items() if suffix.lower() in known)
    families = {mime_of(name).partition("/")[0] for name in names}
    return next((kind for kind in KINDS if kind in families), None)


def belongs(suffix: str, name: str) -> bool:
    """True unless the suffix is known as that of another format only."""
    known = {listed for suffixes in SUFFIXES.values() for listed in suffixes}
    return suffix.lower() not in known or suffix.lower() in SUFFIXES.get(name, ())


def suffix_of(name: str, own: str = "") -> str:
    """The suffix for a format: `own` where it is among the format's, or else the usual one."""
    suffixes = SUFFIXES.get(name, (own,))
    return own if own.lower() in suffixes else suffixes[0]
