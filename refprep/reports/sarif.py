"""SARIF 2.1.0, in the subset that GitHub code scanning reads.

Code scanning refuses a result without a physical location and requires a region, so the location of
a file is its first line. That of a finding about the request itself is `request`, a name that need
not exist: the alert then stays the same from run to run, and names no media file.
"""

import os
import re
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from refprep import __version__
from refprep.models.finding import Finding, Result
from refprep.reports.json import dumps, plain
from refprep.reports.parts import message, path
from refprep.rules.pages import pages

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
PROPERTIES = ("slot", "actual", "required", "repair")
REQUEST = "request"
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"Halves of surrogate pairs that stand for no byte of a file name."
_START = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}


def render(result: Result) -> str:
    """A log of one run."""
    rules = list(dict.fromkeys(finding.rule for finding in result.findings))
    driver = {"name": "refprep", "version": __version__, "rules": [_rule(name) for name in rules]}
    counts: Counter[str] = Counter()
    run = {
        "tool": {"driver": driver},
        # On GitHub a log replaces the last one of its category: each envelope has its own.
        "automationDetails": {
            "id": f"refprep/{quote(result.envelope, safe='', errors='replace')}/"
        },
        "results": [_result(finding, rules, counts) for finding in result.findings],
        "properties": {"envelope": result.envelope, "verdict": result.verdict},
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(name: str) -> dict[str, Any]:
    text = pages().get(name)
    if text is None:  # of a newer refprep
        return {"id": name}
    advice = f"You can: {text.advice}." if text.advice else ""
    lines = [text.what, text.why, f"Fix: {text.fix}", advice, f"Example: {text.example}"]
    return {
        "id": name,
        "shortDescription": {"text": text.what},
        "fullDescription": {"text": text.why},
        "help": {"text": "\n".join(filter(None, lines))},
    }


def _result(finding: Finding, rules: list[str], counts: Counter[str]) -> dict[str, Any]:
    fields = plain(finding)
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": LEVELS[finding.level],
        "message": {"text": message(finding).replace("](", r"]\(")},
        "locations": [_location(finding)],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(finding, counts)},
        "properties": {key: fields[key] for key in PROPERTIES if fields[key] is not None},
    }


def _location(finding: Finding) -> dict[str, Any]:
    uri = _uri(path(finding.source)) if finding.source else REQUEST
    part = finding.slot or ("" if finding.source else REQUEST)
    physical = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": _START}}
    return {**physical, "logicalLocations": [{"name": part}]} if part else physical


def _uri(name: str) -> str:
    """A URL, or a relative reference (RFC 3986, 4.2), in which a colon begins no scheme."""
    if "://" in name:
        return quote(name, safe=":/?#[]@!$&'()*+,;=%", errors="replace")
    octets = os.fsencode(_NO_BYTE.sub("\ufffd", name))
    if Path(name).is_absolute():
        return f"file:///{quote(octets.lstrip(b'/'), safe='/:')}"
    return quote(octets)


def _fingerprint(finding: Finding, counts: Counter[str]) -> str:
    """The same for one rule about one source, whatever its message; then a running number."""
    identity = f"{finding.rule}\0{finding.source}"
    digest = sha256(identity.encode(errors="backslashreplace")).hexdigest()[:16]
    counts[digest] += 1
    return f"{digest}:{counts[digest]}"
