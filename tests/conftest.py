"""Media and folders that many tests share, written once a session."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone

os.environ["REFPREP_CACHE"] = ""  # every test decodes and encodes for itself


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the session's media."""
    return tmp_path_factory.mktemp("session_folder")


@pytest.fixture(scope="session")
def photo(session_folder: Path) -> Path:
    """A JPEG that meets the limits."""
    return picture(session_folder / "photo.jpg", size=(640, 480))


@pytest.fixture(scope="session")
def dance(session_folder: Path) -> Path:
    """A video of 3 s with audio that meets the limits."""
    return clip(session_folder / "dance.mp4", size=(640, 642), frame_rate=Fraction(24))


@pytest.fixture(scope="session")
def voice(session_folder: Path) -> Path:
    """A WAV of 3 s that meets the limits."""
    return tone(session_folder / "voice.wav", channels=1, sample_rate=16000)


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """Real media from public repositories, beside the checkout."""
    folder = Path(__file__).parents[2] / "shared" / "media"
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"{folder} is not on this machine")
    return folder
