"""Look the lock up in a database of known vulnerabilities: `make audit`, with pip-audit.

Where no database can be reached, as behind a proxy for packages only, this says so and ends well:
an audit that did not happen is no finding.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent / "requirements-dev.txt"
SERVICES = ("pypi", "osv")
TIMEOUT = 300
"Seconds for one database; a single request has 15."


def ask(service: str) -> list[dict[str, Any]]:
    """What a database knows of each package that it has; empty where it cannot be reached."""
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes",
        "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15",
        "--vulnerability-service", service,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return []
    return [package for package in packages if "skip_reason" not in package]


def summary(packages: list[dict[str, Any]]) -> tuple[list[str], int]:
    """The lines to print, and the exit code: 1 where a package has a known vulnerability."""
    if not packages:
        return ["no vulnerability database can be reached from here: nothing was audited"], 0
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, "
        f"fixed in {', '.join(found['fix_versions']) or 'no release'}"
        for package in packages
        for found in package["vulns"]
    ]
    count = f"{len(packages)} packages audited, {len(lines)} known vulnerabilities"
    return [*lines, count], int(bool(lines))


def main() -> int:
    """Ask each database until one answers."""
    packages = next(filter(None, map(ask, SERVICES)), [])
    lines, code = summary(packages)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
