"""Bodies as the providers document them, and bodies with one mistake each.

The form of each body is that of its provider's documentation. Prompts and addresses are ours.
"""

from copy import deepcopy
from typing import Any, NamedTuple

Body = dict[str, Any]
Item = dict[str, Any]
CDN = "https://cdn.example.com"
GONE = object()
"In `changed`: the value is left out."


def text(prompt: str) -> Item:
    """The prompt as an item of `content`."""
    return {"type": "text", "text": prompt}


def item(kind: str, url: str, role: str) -> Item:
    """A file as an item of `content`."""
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}, "role": role}


def urls(name: str, count: int) -> list[str]:
    """Addresses that differ: `https://cdn.example.com/still-1.jpg`."""
    stem, _, suffix = name.rpartition(".")
    return [f"{CDN}/{stem}-{number}.{suffix}" for number in range(1, count + 1)]


BODIES: dict[str, Body] = {
    "oxen-seedance-2.0": {
        "model": "bytedance-seedance-2-0-reference-to-video",
        "prompt": "The potter of @Image1 in the yard of @Image2, as in @Video1, to @Audio1.",
        "input_images": [f"{CDN}/potter.jpg", f"{CDN}/yard.png"],
        "input_videos": [f"{CDN}/orbit.mp4"],
        "input_audios": [f"{CDN}/wheel.wav"],
        "resolution": "720p",
        "duration": "8",
        "generate_audio": True,
        "aspect_ratio": "16:9",
        "seed": 42,
        "response_format": "url",
    },
    "oxen-seedance-2.0-2026-07": {
        "model": "bytedance-seedance-2-0-reference-to-video",
        "prompt": "[Image 1] crosses the square of [Image 2] as in [Video 1], to [Audio 1].",
        "input_face_images": [f"{CDN}/woman.jpg"],
        "input_images": [f"{CDN}/square.webp"],
        "input_videos": [f"{CDN}/walk.mov"],
        "input_audios": [f"{CDN}/bells.mp3"],
        "resolution": "4k",
        "duration": 8,
        "generate_audio": True,
        "aspect_ratio": "adaptive",
        "watermark": False,
    },
    "oxen-seedance-2.0-fast": {
        "model": "bytedance-seedance-2-0-fast-reference-to-video",
        "prompt": "The kite of [Image 1] rises over the dunes of [Image 2].",
        "input_images": [f"{CDN}/kite.jpg", f"{CDN}/dunes.jpg"],
        "resolution": "480p",
        "duration": -1,
        "num_generations": 2,
        "target_namespace": "studio",
    },
    "oxen-seedance-2.5": {
        "model": "bytedance-seedance-2-5-reference-to-video",
        "prompt": "The dancer of [Image 1] moves like [Video 1] to [Audio 1].",
        "input_face_images": [f"{CDN}/dancer.jpg"],
        "input_videos": [f"{CDN}/dance.mp4"],
        "input_audios": [f"{CDN}/drums.mp3"],
        "resolution": "1080p",
        "duration": 20,
    },
    "fal-seedance-2.0": {
        "prompt": "The octopus of @Image1 drums on @Image2 to @Audio1, as in @Video1.",
        "image_urls": [f"{CDN}/octopus.jpg", f"{CDN}/shells.png"],
        "video_urls": [f"{CDN}/reef.mp4"],
        "audio_urls": [f"{CDN}/drums.mp3"],
        "resolution": "1080p",
        "duration": "auto",
        "aspect_ratio": "auto",
        "generate_audio": True,
        "bitrate_mode": "high",
        "end_user_id": "user-17",
    },
    "fal-seedance-2.0-fast": {
        "prompt": "The lighthouse of @Image1 at dusk, the camera as in @Video1.",
        "image_urls": [f"{CDN}/lighthouse.jpg"],
        "video_urls": [f"{CDN}/drone.mp4"],
        "resolution": "720p",
        "duration": "6",
        "aspect_ratio": "21:9",
    },
    "fal-seedance-2.0-mini": {
        "prompt": "A paper boat like @Image1 in the rain of @Audio1.",
        "image_urls": [f"{CDN}/boat.webp"],
        "audio_urls": [f"{CDN}/rain.wav"],
        "resolution": "480p",
        "duration": "4",
        "aspect_ratio": "9:16",
        "generate_audio": False,
    },
    "fal-seedance-2.5": {
        "prompt": "@Image1 skates in the hall of @Image2, as in @Video1 and @Video2, to @Audio1.",
        "image_urls": [f"{CDN}/skater.jpg", f"{CDN}/hall.heic"],
        "video_urls": [f"{CDN}/spin.mp4", f"{CDN}/jump.mov"],
        "audio_urls": [f"{CDN}/waltz.mp3"],
        "resolution": "1080p",
        "duration": "24",
        "aspect_ratio": "16:9",
        "generate_audio": True,
        "bitrate_mode": "standard",
        "task": "reference",
        "seed": 7,
    },
    "byteplus-seedance-2.0": {
        "model": "dreamina-seedance-2-0-260128",
        "content": [
            text("The tea of Image 1 and Image 2, poured as in Video 1, to the music of Audio 1."),
            item("image", f"{CDN}/tea.jpg", "reference_image"),
            item("image", f"{CDN}/cup.jpg", "reference_image"),
            item("video", f"{CDN}/pour.mp4", "reference_video"),
            item("audio", f"{CDN}/music.mp3", "reference_audio"),
        ],
        "generate_audio": True,
        "resolution": "4k",
        "ratio": "16:9",
        "duration": 11,
        "watermark": True,
        "return_last_frame": True,
        "callback_url": "https://studio.example.com/done",
        "execution_expires_after": 86_400,
    },
    "byteplus-seedance-2.0-fast": {
        "model": "dreamina-seedance-2-0-fast-260128",
        "content": [
            text("The bud opens into a flower while the light turns golden."),
            item("image", f"{CDN}/bud.jpg", "first_frame"),
            item("image", f"{CDN}/flower.jpg", "last_frame"),
        ],
        "resolution": "720p",
        "ratio": "adaptive",
        "duration": 5,
        "priority": 3,
    },
    "byteplus-seedance-2.0-mini": {
        "model": "dreamina-seedance-2-0-mini-260615",
        "content": [
            text("The host of Image 1 greets the viewers in the voice of Audio 1."),
            item("image", "asset://asset-20260701-host", "reference_image"),
            item("audio", f"{CDN}/voice.wav", "reference_audio"),
        ],
        "resolution": "480p",
        "duration": -1,
        "safety_identifier": "a1b2c3",
    },
    "byteplus-seedance-2.5": {
        "model": "dreamina-seedance-2-5-260628",
        "content": [
            text("Image 1 and Image 2 meet in Video 1, then walk as in Video 2, to Audio 1."),
            item("image", f"{CDN}/fox.png", "reference_image"),
            item("image", f"{CDN}/crow.png", "reference_image"),
            item("video", f"{CDN}/forest.mp4", "reference_video"),
            item("video", f"{CDN}/path.mp4", "reference_video"),
            item("audio", f"{CDN}/wind.mp3", "reference_audio"),
        ],
        "omni_reference_task_type": "reference",
        "generate_audio": True,
        "resolution": "1080p",
        "ratio": "adaptive",
        "duration": 25,
        "watermark": False,
        "output_format": "mov",
        "tools": [{"type": "web_search"}],
    },
    "minimax-h3": {
        "model": "MiniMax-H3",
        "content": [
            text("The robot of Image 1 dances as in Video 1 to Audio 1."),
            item("image", f"{CDN}/robot.png", "reference_image"),
            item("video", f"{CDN}/moves.mp4", "reference_video"),
            item("audio", f"{CDN}/beat.mp3", "reference_audio"),
        ],
        "resolution": "2K",
        "duration": 8,
        "ratio": "16:9",
        "callback_url": "https://studio.example.com/done",
    },
    "alibaba-wan-3.0": {
        "model": "wan3.0-video",
        "input": {
            "prompt": "The chef of Image 1 cooks in the kitchen of Video 1 and hums Audio 1.",
            "media": [
                {"type": "reference_image", "url": f"{CDN}/chef.jpg"},
                {"type": "reference_video", "url": f"{CDN}/kitchen.mp4"},
                {"type": "reference_audio", "url": f"{CDN}/tune.mp3"},
            ],
        },
        "parameters": {
            "resolution": "720P",
            "ratio": "16:9",
            "duration": 10,
            "audio": True,
            "watermark": False,
            "seed": 1234,
        },
    },
    "kling-o3": {
        "model_name": "kling-v3-omni",
        "prompt": "<<<image_1>>> and <<<image_2>>> walk through the market of <<<video_1>>>.",
        "image_list": [{"image_url": f"{CDN}/girl.png"}, {"image_url": f"{CDN}/dog.png"}],
        "video_list": [
            {
                "video_url": f"{CDN}/market.mp4",
                "refer_type": "feature",
                "keep_original_sound": "no",
            }
        ],
        "mode": "pro",
        "aspect_ratio": "16:9",
        "duration": "7",
        "sound": "off",
        "external_task_id": "shot-12",
    },
}
"A body of each provider and model, by the envelope's name."

FRAMES: dict[str, Body] = {
    "byteplus-seedance-2.5": {
        "model": "dreamina-seedance-2-5-260628",
        "content": [
            text("The sun sets behind the bridge."),
            item("image", f"{CDN}/noon.jpg", "first_frame"),
            item("image", f"{CDN}/night.jpg", "last_frame"),
        ],
        "ratio": "adaptive",
        "duration": 10,
    },
    "minimax-h3": {
        "model": "MiniMax-H3",
        "content": [
            text("The street fills with people."),
            item("image", f"{CDN}/crowd.jpg", "last_frame"),
        ],
        "resolution": "768P",
        "duration": 6,
    },
    "alibaba-wan-3.0": {
        "model": "wan3.0-video",
        "input": {
            "prompt": "The paper unfolds into a bird.",
            "media": [
                {"type": "first_frame", "url": f"{CDN}/paper.png"},
                {"type": "last_frame", "url": f"{CDN}/bird.png"},
            ],
        },
        "parameters": {"resolution": "1080P", "duration": 5},
    },
    "kling-o3": {
        "model_name": "kling-v3-omni",
        "prompt": "The snow melts and the meadow turns green.",
        "image_list": [
            {"image_url": f"{CDN}/snow.jpg", "type": "first_frame"},
            {"image_url": f"{CDN}/meadow.jpg", "type": "end_frame"},
        ],
        "mode": "std",
        "duration": "5",
    },
}
"A body with a first or a last frame, where the provider documents one."


class Mistake(NamedTuple):
    """A body with one mistake, and the finding that names it."""

    envelope: str
    wrong: str
    "In words."
    body: Body
    rule: str
    text: str
    "The message holds it: the wrong value, or what is near it."
    follows: tuple[str, ...] = ()
    "Rules that the mistake breaks in turn: a file that cannot be read leaves its tag without one."


def changed(envelope: str, *keys: str | int, to: Any, of: dict[str, Body] = BODIES) -> Body:
    """A copy of a body with one change: another value, a new one, or none (GONE)."""
    body = deepcopy(of[envelope])
    place: Any = body
    for key in keys[:-1]:
        place = place[key]
    if to is GONE:
        del place[keys[-1]]
    elif isinstance(place, list) and keys[-1] == len(place):
        place.append(to)
    else:
        place[keys[-1]] = to
    return body


def renamed(envelope: str, key: str, to: str) -> Body:
    """A copy of a body with one key under another name."""
    return {to if name == key else name: value for name, value in BODIES[envelope].items()}


def naming(tag: str, count: int) -> str:
    """A prompt that names so many files: `naming("@Image{}", 2)` has @Image1 and @Image2."""
    return "Frames of " + ", ".join(tag.format(number) for number in range(1, count + 1))


OXEN, JULY, FAST = "oxen-seedance-2.0", "oxen-seedance-2.0-2026-07", "oxen-seedance-2.0-fast"
FAL, FAL_25 = "fal-seedance-2.0", "fal-seedance-2.5"
ARK, ARK_25 = "byteplus-seedance-2.0", "byteplus-seedance-2.5"
H3, WAN, KLING = "minimax-h3", "alibaba-wan-3.0", "kling-o3"
FIRST = item("image", f"{CDN}/opening.jpg", "first_frame")

MISTAKES = (
    # What is no field, or has another form.
    Mistake(OXEN, "a field of another name", renamed(OXEN, "input_images", "input_image"),
            "request-shape", "did you mean input_images?", ("prompt-tag",)),
    Mistake(OXEN, "one file in place of a list", changed(OXEN, "input_videos", to=f"{CDN}/a.mp4"),
            "request-shape", "input_videos", ("prompt-tag",)),
    Mistake(OXEN, "a duration that is a number", changed(OXEN, "duration", to=8),
            "request-shape", "duration"),
    Mistake(OXEN, "a seed that is text", changed(OXEN, "seed", to="42"),
            "request-shape", "seed"),
    Mistake(JULY, "a seed, which this form has not", changed(JULY, "seed", to=7),
            "request-shape", "seed"),
    Mistake("oxen-seedance-2.5", "a duration that is text",
            changed("oxen-seedance-2.5", "duration", to="20"), "request-shape", "duration"),
    Mistake(FAL, "a seed, which fal no longer takes", changed(FAL, "seed", to=7),
            "request-shape", "seed"),
    Mistake("fal-seedance-2.0-fast", "the name of the model, which the URL has",
            changed("fal-seedance-2.0-fast", "model", to="bytedance/seedance-2.0"),
            "request-shape", "model"),
    Mistake(ARK, "a role with a slip",
            changed(ARK, "content", 1, "role", to="refrence_image"),
            "request-shape", "refrence_image", ("prompt-tag",)),
    Mistake(ARK, "the role of another kind",
            changed(ARK, "content", 3, "role", to="reference_image"),
            "request-shape", "reference_video", ("prompt-tag",)),
    Mistake(ARK, "a parameter of 2.5", changed(ARK, "omni_reference_task_type", to="edit"),
            "request-shape", "omni_reference_task_type"),
    Mistake("byteplus-seedance-2.0-mini", "a watermark that is text",
            changed("byteplus-seedance-2.0-mini", "watermark", to="no"),
            "request-shape", "watermark"),
    Mistake(ARK_25, "the ratio by the name of other providers",
            renamed(ARK_25, "ratio", "aspect_ratio"), "request-shape", "aspect_ratio"),
    Mistake(H3, "a URL that is not inside an object",
            changed(H3, "content", 1, "image_url", to=f"{CDN}/robot.png"),
            "request-shape", "content[1].image_url", ("prompt-tag",)),
    Mistake(WAN, "a type of media with a slip",
            changed(WAN, "input", "media", 0, "type", to="reference_img"),
            "request-shape", "reference_image", ("prompt-tag",)),
    Mistake(WAN, "a duration beside the parameters", changed(WAN, "duration", to=10),
            "request-shape", "duration"),
    Mistake(WAN, "a size, which older models take",
            changed(WAN, "parameters", "size", to="1280*720"), "request-shape", "parameters.size"),
    Mistake(KLING, "images that are no objects",
            changed(KLING, "image_list", 1, to=f"{CDN}/dog.png"),
            "request-shape", "image_list[1]", ("prompt-tag",)),
    Mistake(KLING, "a video to edit, which is no reference",
            changed(KLING, "video_list", 0, "refer_type", to="base"),
            "request-shape", "feature", ("prompt-tag",)),

    # Parameters with a value that is not offered.
    Mistake(OXEN, "a resolution that is not offered", changed(OXEN, "resolution", to="4k"),
            "resolution", "4k"),
    Mistake(JULY, "an aspect ratio of the other form", changed(JULY, "aspect_ratio", to="auto"),
            "aspect-ratio", "adaptive"),
    Mistake(FAST, "more results than four", changed(FAST, "num_generations", to=5),
            "parameter", "num_generations"),
    Mistake("fal-seedance-2.0-mini", "a resolution of the larger model",
            changed("fal-seedance-2.0-mini", "resolution", to="1080p"), "resolution", "720p"),
    Mistake(FAL_25, "a bit rate with a slip", changed(FAL_25, "bitrate_mode", to="hihg"),
            "parameter", "high"),
    Mistake("byteplus-seedance-2.0-fast", "a duration between the choices",
            changed("byteplus-seedance-2.0-fast", "duration", to=3), "duration", "3"),
    Mistake(ARK_25, "a duration for an edit task",
            changed(ARK_25, "omni_reference_task_type", to="edit"), "duration", "edit task"),
    Mistake(ARK_25, "a fixed ratio with a first frame",
            changed(ARK_25, "ratio", to="16:9", of=FRAMES), "aspect-ratio", "first frame"),
    Mistake(H3, "a duration that is too short", changed(H3, "duration", to=3),
            "duration", "3"),
    Mistake(WAN, "a seed beyond 31 bits",
            changed(WAN, "parameters", "seed", to=2**31), "seed", "2,147,483,647"),
    Mistake(KLING, "sound with a video", changed(KLING, "sound", to="on"),
            "parameter", "with a video"),

    # Media: too many, alone, or of two modes.
    Mistake(OXEN, "ten images",
            {**BODIES[OXEN], "input_images": urls("still.jpg", 10),
             "prompt": naming("@Image{}", 10) + ", as in @Video1, to @Audio1"},
            "image-count", "10"),
    Mistake(FAL_25, "audio alone",
            {"prompt": "The rain of @Audio1.", "audio_urls": [f"{CDN}/rain.mp3"]},
            "audio-only", "image or video"),
    Mistake("fal-seedance-2.0-fast", "four videos",
            {**BODIES["fal-seedance-2.0-fast"], "video_urls": urls("clip.mp4", 4),
             "prompt": naming("@Video{}", 4) + " and @Image1"},
            "video-count", "4"),
    Mistake("byteplus-seedance-2.0-mini", "four audio files",
            changed("byteplus-seedance-2.0-mini", "content", to=[
                text(naming("Audio {}", 4) + " with Image 1"),
                item("image", "asset://asset-20260701-host", "reference_image"),
                *(item("audio", url, "reference_audio") for url in urls("take.wav", 4)),
            ]),
            "audio-count", "4"),
    Mistake(ARK, "a first frame beside references", changed(ARK, "content", 5, to=FIRST),
            "slot-conflict", "first_frame"),
    Mistake("byteplus-seedance-2.0-fast", "a last frame alone",
            changed("byteplus-seedance-2.0-fast", "content", 1, to=GONE),
            "slot-conflict", "first_frame"),
    Mistake(H3, "an image without a role, which is a first frame, beside references",
            changed(H3, "content", 1, "role", to=GONE),
            "slot-conflict", "first_frame", ("prompt-tag",)),
    Mistake(KLING, "five images with a video",
            {**BODIES[KLING], "image_list": [{"image_url": url} for url in urls("still.png", 5)],
             "prompt": naming("<<<image_{}>>>", 5) + " in <<<video_1>>>"},
            "image-count", "with a video"),
    Mistake(KLING, "two videos",
            changed(KLING, "video_list", 1, to={
                "video_url": f"{CDN}/second.mp4", "refer_type": "feature",
                "keep_original_sound": "no",
            }),
            "video-count", "2", ("unused-reference",)),

    # The prompt.
    Mistake(FAST, "a tag without a file", changed(FAST, "input_images", 1, to=GONE),
            "prompt-tag", "[Image 2]"),
    Mistake(FAL, "a prompt without text", changed(FAL, "prompt", to=" "),
            "prompt-missing", "at least one character", ("unused-reference",)),
    Mistake(H3, "no prompt", changed(H3, "content", 0, to=GONE),
            "prompt-missing", "at least one character", ("unused-reference",)),
)  # fmt: skip
