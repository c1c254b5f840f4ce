"""Writes the parts of docs/ that code defines: rules, boundaries, envelopes, options, JSON Schemas.

`python -m tools.docs` writes them; a test compares them with what it would write.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import Field
from pathlib import Path
from typing import Any

from refprep import envelopes
from refprep.cli.parser import parser
from refprep.options import DEFAULT_ENVELOPE, FIELDS, about, variable
from refprep.reports import rule_pages
from refprep.rules import RULES
from tests.boundaries.cases import ROWS
from tools import envelope_docs
from tools.schemas import schemas

DOCS = Path(__file__).parents[1] / "docs"
RULES_HEAD = """# Rules

A page per rule, with the limits of the default envelope. `refprep explain RULE` prints one of these
pages, `refprep rules` lists them all.
"""
BOUNDARIES_HEAD = """# Boundaries

For every rule a file or request that breaks it, and one that just does not. Each is written and
checked in tests/boundaries. The envelope is `oxen-seedance-2.0` unless another one is named.

| rule | level | breaks it | just does not |
|---|---|---|---|
"""
OPTIONS_HEAD = """# Options

The keywords of the library's verbs. The command line goes over the environment, and the environment
over the settings in `refprep.toml`, or in `[tool.refprep]` of a `pyproject.toml`.

| keyword | command line | environment | setting | verbs | default | meaning |
|---|---|---|---|---|---|---|
"""


def documents() -> dict[str, str]:
    """The text of every document by its path below docs/."""
    envelope = envelopes.load(DEFAULT_ENVELOPE)
    pages = (rule_pages.explain(rule.name, envelope) for rule in RULES)
    return {
        "rules.md": RULES_HEAD + "".join(f"\n{page}\n" for page in pages),
        "boundaries.md": BOUNDARIES_HEAD + _table(_boundaries()),
        "envelopes.md": envelope_docs.text(),
        "options.md": OPTIONS_HEAD + _table(_options()),
        **{
            f"schema/{name}.schema.json": json.dumps(schema, indent=2) + "\n"
            for name, schema in schemas().items()
        },
    }


def write(folder: Path) -> None:
    """Write every document, and remove schemas that are no longer among them."""
    texts = documents()
    for path in (folder / "schema").glob("*.json"):
        if path.relative_to(folder).as_posix() not in texts:
            path.unlink()
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _boundaries() -> Iterator[tuple[str, ...]]:
    for row in ROWS:
        lesser = f" (only a {row.lesser_level})" if row.lesser_level else ""
        yield row.place, row.level, row.breaks, row.spares + lesser


def _options() -> Iterator[tuple[str, ...]]:
    for option in FIELDS:
        row = about(option)
        choices = f": {', '.join(f'`{choice}`' for choice in row.choices)}" if row.choices else ""
        flags = ", ".join(f"`{flag}`" for flag in _flags(option))
        yield (
            f"`{option.name}`",
            flags.replace("|", "\\|"),
            f"`{variable(option)}`" if row.setting else "",
            "yes" if row.setting else "",
            ", ".join(row.verbs),
            _default(option.default),
            row.help.replace("|", "\\|") + choices,
        )


def _default(value: Any) -> str:
    if value is None or value == ():
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _flags(option: Field[Any]) -> Iterator[str]:
    """The flags of an option on the command line, each with the name of its value."""
    commands = next(
        action.choices
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    verb = next((verb for verb in about(option).verbs if verb in commands), "")
    for action in commands[verb]._actions if verb else ():
        if action.dest == option.name:
            value = "" if action.nargs == 0 else f" {action.metavar or '|'.join(action.choices)}"
            yield from (f"{flag}{value}" for flag in action.option_strings if flag[:2] == "--")


if __name__ == "__main__":
    write(DOCS)
