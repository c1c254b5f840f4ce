"""The house: who may import whom, who may print, how large a room may grow."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import refprep

HOUSE = Path(refprep.__file__).parent
# From the ground up: a room imports from the layers below it, never from beside or above.
LAYERS = (
    ("errors",),
    ("limits", "formats", "consent"),
    ("source", "media", "seal"),
    ("envelope",),
    ("envelopes",),
    ("body",),
    ("request",),
    ("reference_set",),
    ("finding",),
    ("rules",),
    ("terms",),
    ("planning",),
    ("remedy", "prepared", "costing"),
    # So far the spine: pure, no codec. From here on the hands.
    ("digest",),
    ("cache", "delivering"),
    ("probing",),
    ("rendering", "recall"),
    ("gather", "jobs"),
    ("packing", "workshop"),
    ("telling",),
    ("verbs",),
    # And the faces.
    ("settings", "progress"),
    ("cli",),
    ("__init__", "__main__"),
)
# Though they lie below.
APART = {
    "probing": {"envelope", "rules"},
    "rendering": {"envelope", "rules"},
    "telling": {"probing", "rendering"},
}
CODECS = {"av", "PIL", "soundfile", "numpy", "pillow_heif"}
SPINE_NEEDS = {"pydantic", "ruamel"}
HANDS = {"probing", "rendering"}
FACES = {"cli"}
PROGRAMS = {Path("delivering/submit.py")}
"They run by themselves, in every bundle."

RANKS = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
SPINE = [room for room, rank in RANKS.items() if rank <= RANKS["prepared"]]
MODULES = sorted(HOUSE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).with_suffix("").parts[0]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """The dotted names that a module imports, anywhere in it, each in its parts."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (tuple(f"{node.module}.{alias.name}".split(".")) for alias in node.names)


def neighbours(path: Path) -> set[str]:
    """The other rooms of refprep that a module imports from."""
    rooms = {parts[1] for parts in imported(path) if parts[0] == "refprep" and len(parts) > 1}
    return rooms & set(RANKS) - {room_of(path)}


def strangers(path: Path) -> set[str]:
    """The packages outside refprep and the standard library."""
    return {parts[0] for parts in imported(path)} - {"refprep"} - sys.stdlib_module_names


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def broken(rule: Callable[[Path], object]) -> dict[str, object]:
    """What each module breaks of a rule; empty where none does."""
    told = {str(path.relative_to(HOUSE)): rule(path) for path in MODULES}
    return {name: breaks for name, breaks in told.items() if breaks}


def test_every_module_has_its_room_in_the_house() -> None:
    assert {room_of(path) for path in MODULES} == set(RANKS)


def test_a_room_imports_only_from_below() -> None:
    def above(path: Path) -> set[str]:
        return {room for room in neighbours(path) if RANKS[room] >= RANKS[room_of(path)]}

    assert broken(above) == {}


def test_rooms_that_stay_apart_do_not_import_each_other() -> None:
    assert broken(lambda path: neighbours(path) & APART.get(room_of(path), set())) == {}


def test_only_probing_and_rendering_import_codecs() -> None:
    assert broken(lambda path: room_of(path) not in HANDS and strangers(path) & CODECS) == {}


def test_the_spine_needs_pydantic_and_a_yaml_reader_and_nothing_else() -> None:
    assert broken(lambda path: room_of(path) in SPINE and strangers(path) - SPINE_NEEDS) == {}


def test_the_spine_starts_without_codecs() -> None:
    rooms = ", ".join(f"refprep.{room}" for room in SPINE)
    script = f"import sys, {rooms}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=HOUSE.parent, capture_output=True, check=True
    )
    modules = set(loaded.stdout.decode().split())
    assert "refprep.planner.suggest" in modules
    assert modules & CODECS == set()


def test_only_faces_print() -> None:
    def says(path: Path) -> list[str]:
        names = [getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree_of(path))]
        return [name for name in names if name in ("print", "stdout")]

    def may(path: Path) -> bool:
        return room_of(path) in FACES or path.relative_to(HOUSE) in PROGRAMS

    assert broken(lambda path: not may(path) and says(path)) == {}


def test_no_module_outgrows_230_lines() -> None:
    assert broken(lambda path: len(path.read_text("utf-8").splitlines()) > 230) == {}


def test_no_function_outgrows_45_lines() -> None:
    assert broken(lambda path: [name for name, lines in functions(path) if lines > 45]) == {}


def test_the_median_function_has_ten_lines_at_most() -> None:
    assert statistics.median(lines for path in MODULES for _, lines in functions(path)) <= 10
