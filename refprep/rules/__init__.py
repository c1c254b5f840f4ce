"""All rules, a row each, and `check`, which runs them over a reference set.

A row holds: name; aspect (which steps repair it); what is read and how it is checked; the message;
the limit with its unit; a level, where no evidence decides it. The limits themselves are not here:
a rule compares with the envelope's bound of its name. Its page is in pages.toml.
"""

from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.reference import ReferenceSet
from refprep.rules import delivery, file, integrity, prompt, request
from refprep.rules.rule import Rule, each, total, whole

# fmt: off
RULES = (
    Rule("file-unreadable", "stream", file.unreadable, level="error"),
    Rule("file-read-error", "stream", file.unreadable, level="error"),
    Rule("file-crashes", "stream", file.unreadable, level="error"),
    Rule("file-too-slow", "stream", file.unreadable, level="error"),
    Rule("file-too-big", "stream", file.unreadable, level="error"),
    Rule("file-kind", "stream", file.of_another_kind, level="error"),
    Rule("file-extension", "name", file.misnamed, level="warning"),
    Rule("file-truncated", "stream", file.truncated, accepted="{limit} s less than declared", level="error"),
    Rule("file-corrupt", "stream", file.corrupt, level="error"),
    Rule("duration-mismatch", "stream", file.contradictory, level="warning"),
    Rule("trim-range", "time", file.out_of_range, level="error"),
    Rule("duplicate-file", "request", file.duplicate, level="warning"),

    Rule("image-format", "stream", each("image", "media.format"), "{value}; {takes}"),
    Rule("image-dimensions", "frame", each("image", "media.dimensions"), "{value[0]:,} x {value[1]:,} pixels; {takes}", "{limit} pixels on each side"),
    Rule("image-pixels", "frame", each("image", "media.pixels"), "{value:,} pixels; {takes}", "{limit} pixels"),
    Rule("image-aspect-ratio", "frame", each("image", "media.aspect_ratio"), "aspect ratio {value:.5g}; {takes}", "{limit} (width / height)"),
    Rule("image-orientation", "frame", each("image", "media.orientation"), "EXIF orientation {value}; {takes}", "EXIF orientation {limit}"),
    Rule("image-color", "color", each("image", "media.color_space"), "color space {value}; {takes}"),
    Rule("image-animated", "stream", each("image", "media.frames"), "{value:,} frames; {takes}", "{limit} frames"),
    Rule("image-alpha", "color", each("image", "media.alpha"), "alpha channel with transparent pixels; {takes}", "images without an alpha channel", level="info"),
    Rule("image-file-size", "size", each("image", "media.size"), "{value:,} bytes; {takes}", "{limit} bytes"),
    Rule("image-count", "request", whole(request.count("image")), "{value} images; {takes}", "{limit} images"),

    Rule("video-format", "stream", each("video", "media.format"), "{value}; {takes}"),
    Rule("video-codec", "stream", each("video", "media.video_codec"), "video codec {value}; {takes}"),
    Rule("video-pixel-format", "stream", each("video", "media.pixel_format"), "pixel format {value}; {takes}"),
    Rule("video-audio-codec", "audio", each("video", "media.audio_codec_if_any"), "audio codec {value}; {takes}"),
    Rule("video-pixels", "frame", each("video", "media.pixels"), "{value:,} pixels per frame; {takes}", "{limit} pixels per frame"),
    Rule("video-dimensions", "frame", each("video", "media.dimensions"), "{value[0]:,} x {value[1]:,} pixels; {takes}", "{limit} pixels on each side"),
    Rule("video-aspect-ratio", "frame", each("video", "media.aspect_ratio"), "aspect ratio {value:.5g}; {takes}", "{limit} (width / height)"),
    Rule("video-rotation", "frame", each("video", "media.display_transform"), "rotation metadata {value}; {takes}", "rotation metadata {limit}"),
    Rule("video-sample-aspect-ratio", "frame", each("video", "media.sample_aspect_ratio"), "sample aspect ratio {value}; {takes}"),
    Rule("video-hdr", "color", each("video", "media.transfer"), "{value} transfer function; {takes}"),
    Rule("video-interlaced", "scan", each("video", "media.scan"), "{value} video; {takes}", "{limit} video"),
    Rule("video-fps", "rate", each("video", "media.frame_rate"), "{value:.6g} fps; {takes}", "{limit} fps"),
    Rule("video-vfr", "rate", each("video", "media.frame_timing"), "{value} frame rate, {media.frame_durations[0]:.3g} to {media.frame_durations[1]:.3g} s per frame; {takes}", "a {limit} frame rate", level="info"),
    Rule("video-streams", "stream", each("video", "media.other_streams_text"), "other streams: {value}; {takes}", level="info"),
    Rule("video-black", "time", each("video", "media.brightness", decoded=True), "black in every sampled frame, maximum luma {value:.2g}; {takes}", "a maximum luma of {limit} (0 is black, 1 is white)"),
    Rule("video-frozen", "time", each("video", "media.motion", decoded=True), "frozen in every sampled frame, maximum luma change {value:.2g}; {takes}", "a maximum luma change of {limit} (1 is from black to white)"),
    Rule("video-duration", "time", each("video", "duration"), "{value:.6g} s; {takes}", "{limit} s per video"),
    Rule("video-total-duration", "time", total("video", "duration"), "{value:.6g} s over {count}; {takes}", "{limit} s in total"),
    Rule("video-file-size", "size", each("video", "media.size"), "{value:,} bytes; {takes}", "{limit} bytes"),
    Rule("video-total-size", "size", total("video", "media.size"), "{value:,} bytes over {count}; {takes}", "{limit} bytes in total"),
    Rule("video-count", "request", whole(request.count("video")), "{value} videos; {takes}", "{limit} videos"),

    Rule("audio-format", "stream", each("audio", "media.format"), "{value}; {takes}"),
    Rule("audio-codec", "audio", each("audio", "media.audio_codec"), "audio codec {value}; {takes}"),
    Rule("audio-duration", "time", each("audio", "duration"), "{value:.6g} s; {takes}", "{limit} s per file"),
    Rule("audio-total-duration", "time", total("audio", "duration"), "{value:.6g} s over {count}; {takes}", "{limit} s in total"),
    Rule("audio-silent", "audio", each("audio", "media.loudness_peak", decoded=True), "peak level {value:.2g} of full scale; {takes}", "a peak level of {limit} of full scale"),
    Rule("audio-file-size", "size", each("audio", "media.size"), "{value:,} bytes; {takes}", "{limit} bytes"),
    Rule("audio-count", "request", whole(request.count("audio")), "{value} audio files; {takes}", "{limit} audio files"),
    Rule("audio-only", "request", whole(request.count_beside_audio), "{value} images and videos; at {envelope} audio references need {accepted}", "{limit} images or videos"),

    Rule("file-count", "request", whole(request.count_files), "{value} files; {takes}", "{limit} files"),
    Rule("slot-unknown", "request", request.unknown_slots, level="error"),
    Rule("slot-conflict", "request", request.conflicting_slots),
    Rule("slot-count", "request", request.capped_slots),
    Rule("no-reference", "request", request.without_media, level="info"),
    Rule("request-size", "request", request.too_large, "{value:,} bytes with the media inside; {takes}", "{limit} bytes"),
    Rule("inline-media", "request", delivery.inline, "{value} as a data: URI; {takes}", "{limit} as data: URIs"),
    Rule("asset-media", "request", delivery.assets, "{value} by an id of the provider's own; {takes}", "{limit} by an id of the provider's own"),
    Rule("media-scheme", "request", delivery.scheme, level="error"),
    Rule("media-unchecked", "request", delivery.unchecked, level="info"),
    Rule("media-unreachable", "request", delivery.unreachable, level="error"),
    Rule("face-slot", "request", request.faces, level="warning"),
    Rule("prompt-missing", "request", whole(prompt.length), "{value} characters in the prompt; {takes}", "{limit} characters"),
    Rule("prompt-unchecked", "request", prompt.unchecked, level="info"),
    Rule("prompt-tag", "request", prompt.dangling_tags, level="error"),
    Rule("prompt-tag-style", "request", prompt.foreign_tags, level="warning"),
    Rule("prompt-length", "request", prompt.too_long, "{value:,} {unit}; {takes}", "{limit} {unit}"),
    Rule("prompt-flags", "request", prompt.flags, level="warning"),
    Rule("edit-like-prompt", "request", prompt.edits, level="info"),
    Rule("unused-reference", "request", prompt.unused_references, level="info"),
    Rule("resolution", "request", request.parameter, "resolution is {json}; {takes}"),
    Rule("duration", "request", request.parameter, "duration is {json}; {takes}", "{limit} s"),
    Rule("aspect-ratio", "request", request.parameter, "aspect_ratio is {json}; {takes}"),
    Rule("generate-audio", "request", request.parameter, "generate_audio is {json}; {takes}"),
    Rule("seed", "request", request.parameter, "seed is {json}; {takes}"),
    Rule("watermark", "request", request.parameter, "watermark is {json}; {takes}"),
    Rule("parameter", "request", request.other_parameters),
    Rule("parameter-default", "request", request.sent_parameters, level="info"),

    Rule("bundle-missing", "request", integrity.missing, level="error"),
    Rule("bundle-changed", "request", integrity.changed, level="error"),
    Rule("bundle-added", "request", integrity.added, level="warning"),
    Rule("request-edited", "request", integrity.edited, level="error"),
    Rule("request-shape", "request", integrity.misshapen, level="error"),
    Rule("envelope-changed", "request", integrity.other_limits, level="warning"),
    Rule("envelope-unknown", "request", integrity.own_limits, level="warning"),
    Rule("rules-ignored", "request", integrity.unchecked, level="warning"),
)
# fmt: on


def check(references: ReferenceSet, envelope: Envelope) -> tuple[Finding, ...]:
    """All differences between a reference set and an envelope.

    Args:
        references: The media in their slots, with the request.
        envelope: The limits, and the rules to check.

    Returns:
        The findings in the order of the table, and of the slots within a rule.
    """
    envelope = envelope.of_request(references.request.parameters, references.filled)
    rules = (rule for rule in RULES if envelope.judges(rule.name))
    return tuple(finding for rule in rules for finding in rule.find(rule, references, envelope))
