"""A video or audio of which a large part cannot be decoded is no pass, and is not fixed."""

import random
from pathlib import Path
from typing import Any

import av
import pytest

import refprep
from fixtures.clips import clip
from fixtures.sounds import tone
from refprep import decoders
from refprep.models.media import RUINED_SHARE, is_ruined
from tests import measure

pytestmark = [pytest.mark.codec, pytest.mark.slow]
VIDEO: dict[str, dict[str, Any]] = {
    "a.mp4": {"codec": "libx264"}, "a.mov": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
    "b.mov": {"codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "a.webm": {"codec": "libvpx-vp9"}, "b.mp4": {"codec": "libsvtav1"},
}  # fmt: skip
AUDIO = ("a.flac", "a.m4a", "a.aac")
OPTIONS: dict[str, Any] = {"cache": False, "ignore": ["audio-only", "duration-mismatch"]}


def damaged(path: Path, every: int) -> Path:
    """The n-th packets hold other bytes, from the middle of the first n on."""
    kind = "video" if path.name in VIDEO else "audio"
    with av.open(str(path)) as container:
        stream: Any = getattr(container.streams, kind)[0]
        places = [(p.pos, p.size) for p in container.demux(stream) if p.size and p.pos is not None]
    data, chance = bytearray(path.read_bytes()), random.Random(7)
    for place, size in places[every // 2 :: every]:
        start = place + min(12, size // 4)
        data[start : place + size] = chance.randbytes(place + size - start)
    path.write_bytes(data)
    return path


def written_as(folder: Path, name: str) -> Path:
    path = folder / name
    if name in VIDEO:
        clip(path, size=(320, 240), duration=4, audio=None, **VIDEO[name])
    else:
        tone(path, duration=4)
    return path


def levels(result: Any) -> set[str]:
    rules = ("file-corrupt", "file-unreadable", "file-truncated")
    return {finding.level for finding in result.findings if finding.rule in rules}


@pytest.mark.parametrize("name", [*VIDEO, *AUDIO])
def test_a_ruined_file_fails_and_is_not_fixed(tmp_path: Path, name: str) -> None:
    source = damaged(written_as(tmp_path, name), 3)
    report = refprep.check([source], **OPTIONS)
    assert "error" in levels(report), report.findings
    fixed = refprep.fix([source], tmp_path / "out", **OPTIONS)
    assert "error" in levels(fixed), fixed.findings
    assert refprep.pack([source], tmp_path / "bundle", **OPTIONS).path is None
    assert not (tmp_path / "bundle").exists()


FEW = [name for name in (*VIDEO, *AUDIO) if name != "a.webm"]
"VP9 decodes nothing between a packet that it refuses and the next key frame."


@pytest.mark.parametrize("name", FEW)
def test_a_file_with_few_errors_is_warned_of(tmp_path: Path, name: str) -> None:
    source = damaged(written_as(tmp_path, name), 60)
    assert "error" not in levels(refprep.check([source], **OPTIONS))
    fixed = refprep.fix([source], tmp_path / "out", **OPTIONS)
    assert "error" not in levels(fixed), fixed.findings


@pytest.mark.parametrize("name", [*VIDEO, *AUDIO])
def test_a_whole_file_has_no_share_of_damage(tmp_path: Path, name: str) -> None:
    facts = decoders.facts(written_as(tmp_path, name))
    assert (facts["decode_errors"], facts["damaged_share"]) == (0, 0.0)


def test_a_part_that_is_whole_is_kept_of_a_ruined_file(tmp_path: Path) -> None:
    """What is ruined lies behind the part that the user chooses."""
    source = clip(tmp_path / "a.mov", size=(640, 640), duration=12, codec="mjpeg",
                  pixel_format="yuvj420p", audio=None)  # fmt: skip
    with av.open(str(source)) as container:
        places = [(p.pos or 0, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(source.read_bytes())
    for place, size in places[len(places) * 3 // 4 :]:
        data[place : place + size] = bytes(size)
    source.write_bytes(data)
    fixed = refprep.fix([f"{source}#t=0,3"], tmp_path / "out", **OPTIONS)
    [prepared] = fixed.prepared
    assert measure.durations(prepared.path)["video stream"] == pytest.approx(3, abs=0.1)


def test_the_least_count_keeps_short_files_from_an_error() -> None:
    assert not is_ruined(2, 1.0)
    assert not is_ruined(1000, RUINED_SHARE)
    assert is_ruined(3, RUINED_SHARE + 0.001)
