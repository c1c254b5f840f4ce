"""Media and folders that many tests share; made once a session, in seconds."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone

os.environ["REFPREP_CACHE"] = ""  # every test renders and decodes for itself


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the media of the session lie."""
    return tmp_path_factory.mktemp("made")


@pytest.fixture(scope="session")
def photo(made: Path) -> Path:
    """A JPEG that lies inside."""
    return picture(made / "photo.jpg", size=(640, 480))


@pytest.fixture(scope="session")
def dance(made: Path) -> Path:
    """A clip of 3 s that lies inside, with sound."""
    return clip(made / "dance.mp4", size=(640, 642), frame_rate=Fraction(24))


@pytest.fixture(scope="session")
def voice(made: Path) -> Path:
    """A WAV of 3 s that lies inside."""
    return tone(made / "voice.wav", channels=1, sample_rate=16000)


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """Real media from public repositories, beside the checkout."""
    folder = Path(__file__).parents[2] / "shared" / "media"
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"{folder} is not on this machine")
    return folder
