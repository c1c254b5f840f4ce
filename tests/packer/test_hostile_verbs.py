"""Every verb on every hostile bundle: nothing else is opened, nobody called, one line at most."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.pictures import picture
from refprep import cli, envelopes
from tests import measure

SHIPPED = "oxen-seedance-2.0"
SECRET = "wJalr-secret-of-somebody"
IN_PROCESS = ["--no-isolate", "--jobs", "1", "--no-cache"]
VERBS: dict[str, list[str]] = {
    "check": ["check", *IN_PROCESS], "plan": ["plan", *IN_PROCESS],
    "fix": ["fix", *IN_PROCESS, "-o", "out"], "pack": ["pack", *IN_PROCESS, "-o", "out"],
    "estimate": ["estimate", "--no-cache"],
    "compare": ["estimate", "--no-cache", "--compare", "all"],
}  # fmt: skip
OF_BUNDLES: dict[str, list[str]] = {
    "verify": ["verify", *IN_PROCESS], "curl": ["snippet"],
    "python": ["snippet", "--lang", "python"], "dry run": ["submit", "--dry-run"],
    "publish": ["submit", "--dry-run", "--publish", "oxen://a/b"],
}  # fmt: skip
Spoil = Callable[[Path, Path], object]
"Makes a bundle hostile; it is given the bundle, and a folder that it must not reach."
pytestmark = [pytest.mark.posix, pytest.mark.slow]


CALLS = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec")


class Watch:
    """What this process opens and connects to while a command runs."""

    def __init__(self) -> None:
        self.opened: list[str] | None = None
        self.called: list[Any] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.opened is None:
            return
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            self.opened.append(os.path.realpath(os.fsdecode(arguments[0])))
        elif event in CALLS and arguments[0] != sys.executable:  # refprep's own workers
            self.called.append((event, arguments))


WATCH = Watch()


def edited(name: str, change: Callable[[Any, Path], Any]) -> Spoil:
    """One of the documents, as changed data."""

    def spoil(bundle: Path, outside: Path) -> None:
        path = bundle / name
        data = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(change(data, outside) or data), encoding="utf-8")

    return spoil


def replaced(name: str, text: str) -> Spoil:
    return lambda bundle, outside: (bundle / name).write_text(text, encoding="utf-8")


def link(name: str, target: str) -> Spoil:
    """A symbolic link in place of a file."""

    def spoil(bundle: Path, outside: Path) -> None:
        (bundle / name).unlink()
        (bundle / name).symlink_to(target.format(outside=outside))

    return spoil


def pipe(bundle: Path, outside: Path) -> None:
    (bundle / "media/image1.jpg").unlink()
    os.mkfifo(bundle / "media/image1.jpg")


def body_folder(bundle: Path, outside: Path) -> None:
    (bundle / "request.json").unlink()
    (bundle / "request.json").mkdir()


def image_at(place: str) -> Spoil:
    """A body whose image is elsewhere."""

    def change(body: Any, outside: Path) -> Any:
        body["input_images"] = [place.format(outside=outside)]

    return edited("request.json", change)


def file_at(place: str) -> Spoil:
    """A manifest whose file is elsewhere."""

    def change(manifest: Any, outside: Path) -> Any:
        manifest["files"][0]["path"] = place.format(outside=outside)

    return edited("manifest.json", change)


def remote(url: str) -> Spoil:
    def change(manifest: Any, outside: Path) -> Any:
        manifest["remote"] = [{"slot": "image1", "url": url}]

    return edited("manifest.json", change)


def hostile_api(manifest: Any, outside: Path) -> Any:
    url = "http://127.0.0.1:9/{repo}{branch}{path}{id}"
    names = ("sync", "queue", "status", "result", "events", "upload")
    api = {**envelopes.load(SHIPPED).submission, **dict.fromkeys(names, url)}
    api.pop("provider", None)
    manifest["envelope"]["api"] = {**api, "key": "AWS_SECRET_ACCESS_KEY", "evidence": ["api"]}
    manifest["options"]["media_url"] = "http://127.0.0.1:9/"


def envelope_named(name: str) -> Spoil:
    def change(manifest: Any, outside: Path) -> Any:
        manifest["envelope"]["name"] = name.format(outside=outside)

    return edited("manifest.json", change)


PLACES = (
    "../outside/photo.jpg", "{outside}/photo.jpg", "file://{outside}/photo.jpg",
    "media/../../outside/photo.jpg", "media\\..\\..\\outside\\photo.jpg", "C:\\photo.jpg",
    "~/photo.jpg", "/proc/self/environ", "/dev/zero", "media", "", ".", "media/image1.jpg\0",
    "concat:{outside}/photo.jpg",
)  # fmt: skip
URLS = (
    "http://127.0.0.1:9/a.jpg", "https://127.0.0.1:9/a.jpg", "https://169.254.169.254/a.jpg",
    "ftp://127.0.0.1/a.jpg", "data:image/jpeg;base64,!", "data:image/jpeg;base64," + "A" * 100,
)  # fmt: skip
MANY = {f"k{n}": n for n in range(3000)}
WORDS = "\x1b]0;x\x07\n::error::x\u202e"
STRANGE = ("null", "[]", '"x"', "7", "{}", "[" * 100_000, '{"a":' * 5_000, "NaN", "", '"\\ud800"')
DOCUMENTS = ("manifest.json", "request.json")
HOSTILE: dict[str, Spoil] = {
    "api": edited("manifest.json", hostile_api),
    **{f"image at {place[:40]!a}": image_at(place) for place in (*PLACES, *URLS)},
    **{f"file at {place[:40]!a}": file_at(place) for place in PLACES},
    **{f"remote {url}": remote(url) for url in URLS},
    **{f"{name} is {text[:12]}": replaced(name, text) for name in DOCUMENTS for text in STRANGE},
    **{
        f"{name} links": link(name, "{outside}/secret.json")
        for name in (*DOCUMENTS, "media/image1.jpg", "submit.py")
    },
    "media link to zeros": link("media/image1.jpg", "/dev/zero"),
    "media pipe": pipe,
    "a script": replaced("submit.py", "open('executed', 'w').close()\n"),
    "a body that is a folder": body_folder,
    **{
        f"envelope {name}": envelope_named(name)
        for name in ("../outside/evil.toml", "{outside}/evil.toml", "oxen", "", "x" * 999, "\x1b")
    },
    "a strange field": edited("manifest.json", lambda data, _: {**data, "files": [{"path": 7}]}),
    "no hash": edited("manifest.json", lambda data, _: data["files"][0].pop("sha256") and None),
    "huge numbers": edited("request.json", lambda data, _: {**data, "duration": 10**300}),
    "words": edited("request.json", lambda data, _: {**data, "prompt": WORDS}),
    "unknown keys": edited("request.json", lambda data, _: {**data, **MANY}),
}  # fmt: skip


@pytest.fixture(scope="module")
def honest(photo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest") / "bundle"
    request = refprep.Request(prompt="@Image1", images=[photo])
    return refprep.pack(request, folder, envelope=SHIPPED).path or folder


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a photo, a secret, and an envelope that nobody may open; the user's home."""
    folder = tmp_path / "outside"
    folder.mkdir()
    picture(folder / "photo.jpg", size=(640, 480))
    (folder / "secret.json").write_text(json.dumps({"prompt": SECRET}))
    (folder / "evil.toml").write_text(f'extends = "{SHIPPED}"\nname = "{SECRET}"\n')
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    return folder


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    WATCH.called.clear()
    yield WATCH
    WATCH.opened = None


def test_the_watch_sees_what_is_opened(watch: Watch, outside: Path) -> None:
    watch.opened = []
    (outside / "secret.json").read_text()
    assert watch.opened == [str(outside / "secret.json")]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_verb_leaves_a_hostile_bundle(
    name: str,
    honest: Path,
    outside: Path,
    watch: Watch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle = Path(shutil.copytree(honest, tmp_path / "bundle"))
    HOSTILE[name](bundle, outside)
    before, work = measure.names(bundle), Path.cwd()
    runs = [
        *((verb, [*arguments, str(bundle / "request.json")]) for verb, arguments in VERBS.items()),
        *((verb, [*VERBS[verb], str(bundle)]) for verb in ("check", "estimate", "compare", "pack")),
        *((verb, [*arguments, str(bundle)]) for verb, arguments in OF_BUNDLES.items()),
    ]
    for verb, arguments in runs:
        watch.opened = []
        code = cli.main(arguments)
        opened, watch.opened = watch.opened, None
        out, err = capsys.readouterr()
        assert code in (0, 1, 2), (verb, err)
        assert "Traceback" not in out + err
        assert err.count("\n") <= 1, (verb, err)
        assert len(err) < 1500, (verb, err)
        assert not {"\x1b", "\u202e"} & {*out, *err}, verb
        assert SECRET not in out + err, verb
        assert [path for path in opened if Path(path).is_relative_to(outside)] == [], verb
        assert [path for path in opened if path.startswith(("/proc/self/env", "/dev/zero"))] == []
        assert watch.called == [], verb
        written = [path for path in work.rglob("*") if path.is_file()]
        assert not any(SECRET.encode() in path.read_bytes() for path in written), verb
        assert {path.name for path in work.iterdir()} <= {"out"}, verb
        shutil.rmtree(work / "out", ignore_errors=True)
    assert measure.names(bundle) == before
    with suppress(OSError):
        assert measure.sha256(outside / "secret.json")
