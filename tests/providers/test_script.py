"""The script in a bundle: the package's own code, for old Pythons."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import refprep
from refprep.packer.bundle import SCRIPT_PARTS, joined_script
from refprep.providers import submit
from refprep.reports.json import plain
from tests import measure
from tests.examples import ENVELOPES
from tests.providers.conftest import ALONE

SCRIPT = Path(submit.__file__)


def defined(tree: ast.Module) -> dict[str, str]:
    """Everything that a module defines, by its name."""
    found = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        for target in targets:
            for part in ast.walk(target) if isinstance(node, ast.Assign) else targets:
                if name := getattr(part, "name", getattr(part, "id", None)):
                    assert name not in found, f"{name} is defined twice"
                    found[name] = ast.dump(node)
    return found


def test_a_bundle_holds_the_packages_own_code_and_the_api_as_data(bundle: Path) -> None:
    packed = ast.parse((bundle / "submit.py").read_bytes())
    (api,) = [
        ast.literal_eval(node.value)
        for node in packed.body
        if isinstance(node, ast.AnnAssign)
        and getattr(node.target, "id", "") == "API"
        and node.value
    ]
    assert (api["key"], api["provider"]) == ("OXEN_API_KEY", "Oxen.ai")
    own: dict[str, str] = {}
    for part in (*SCRIPT_PARTS, "providers.submit"):
        path = Path(refprep.__file__).parent / f"{part.replace('.', '/')}.py"
        own |= defined(ast.parse(path.read_bytes()))
    assert defined(packed) == own
    assert [path.name for path in bundle.iterdir() if path.suffix in (".py", ".sh")] == [
        "submit.py"
    ]


def test_the_script_needs_python_3_8_and_nothing_else() -> None:
    tree = ast.parse(joined_script(), feature_version=(3, 8))
    newer = {"removeprefix", "removesuffix", "file_digest", "pairwise", "TypeAlias", "Self"}
    used = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree)}
    assert used & newer == set()
    aliases = [
        ast.unparse(part)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for part in ast.walk(node.value)
        if isinstance(part, ast.Subscript) and not ast.unparse(part).startswith("Callable[")
    ]
    assert aliases == []  # evaluated, unlike annotations
    modules = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or node.names[0].name]
    }
    assert modules <= sys.stdlib_module_names


@pytest.mark.posix
def test_the_script_can_be_started(bundle: Path) -> None:
    assert os.access(bundle / "submit.py", os.X_OK)


def test_a_bundle_of_an_envelope_without_an_api_has_no_script(
    sources: dict[str, list[str]], tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(
        'extends = "oxen-seedance-2.0"\nwithout = ["api"]\nname = "mine"\n'
    )
    request = refprep.Request(prompt="@Image1", images=sources["images"])
    refprep.pack(request, tmp_path / "b", envelope=tmp_path / "mine.toml")
    assert measure.names(tmp_path / "b") == ["manifest.json", "media", "request.json"]
    own = tmp_path / "mine.toml"
    with pytest.raises(refprep.ProviderError, match="documents no HTTP API; nothing was sent"):
        refprep.submit(tmp_path / "b", envelope=own)
    with pytest.raises(refprep.UsageError, match="documents no upload"):
        refprep.submit(tmp_path / "b", envelope=own, publish="oxen://me/refs")


def test_the_packages_own_copy_of_the_script_sends_nothing() -> None:
    command = [sys.executable, "-m", "refprep.providers.submit"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "refprep pack writes it there" in ended.stderr


def test_every_url_of_an_envelope_is_https_or_filled_in() -> None:
    for envelope in ENVELOPES:
        if envelope.api is None:  # no HTTP API is known, so a bundle has no submit script
            continue
        names = ("sync", "queue", "status", "result", "events", "upload")
        urls = [plain(envelope.api)[name] for name in names]
        assert all(url.startswith(("https://", "{")) for url in urls if url)


def test_the_help_of_the_script_shows_what_it_does(bundle: Path) -> None:
    ended = subprocess.run(
        [*ALONE, str(bundle / "submit.py"), "--help"], check=True, capture_output=True, text=True
    )
    assert "Send this bundle to its provider" in ended.stdout
    assert "--resume" in ended.stdout
