"""Decoders and transforms know media and steps; importing them loads nothing else."""

import subprocess
import sys

import pytest

OTHER_ROOMS = {
    f"refprep.{room}"
    for room in (
        "envelopes",
        "models.envelope",
        "rules",
        "planner",
        "packer",
        "providers",
        "reports",
    )
}
CODECS = {"av", "PIL", "pillow_heif", "soundfile", "numpy"}


def loaded_by(module: str) -> set[str]:
    """The names of all modules that a fresh process has after one import."""
    code = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "module",
    ["decoders.container", "decoders.highlights", "decoders.image", "transforms.audio",
     "transforms.cicp_images", "transforms.image", "transforms.remux", "transforms.video"],
)  # fmt: skip
def test_no_envelope_rule_or_planner_is_loaded(module: str) -> None:
    loaded = loaded_by(f"refprep.{module}")
    assert {room for room in OTHER_ROOMS if any(name.startswith(room) for name in loaded)} == set()


@pytest.mark.parametrize("room", ["decoders", "transforms", "transforms.jobs"])
def test_no_codec_is_loaded_before_it_is_needed(room: str) -> None:
    loaded = loaded_by(f"refprep.{room}")
    assert loaded & (OTHER_ROOMS | CODECS) == set()
