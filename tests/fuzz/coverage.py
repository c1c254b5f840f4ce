"""Coverage-guided fuzzing of one harness with atheris: `python -m tests.fuzz.coverage TARGET`.

atheris is a tool of its own dependency group, `fuzz`; it has no wheel for Windows. Options of
libFuzzer follow the name: `-max_total_time=60 -seed=1`.
"""

import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Instrument, write the examples as a corpus, and fuzz until libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["refprep"]):
        from tests.fuzz.targets import targets

    known = targets()
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        sys.exit(f"usage: python -m tests.fuzz.coverage {{{','.join(known)}}} [-OPTION=VALUE ...]")
    name, *options = sys.argv[1:]
    corpus = Path(tempfile.mkdtemp(prefix=f"refprep-{name}-"))  # libFuzzer ends without cleaning
    for number, example in enumerate(known[name].examples):
        (corpus / str(number)).write_bytes(example)
    atheris.Setup([sys.argv[0], "-max_len=4096", *options, str(corpus)], known[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
