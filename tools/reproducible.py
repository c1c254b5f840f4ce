"""Build the packages twice, in two places: `make reproducible`. Each must come out the same.

The second build starts from the sdist of the first, at another path, with other times of files and
another umask: what it leaves out, or what a build takes from its surroundings, is a difference.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def build(folder: Path, target: Path, umask: int = 0o022) -> dict[str, str]:
    """Build sdist and wheel of a folder; the SHA-256 of each by its name."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, umask=umask)
    files = sorted(target.iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def differences(root: Path, scratch: Path) -> tuple[dict[str, str], list[str]]:
    """The packages' digests, and the names of those that a second build makes otherwise.

    Args:
        root: The project.
        scratch: An empty folder.
    """
    first = build(root, scratch / "first")
    (sdist,) = (scratch / "first").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(scratch / "elsewhere", filter="data")
    (copy,) = (scratch / "elsewhere").iterdir()
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    second = build(copy, scratch / "second", umask=0o077)
    return first, sorted(name for name in first | second if first.get(name) != second.get(name))


def main() -> int:
    """Print the digests; 1 where a package cannot be built again."""
    with tempfile.TemporaryDirectory(prefix="refprep-build-") as scratch:
        digests, other = differences(ROOT, Path(scratch))
    for name, digest in digests.items():
        print(f"{digest}  {name}{'  DIFFERS' if name in other else ''}")
    return int(bool(other))


if __name__ == "__main__":
    sys.exit(main())
