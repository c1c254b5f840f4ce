"""`python -m benchmarks.speed [CLIP]`: refprep's CPU time against what people use instead.

Each race is run in pairs, in turns, so that a busy machine slows both; told is the median of the
pairs' ratios of CPU time (user and system, all threads and processes), and how far they spread.
CLIP is a 1080p clip of a few seconds; without one a moving, grainy one is drawn.
"""

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
from refprep.transforms.rate_control import PLENTY
from refprep.transforms.tracks import feed, graph, pull

PAIRS = 3
"As in refprep/rendering/video.py; the ratio of the results' bytes tells when they part."
REFPREP = (sys.executable, "-m", "refprep")
FFMPEG, FFPROBE = shutil.which("ffmpeg"), shutil.which("ffprobe")
Command = Sequence[str | Path]

PLAIN_PROBE = """
import subprocess, sys
from PIL import Image
for path in sys.argv[2:]:
    if path.endswith(".jpg"):
        with Image.open(path) as shown:
            shown.size, shown.mode, shown.getexif()
    else:
        told = ["-v", "error", "-show_format", "-show_streams", "-of", "json", path]
        subprocess.run([sys.argv[1], *told], check=True, capture_output=True)
"""
PLAIN_SHRINK = """
import sys
from PIL import Image, ImageOps
Image.MAX_IMAGE_PIXELS = None
with Image.open(sys.argv[1]) as shown:
    upright = ImageOps.exif_transpose(shown)
    upright.thumbnail((6000, 6000), Image.Resampling.LANCZOS, reducing_gap=None)
    upright.save(sys.argv[2], quality=95, subsampling=0)
"""


@dataclass(frozen=True)
class Race:
    """Two commands for the same job, and the files that they write, if any."""

    title: str
    ours: Command
    peer: Command
    written: tuple[Path, Path] | None = None

    def run(self) -> str:
        """A row of the table."""
        ratios = sorted(spent(self.ours) / spent(self.peer) for _ in range(PAIRS))
        told = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        weights = [path.stat().st_size for path in self.written or ()]
        weight = f"{weights[0] / weights[1]:.2f}" if weights else "-"
        return f"| {self.title} | {told} | {weight} |"


def spent(command: Command) -> float:
    """CPU seconds of a command and of its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fixing(source: str | Path, folder: Path) -> Command:
    return *REFPREP, "fix", source, "--each", "--force", "-o", folder


def encoding(source: Path, folder: Path) -> Iterator[Race | str]:
    """1080p to 720p: refprep also looks at the source first, and decodes the result anew."""
    ours, theirs = folder / "ours" / f"{source.stem}.mp4", folder / "theirs.mp4"
    title = "encode 1080p to 720p / ffmpeg"
    if not FFMPEG:
        yield f"skipped: {title}: ffmpeg is not installed"
        return
    scaling = "scale=1280:720:flags=lanczos+accurate_rnd:out_color_matrix=bt709,format=yuv420p"
    told = [word for name, value in PLENTY.items() for word in (f"-{name}", value)]
    coding = ["-c:v", "libx264", *told, "-c:a", "aac"]
    peer: Command = [FFMPEG, "-v", "error", "-y", "-i", source, "-vf", scaling, *coding, theirs]
    yield Race(title, fixing(source, ours.parent), peer, (ours, theirs))


def cutting(source: Path, folder: Path) -> Iterator[Race]:
    """The first half of a 720p clip, its packets kept, against encoding the whole 1080p one."""
    fit = clip(folder / "fit.mp4", size=(1280, 720), duration=8, options={"g": "30"})
    cut = fixing(f"{fit}#t=0,4", folder / "cut")
    yield Race("cut between packets / encode", cut, fixing(source, folder / "encoded"))


def checking(folder: Path) -> Iterator[Race | str]:
    """Thirty files: photos, clips and sounds."""
    title = "check --quick of 30 files / Pillow and ffprobe, file by file"
    if not FFPROBE:
        yield f"skipped: {title}: ffprobe is not installed"
        return
    files: list[str | Path] = [
        *(picture(folder / f"{n}.jpg", size=(1600, 1200)) for n in range(15)),
        *(clip(folder / f"{n}.mp4", duration=2) for n in range(10)),
        *(tone(folder / f"{n}.wav", duration=3) for n in range(5)),
    ]
    # they break nothing, or else its exit code were 1
    ours = (*REFPREP, "check", "--quick", "--each", *files)
    yield Race(title, ours, (sys.executable, "-c", PLAIN_PROBE, FFPROBE, *files))


def shrinking(folder: Path) -> Iterator[Race]:
    """A 108-megapixel JPEG to 6000 pixels."""
    huge = picture(folder / "huge.jpg", size=(12000, 9000))
    ours, theirs = folder / "small" / "huge.jpg", folder / "small.jpg"
    peer = (sys.executable, "-c", PLAIN_SHRINK, huge, theirs)
    title = "108-megapixel JPEG to 6000 px / Pillow without draft"
    yield Race(title, fixing(huge, ours.parent), peer, (ours, theirs))


def moving(path: Path, seconds: int = 6, fps: int = 25) -> Path:
    """A 1080p clip without sound that pans over a picture, with fresh grain on every frame."""
    wide = scene(2560, 1440)
    noise: Any = None
    with av.open(str(path), "w") as output:
        options = {"preset": "ultrafast", "crf": "18"}
        encoder: Any = output.add_stream("libx264", rate=fps, options=options)
        encoder.width, encoder.height, encoder.pix_fmt = 1920, 1080, "yuv420p"
        for count in range(seconds * fps):
            box = (4 * count, 2 * count, 4 * count + 1920, 2 * count + 1080)
            frame = drawn_frame(wide.crop(box))
            frame.pts, frame.time_base = count, Fraction(1, fps)
            noise = noise or graph(frame, [("noise", "alls=5:allf=t:all_seed=7")])
            feed(noise, frame)
            for grainy in pull(noise):
                output.mux(encoder.encode(grainy))
        output.mux(encoder.encode(None))
    return path


def main(given: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = Path(given[0]) if given else moving(folder / "moving.mp4")
        print("| race | ratio of CPU time | of bytes |\n|---|---|---|")
        for races in (
            encoding(source, folder), cutting(source, folder), checking(folder), shrinking(folder)
        ):  # fmt: skip
            for race in races:
                print(race if isinstance(race, str) else race.run(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
