"""`python -m benchmarks.isolation`: what worker processes cost, against the same work in-process.

Pairs of commands in turns, so that a busy machine slows both; the result is the median of the
pairs' ratios of wall time and of CPU time (all processes).
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fixtures.clips import clip
from fixtures.pictures import picture

PAIRS = 15
REFPREP = (sys.executable, "-m", "refprep", "check")
IN_PROCESS = ("--no-isolate", "--jobs", "1")
os.environ["REFPREP_CACHE"] = ""  # every run does its work


def measured(*arguments: str | Path) -> tuple[float, float]:
    """Seconds of wall time and of CPU time that a command takes."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*REFPREP, *arguments], check=False, capture_output=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a line per job."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = picture(folder / "photo.jpg", size=(1280, 720))
        large = picture(folder / "large.jpg", size=(4032, 3024))
        many = [picture(folder / f"{place}.jpg", size=(1280, 720)) for place in range(40)]
        film = clip(folder / "film.mp4", size=(1280, 720), duration=4)
        jobs = {
            "a photo of 0.9 megapixels": [photo], "a photo of 12 megapixels": [large],
            "40 photos": many, "a clip of 4 s": [film],
        }  # fmt: skip
        print(f"{'refprep check':28}{'wall':>8}{'CPU':>8}   (workers / in-process)")
        for job, files in jobs.items():
            pairs = [(measured(*files), measured(*IN_PROCESS, *files)) for _ in range(PAIRS)]
            wall, cpu = (
                statistics.median(workers[place] / here[place] for workers, here in pairs)
                for place in (0, 1)
            )
            print(f"{job:28}{wall:8.2f}{cpu:8.2f}")


if __name__ == "__main__":
    main()
