"""The n-th read of a source fails: the file is said to be unread, never to be damaged."""

import errno
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.pictures import picture
from refprep import files
from refprep.cli import main
from refprep.errors import ReadError
from refprep.isolation import Call, Workers, pool
from refprep.transforms import jobs
from tests import measure
from tests.faults import reads
from tests.faults.reads import DYING, ERRORS, SHRINKING, Disk
from tests.fuzz import seeds

pytestmark = [pytest.mark.posix, pytest.mark.codec, pytest.mark.slow]
WORDS = {
    errno.EIO: "Input/output error", errno.ESTALE: "Stale file handle",
    errno.EACCES: "Permission denied",
}  # fmt: skip
OPTIONS: dict[str, Any] = {"cache": False, "ignore": ["audio-only"]}


@cache
def content(name: str) -> bytes:
    return seeds.seed(name)


OFTEN = (
    "jpeg", "png", "gif", "webp", "tiff", "tiff-lzw", "jpeg2000", "heic", "avif", "mp4",
    "mp4-fragmented", "webm", "mpegts", "wav", "mp3", "ogg-vorbis",
)  # fmt: skip
"Formats that libraries read in different ways; all others are like one of these."
EACH = [
    name if name in OFTEN else pytest.param(name, marks=pytest.mark.extensive)
    for name in sorted(seeds.MAKERS)
]


@pytest.fixture(params=EACH)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name = request.param
    if not content(name):
        pytest.skip("no encoder")
    path = tmp_path / f"media/source{seeds.MAKERS[name][0]}"
    path.parent.mkdir()
    path.write_bytes(content(name))
    return path


def moments(disk: Disk) -> list[int]:
    """The first read, one in the middle, the last one."""
    assert disk.reads > 1
    return sorted({1, disk.reads // 2, disk.reads})


def rules(result: Any, source: Path) -> list[str]:
    return [
        finding.rule
        for finding in result.findings
        if finding.source == str(source) and finding.rule.startswith(("file-", "duration-"))
    ]


@pytest.mark.parametrize("quick", [False, True])
def test_a_read_that_fails_while_checking_is_a_read_error_and_nothing_else(
    source: Path, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    disk = Disk(monkeypatch, source)
    healthy = refprep.check([source], quick=quick, **OPTIONS)
    assert not {"file-unreadable", "file-read-error"} & {*rules(healthy, source)}
    for place, number in enumerate(moments(disk)):
        disk.spoil(number, error=ERRORS[place])
        report = refprep.check([source], quick=quick, **OPTIONS)
        assert rules(report, source) == ["file-read-error"], number
        [finding] = [finding for finding in report.findings if finding.source == str(source)]
        assert finding.message == f"cannot be read: {WORDS[ERRORS[place]]}"


def test_a_file_that_shrinks_while_it_is_checked_is_not_called_truncated(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = source.read_bytes()
    disk = Disk(monkeypatch, source)
    refprep.check([source], **OPTIONS)
    for number in moments(disk):
        source.write_bytes(whole)
        disk.spoil(number, SHRINKING)
        report = refprep.check([source], **OPTIONS)
        assert rules(report, source) == ["file-read-error"], number
        assert report.findings[0].message == files.CHANGED


@pytest.mark.parametrize("way", [DYING, SHRINKING])
def test_a_read_that_fails_while_fixing_costs_its_file_only(
    source: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    other = picture(source.parent / "other.gif", size=(400, 400))
    whole, folder = source.read_bytes(), source.parent.parent
    disk = Disk(monkeypatch, source)
    perform: Any = jobs.perform
    first: list[int] = []

    def spoiling(job: Any, progress: Any) -> Any:
        if job.source == source:
            disk.reads = 0
            for number in first:
                disk.spoil(number, way)
        return perform(job, progress)

    monkeypatch.setattr(jobs, "perform", spoiling)
    fixed = refprep.fix([source, other], folder / "healthy", each=True, **OPTIONS)
    assert len(fixed.prepared) == 2
    for number in moments(disk):
        source.write_bytes(whole)
        disk.first, first[:] = None, [number]
        out = folder / f"out-{number}"
        fixed = refprep.fix([source, other], out, each=True, **OPTIONS)
        [finding] = [row for row in fixed.findings if row.message.startswith("cannot be fixed")]
        assert (finding.source, finding.rule) == (str(source), "file-read-error")
        expected = files.CHANGED if way == SHRINKING else f"cannot be read: {WORDS[errno.EIO]}"
        assert finding.message == f"cannot be fixed: {expected}"
        assert [file.source for file in fixed.prepared] == [str(other)]
        assert measure.names(out) == [fixed.prepared[0].path.name]


def test_a_file_that_shrinks_between_probe_and_fix_is_not_fixed(source: Path) -> None:
    perform: Any = jobs.perform
    content = source.read_bytes()

    def shrinking(job: Any, progress: Any) -> Any:
        job.source.write_bytes(content[: len(content) // 2])
        return perform(job, progress)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(jobs, "perform", shrinking)
        fixed = refprep.fix([source], source.parent / "out", **OPTIONS)
    assert not fixed.prepared
    assert [row.message for row in fixed.findings if row.rule == "file-read-error"] == [
        f"cannot be fixed: {files.CHANGED}"
    ]


@pytest.mark.parametrize("name", ["jpeg", "mp4", "wav"])
def test_a_worker_says_so_too(tmp_path: Path, name: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(content(name))
    arguments = {"path": str(source), "number": 2}
    call = Call(f"{reads.NAME}:facts", arguments, (str(source),), modules=(reads.NAME,))
    try:
        with pytest.raises(ReadError, match="cannot be read: Input/output error"):
            Workers().call(call)
    finally:
        pool.stop()


@pytest.mark.parametrize("verb", ["check", "probe", "plan", "fix", "pack"])
def test_the_exit_code_is_2_and_the_other_files_have_their_results(
    tmp_path: Path,
    verb: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = picture(tmp_path / "broken.jpg", size=(640, 480))
    other = picture(tmp_path / "other.jpg", size=(640, 480))
    Disk(monkeypatch, broken).spoil(2)
    out = {"fix": ["-o", tmp_path / "out"], "pack": ["-o", tmp_path / "out"]}.get(verb, [])
    options = ["--no-isolate", "--jobs", "1", "--format", "json"]
    options += [] if verb == "probe" else ["--no-cache"]
    arguments = [verb, broken, other, *out]
    assert main([*map(str, arguments), *options]) == 2
    printed = capsys.readouterr()
    assert (printed.err, "Input/output error" in printed.out) == ("", True)
    assert str(other) in json.dumps(json.loads(printed.out))
    assert (tmp_path / "out").exists() == (verb == "fix")


def test_the_first_failure_is_told_where_a_library_reads_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read fails once, as where a share is away for a moment."""
    source = tmp_path / "source.mp4"
    source.write_bytes(content("mp4"))
    disk = Disk(monkeypatch, source)
    refprep.check([source], **OPTIONS)
    disk.lasting = False
    for number in range(1, disk.reads + 1):
        disk.spoil(number)
        assert rules(refprep.check([source], **OPTIONS), source) == ["file-read-error"], number


def test_no_code_reads_media_past_the_reader() -> None:
    package = Path(refprep.__file__).parent
    pattern = re.compile(
        r"\bmmap\b|\.read_bytes\(|\.open\(\"rb\"|\bopen_regular\(|\bopen_heif\((?!file)"
    )
    found = [
        f"{path.relative_to(package)}: {line.strip()}"
        for room in ("decoders", "transforms")
        for path in sorted((package / room).glob("*.py"))
        if path.name not in ("reader.py", "sniff.py")
        for line in path.read_text("utf-8").splitlines()
        if pattern.search(line)
    ]
    assert found == []
