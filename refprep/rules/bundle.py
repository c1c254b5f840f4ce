"""What is read of a bundle: whether it still is what was packed."""

from collections.abc import Iterator

from refprep.envelope import Envelope, Level
from refprep.finding import Finding
from refprep.lineup import Lineup
from refprep.rules.row import Rule, finding
from refprep.seal import Piece


def missing(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that was packed and is gone."""
    for piece in _pieces(lineup):
        if piece.packed and not piece.found:
            said = f"missing; it was packed with {piece.packed_bytes:,} bytes"
            yield finding(rule, said, slot=piece.slot, source=piece.path)


def added(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that the manifest does not know."""
    for piece in _pieces(lineup):
        if piece.found and not piece.packed:
            said = (
                f"added since packing: {piece.found_bytes:,} bytes that the manifest does not name"
            )
            yield finding(rule, said, source=piece.path)


def changed(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file whose bytes are others than those that were packed; of the body its edits tell."""
    for piece in _pieces(lineup):
        told = lineup.seal and piece.path == lineup.seal.body
        if piece.packed and piece.found and piece.packed != piece.found and not told:
            yield finding(
                rule, _how(piece), slot=piece.slot, source=piece.path,
                actual=piece.found, required=piece.packed,
            )  # fmt: skip


def _how(piece: Piece) -> str:
    if piece.packed_bytes == piece.found_bytes:
        return f"changed since packing: other content in the same {piece.found_bytes:,} bytes"
    return (
        f"changed since packing: {piece.packed_bytes:,} bytes then, {piece.found_bytes:,} bytes now"
    )


def edited(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A body that says something else than was packed."""
    seal = lineup.seal
    for kind, level, says, repair in _EDITS if seal else ():
        if seal and (edits := [edit.says for edit in seal.edits if edit.kind == kind]):
            said = says + "; ".join(edits)
            known = {"level": level, "actual": edits, "repair": repair}
            yield finding(rule, said, None, source=seal.body, **known)


_EDITS: tuple[tuple[str, Level, str, str | None], ...] = (
    ("edited", "error", "edited since packing: ", None),
    ("published", "info", "published since packing: ", "see that each URL answers"),
    ("rewritten", "info", "other bytes than were packed, which say ", "nothing need be done"),
)


def misshapen(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A body that the provider would not take as it stands."""
    for fault in lineup.seal.faults if lineup.seal else ():
        said = f"{fault}; this is no body that {envelope.provider} takes"
        yield finding(rule, said, source=lineup.seal and lineup.seal.body, actual=fault)


def _pieces(lineup: Lineup) -> tuple[Piece, ...]:
    return lineup.seal.pieces if lineup.seal else ()
