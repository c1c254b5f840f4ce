"""JUnit XML: a test case per file and one for the request; it fails where the verdict does.

A case has one failure for all its errors: most readers show only the first failure. The text is
ASCII with character references; characters that XML 1.0 forbids become escapes.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from refprep.models.finding import Finding, Result
from refprep.reports.parts import fails, files, of_request
from refprep.reports.text import facts
from refprep.words import line, visible


def render(result: Result) -> str:
    """One test suite."""
    cases = [_case(result, "request", "the request", "", of_request(result))]
    for file in files(result):
        head = facts(file.media) if file.media else ""
        cases.append(_case(result, file.slot or "file", file.source, head, file.findings))
    failures = sum(case.find("failure") is not None for case in cases)
    counts = {"tests": len(cases), "failures": failures}
    numbers = {key: str(value) for key, value in counts.items()} | {"errors": "0", "skipped": "0"}
    root = ET.Element("testsuites", {"name": "refprep", **numbers})
    ET.SubElement(root, "testsuite", {"name": visible(result.envelope), **numbers}).extend(cases)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii")


def _case(
    result: Result, place: str, name: str, head: str, findings: Sequence[Finding]
) -> ET.Element:
    case = ET.Element("testcase", {"classname": visible(f"refprep.{place}"), "name": visible(name)})
    failing = [finding for finding in findings if fails(result, finding)]
    if failing:
        rules = dict.fromkeys(finding.rule for finding in failing)
        message = "; ".join(visible(finding.message) for finding in failing)
        failure = ET.SubElement(
            case, "failure", {"message": message, "type": visible(", ".join(rules))}
        )
        failure.text = _lines(failing)
    rest = [finding for finding in findings if finding not in failing]
    if head or rest:
        ET.SubElement(case, "system-out").text = "\n".join(filter(None, [line(head), _lines(rest)]))
    return case


def _lines(findings: Sequence[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(visible(f"{finding.level} {finding.rule}: {finding.message}"))
        if finding.repair:
            lines.append(visible(f"  -> {finding.repair}"))
    return "\n".join(lines)
