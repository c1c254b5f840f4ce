"""A manifest is a stranger's: it decides neither the limits nor the rules that judge it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

import refprep
from fixtures.pictures import picture
from refprep import cli, envelopes
from refprep.files import sha256
from refprep.packer.loader import load_manifest
from refprep.rules import RULES
from refprep.rules.integrity import OF_BUNDLES

SHIPPED = "byteplus-seedance-2.0"
SMALL = (100, 80)
"Pixels of an image that no envelope accepts."


@pytest.fixture(scope="module")
def honest(photo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of one image."""
    folder = tmp_path_factory.mktemp("honest") / "bundle"
    request = refprep.Request(prompt="Image 1", images=[photo])
    return refprep.pack(request, folder, envelope=SHIPPED).path or folder


@pytest.fixture
def hostile(honest: Path, tmp_path: Path) -> Path:
    """The same with an image that is far too small; its manifest has the hash of that one."""
    bundle = Path(shutil.copytree(honest, tmp_path / "bundle"))
    image = next((bundle / "media").iterdir())
    picture(image, size=SMALL)

    def change(manifest: Any) -> None:
        file = manifest["files"][0]
        file["sha256"], file["size"] = sha256(image), image.stat().st_size
        for name, bound in manifest["envelope"]["limits"].items():
            if name.startswith("image"):
                bound["limit"] = {"one_of": []}

    edit(bundle, change)
    return bundle


def edit(bundle: Path, change: Callable[[Any], object]) -> None:
    """Change the manifest as data."""
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def ignore(*rules: str) -> Callable[[Any], object]:
    return lambda manifest: manifest["envelope"].update(ignore=list(rules))


def rename(name: str) -> Callable[[Any], object]:
    return lambda manifest: manifest["envelope"].update(name=name)


def levels(result: refprep.VerifyResult | refprep.Report) -> dict[str, str]:
    return {finding.rule: finding.level for finding in result.findings}


def test_a_manifest_cannot_widen_the_limits_of_an_envelope_of_refprep(hostile: Path) -> None:
    for result in (refprep.verify(hostile), refprep.check(hostile / "request.json")):
        found = levels(result)
        assert (found["image-dimensions"], found["envelope-changed"]) == ("error", "warning")
        assert result.verdict == "fail"
        assert any("has another image-" in row.message for row in result.findings)


@pytest.mark.parametrize("name", envelopes.names())
def test_an_honest_bundle_has_the_limits_of_refprep(name: str, honest: Path) -> None:
    manifest = load_manifest(honest, honest)
    packed = json.loads(envelopes.load(name).model_dump_json())
    read = type(manifest).model_validate(
        {**json.loads((honest / "manifest.json").read_text("utf-8")), "envelope": packed}
    )
    own = read.model_copy(update={"packed_envelope": envelopes.load(name)})
    assert (own.held.known, own.held.differences) == (True, ())


def test_limits_of_an_unknown_envelope_are_the_word_of_the_bundle(hostile: Path) -> None:
    edit(hostile, rename("mine"))
    found = levels(refprep.verify(hostile))
    assert found == {"envelope-unknown": "warning"}
    assert refprep.verify(hostile, strict=True).verdict == "fail"
    assert levels(refprep.check(hostile / "request.json")) == found


def test_an_envelope_that_the_user_names_judges_any_bundle(
    hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(f'extends = "{SHIPPED}"\nname = "mine"\n')
    edit(hostile, rename("mine"))
    edit(hostile, ignore("image-dimensions"))
    for chosen in (mine, SHIPPED):
        found = levels(refprep.verify(hostile, envelope=chosen))
        assert found["image-dimensions"] == "error"
        assert not found.keys() & {"envelope-unknown", "envelope-changed", "rules-ignored"}
    assert cli.main(["verify", str(hostile), "--envelope", str(mine)]) == 1
    assert "image-dimensions" in capsys.readouterr().out


def test_no_settings_file_decides_by_which_limits_a_bundle_is_verified(
    hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wide.toml").write_text(
        f'extends = "{SHIPPED}"\nwithout = ["limits.image-pixels"]\n'
    )
    (tmp_path / "refprep.toml").write_text('envelope = "wide.toml"\n')
    monkeypatch.chdir(tmp_path)
    assert cli.main(["verify", str(hostile)]) == 1


@hypothesis.given(
    select=strategies.sets(strategies.sampled_from(sorted(rule.name for rule in RULES))),
    ignored=strategies.sets(strategies.sampled_from(sorted(rule.name for rule in RULES))),
)
@hypothesis.settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
def test_no_manifest_hides_what_is_wrong_with_it(
    hostile: Path, select: set[str], ignored: set[str]
) -> None:
    (hostile / "notes.txt").write_text("added")
    edit(hostile, lambda m: m["envelope"].update(select=sorted(select), ignore=sorted(ignored)))
    found = levels(refprep.verify(hostile, quick=True))
    assert found.keys() >= {"bundle-added", "envelope-changed"}
    assert ("rules-ignored" in found) == bool(select or ignored - OF_BUNDLES)


def test_rules_about_bundles_are_rules() -> None:
    assert {rule.name for rule in RULES} >= OF_BUNDLES


def test_rules_that_the_user_ignores_are_no_word_of_the_manifest(hostile: Path) -> None:
    edit(hostile, ignore("image-dimensions"))
    assert "rules-ignored" in levels(refprep.verify(hostile))
    found = levels(refprep.verify(hostile, ignore=["image-dimensions", "bundle-added"]))
    assert "rules-ignored" not in found


def test_a_manifest_cannot_name_other_media_than_its_body(honest: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(honest, tmp_path / "bundle"))
    other = picture(bundle / "media" / "other.jpg", size=SMALL)
    body = bundle / "request.json"
    body.write_text(body.read_text("utf-8").replace("media/image1.jpg", "media/other.jpg"))

    def change(manifest: Any) -> None:
        for part in manifest["parts"]:
            if part["path"] == "request.json":
                part.update(sha256=sha256(body), size=body.stat().st_size)
        row = {"path": "media/other.jpg", "sha256": sha256(other), "size": 1}
        manifest["parts"].append(row)

    edit(bundle, change)
    assert levels(refprep.verify(bundle))["request-edited"] == "error"


def test_long_names_of_a_manifest_make_a_short_line(hostile: Path) -> None:
    edit(hostile, lambda m: m["envelope"]["limits"].update({
        f"{'x' * 10_000}{number}": m["envelope"]["limits"]["image-count"] for number in range(20)
    }))  # fmt: skip
    assert all(len(finding.message) < 1000 for finding in refprep.verify(hostile).findings)
    edit(hostile, rename("y" * 10_000))
    with pytest.raises(refprep.UsageError) as caught:  # its limits are rules that do not exist
        refprep.verify(hostile)
    assert len(str(caught.value)) < 1000
