"""Flags in a prompt, which some providers obey: `--rs 1080p`, `--dur 10`, `--ratio 16:9`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

PARAMETERS = {
    "ratio": "aspect_ratio", "rt": "aspect_ratio", "dur": "duration", "duration": "duration",
    "resolution": "resolution", "rs": "resolution", "fps": "frame_rate", "seed": "seed",
    "watermark": "watermark", "wm": "watermark", "cf": "camera_fixed",
}  # fmt: skip
"What each flag sets."
FLAG = re.compile(rf"(?<!\S)--(?:{'|'.join(PARAMETERS)})\b")
"Flags that are interpreted upstream, from public copies of its documentation."
VALUE = re.compile(r"(?:\s*=\s*|\s+)(-?[0-9A-Za-z.]*[0-9A-Za-z](?::[0-9]+)?)")
"What follows a flag."


class Flag(NamedTuple):
    """A flag in a prompt."""

    text: str
    "As the prompt has it: `--rs 1080p`."
    parameter: str
    value: str | None
    "None where nothing follows that could be one."


def flags(prompt: str) -> Iterator[Flag]:
    """The flags of a prompt, in order."""
    for found in FLAG.finditer(prompt):
        value = VALUE.match(prompt, found.end())
        text = f"{found[0]} {value[1]}" if value else found[0]
        yield Flag(text, PARAMETERS[found[0].removeprefix("--")], value and value[1])
