"""The n-th call of the system fails, for every n: no bundle is half or lost."""

import builtins
import errno
import io
import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import refprep
from refprep import files
from refprep.packer import bundle
from tests import measure
from tests.faults.driver import NAMES, pack, request, state

CALLS = {
    os: ("open", "fsync", "rename", "replace", "mkdir", "chmod", "link", "unlink", "rmdir"),
    io: ("open",),
    builtins: ("open",),
    files: ("_rename",),
}
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)
PLACES = ["fresh", "force", "fresh.zip", "force.zip"]
pytestmark = [pytest.mark.posix, pytest.mark.codec, pytest.mark.slow]


class Faults:
    """Makes the n-th call that concerns a folder fail, or every call from the n-th on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.monkeypatch, self.folder = monkeypatch, str(folder)
        self.calls = self.happened = 0

    def at(self, number: int, code: int, *, lasting: bool) -> None:
        self.calls = self.happened = 0
        for module, names in CALLS.items():
            for name in names:
                call = self.failing(getattr(module, name), number, code, lasting)
                self.monkeypatch.setattr(module, name, call)

    def failing(
        self, call: Callable[..., Any], number: int, code: int, lasting: bool
    ) -> Callable[..., Any]:
        def wrapped(path: Any, *arguments: Any, **keywords: Any) -> Any:
            if isinstance(path, str | Path) and str(path).startswith(self.folder):
                self.calls += 1
                if self.calls == number or (lasting and self.calls > number):
                    self.happened += 1
                    raise OSError(code, os.strerror(code), str(path))
            return call(path, *arguments, **keywords)

        return wrapped


@pytest.fixture
def expected(media: Path) -> list[dict[str, str]]:
    """What stands under the name: the old bundle, the new one, and the one of the next run."""
    packed: list[dict[str, str]] = []
    for prompt in ("@Image1 old", "@Image1 new", "@Image1 next"):
        for suffix in ("", ".zip"):
            pack(media, media / "expected" / f"{len(packed)}{suffix}", prompt)
            packed.append(state(media / "expected" / f"{len(packed)}{suffix}"))
    return packed


def attempts(place: str, errors: tuple[int, ...], *, lasting: bool) -> Any:
    return pytest.param(place, errors, lasting, id=f"{place} {'lasting' if lasting else 'once'}")


BOTH = (False, True)
QUICK = [attempts(place, ERRORS[:1], lasting=lasting) for place in PLACES for lasting in BOTH]
ALL = [attempts(place, ERRORS, lasting=lasting) for place in PLACES for lasting in BOTH]


def keeps_its_promises(
    media: Path,
    expected: list[dict[str, str]],
    place: str,
    errors: tuple[int, ...],
    lasting: bool,
    folder: Path,
) -> None:
    """Fail call after call, until a run meets no fault. Bundles are packed into `folder`."""
    old, new, after = expected[place.endswith(".zip") :: 2]
    suffix, force = Path(place).suffix, place.startswith("force")
    sources = {name: measure.sha256(media / name) for name in NAMES}
    for number in itertools.count(1):
        error = errors[number % len(errors)]
        where = folder / f"{number}"
        target = where / f"bundle{suffix}"
        if force:
            pack(media, target, "@Image1 old")
        with pytest.MonkeyPatch.context() as monkeypatch:
            faults = Faults(monkeypatch, where)
            faults.at(number, error, lasting=lasting)
            try:
                succeeded = pack(media, target, "@Image1 new", force=force)
            except refprep.OutputError:
                succeeded = False
        found = state(target) if target.exists() else None
        assert found in ([new] if succeeded else [old, new] if force else [None, new]), number
        assert {name: measure.sha256(media / name) for name in NAMES} == sources
        pack(media, target, "@Image1 next")
        assert state(target) == after
        assert measure.names(where) == [target.name], number
        if not faults.happened:
            assert number > 10
            return


@pytest.mark.parametrize(("place", "errors", "lasting"), QUICK)
def test_a_call_that_fails_leaves_the_old_bundle_or_the_new_one(
    media: Path, expected: list[dict[str, str]], place: str, errors: tuple[int, ...], lasting: bool
) -> None:
    keeps_its_promises(media, expected, place, errors, lasting, media)


@pytest.mark.extensive
@pytest.mark.parametrize(("place", "errors", "lasting"), ALL)
def test_so_does_every_error(
    media: Path, expected: list[dict[str, str]], place: str, errors: tuple[int, ...], lasting: bool
) -> None:
    for turn in range(len(errors)):
        turned = (*errors[turn:], *errors[:turn])
        folder = media / f"turn {turn}"
        folder.mkdir()
        keeps_its_promises(media, expected, place, turned, lasting, folder)


def test_a_call_that_fails_while_fixing_leaves_whole_files_only(media: Path) -> None:
    sources = [media / name for name in NAMES]
    whole = refprep.fix(sources, media / "whole", cache=False)
    expected = measure.snapshot(media / "whole")
    for number in itertools.count(1):
        out = media / f"out-{number}"
        with pytest.MonkeyPatch.context() as monkeypatch:
            faults = Faults(monkeypatch, out)
            faults.at(number, ERRORS[number % 4], lasting=False)
            with suppress(refprep.OutputError):
                refprep.fix(sources, out, cache=False)
        if out.exists():
            found = measure.snapshot(out)
            found = {name: found[name] for name in found if not name.startswith(files.PREFIX)}
            assert found.items() <= expected.items()
        again = refprep.fix(sources, out, cache=False)
        assert again.findings == whole.findings
        assert measure.snapshot(out) == expected
        if not faults.happened:
            break


def test_a_cache_that_fails_at_any_call_changes_no_result(media: Path) -> None:
    sources = [media / name for name in NAMES]
    whole = refprep.fix(sources, media / "whole", cache=False)
    for number in itertools.count(1):
        folder, out = media / f"cache-{number}", media / f"out-{number}"
        with pytest.MonkeyPatch.context() as monkeypatch:
            faults = Faults(monkeypatch, folder)
            faults.at(number, ERRORS[number % 4], lasting=False)
            first = refprep.fix(sources, out, cache=folder)
        second = refprep.fix(sources, media / f"again-{number}", cache=folder)
        for result in (first, second):
            assert result.findings == whole.findings
            assert [file.sha256 for file in result.prepared] == [
                file.sha256 for file in whole.prepared
            ]
        if not faults.happened:
            break


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cached", [True, False])
def test_a_source_that_cannot_be_read_costs_itself_only(
    media: Path, name: str, cached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = io.open

    def failing(path: Any, *arguments: Any, **keywords: Any) -> Any:
        if str(path) == str(media / name):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return opened(path, *arguments, **keywords)

    for module in (io, builtins):
        monkeypatch.setattr(module, "open", failing)
    cache = media / "cache" if cached else False
    report = refprep.check([media / each for each in NAMES], cache=cache)
    rules = [finding.source for finding in report.findings if finding.rule == "file-read-error"]
    assert rules == [str(media / name)]
    fixed = refprep.fix([media / each for each in NAMES], media / "out", cache=cache)
    assert len(fixed.prepared) == 2
    assert "Input/output error" in " ".join(finding.message for finding in fixed.findings)


def test_a_source_that_vanishes_costs_itself_only(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform: Any = refprep.transforms.jobs.perform

    def vanishing(job: Any, progress: Any) -> Any:
        if job.source.name == "b.jpg":
            job.source.unlink()
        return perform(job, progress)

    monkeypatch.setattr("refprep.transforms.jobs.perform", vanishing)
    fixed = refprep.fix([media / name for name in NAMES], media / "out", cache=False)
    assert [file.source for file in fixed.prepared] == [str(media / "a.gif"), str(media / NAMES[2])]


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_target_folder_that_vanishes_is_an_output_error(
    media: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    manifest: Any = vars(bundle)["manifest"]

    def vanishing(folder: Path, *arguments: Any) -> Any:
        facts = manifest(folder, *arguments)
        files._remove(media / "deep")
        return facts

    monkeypatch.setattr(bundle, "manifest", vanishing)
    with pytest.raises(refprep.OutputError, match="cannot be written"):
        refprep.pack(request(media, "@Image1"), media / "deep" / name, cache=False)
    assert not (media / "deep" / name).exists()
    monkeypatch.undo()
    assert refprep.pack(request(media, "@Image1"), media / "deep" / name, cache=False).path


@pytest.mark.parametrize("kind", ["folder", "name"])
def test_a_run_that_another_one_outruns_refuses_to_replace_it(
    media: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    target = media / ("bundle.zip" if kind == "name" else "bundle")
    flush: Any = bundle._move

    def outrun(place: Any) -> None:
        monkeypatch.setattr(bundle, "_move", flush)
        pack(media, target, "@Image1 first", force=False)
        flush(place)

    monkeypatch.setattr(bundle, "_move", outrun)
    with pytest.raises(refprep.OutputError, match="--force"):
        pack(media, target, "@Image1 second", force=False)
    prompts = refprep.verify(target).findings
    assert [finding for finding in prompts if finding.level == "error"] == []
    assert measure.names(media) == sorted([*NAMES, target.name])
