"""What each provider takes, as JSON Schema, written by hand from its documentation.

Nothing here comes from refprep's own code or data: these schemas are the judges of what it packs.
"""

from typing import Any

Schema = dict[str, Any]
URI: Schema = {"type": "string", "pattern": "^(https://|data:|asset://|media/)"}
TEXT: Schema = {"type": "string", "pattern": "\\S"}
BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}
RATIOS = ["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"]


def one_of(*values: Any) -> Schema:
    """One of these values."""
    return {"enum": list(values)}


def between(least: int, most: int) -> Schema:
    """A whole number of a range."""
    return {"type": "integer", "minimum": least, "maximum": most}


def seconds(least: int, most: int, *others: Any) -> Schema:
    """Whole seconds as numbers."""
    return one_of(*others, *range(least, most + 1))


def seconds_as_text(least: int, most: int, *others: str) -> Schema:
    """Whole seconds as text."""
    return one_of(*others, *map(str, range(least, most + 1)))


def record(required: list[str], **properties: Schema) -> Schema:
    """An object with these keys and no other ones."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def some(item: Schema, most: int) -> Schema:
    """A list of one item to so many, which are not alike."""
    return {"type": "array", "items": item, "minItems": 1, "maxItems": most, "uniqueItems": True}


def at_most(count: int, **values: str) -> Schema:
    """So many items with these values."""
    match = {"properties": {key: {"const": value} for key, value in values.items()}}
    item = {**match, "required": list(values)}
    return {"contains": item, "minContains": 0, "maxContains": count}


def none_with(**values: str) -> Schema:
    """No item with these values."""
    return at_most(0, **values)


def modes(key: str, frames: list[str], references: list[str]) -> Schema:
    """A list with frames or with references, not with both."""
    sides = [[none_with(**{key: name}) for name in side] for side in (references, frames)]
    return {"anyOf": [{"allOf": side} for side in sides]}


def needs(key: str, name: str, other: str) -> Schema:
    """No item with one value without an item with the other one: a last frame needs a first."""
    first, second = (
        {"contains": {"properties": {key: {"const": value}}, "required": [key]}}
        for value in (name, other)
    )
    return {"anyOf": [{"not": first}, second]}


def beside(key: str, *others: str) -> Schema:
    """A field that needs one of the others: audio is not alone."""
    given = [{"required": [other]} for other in others]
    return {"anyOf": [{"not": {"required": [key]}}, *given]}


def where(key: str, value: Any, **properties: Schema) -> Schema:
    """Fields that a value of another field narrows."""
    match = {"properties": {key: {"const": value}}, "required": [key]}
    return {"if": match, "then": {"properties": properties}}


def schema(body: Schema, *rules: Schema) -> Schema:
    """A schema of a whole body, and what holds between its fields."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **body,
        "allOf": [True, *rules],
    }


# Oxen.ai: a list of URLs for each kind of media.


def oxen(model: str, counts: tuple[int, int, int], *rules: Schema, **own: Schema) -> Schema:
    """A body at Oxen.ai."""
    images, videos, audios = counts
    body = record(
        ["model", "prompt"],
        model={"const": model},
        prompt=TEXT,
        input_images=some(URI, images),
        input_videos=some(URI, videos),
        input_audios=some(URI, audios),
        generate_audio=BOOLEAN,
        response_format=one_of("url", "b64_json"),
        target_namespace=STRING,
        num_generations=between(1, 4),
        **own,
    )
    return schema(body, *rules)


def oxen_of_july(
    model: str, counts: tuple[int, int, int], resolutions: list[str], most: int
) -> Schema:
    """A body at Oxen.ai in the form of July 2026: faces apart, numbers as numbers, no seed."""
    images, videos, _ = counts
    return oxen(
        model,
        counts,
        input_face_images=some(URI, images),
        input_face_videos=some(URI, videos),
        resolution=one_of(*resolutions),
        duration=seconds(4, most, -1),
        aspect_ratio=one_of("adaptive", *RATIOS),
        watermark=BOOLEAN,
    )


# fal: the URL has the model.


def fal(counts: tuple[int, int, int], resolutions: list[str], most: int, **own: Schema) -> Schema:
    """A body at fal."""
    images, videos, audios = counts
    body = record(
        ["prompt"],
        prompt=TEXT,
        image_urls=some(URI, images),
        video_urls=some(URI, videos),
        audio_urls=some(URI, audios),
        resolution=one_of(*resolutions),
        duration=seconds_as_text(4, most, "auto"),
        aspect_ratio=one_of("auto", *RATIOS),
        generate_audio=BOOLEAN,
        bitrate_mode=one_of("standard", "high"),
        end_user_id=STRING,
        **own,
    )
    return schema(body, beside("audio_urls", "image_urls", "video_urls"))


# BytePlus ModelArk and MiniMax: a list of content items with roles, the text first.


def content(counts: tuple[int, int, int], *, text: Schema) -> Schema:
    """The prompt, then frames or references, no more of each than so many."""
    images, videos, audios = counts
    references = {"reference_image": images, "reference_video": videos, "reference_audio": audios}
    frames = {"first_frame": 1, "last_frame": 1}
    kinds = {role: role.rpartition("_")[2] for role in references} | dict.fromkeys(frames, "image")
    return {
        "type": "array",
        "minItems": 1,
        "items": {"oneOf": [text, *(part(kind, role) for role, kind in kinds.items())]},
        "allOf": [
            at_most(1, type="text"),
            *(at_most(count, role=role) for role, count in {**references, **frames}.items()),
            modes("role", list(frames), list(references)),
        ],
    }


def part(kind: str, role: str) -> Schema:
    """A content item of media."""
    key = f"{kind}_url"
    keys = {"type": {"const": key}, key: record(["url"], url=URI), "role": {"const": role}}
    return record(list(keys), **keys)


TEXT_ITEM = record(["type", "text"], type={"const": "text"}, text=TEXT)


def byteplus(
    model: str,
    counts: tuple[int, int, int],
    resolutions: list[str],
    most: int,
    *rules: Schema,
    **own: Schema,
) -> Schema:
    """A body at BytePlus ModelArk."""
    items = content(counts, text=TEXT_ITEM)
    items["allOf"].append(needs("role", "last_frame", "first_frame"))
    body = record(
        ["model", "content"],
        model={"const": model},
        content=items,
        resolution=one_of(*resolutions),
        ratio=one_of("adaptive", *RATIOS),
        duration=seconds(4, most, -1),
        generate_audio=BOOLEAN,
        watermark=BOOLEAN,
        return_last_frame=BOOLEAN,
        callback_url=STRING,
        safety_identifier={"type": "string", "maxLength": 64},
        execution_expires_after=between(3600, 259_200),
        priority=between(0, 9),
        tools={"type": "array", "items": record(["type"], type={"const": "web_search"})},
        **own,
    )
    return schema(body, *rules)


def byteplus_2_5() -> Schema:
    """A body of Seedance 2.5 there: the duration always, and tasks with rules of their own."""
    adaptive = {"const": "adaptive"}
    task = "omni_reference_task_type"
    frame = {"contains": {"properties": {"role": {"const": "first_frame"}}, "required": ["role"]}}
    framed = {"if": {"properties": {"content": frame}}, "then": {"properties": {"ratio": adaptive}}}
    return byteplus(
        "dreamina-seedance-2-5-260628",
        MANY,
        UP_TO_1080P,
        30,
        {"required": ["duration"]},
        where(task, "edit", ratio=adaptive, duration={"const": -1}),
        where(task, "extend", ratio=adaptive),
        framed,
        output_format=one_of("mp4", "mov"),
        omni_reference_task_type=one_of("auto", "reference", "edit", "extend"),
    )


def minimax() -> Schema:
    """A body of MiniMax H3: the text is required, and so are resolution and duration."""
    text = record(["type", "text"], type={"const": "text"}, text={**TEXT, "maxLength": 7000})
    items = content((9, 3, 3), text=text)
    items["allOf"].append({"contains": {"properties": {"type": {"const": "text"}}}})
    return schema(
        record(
            ["model", "content", "resolution", "duration"],
            model={"const": "MiniMax-H3"},
            content=items,
            resolution=one_of("768P", "2K"),
            duration=seconds(4, 15),
            ratio=one_of("adaptive", *RATIOS),
            callback_url=STRING,
            seed=between(-1, 2**32 - 1),
        )
    )


def wan() -> Schema:
    """A body of Wan 3.0: prompt and media in `input`, the rest in `parameters`."""
    counts = {"reference_image": 10, "reference_video": 5, "reference_audio": 5}
    frames = {"first_frame": 1, "last_frame": 1}
    types = {**counts, **frames}
    media = {
        "type": "array",
        "minItems": 1,
        "items": record(["type", "url"], type=one_of(*types), url=URI),
        "allOf": [
            *(at_most(count, type=name) for name, count in types.items()),
            modes("type", list(frames), list(counts)),
            needs("type", "last_frame", "first_frame"),
        ],
    }
    parameters = record(
        [],
        resolution=one_of("480P", "720P", "1080P"),
        ratio=one_of("adaptive", "16:9", "4:3", "1:1", "3:4", "9:16"),
        duration=seconds(2, 30, -1),
        audio=BOOLEAN,
        watermark=BOOLEAN,
        seed=between(0, 2**31 - 1),
    )
    request = record([], prompt={**TEXT, "maxLength": 20_000}, media=media)
    return schema(
        record(
            ["model", "input"],
            model={"const": "wan3.0-video"},
            input={**request, "minProperties": 1},
            parameters=parameters,
        )
    )


def kling() -> Schema:
    """A body of Kling O3: lists of objects, and fewer images where there is a video."""
    image = record(["image_url"], image_url=URI, type=one_of("first_frame", "end_frame"))
    keys = {
        "video_url": URI,
        "refer_type": {"const": "feature"},
        "keep_original_sound": one_of("yes", "no"),
    }
    frames = [at_most(1, type=name) for name in ("first_frame", "end_frame")]
    frames.append(needs("type", "end_frame", "first_frame"))
    body = record(
        ["model_name", "prompt"],
        model_name={"const": "kling-v3-omni"},
        prompt={**TEXT, "maxLength": 2500},
        image_list={**some(image, 7), "allOf": frames},
        video_list=some(record(list(keys), **keys), 1),
        element_list=some(record(["element_id"], element_id=INTEGER), 3),
        mode=one_of("std", "pro", "4k"),
        duration=seconds_as_text(3, 15),
        aspect_ratio=one_of("16:9", "9:16", "1:1"),
        sound=one_of("on", "off"),
        callback_url=STRING,
        external_task_id=STRING,
    )
    with_video = {"properties": {"image_list": {"maxItems": 4}, "sound": one_of("off")}}
    return schema(body, {"if": {"required": ["video_list"]}, "then": with_video})


FEW, MANY = (9, 3, 3), (30, 10, 10)
UP_TO_720P = ["480p", "720p"]
UP_TO_1080P = [*UP_TO_720P, "1080p"]
UP_TO_4K = [*UP_TO_1080P, "4k"]

SCHEMAS: dict[str, Schema] = {
    "oxen-seedance-2.0": oxen(
        "bytedance-seedance-2-0-reference-to-video",
        FEW,
        beside("input_audios", "input_images", "input_videos"),
        resolution=one_of(*UP_TO_1080P),
        duration=seconds_as_text(4, 15, "auto"),
        aspect_ratio=one_of("auto", *RATIOS),
        seed=INTEGER,
    ),
    "oxen-seedance-2.0-2026-07": oxen_of_july(
        "bytedance-seedance-2-0-reference-to-video", FEW, UP_TO_4K, 15
    ),
    "oxen-seedance-2.0-fast": oxen_of_july(
        "bytedance-seedance-2-0-fast-reference-to-video", FEW, UP_TO_720P, 15
    ),
    "oxen-seedance-2.5": oxen_of_july(
        "bytedance-seedance-2-5-reference-to-video", MANY, UP_TO_1080P, 30
    ),
    "fal-seedance-2.0": fal(FEW, UP_TO_4K, 15, codec=STRING),
    "fal-seedance-2.0-fast": fal(FEW, UP_TO_720P, 15),
    "fal-seedance-2.0-mini": fal(FEW, UP_TO_720P, 15),
    "fal-seedance-2.5": fal(
        MANY, UP_TO_1080P, 30, task=one_of("reference", "editing", "extension"), seed=INTEGER
    ),
    "byteplus-seedance-2.0": byteplus("dreamina-seedance-2-0-260128", FEW, UP_TO_4K, 15),
    "byteplus-seedance-2.0-fast": byteplus(
        "dreamina-seedance-2-0-fast-260128", FEW, UP_TO_720P, 15
    ),
    "byteplus-seedance-2.0-mini": byteplus(
        "dreamina-seedance-2-0-mini-260615", FEW, UP_TO_720P, 15
    ),
    "byteplus-seedance-2.5": byteplus_2_5(),
    "minimax-h3": minimax(),
    "alibaba-wan-3.0": wan(),
    "kling-o3": kling(),
}
"The body of each provider and model, by the envelope's name."
