"""All rules, one row each, and `check`, which runs them over a lineup.

A row reads: name, the aspect that mends it, how it finds, and a level where no witness decides it.
The limits are not here: a rule holds what it reads against the envelope's bound of the same name.
What a rule is for stands on its page (pages.toml).
"""

from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.lineup import Lineup
from refprep.rules import bundle, file, prompt, request
from refprep.rules.row import Rule, each, total, whole

# fmt: off
RULES = (
    Rule("file-unreadable", "stream", file.unreadable, "error"),
    Rule("file-kind", "stream", file.misplaced, "error"),
    Rule("file-extension", "name", file.misnamed, "warning"),
    Rule("file-truncated", "stream", file.truncated, "error"),
    Rule("file-corrupt", "stream", file.corrupt, "error"),
    Rule("seconds-disagree", "stream", file.contradictory, "warning"),
    Rule("window-outside", "time", file.outside, "error"),
    Rule("duplicate-file", "request", file.repeated, "warning"),

    Rule("image-format", "stream", each("image", "media.format", "{value}; {takes}")),
    Rule("image-side", "frame", each("image", "media.sides", "{value[0]:,} x {value[1]:,} pixels; {takes} on each side")),
    Rule("image-ratio", "frame", each("image", "media.ratio", "width is {value:.3g} x height; {takes}")),
    Rule("image-orientation", "frame", each("image", "media.orientation", "EXIF orientation {value}; {takes}")),
    Rule("image-colour", "colour", each("image", "media.colour", "{value} colour; {takes}")),
    Rule("image-animated", "stream", each("image", "media.frames", "{value} pictures in one file; {takes}")),
    Rule("image-alpha", "colour", each("image", "media.alpha", "an alpha channel lets parts of it show through"), "info"),
    Rule("image-bytes", "weight", each("image", "media.bytes", "{value:,} bytes; {takes}")),
    Rule("image-count", "request", whole(request.count("image"), "{value} images; {takes}")),

    Rule("video-format", "stream", each("video", "media.format", "{value}; {takes}")),
    Rule("video-codec", "stream", each("video", "media.video_codec", "{value}; {takes}")),
    Rule("video-pixel-format", "stream", each("video", "media.pixel_format", "pixels of {value}; {takes}")),
    Rule("video-audio-codec", "sound", each("video", "media.sound_codec", "{value} sound; {takes}")),
    Rule("video-pixels", "frame", each("video", "media.pixels", "{value:,} pixels per frame; {takes}")),
    Rule("video-side", "frame", each("video", "media.sides", "{value[0]:,} x {value[1]:,} pixels; {takes} on each side")),
    Rule("video-ratio", "frame", each("video", "media.ratio", "width is {value:.3g} x height; {takes}")),
    Rule("video-rotation", "frame", each("video", "media.turn", "stored turned by {value}; {takes}")),
    Rule("video-sample-aspect", "frame", each("video", "media.sample_aspect", "pixels of {value}; {takes}")),
    Rule("video-hdr", "colour", each("video", "media.transfer", "{value} high dynamic range; {takes}")),
    Rule("video-interlaced", "scan", each("video", "media.scan", "{value}; {takes}")),
    Rule("video-fps", "rate", each("video", "media.fps", "{value:.6g} frames per second; {takes}")),
    Rule("video-vfr", "rate", each("video", "media.pace", "frames last between {entry[0].media.frame_seconds[0]:.3g} and {entry[0].media.frame_seconds[1]:.3g} s"), "info"),
    Rule("video-streams", "stream", each("video", "media.others", "also holds {value}"), "info"),
    Rule("video-black", "time", each("video", "media.brightness", "black from beginning to end", sensed=True)),
    Rule("video-frozen", "time", each("video", "media.motion", "the picture never changes", sensed=True)),
    Rule("clip-seconds", "time", each("video", "seconds", "{value:.6g} s; {takes} s each")),
    Rule("video-seconds", "time", total("video", "seconds", "{value:.6g} s over {count}; {takes} s in all")),
    Rule("clip-bytes", "weight", each("video", "media.bytes", "{value:,} bytes; {takes}")),
    Rule("video-bytes", "weight", total("video", "media.bytes", "{value:,} bytes over {count}; {takes} in all")),
    Rule("video-count", "request", whole(request.count("video"), "{value} clips; {takes}")),

    Rule("audio-format", "stream", each("audio", "media.format", "{value}; {takes}")),
    Rule("audio-codec", "sound", each("audio", "media.audio_codec", "{value}; {takes}")),
    Rule("audio-clip-seconds", "time", each("audio", "seconds", "{value:.6g} s; {takes} s each")),
    Rule("audio-seconds", "time", total("audio", "seconds", "{value:.6g} s over {count}; {takes} s in all")),
    Rule("audio-silent", "sound", each("audio", "media.peak", "nothing is louder than {value:.2g} of full scale; {takes}", sensed=True)),
    Rule("audio-bytes", "weight", each("audio", "media.bytes", "{value:,} bytes; {takes}")),
    Rule("audio-count", "request", whole(request.count("audio"), "{value} sounds; {takes}")),
    Rule("audio-alone", "request", whole(request.company, "audio with {value} images and videos; {takes}")),

    Rule("file-count", "request", whole(request.all_files, "{value} files; {takes}")),
    Rule("no-reference", "request", request.no_media, "info"),
    Rule("request-bytes", "request", request.weighed),
    Rule("inline-media", "request", request.inside),
    Rule("face-slot", "request", request.faces, "warning"),
    Rule("prompt-missing", "request", whole(prompt.length, "{value} characters of prompt; {takes}")),
    Rule("prompt-unchecked", "request", prompt.unasked, "info"),
    Rule("prompt-reference", "request", prompt.dangling, "error"),
    Rule("prompt-style", "request", prompt.foreign, "warning"),
    Rule("prompt-length", "request", whole(prompt.words, "{value:,} words; {takes}"), "info"),
    Rule("prompt-flags", "request", prompt.flags, "warning"),
    Rule("edit-like-prompt", "request", prompt.editing, "info"),
    Rule("unused-reference", "request", prompt.unused, "info"),
    Rule("resolution", "request", request.parameter("resolution")),
    Rule("duration", "request", request.parameter("duration")),
    Rule("aspect-ratio", "request", request.parameter("aspect_ratio")),
    Rule("generate-audio", "request", request.parameter("generate_audio")),
    Rule("seed", "request", request.parameter("seed")),
    Rule("watermark", "request", request.parameter("watermark")),

    Rule("bundle-missing", "request", bundle.missing, "error"),
    Rule("bundle-changed", "request", bundle.changed, "error"),
    Rule("bundle-added", "request", bundle.added, "warning"),
    Rule("request-edited", "request", bundle.edited, "error"),
    Rule("request-shape", "request", bundle.misshapen, "error"),
)
# fmt: on


def check(lineup: Lineup, envelope: Envelope) -> tuple[Finding, ...]:
    """All differences between the lineup and the envelope, in the order of the table."""
    asked = (rule for rule in RULES if envelope.judges(rule.name))
    return tuple(finding for rule in asked for finding in rule.find(rule, lineup, envelope))
