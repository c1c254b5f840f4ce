"""Fuzzing: seeds of every format, a structure-aware mutator, harnesses, and a runner.

`python -m tests.fuzz` (make fuzz) runs for some minutes and prints figures; `make test` replays a
fixed part. A case is named by its seed's name, a seed number and an index: the same bytes each time
on the same libraries.
"""
