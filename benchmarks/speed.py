"""`python -m benchmarks.speed [CLIP]`: refprep's CPU time against what people use instead.

Each comparison is run in pairs, in turns, so that a busy machine slows both; the result is the
median of the pairs' ratios of CPU time (user and system, all threads and processes), and their
spread. CLIP is a 1080p clip of a few seconds; without it a moving, grainy one is drawn.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from benchmarks.footage import drawn_frame
from fixtures.clips import clip
from fixtures.pictures import picture, scene
from fixtures.sounds import tone
from refprep.transforms.rate_control import QUALITY_PRESET
from refprep.transforms.tracks import feed, filter_graph, pull

PAIRS = 3
REFPREP = (sys.executable, "-m", "refprep")
os.environ["REFPREP_CACHE"] = ""  # every run does its work
FFMPEG, FFPROBE = shutil.which("ffmpeg"), shutil.which("ffprobe")
Command = Sequence[str | Path]

PLAIN_PROBE = """
import subprocess, sys
from PIL import Image
for path in sys.argv[2:]:
    if path.endswith(".jpg"):
        with Image.open(path) as image:
            image.size, image.mode, image.getexif()
    else:
        options = ["-v", "error", "-show_format", "-show_streams", "-of", "json", path]
        subprocess.run([sys.argv[1], *options], check=True, capture_output=True)
"""
PLAIN_SHRINK = """
import sys
from PIL import Image, ImageOps
Image.MAX_IMAGE_PIXELS = None
with Image.open(sys.argv[1]) as image:
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((6000, 6000), Image.Resampling.LANCZOS, reducing_gap=None)
    upright.save(sys.argv[2], quality=95, subsampling=0)
"""


@dataclass(frozen=True)
class Comparison:
    """Two commands for the same job, and the files that they write, if any."""

    title: str
    ours: Command
    peer: Command
    written: tuple[Path, Path] | None = None

    def run(self) -> str:
        """A row of the table."""
        ratios = sorted(spent(self.ours) / spent(self.peer) for _ in range(PAIRS))
        cpu = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        sizes = [path.stat().st_size for path in self.written or ()]
        size = f"{sizes[0] / sizes[1]:.2f}" if sizes else "-"
        return f"| {self.title} | {cpu} | {size} |"


def spent(command: Command) -> float:
    """CPU seconds of a command and of its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fixing(source: str | Path, folder: Path) -> Command:
    return *REFPREP, "fix", source, "--each", "--force", "-o", folder


def encoding(source: Path, folder: Path) -> Iterator[Comparison | str]:
    """1080p to 720p: refprep also probes the source first, and decodes the result again."""
    ours, theirs = folder / "ours" / f"{source.stem}.mp4", folder / "theirs.mp4"
    title = "encode 1080p to 720p / ffmpeg"
    if not FFMPEG:
        yield f"skipped: {title}: ffmpeg is not installed"
        return
    scaling = "scale=1280:720:flags=lanczos+accurate_rnd:out_color_matrix=bt709,format=yuv420p"
    options = [word for name, value in QUALITY_PRESET.items() for word in (f"-{name}", value)]
    coding = ["-c:v", "libx264", *options, "-c:a", "aac"]
    peer: Command = [FFMPEG, "-v", "error", "-y", "-i", source, "-vf", scaling, *coding, theirs]
    yield Comparison(title, fixing(source, ours.parent), peer, (ours, theirs))


def cutting(source: Path, folder: Path) -> Iterator[Comparison]:
    """The first half of a 720p clip, its packets copied, against encoding all of the 1080p clip."""
    fit = clip(folder / "fit.mp4", size=(1280, 720), duration=8, options={"g": "30"})
    cut = fixing(f"{fit}#t=0,4", folder / "cut")
    yield Comparison("cut between packets / encode", cut, fixing(source, folder / "encoded"))


def checking(folder: Path) -> Iterator[Comparison | str]:
    """Thirty files: images, videos and audios."""
    title = "check --quick of 30 files / Pillow and ffprobe, file by file"
    if not FFPROBE:
        yield f"skipped: {title}: ffprobe is not installed"
        return
    files: list[str | Path] = [
        *(picture(folder / f"{n}.jpg", size=(1600, 1200)) for n in range(15)),
        *(clip(folder / f"{n}.mp4", duration=2) for n in range(10)),
        *(tone(folder / f"{n}.wav", duration=3) for n in range(5)),
    ]
    # they meet the limits, or else the exit code would be 1
    ours = (*REFPREP, "check", "--quick", "--each", *files)
    yield Comparison(title, ours, (sys.executable, "-c", PLAIN_PROBE, FFPROBE, *files))


def shrinking(folder: Path) -> Iterator[Comparison]:
    """A 108-megapixel JPEG to 6000 pixels."""
    huge = picture(folder / "huge.jpg", size=(12000, 9000))
    ours, theirs = folder / "small" / "huge.jpg", folder / "small.jpg"
    peer = (sys.executable, "-c", PLAIN_SHRINK, huge, theirs)
    title = "108-megapixel JPEG to 6000 px / Pillow without draft"
    yield Comparison(title, fixing(huge, ours.parent), peer, (ours, theirs))


def moving(path: Path, duration: int = 6, frame_rate: int = 25) -> Path:
    """Write a 1080p clip without audio that pans over a picture, with new grain in every frame."""
    wide = scene(2560, 1440)
    noise: Any = None
    with av.open(str(path), "w") as output:
        options = {"preset": "ultrafast", "crf": "18"}
        encoder: Any = output.add_stream("libx264", rate=frame_rate, options=options)
        encoder.width, encoder.height, encoder.pix_fmt = 1920, 1080, "yuv420p"
        for count in range(duration * frame_rate):
            box = (4 * count, 2 * count, 4 * count + 1920, 2 * count + 1080)
            frame = drawn_frame(wide.crop(box))
            frame.pts, frame.time_base = count, Fraction(1, frame_rate)
            noise = noise or filter_graph(frame, [("noise", "alls=5:allf=t:all_seed=7")])
            feed(noise, frame)
            for grainy in pull(noise):
                output.mux(encoder.encode(grainy))
        output.mux(encoder.encode(None))
    return path


def main(arguments: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = Path(arguments[0]) if arguments else moving(folder / "moving.mp4")
        print("| comparison | ratio of CPU time | of size |\n|---|---|---|")
        for comparisons in (
            encoding(source, folder), cutting(source, folder), checking(folder), shrinking(folder)
        ):  # fmt: skip
            for row in comparisons:
                print(row if isinstance(row, str) else row.run(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
