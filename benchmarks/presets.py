"""`python -m benchmarks.presets MEDIA ROWS [CLIP...]` measures each x264 preset and crf.

Quality, size and CPU time are measured. MEDIA is a folder of clips with a manifest.json; ROWS is a
file to which a JSON line is appended for each encoding; work goes on where it ended.
`python -m benchmarks.choice ROWS` reads it.
"""

import io
import json
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av

from benchmarks.footage import Footage, filmed, located, screen
from benchmarks.likeness import likeness
from refprep.transforms.rate_control import QUALITY_PRESET

CLIPS = {
    "D055": "person who talks",
    "D042": "phone, quick pan",
    "D045": "dense leaves",
    "D058": "animation, grass",
    "D059": "animation, 60 fps",
}
"Ids in the manifest, and their content."
GRAINY, DRAWN = "D055", "drawn"
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")
CRFS = (12, 14, 15, 16, 17, 18, 20, 22, 26, 32, 38)
FRAMES = 32
"Of each clip, at most."


@dataclass(frozen=True)
class Row:
    """One encoding of `frames` frames, which last `duration` seconds.

    `size` is in bytes, `cpu` in seconds of user and system time of all threads.
    """

    clip: str
    kind: str
    frames: int
    duration: float
    preset: str
    crf: float
    cap: int | None
    size: int
    cpu: float
    xpsnr: float
    vmaf: float
    worst: float

    @property
    def rate(self) -> float:
        """Bits per second."""
        return self.size * 8 / self.duration


Setting = tuple[str, float, int | None]
"Preset, crf, and the bits per second that the rate control may not exceed."


def clips(media: Path, count: int = FRAMES) -> Iterator[Footage]:
    """The real clips, one of them again with grain, and a drawn page."""
    for name, kind in CLIPS.items():
        yield filmed(located(media, name), name, kind, count)
    noisy = f"{CLIPS[GRAINY]}, grain added"
    yield filmed(located(media, GRAINY), f"{GRAINY}+", noisy, count, grain=True)
    yield screen(DRAWN, "page of text, drawn", count)


def encoded(
    footage: Footage, setting: Setting, more: Mapping[str, str] | None = None
) -> tuple[bytes, int, float]:
    """The file, the size of its packets in bytes, and the CPU seconds of encoding.

    `more` are options of the encoder beyond those of the setting.
    """
    file = io.BytesIO()
    size, before = 0, time.process_time()
    with av.open(file, "w", format="mp4") as output:
        encoder: Any = output.add_stream(
            "libx264", rate=footage.rate, options=_options(setting) | dict(more or {})
        )
        encoder.width, encoder.height = footage.size
        encoder.pix_fmt = "yuv420p"
        encoder.codec_context.time_base = 1 / footage.rate
        for frame in [*footage.frames, None]:
            for packet in encoder.encode(frame):
                size += packet.size
                output.mux(packet)
    return file.getvalue(), size, time.process_time() - before


def _options(setting: Setting) -> dict[str, str]:
    preset, crf, cap = setting
    limits = {"maxrate": str(cap), "bufsize": str(cap)} if cap else {}
    return {"preset": preset, "crf": str(crf), "threads": QUALITY_PRESET["threads"], **limits}


def measured(footage: Footage, setting: Setting) -> Row:
    data, size, cpu = encoded(footage, setting)
    like = likeness(footage, data)
    known = (footage.name, footage.kind, len(footage.frames), footage.duration)
    return Row(*known, *setting, size, round(cpu, 4), **asdict(like))


def settings() -> Iterator[Setting]:
    """All that are compared."""
    for crf in CRFS:
        for preset in PRESETS:
            yield preset, crf, None


def rows(path: Path) -> list[Row]:
    """The rows measured so far."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Row(**json.loads(line)) for line in lines]


def measure(media: Path, path: Path, names: Collection[str]) -> None:
    """Append a row for each setting and clip (no names: all) that has none yet."""
    done = {(row.clip, row.preset, row.crf, row.cap) for row in rows(path)}
    with path.open("a", encoding="utf-8") as out:
        for footage in clips(media):
            for setting in settings() if not names or footage.name in names else ():
                if (footage.name, *setting) not in done:
                    out.write(json.dumps(asdict(measured(footage, setting))) + "\n")
                    out.flush()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(str(__doc__).splitlines()[0])
    measure(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
