"""The architecture: which room imports from which, who prints, which words name values."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

import refprep

PACKAGE = Path(refprep.__file__).parent
PROJECT = PACKAGE.parent
ROOMS = (
    "errors", "signals", "words", "documents", "files", "cache", "models", "isolation",
    "envelopes", "options", "rules", "planner", "decoders", "transforms", "packer", "providers",
    "reports", "api", "cli", "__init__", "__main__",
)  # fmt: skip
"From the ground up: a room imports only from those before it."
APART = {
    "decoders": {"envelopes", "rules", "planner"},
    "transforms": {"envelopes", "rules", "planner"},
    "reports": {"decoders", "transforms", "planner"},
}
"Rooms that must not be imported, though they stand before."
MEDIA_ROOMS = {"decoders", "transforms"}
CODECS = {"av", "PIL", "soundfile", "numpy", "pillow_heif"}
PRINTING = {"cli"}
PIPES = {Path("isolation/pool.py")}
"Reads the standard output of its own worker processes."
SCRIPT = {Path("providers/submit.py")}
"Lies in every bundle and runs by itself."
DIALECT = {"told", "said", "seen", "made", "one", "how", "asked"}
"Words that do not say what a value is."
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = sorted(
    path
    for folder in ("refprep", "tests", "fixtures", "benchmarks", "tools")
    for path in (PROJECT / folder).rglob("*.py")
)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """The dotted names that a module imports at run time, anywhere in it, each in its parts."""
    tree = tree_of(path)
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node not in typing_only:
            assert node.level == 0, f"{path} imports relatively"
            yield from (tuple(f"{node.module}.{alias.name}".split(".")) for alias in node.names)


def neighbors(path: Path) -> set[str]:
    """The other rooms that a module imports from."""
    rooms = {parts[1] for parts in imports(path) if parts[0] == "refprep" and len(parts) > 1}
    return rooms & set(ROOMS) - {room_of(path)}


def packages(path: Path) -> set[str]:
    """The packages outside refprep and the standard library."""
    return {parts[0] for parts in imports(path)} - {"refprep"} - sys.stdlib_module_names


def breaches(rule: Callable[[Path], object]) -> dict[str, object]:
    """What each module breaks of a rule; empty where none does."""
    found = {str(path.relative_to(PACKAGE)): rule(path) for path in MODULES}
    return {name: breach for name, breach in found.items() if breach}


def loaded(*modules: str) -> set[str]:
    """The modules that are loaded once these have been imported."""
    script = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, check=True
    )
    return set(run.stdout.decode().split())


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def test_every_module_has_its_room() -> None:
    assert {room_of(path) for path in MODULES} == set(ROOMS)


def test_a_room_imports_only_from_those_before_it() -> None:
    def later(path: Path) -> set[str]:
        own = ROOMS.index(room_of(path))
        return {room for room in neighbors(path) if ROOMS.index(room) > own}

    assert breaches(later) == {}


def test_rooms_that_stay_apart_do_not_import_each_other() -> None:
    assert breaches(lambda path: neighbors(path) & APART.get(room_of(path), set())) == {}


@pytest.mark.parametrize("room", sorted(MEDIA_ROOMS))
def test_decoders_and_transforms_load_no_envelope_no_rule_and_no_planner(room: str) -> None:
    modules = [module_name(path) for path in MODULES if room_of(path) == room]
    forbidden = ("refprep.envelopes", "refprep.models.envelope", "refprep.rules", "refprep.planner")
    assert {name for name in loaded(*modules) if name.startswith(forbidden)} == set()


def test_only_decoders_and_transforms_import_codecs() -> None:
    assert breaches(lambda path: room_of(path) not in MEDIA_ROOMS and packages(path) & CODECS) == {}


def test_models_rules_and_planner_load_no_codec() -> None:
    pure = ("models", "envelopes", "options", "rules", "planner")
    modules = [module_name(path) for path in MODULES if room_of(path) in pure]
    names = loaded(*modules)
    assert "refprep.planner.suggest" in names
    assert names & CODECS == set()


def test_models_open_no_file() -> None:
    doors = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "stat", "exists"}

    def opens(path: Path) -> set[str]:
        names = {getattr(n, "attr", getattr(n, "id", "")) for n in ast.walk(tree_of(path))}
        return names & doors if room_of(path) == "models" else set()

    assert breaches(opens) == {}


def test_only_the_command_line_prints() -> None:
    def prints(path: Path) -> list[str]:
        names = [getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree_of(path))]
        return [name for name in names if name in ("print", "stdout")]

    def may(path: Path) -> bool:
        return room_of(path) in PRINTING or path.relative_to(PACKAGE) in SCRIPT | PIPES

    assert breaches(lambda path: not may(path) and prints(path)) == {}


def value_names(path: Path) -> Iterator[tuple[str, int]]:
    """The names of values and functions that a module defines, each with its line."""
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node.lineno


@pytest.mark.parametrize("folder", ["refprep", "tests", "fixtures", "benchmarks", "tools"])
def test_a_name_says_what_a_value_is(folder: str) -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {name}"
        for path in SOURCES
        if path.is_relative_to(PROJECT / folder)
        for name, line in value_names(path)
        if name.strip("_").lower() in DIALECT
    ]
    assert found == []


def test_no_text_of_the_package_speaks_the_old_dialect() -> None:
    words = re.compile(r"\b(told|said|weigh|mended)\b")
    texts = [*MODULES, *PACKAGE.rglob("*.toml")]
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in texts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if words.search(line)
    ]
    assert found == []


def test_the_public_names_are_the_same_to_readers_type_checkers_and_the_importer() -> None:
    blocks = (node for node in tree_of(PACKAGE / "__init__.py").body if isinstance(node, ast.If))
    typed = {
        alias.asname or alias.name
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(refprep.__all__) == typed
    assert all(getattr(refprep, name) is not None for name in refprep.__all__)
    assert sorted(refprep.__all__) == list(refprep.__all__)


def test_every_public_name_is_documented() -> None:
    undocumented = [name for name in refprep.__all__ if not getattr(refprep, name).__doc__]
    assert undocumented == []


def reachable(kind: Any) -> Iterator[type]:
    """The types that a value of this type consists of, refprep's own."""
    for part in get_args(kind):
        yield from reachable(part)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            if not field.exclude:
                yield from reachable(field.annotation)


def test_every_type_that_a_verb_returns_is_exported() -> None:
    verbs = (refprep.probe, refprep.check, refprep.plan, refprep.fix, refprep.pack, refprep.verify,
             refprep.estimate, refprep.compare, refprep.submit, refprep.load_request)  # fmt: skip
    returned = {kind for verb in verbs for kind in reachable(get_type_hints(verb)["return"])}
    assert {refprep.Finding, refprep.Trim, refprep.Image, refprep.ErrorHint} <= returned
    assert {kind.__name__ for kind in returned} <= set(refprep.__all__)
