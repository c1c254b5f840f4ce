"""No file makes a process take more memory than its budget."""

import json
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep import decoders
from refprep.decoders import frame_memory
from refprep.decoders.memory import exif_orientation
from refprep.decoders.packets import Scan
from refprep.errors import TooBigError
from refprep.models.budget import DEFAULT
from tests.decoders import bombs

RUN = """
import json, re, resource, sys
from pathlib import Path
from refprep import decoders
from refprep.errors import UnreadableError
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
try:
    found = {"error": decoders.facts(Path(sys.argv[1])).get("decode_error")}
except UnreadableError as error:
    found = {"rule": error.rule, "error": str(error)}
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps({**found, "peak": int(peak[1]) << 10}))
"""
RULES = {
    "declared-baseline.jpg": None, "bits-interlaced.png": None, "bits.png": None,
    "palette.png": None, "exif.png": None, "text.png": "file-unreadable",
    "profile.png": "file-unreadable", "codestream.jp2": "file-unreadable",
}  # fmt: skip
"The rule that finds a bomb, if any, where it is not file-too-big: it is decoded with care."


linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc says what a process held at most")


def run(path: Path) -> dict[str, Any]:
    """What a process of its own finds, and the most memory that it held."""
    command = [sys.executable, "-c", RUN, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return dict(json.loads(done.stdout))


@pytest.mark.slow
@linux
@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_stays_within_the_memory_for_one_file(tmp_path: Path, name: str) -> None:
    found = run(bombs.write(tmp_path, name))
    assert found["peak"] < DEFAULT.memory
    assert found.get("rule") == RULES.get(name, "file-too-big"), found


PHOTO = """
import sys
from PIL import Image
width, height, progressive = map(int, sys.argv[2:])
gray = Image.linear_gradient("L").resize((width, height))
Image.merge("RGB", (gray, gray, gray)).save(sys.argv[1], progressive=bool(progressive))
"""
FIX = """
import re, sys
from pathlib import Path
import refprep
source, folder = map(Path, sys.argv[1:])
found = refprep.check([source], cache=False).findings
result = refprep.fix([source], folder, cache=False)
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
before, after = ([f.rule for f in rows if f.level != "info"] for rows in (found, result.findings))
print(before, after, int(peak[1]) << 10)
"""


@pytest.mark.slow
@pytest.mark.extensive
@linux
@pytest.mark.parametrize("progressive", [0, 1])
@pytest.mark.parametrize("size", [(12_000, 9_000), (16_320, 12_240)], ids=["108 MP", "200 MP"])
def test_the_largest_photos_of_phones_are_checked_and_scaled_within_the_memory_for_one_file(
    tmp_path: Path, size: tuple[int, int], progressive: int
) -> None:
    photo = tmp_path / "photo.jpg"
    photographer = [PHOTO, str(photo), *map(str, (*size, progressive))]
    subprocess.run([sys.executable, "-c", *photographer], check=True)
    command = [sys.executable, "-c", FIX, str(photo), str(tmp_path / "out")]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    findings, _, peak = output.strip().rpartition(" ")
    assert findings == "['image-dimensions'] []"
    assert int(peak) < DEFAULT.memory
    with Pillow.open(tmp_path / "out" / "photo.jpg") as written:
        assert max(written.size) == pytest.approx(6000, abs=10)
        top, middle, bottom = (written.getpixel((100, written.height * n // 6)) for n in (1, 3, 5))
    assert [color[0] for color in (top, middle, bottom)] == pytest.approx([42, 128, 213], abs=3)  # type: ignore[index]


def test_the_orientation_is_read_without_the_other_tags() -> None:
    tags = bombs.exif(100, 3)
    assert exif_orientation(tags) is None
    assert exif_orientation(b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0") == 6


def test_threads_leave_pillows_limit_and_the_warnings_of_others_alone(tmp_path: Path) -> None:
    photo = picture(tmp_path / "a.jpg", size=(640, 480))
    before = Pillow.MAX_IMAGE_PIXELS
    limits = set()

    def look(_: int) -> None:
        decoders.facts(photo)
        limits.add(Pillow.MAX_IMAGE_PIXELS)
        with pytest.warns(UserWarning, match="of others"):
            warnings.warn("of others", UserWarning, stacklevel=1)

    look(0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decoders.facts, [photo] * 50))
    assert limits == {before} == {Pillow.MAX_IMAGE_PIXELS}


def test_memory_that_runs_out_is_never_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(self: Any) -> None:
        raise MemoryError

    path = picture(tmp_path / "a.png", size=(64, 48))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", run_out)
    with pytest.raises(TooBigError):
        decoders.facts(path)


class Codec:
    """What a decoder says of its frames."""

    def __init__(self, width: int, height: int, pix_fmt: str, *, intra_only: bool = False) -> None:
        self.width, self.height, self.pix_fmt = width, height, pix_fmt
        self.codec = SimpleNamespace(intra_only=intra_only)
        self.options: dict[str, str] = {}
        self.thread_count = 0


def limited(codec: Codec, memory: int = DEFAULT.memory) -> Codec:
    streams = SimpleNamespace(video=[SimpleNamespace(codec_context=codec)], audio=[])
    frame_memory.limit(SimpleNamespace(streams=streams), memory)
    return codec


@given(
    width=st.integers(16, 16_384),
    height=st.integers(16, 16_384),
    pix_fmt=st.sampled_from(["yuv420p", "yuv422p10le", "yuva444p16le", "rgb24", "gray"]),
    intra_only=st.booleans(),
)
def test_threads_and_frames_fit_in_memory_on_any_number_of_processors(
    width: int, height: int, pix_fmt: str, intra_only: bool
) -> None:
    codec = Codec(width, height, pix_fmt, intra_only=intra_only)
    with patch("os.cpu_count", return_value=64):
        if 8 * frame_memory.frame_bytes(codec) < DEFAULT.memory / 4:
            limited(codec)
        else:
            with suppress(TooBigError):
                limited(codec)
    if not codec.thread_count:
        return
    frames = 1 if intra_only else frame_memory.reference_frames(width * height)
    assert 1 <= codec.thread_count <= 16
    assert (frames + codec.thread_count) * frame_memory.frame_bytes(codec) < DEFAULT.memory
    assert int(codec.options["max_pixels"]) >= width * height


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
def test_a_clip_of_8k_is_decoded_on_64_processors(pix_fmt: str) -> None:
    with patch("os.cpu_count", return_value=64):
        assert limited(Codec(7680, 4320, pix_fmt)).thread_count >= 1
        assert limited(Codec(1920, 1080, pix_fmt)).thread_count == 16


@pytest.mark.codec
def test_a_frame_that_grows_in_the_middle_is_refused_and_not_decoded(tmp_path: Path) -> None:
    path = bombs.write(tmp_path, "still.mov")
    with pytest.raises(TooBigError, match="16,000 x 16,000 pixels"):
        decoders.facts(path)


@pytest.mark.codec
@pytest.mark.parametrize("name", ["a.mp4", "a.flac"])
def test_memory_that_runs_out_in_ffmpeg_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = clip(tmp_path / name) if name == "a.mp4" else tone(tmp_path / name)

    def run_out(packet: Any) -> None:
        raise av.error.MemoryError(12, "Cannot allocate memory")

    monkeypatch.setattr(Scan, "decode", lambda scan, packet, on_frame: run_out(packet))
    with pytest.raises(TooBigError):
        decoders.facts(path)
