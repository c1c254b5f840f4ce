"""The lock names each file by its hash; packages are built the same twice; audits are honest."""

import re
from pathlib import Path

import pytest

from tools import audit, reproducible

LOCKS = sorted((Path(__file__).parents[2] / "tools").glob("requirements-*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_package_of_a_lock_has_one_version_and_hashes(lock: Path) -> None:
    logical = lock.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    rows = [row for row in logical if row and not row.lstrip().startswith("#")]
    assert len(rows) > 10
    for row in rows:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", row), row
        assert "://" not in row


@pytest.mark.slow
def test_two_builds_make_the_same_packages(tmp_path: Path) -> None:
    digests, other = reproducible.differences(reproducible.ROOT, tmp_path)
    assert {name.rpartition(".")[2] for name in digests} == {"whl", "gz"}
    assert other == []


def test_an_audit_that_reaches_no_database_says_so_and_is_no_failure() -> None:
    lines, code = audit.summary([])
    assert code == 0
    assert "nothing was audited" in lines[0]


def test_a_known_vulnerability_fails_the_audit_and_names_the_release_that_mends_it() -> None:
    bad = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
    good = {"name": "b", "version": "1", "vulns": []}
    lines, code = audit.summary([bad, good])
    assert code == 1
    assert lines == ["a 1: PYSEC-1, fixed in 2", "2 packages audited, 1 known vulnerabilities"]
