"""The scripts in a bundle: the package's own code, for old Pythons and plain shells."""

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import refprep
from refprep.providers import scripts
from refprep.reports.json import plain
from tests import seeing
from tests.made import ENVELOPE, ENVELOPES
from tests.providers.conftest import COMMANDS, Pack

ROOM = Path(scripts.__file__).parent


@pytest.mark.parametrize("name", scripts.PYTHON)
def test_a_bundle_holds_the_packages_own_code(name: str, bundle: Path) -> None:
    assert (bundle / name).read_bytes() == (ROOM / name).read_bytes()


@pytest.mark.parametrize("name", scripts.PYTHON)
def test_the_code_needs_an_old_python_and_nothing_else(name: str) -> None:
    text = (ROOM / name).read_text("utf-8")
    tree = ast.parse(text, feature_version=(3, 8))
    newer = {"removeprefix", "removesuffix", "file_digest", "pairwise", "TypeAlias", "Self"}
    used = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree)}
    assert used & newer == set()


def test_the_shell_script_is_one(bundle: Path) -> None:
    subprocess.run(["bash", "-n", str(bundle / "submit.sh")], check=True)
    if tool := shutil.which("shellcheck"):
        subprocess.run([tool, "-S", "error", str(bundle / "submit.sh")], check=True)
    assert "#settings#" not in (bundle / "submit.sh").read_text("utf-8")


def test_the_scripts_can_be_started(bundle: Path) -> None:
    assert all(os.access(bundle / name, os.X_OK) for name in ("submit.py", "submit.sh"))


def test_nothing_in_a_manifest_is_read_as_code(bundle: Path, tmp_path: Path) -> None:
    trap = f"$(touch {tmp_path}/caught)`touch {tmp_path}/caught`'; touch {tmp_path}/caught; '"

    scripts.write(bundle, ENVELOPE, {trap: "0"})
    ended = subprocess.run(["bash", str(bundle / "submit.sh")], check=False, capture_output=True)
    assert ended.returncode == 1
    assert not (tmp_path / "caught").exists()


def test_a_bundle_of_an_envelope_without_an_api_has_no_scripts(
    sources: dict[str, list[str]], tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(
        'extends = "oxen-seedance-2.0"\nwithout = ["api"]\nname = "mine"\n'
    )
    request = refprep.Request(prompt="@Image1", images=sources["images"])
    refprep.pack(request, tmp_path / "b", envelope=tmp_path / "mine.toml")
    assert seeing.names(tmp_path / "b") == ["manifest.json", "media", "request.json"]
    with pytest.raises(refprep.ProviderError, match="documents no way"):
        refprep.submit(tmp_path / "b")


def test_every_address_of_an_envelope_is_https_or_filled_in() -> None:
    for envelope in ENVELOPES:
        assert envelope.api
        urls = ("sync", "queue", "status", "result", "events", "upload")
        told = [plain(envelope.api)[name] for name in urls]
        assert all(url.startswith(("https://", "{")) for url in told if url)


def test_help_of_both_scripts_says_what_they_do(packed: Pack) -> None:
    bundle = packed("oxen-seedance-2.0")
    for *program, name in COMMANDS.values():
        ended = subprocess.run(
            [*program, str(bundle / name), "--help"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert "Send this bundle, follow the generation" in ended.stdout
        assert "--resume" in ended.stdout
