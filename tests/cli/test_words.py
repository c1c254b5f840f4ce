"""What the command line prints can be printed anywhere, and obeys no name and no argument."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from refprep import cli
from refprep.providers import submit

NAMES = (
    b"caf\xe9\xff.jpg", "na\u00efve \u65e5\u672c \U0001f57a.jpg".encode(), b"a\n::error::x.jpg",
    b"##[error]y.jpg", b"\x1b[31mred.jpg", "\u202egpj.exe".encode(), b"::warning::z.jpg",
)  # fmt: skip
ENCODINGS = ("ascii", "latin-1", "cp1252", "utf-8")
PROMPT = "@Image1 \u8df3\u821e \u00e9 ##[error]"


@pytest.fixture
def folder(photo: Path, tmp_path: Path) -> Path:
    """Pictures whose names are any bytes that Linux takes."""
    for name in NAMES:
        (tmp_path / os.fsdecode(name)).write_bytes(photo.read_bytes())
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def run(folder: Path, encoding: str, *arguments: str) -> tuple[int, str, str]:
    """A command in a process of its own, whose output has this encoding."""
    command = [sys.executable, "-m", "refprep", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "REFPREP_CACHE": ""}
    environment["PYTHONPATH"] = str(Path(cli.__file__).parents[2])
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, check=False, timeout=120
    )
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)


def require_harmless(*texts: str) -> None:
    for text in texts:
        assert all(char.isprintable() for char in text.replace("\n", ""))
        assert "##[" not in text
        assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]


@pytest.mark.slow
@pytest.mark.posix  # names of any bytes
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_names_of_any_bytes_are_printed_in_any_encoding(folder: Path, encoding: str) -> None:
    files = names(folder)
    for name in ("text", "json", "junit", "markdown"):
        code, out, err = run(folder, encoding, "check", "--quick", "--format", name, "--", *files)
        assert (code, err) == (0, "")
        require_harmless(out)
        assert name != "json" or {row["source"] for row in json.loads(out)["media"]} == set(files)


@pytest.mark.slow
@pytest.mark.posix
def test_names_of_any_bytes_go_through_every_verb(folder: Path) -> None:
    encoding = "ascii"
    files = names(folder)
    for verb in (
        ["probe"], ["plan"], ["estimate"], ["fix", "-o", "out"],
        ["pack", "-o", "bundle", "--prompt", PROMPT],
    ):  # fmt: skip
        code, out, err = run(folder, encoding, *verb, "--", *files)
        assert (code, err) == (0, ""), verb
        require_harmless(out)
    assert NAMES[0] in map(os.fsencode, names(folder / "out"))
    for verb in (["verify", "bundle"], ["check", "bundle/request.json"]):
        code, out, err = run(folder, encoding, *verb)
        assert (code, err) == (0, ""), verb
    manifest = json.loads((folder / "bundle" / "manifest.json").read_bytes())
    assert {row["source"] for row in manifest["files"]} == set(files)


@pytest.mark.slow
def test_a_snippet_is_whole_or_refused(photo: Path, tmp_path: Path) -> None:
    packed = run(tmp_path, "utf-8", "pack", str(photo), "-o", "bundle", "--prompt", PROMPT)
    assert packed[0] == 0
    for lang in ("curl", "python"):
        code, out, _ = run(tmp_path, "utf-8", "snippet", "bundle", "--lang", lang)
        assert code == 0
        assert "\u8df3\u821e" in out
        require_harmless(out)
        assert run(tmp_path, "ascii", "snippet", "bundle", "--lang", lang)[:2] == (2, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["\n::error::verb"], ["probe", "\n::error::file\x1b[31m"], ["explain", "::error::rule"],
        ["check", "--\n::error::option", "x"], ["check", "x", "--seed", "\n::error::\u202e"],
        ["probe", "x", "--format", "\r::error::"], ["check", "x", "--jobs", "\n##[error]\udcff"],
        ["check", "--envelope", "\n::error::\u2028", "x"], ["probe", "\x1b]0;x\x07", "extra\n::e"],
        ["--debug", "probe", "\n::error::##[error]\x9b"], ["submit", "\n::error::\ufeff"],
    ],
)  # fmt: skip
def test_no_error_repeats_an_argument_that_a_terminal_obeys(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = cli.main(arguments)
    except SystemExit as end:
        code = int(str(end.code))
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    require_harmless(err)
    assert err.splitlines()[-1].startswith("refprep")


def test_the_script_prints_no_line_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    submit.print_line("::error::a\n::error::b\x1b[31m\udcff ##[error]c")
    assert capsys.readouterr().err == (
        "\\x3a:error::a\\n::error::b\\x1b[31m\\udcff ##\\x5berror]c\n"
    )
    with pytest.raises(SystemExit, match="2"):
        submit.main(["\n::error::x\x1b[31m"])
    require_harmless(capsys.readouterr().err)
