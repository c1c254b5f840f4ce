"""What one file may cost: time, memory, bytes written. Plain data, which a worker reads, too."""

from dataclasses import dataclass

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that the work on one file may take; wide enough for what a phone records."""

    seconds: float = 600.0
    "Of wall time, for one pass over the file: a minute of 4K video decodes in two on two cores."
    cpu_seconds: float = 2400.0
    "Of processor time, of all threads."
    memory: int = 3 * GIB // 2
    "Bytes of memory: a photo of 108 megapixels takes 0.9 GB, a 4K clip 0.6 GB."
    output: int = 2 * GIB
    "Bytes that may be written to one file."


DEFAULT = Budget()
