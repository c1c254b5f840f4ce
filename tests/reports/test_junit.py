"""JUnit XML, read by an XML parser."""

from xml.etree import ElementTree as ET

import pytest

from refprep.reports.junit import render
from tests.reports.results import (
    HOSTILE,
    all_kinds,
    bundle,
    finding,
    not_written,
    reference,
    report,
)


def suite(document: str) -> ET.Element:
    (element,) = ET.fromstring(document)
    assert element.tag == "testsuite"
    return element


def names(document: str) -> list[tuple[str | None, str | None]]:
    return [(case.get("classname"), case.get("name")) for case in suite(document)]


def failed(document: str) -> list[str | None]:
    return [case.get("name") for case in suite(document) if case.find("failure") is not None]


def test_there_is_a_case_for_the_request_and_one_per_file() -> None:
    assert names(render(all_kinds())) == [
        ("refprep.request", "the request"),
        ("refprep.image1", "hero.png"),
        ("refprep.video1", "dance.mov#t=3,9"),
        ("refprep.audio1", "voice.wav"),
        ("refprep.file", "empty.jpg"),
        ("refprep.image2", "https://x.org/a.png"),
    ]


def test_errors_fail_their_case_and_warnings_do_not() -> None:
    assert failed(render(all_kinds())) == ["hero.png", "empty.jpg"]


def test_warnings_fail_too_where_they_count_as_errors() -> None:
    warned = report(finding(level="warning"), media=(reference("hero.png"),))
    assert failed(render(warned)) == []
    assert failed(render(warned.model_copy(update={"strict": True}))) == ["hero.png"]


def test_the_counts_are_those_of_the_cases() -> None:
    for element in (ET.fromstring(render(all_kinds())), suite(render(all_kinds()))):
        counts = {key: element.get(key) for key in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "6", "failures": "2", "errors": "0", "skipped": "0"}


def test_a_file_has_one_failure_with_all_errors() -> None:
    second = finding(rule="image-format", message="HEIF; takes PNG", repair="encode as PNG (lossy)")
    (failure,) = suite(render(report(finding(), second, finding()))).iter("failure")
    assert failure.get("type") == "image-dimensions, image-format"
    assert "HEIF; takes PNG" in (failure.get("message") or "")
    assert "error image-format: HEIF; takes PNG\n  -> encode as PNG (lossy)" in (failure.text or "")


def test_facts_and_warnings_are_the_output_of_the_case() -> None:
    clip = suite(render(all_kinds()))[2]
    output = clip.findtext("system-out") or ""
    assert output.startswith("MP4 h264+aac, 1,280 x 720, 4 s")
    assert "warning video-fps: " in output


def test_an_error_about_the_request_fails_the_request() -> None:
    assert failed(render(report(finding(None, rule="video-count")))) == ["the request"]


def test_a_bundle_has_its_files_and_one_that_was_not_written_its_findings() -> None:
    assert failed(render(bundle())) == []
    assert names(render(bundle()))[1:] == [
        ("refprep.image1", "hero.png"), ("refprep.image2", "https://x.org/a.png"),
    ]  # fmt: skip
    assert failed(render(not_written())) == ["hero.png"]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_no_name_and_no_message_breaks_the_document(hostile: str) -> None:
    document = render(report(finding(hostile, message=hostile), media=(reference(hostile),)))
    assert document.isascii()
    case = suite(document)[1]
    name = case.get("name") or ""
    assert name.isprintable()
    assert name == hostile or not hostile.isprintable()
    assert name == next(case.iter("failure")).get("message")
