"""All rules, one row each, and `check`, which runs them over a lineup.

A row reads: name, the aspect that mends it, what it demands, how it finds. The limits are not
here: a rule holds what it reads against the bound of the same name in the envelope.
"""

from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.lineup import Lineup
from refprep.rules import request
from refprep.rules.row import Rule, each, total, whole

# fmt: off
RULES = (
    Rule("file-unreadable", "stream", "Every file can be read.", request.unreadable, "error", advice='leave this file out, or get a whole copy of it'),
    Rule("file-kind", "stream", "Every file is of the kind that its slot takes.", request.misplaced, "error", advice='move it to a slot of its own kind'),

    Rule("image-format", "stream", "Images come in the formats that the provider takes.", each("image", "media.format", "{value}; {takes}")),
    Rule("image-side", "frame", "Both sides of an image have an accepted length in pixels.", each("image", "media.sides", "{value[0]:,} x {value[1]:,} pixels; {takes} on each side"), advice='allow a crop or a border: --allow crop or --allow pad'),
    Rule("image-ratio", "frame", "An image is neither too narrow nor too wide: width over height.", each("image", "media.ratio", "width is {value:.3g} x height; {takes}"), advice='allow a crop or a border: --allow crop or --allow pad'),
    Rule("image-orientation", "frame", "An image is stored upright, not turned by its EXIF tag.", each("image", "media.orientation", "EXIF orientation {value}; {takes}")),
    Rule("image-colour", "colour", "An image is 8-bit sRGB, so that its colours mean the same everywhere.", each("image", "media.colour", "{value} colour; {takes}")),
    Rule("image-bytes", "weight", "No image is too heavy.", each("image", "media.bytes", "{value:,} bytes; {takes}")),
    Rule("image-count", "request", "There are not too many images.", whole(request.count("image"), "{value} images; {takes}"), advice='leave some images out'),

    Rule("video-format", "stream", "Clips come in the containers that the provider takes.", each("video", "media.format", "{value}; {takes}")),
    Rule("video-codec", "stream", "The picture of a clip is in a codec that the provider decodes.", each("video", "media.video_codec", "{value}; {takes}")),
    Rule("video-audio-codec", "sound", "The sound of a clip is in a codec that the provider decodes.", each("video", "media.sound_codec", "{value} sound; {takes}")),
    Rule("video-pixels", "frame", "A clip's frame has an accepted area: displayed width x height.", each("video", "media.pixels", "{value:,} pixels per frame; {takes}"), advice='allow a crop or a border: --allow crop or --allow pad'),
    Rule("video-side", "frame", "Both sides of a clip's frame have an accepted length in pixels.", each("video", "media.sides", "{value[0]:,} x {value[1]:,} pixels; {takes} on each side"), advice='allow a crop or a border: --allow crop or --allow pad'),
    Rule("video-ratio", "frame", "A clip is neither too narrow nor too wide: width over height.", each("video", "media.ratio", "width is {value:.3g} x height; {takes}"), advice='allow a crop or a border: --allow crop or --allow pad'),
    Rule("video-rotation", "frame", "A clip is stored upright, not turned by its display matrix.", each("video", "media.turn", "stored turned by {value}; {takes}")),
    Rule("video-sample-aspect", "frame", "A clip has square pixels.", each("video", "media.sample_aspect", "pixels of {value}; {takes}")),
    Rule("video-hdr", "colour", "A clip is in standard dynamic range.", each("video", "media.transfer", "{value} high dynamic range; {takes}")),
    Rule("video-fps", "rate", "A clip has an accepted frame rate.", each("video", "media.fps", "{value:.6g} frames per second; {takes}")),
    Rule("clip-seconds", "time", "Each clip for itself has an accepted length.", each("video", "seconds", "{value:.6g} s; {takes} s each"), advice='take a longer clip'),
    Rule("video-seconds", "time", "All clips together have an accepted length.", total("video", "seconds", "{value:.6g} s over {count}; {takes} s in all"), advice='take a longer clip, or add one'),
    Rule("video-bytes", "weight", "All clips together are not too heavy.", total("video", "media.bytes", "{value:,} bytes over {count}; {takes} in all")),
    Rule("video-count", "request", "There are not too many clips.", whole(request.count("video"), "{value} clips; {takes}"), advice='leave some clips out'),

    Rule("audio-format", "stream", "Sounds come in the formats that the provider takes.", each("audio", "media.format", "{value}; {takes}")),
    Rule("audio-codec", "sound", "A sound is plain 16-bit PCM or MP3.", each("audio", "media.audio_codec", "{value}; {takes}")),
    Rule("audio-clip-seconds", "time", "Each sound for itself has an accepted length.", each("audio", "seconds", "{value:.6g} s; {takes} s each"), advice='take a longer sound'),
    Rule("audio-seconds", "time", "All sounds together have an accepted length.", total("audio", "seconds", "{value:.6g} s over {count}; {takes} s in all")),
    Rule("audio-bytes", "weight", "No sound is too heavy.", each("audio", "media.bytes", "{value:,} bytes; {takes}")),
    Rule("audio-count", "request", "There are not too many sounds.", whole(request.count("audio"), "{value} sounds; {takes}"), advice='leave some sounds out'),
    Rule("audio-alone", "request", "Audio comes with an image or a video.", whole(request.company, "audio with {value} images and videos; {takes}"), advice='add an image or a video'),

    Rule("file-count", "request", "There are not too many files in all.", whole(request.all_files, "{value} files; {takes}"), advice='leave some files out'),
    Rule("prompt-missing", "request", "A request has a prompt.", whole(request.prompt_length, "{value} characters of prompt; {takes}"), advice='say what should happen: --prompt "@Image1 ..."'),
    Rule("prompt-unchecked", "request", "Bare files are judged without a prompt.", request.unasked, "info", advice='give one with --prompt'),
    Rule("prompt-reference", "request", "Every tag in the prompt addresses a file of the request.", request.dangling, "error", advice='correct the tag, or add the file that it means'),
    Rule("unused-reference", "request", "Every file is named in the prompt.", request.unused, "info", advice='name it in the prompt, or leave it out'),
    Rule("resolution", "request", "The resolution is one that the provider offers.", request.parameter("resolution"), advice='choose one of them'),
    Rule("duration", "request", "The duration is one that the provider offers.", request.parameter("duration"), advice='choose one of them'),
    Rule("aspect-ratio", "request", "The aspect ratio is one that the provider offers.", request.parameter("aspect_ratio"), advice='choose one of them'),
    Rule("generate-audio", "request", "Whether to make audio is a yes or no.", request.parameter("generate_audio"), advice='choose one of them'),
    Rule("seed", "request", "The seed is a whole number.", request.parameter("seed"), advice='give a whole number, or none'),
)
# fmt: on


def check(lineup: Lineup, envelope: Envelope) -> tuple[Finding, ...]:
    """All differences between the lineup and the envelope, in the order of the table."""
    return tuple(f for rule in RULES for f in rule.find(rule, lineup, envelope))
