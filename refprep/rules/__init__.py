"""All rules, one row each, and `check`, which runs them over a reference_set.

A row reads: name, the aspect that mends it, how it finds, and a level where no witness decides it.
The limits are not here: a rule holds what it reads against the envelope's bound of the same name.
What a rule is for stands on its page (pages.toml).
"""

from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.reference import ReferenceSet
from refprep.rules import file, integrity, prompt, request
from refprep.rules.rule import Rule, each, total, whole

# fmt: off
RULES = (
    Rule("file-unreadable", "stream", file.unreadable, "error"),
    Rule("file-kind", "stream", file.misplaced, "error"),
    Rule("file-extension", "name", file.misnamed, "warning"),
    Rule("file-truncated", "stream", file.truncated, "error"),
    Rule("file-corrupt", "stream", file.corrupt, "error"),
    Rule("duration-mismatch", "stream", file.contradictory, "warning"),
    Rule("trim-range", "time", file.outside, "error"),
    Rule("duplicate-file", "request", file.repeated, "warning"),

    Rule("image-format", "stream", each("image", "media.format", "{value}; {takes}")),
    Rule("image-dimensions", "frame", each("image", "media.dimensions", "{value[0]:,} x {value[1]:,} pixels; {takes} on each side")),
    Rule("image-aspect-ratio", "frame", each("image", "media.aspect_ratio", "width is {value:.3g} x height; {takes}")),
    Rule("image-orientation", "frame", each("image", "media.orientation", "EXIF orientation {value}; {takes}")),
    Rule("image-color", "color", each("image", "media.color_space", "{value} color; {takes}")),
    Rule("image-animated", "stream", each("image", "media.frames", "{value} pictures in one file; {takes}")),
    Rule("image-alpha", "color", each("image", "media.alpha", "an alpha channel lets parts of it show through"), "info"),
    Rule("image-file-size", "size", each("image", "media.size", "{value:,} bytes; {takes}")),
    Rule("image-count", "request", whole(request.count("image"), "{value} images; {takes}")),

    Rule("video-format", "stream", each("video", "media.format", "{value}; {takes}")),
    Rule("video-codec", "stream", each("video", "media.video_codec", "{value}; {takes}")),
    Rule("video-pixel-format", "stream", each("video", "media.pixel_format", "pixels of {value}; {takes}")),
    Rule("video-audio-codec", "audio", each("video", "media.audio_codec_if_any", "{value} sound; {takes}")),
    Rule("video-pixels", "frame", each("video", "media.pixels", "{value:,} pixels per frame; {takes}")),
    Rule("video-dimensions", "frame", each("video", "media.dimensions", "{value[0]:,} x {value[1]:,} pixels; {takes} on each side")),
    Rule("video-aspect-ratio", "frame", each("video", "media.aspect_ratio", "width is {value:.3g} x height; {takes}")),
    Rule("video-rotation", "frame", each("video", "media.display_transform", "stored turned by {value}; {takes}")),
    Rule("video-sample-aspect-ratio", "frame", each("video", "media.sample_aspect_ratio", "pixels of {value}; {takes}")),
    Rule("video-hdr", "color", each("video", "media.transfer", "{value} high dynamic range; {takes}")),
    Rule("video-interlaced", "scan", each("video", "media.scan", "{value}; {takes}")),
    Rule("video-fps", "rate", each("video", "media.frame_rate", "{value:.6g} frames per second; {takes}")),
    Rule("video-vfr", "rate", each("video", "media.frame_timing", "frames last between {reference[0].media.frame_durations[0]:.3g} and {reference[0].media.frame_durations[1]:.3g} s"), "info"),
    Rule("video-streams", "stream", each("video", "media.other_streams_text", "also holds {value}"), "info"),
    Rule("video-black", "time", each("video", "media.brightness", "black from beginning to end", sensed=True)),
    Rule("video-frozen", "time", each("video", "media.motion", "the picture never changes", sensed=True)),
    Rule("video-duration", "time", each("video", "duration", "{value:.6g} s; {takes} s each")),
    Rule("video-total-duration", "time", total("video", "duration", "{value:.6g} s over {count}; {takes} s in all")),
    Rule("video-file-size", "size", each("video", "media.size", "{value:,} bytes; {takes}")),
    Rule("video-total-size", "size", total("video", "media.size", "{value:,} bytes over {count}; {takes} in all")),
    Rule("video-count", "request", whole(request.count("video"), "{value} clips; {takes}")),

    Rule("audio-format", "stream", each("audio", "media.format", "{value}; {takes}")),
    Rule("audio-codec", "audio", each("audio", "media.audio_codec", "{value}; {takes}")),
    Rule("audio-duration", "time", each("audio", "duration", "{value:.6g} s; {takes} s each")),
    Rule("audio-total-duration", "time", total("audio", "duration", "{value:.6g} s over {count}; {takes} s in all")),
    Rule("audio-silent", "audio", each("audio", "media.loudness_peak", "nothing is louder than {value:.2g} of full scale; {takes}", sensed=True)),
    Rule("audio-file-size", "size", each("audio", "media.size", "{value:,} bytes; {takes}")),
    Rule("audio-count", "request", whole(request.count("audio"), "{value} sounds; {takes}")),
    Rule("audio-only", "request", whole(request.company, "audio with {value} images and videos; {takes}")),

    Rule("file-count", "request", whole(request.all_files, "{value} files; {takes}")),
    Rule("no-reference", "request", request.no_media, "info"),
    Rule("request-size", "request", request.weighed),
    Rule("inline-media", "request", request.inside),
    Rule("face-slot", "request", request.faces, "warning"),
    Rule("prompt-missing", "request", whole(prompt.length, "{value} characters of prompt; {takes}")),
    Rule("prompt-unchecked", "request", prompt.unasked, "info"),
    Rule("prompt-tag", "request", prompt.dangling, "error"),
    Rule("prompt-tag-style", "request", prompt.foreign, "warning"),
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

    Rule("bundle-missing", "request", integrity.missing, "error"),
    Rule("bundle-changed", "request", integrity.changed, "error"),
    Rule("bundle-added", "request", integrity.added, "warning"),
    Rule("request-edited", "request", integrity.edited, "error"),
    Rule("request-shape", "request", integrity.misshapen, "error"),
)
# fmt: on


def check(reference_set: ReferenceSet, envelope: Envelope) -> tuple[Finding, ...]:
    """All differences between the reference_set and the envelope, in the order of the table."""
    asked = (rule for rule in RULES if envelope.judges(rule.name))
    return tuple(finding for rule in asked for finding in rule.find(rule, reference_set, envelope))
