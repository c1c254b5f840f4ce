"""Cheap media for runs that fail: three files, packed in a tenth of a second."""

from pathlib import Path

import pytest

from fixtures.pictures import picture
from fixtures.sounds import tone


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A folder with an image that is converted, one that is copied, and a WAV."""
    folder = tmp_path / "media"
    folder.mkdir()
    picture(folder / "a.gif", size=(320, 320))
    picture(folder / "b.jpg", size=(320, 320))
    tone(folder / "voice.wav", channels=1, sample_rate=16000, duration=2)
    return folder
