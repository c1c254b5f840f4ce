"""What is particular to one model: its limits as TOML, its body, its tags, its prices."""

from refprep.envelopes.loader import load, names

__all__ = ["load", "names"]
