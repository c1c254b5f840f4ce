"""Media and folders that many tests share, written once a session."""

import os
import re
import socket
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fixtures.clips import clip, ordinary_priority
from fixtures.pictures import picture
from fixtures.sounds import tone
from tests.server import Server, serving

os.environ["REFPREP_CACHE"] = ""  # every test decodes and encodes for itself


def pytest_runtest_teardown() -> None:
    """Give back what the AV1 encoder takes."""
    ordinary_priority()


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


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of media: every name is its own, its address counts as public, it needs no TLS."""
    from refprep.decoders import fetch

    with serving() as running:

        def resolve(host: str, port: int, **options: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", running.port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(fetch, "is_public_address", lambda address: True)
        monkeypatch.setattr(fetch, "secure", lambda plain, host: plain)
        yield running


CODEC = (
    "tests/boundaries", "tests/cli", "tests/decoders/test_container", "tests/decoders/test_high",
    "tests/decoders/test_shared", "tests/matrix", "tests/packer", "tests/providers",
    "tests/test_api", "tests/test_cache", "tests/test_files", "tests/test_passes",
    "tests/transforms",
)  # fmt: skip
"Where tests decode or encode audio or video: `make check` leaves them out."
LACKS = re.compile(r"is not (installed|on this machine)")
"In the reason of a skip: a tool or the shared media are missing."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(CODEC):
            item.add_marker("codec")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that lacks a tool fails, unless REFPREP_MAY_LACK names that tool."""
    report = yield
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    allowed = os.environ.get("REFPREP_MAY_LACK", "").split()
    if LACKS.search(reason) and not any(re.search(rf"\b{name}\b", reason) for name in allowed):
        report.outcome = "failed"
        report.longrepr = f"{reason}: in CI this is a failure (see REFPREP_MAY_LACK)"
    return report
