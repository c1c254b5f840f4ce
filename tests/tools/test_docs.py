"""The documents that code defines are those in docs/."""

import pytest

from tools.docs import DOCS, documents

DOCUMENTS = documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == DOCUMENTS[name], "run: make docs"


def test_no_schema_is_left_over() -> None:
    names = {path.relative_to(DOCS).as_posix() for path in (DOCS / "schema").iterdir()}
    assert names == {name for name in DOCUMENTS if name.startswith("schema/")}
