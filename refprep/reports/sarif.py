"""SARIF 2.1.0, in the part of it that GitHub code scanning takes.

Code scanning refuses a result without a physical location and asks for a region, so a file is
pointed at by its first line. A finding about the request itself points at `request`, a name that
need not exist: the alert then stays the same one from run to run, and no media file is blamed.
"""

import json
import os
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from refprep import __version__
from refprep.models.finding import Finding, Result
from refprep.reports.json import plain
from refprep.reports.parts import encodable, path, said
from refprep.rules.pages import page

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
PROPERTIES = ("slot", "actual", "required", "repair")
REQUEST = "request"
_START = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}


def render(result: Result) -> str:
    """A log of one run."""
    rules = list(dict.fromkeys(finding.rule for finding in result.findings))
    driver = {"name": "refprep", "version": __version__, "rules": [_rule(name) for name in rules]}
    seen: Counter[str] = Counter()
    run = {
        "tool": {"driver": driver},
        # Logs of one category replace each other on GitHub; those of two envelopes stand together.
        "automationDetails": {"id": f"refprep/{quote(result.envelope, safe='')}/"},
        "results": [_result(finding, rules, seen) for finding in result.findings],
        "properties": {"envelope": result.envelope, "verdict": result.verdict},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(name: str) -> dict[str, Any]:
    told = page(name)
    ways = [told.why, told.mended, f"Otherwise: {told.advice}." if told.advice else ""]
    return {
        "id": name,
        "shortDescription": {"text": told.what},
        "fullDescription": {"text": told.why},
        "help": {"text": "\n".join(filter(None, [told.what, *ways, f"Example: {told.example}"]))},
    }


def _result(finding: Finding, rules: list[str], seen: Counter[str]) -> dict[str, Any]:
    known = plain(finding)
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": LEVELS[finding.level],
        "message": {"text": said(finding)},
        "locations": [_location(finding)],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(finding, seen)},
        "properties": {key: known[key] for key in PROPERTIES if known[key] is not None},
    }


def _location(finding: Finding) -> dict[str, Any]:
    uri = _uri(path(finding.source)) if finding.source else REQUEST
    part = finding.slot or ("" if finding.source else REQUEST)
    physical = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": _START}}
    return {**physical, "logicalLocations": [{"name": part}]} if part else physical


def _uri(name: str) -> str:
    """A relative reference (RFC 3986, 4.2), where a colon would else make a scheme of a name."""
    octets = os.fsencode(name)
    if Path(name).is_absolute():
        return f"file:///{quote(octets.lstrip(b'/'), safe='/:')}"
    return quote(octets)


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """The same for one rule about one source, whatever it says today; then a running number."""
    about = encodable(f"{finding.rule}\0{finding.source}")
    mark = sha256(about.encode()).hexdigest()[:16]
    seen[mark] += 1
    return f"{mark}:{seen[mark]}"
