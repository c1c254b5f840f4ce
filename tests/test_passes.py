"""One plan, one pass: how often one call plans, opens, decodes and hashes."""

import hashlib
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep import planner
from refprep.decoders import image
from refprep.transforms import image as transcoding

SMALL: dict[str, Any] = {"size": (640, 642), "frame_rate": Fraction(24)}
PACKAGE = Path(refprep.__file__).parent


class Counts:
    """The work of one call: plans, and by file name opened containers and digests."""

    def __init__(self) -> None:
        self.plans = 0
        self.opened: Counter[str] = Counter()
        self.hashed: Counter[str] = Counter()


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Counts the calls of the libraries' own functions."""
    found = Counts()
    plan, open_stream, open_image = planner.plan, av.open, image.open_image
    digest: Any = hashlib.file_digest

    def count_plan(*arguments: Any, **options: Any) -> Any:
        found.plans += 1
        return plan(*arguments, **options)

    def count_stream(path: Any, *arguments: Any, **options: Any) -> Any:
        found.opened[Path(getattr(path, "name", path)).name] += 1
        return open_stream(path, *arguments, **options)

    def count_image(path: Any, *arguments: Any, **options: Any) -> Any:
        found.opened[Path(path).name] += 1
        return open_image(path, *arguments, **options)

    def count_digest(file: Any, *arguments: Any) -> Any:
        found.hashed[str(file.name)] += 1
        return digest(file, *arguments)

    monkeypatch.setattr(planner, "plan", count_plan)
    monkeypatch.setattr(av, "open", count_stream)
    monkeypatch.setattr(image, "open_image", count_image)
    monkeypatch.setattr(transcoding, "open_image", count_image)
    monkeypatch.setattr(hashlib, "file_digest", count_digest)
    return found


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of every kind of work: copied, remuxed, encoded."""
    folder = tmp_path_factory.mktemp("passes")
    files = {
        "copied": clip(folder / "copied.mp4", duration=3, **SMALL),
        "remuxed": clip(folder / "remuxed.mkv", duration=3, **SMALL),
        "encoded": clip(
            folder / "encoded.mov", duration=3, codec="mjpeg", pixel_format="yuvj420p", **SMALL
        ),
        "photo": picture(folder / "photo.jpg", size=(640, 480)),
        "heic": picture(folder / "heic.heic", size=(640, 480)),
        "voice": tone(folder / "voice.flac"),
    }
    time.sleep(0.1)  # a file that is younger than a tick of the clock is hashed twice
    return files


@pytest.mark.parametrize("cache", [False, True], ids=["without a cache", "with a cache"])
@pytest.mark.parametrize(
    "names",
    [("copied", "remuxed", "encoded"), ("photo", "encoded", "voice"), ("heic", "photo", "copied")],
    ids=" ".join,
)
def test_a_pack_of_three_files_plans_twice_opens_thrice_and_hashes_once(
    media: dict[str, Path], tmp_path: Path, counts: Counts, names: tuple[str, ...], cache: bool
) -> None:
    files = [media[name] for name in names]
    folder = tmp_path / "cache" if cache else False
    ignore = ["prompt-missing", "audio-only"]
    bundle = refprep.pack(files, tmp_path / "bundle", ignore=ignore, cache=folder)
    assert bundle.path
    assert counts.plans <= 2
    sources = {path.name for path in files}
    assert {name: n for name, n in counts.opened.items() if name in sources and n > 3} == {}
    assert sources <= set(counts.opened)
    assert {name: n for name, n in counts.hashed.items() if n > 1} == {}
    assert {name for name in counts.hashed if Path(name).is_relative_to(PACKAGE)} == set()


def test_a_check_and_a_plan_of_headers_plan_once(media: dict[str, Path], counts: Counts) -> None:
    refprep.check([media["encoded"]])
    assert counts.plans == 1
    refprep.plan([media["encoded"]], quick=True)
    assert counts.plans == 2
