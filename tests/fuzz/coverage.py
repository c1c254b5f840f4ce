"""Coverage-guided fuzzing of refprep's own parsers with atheris.

`python -m tests.fuzz.coverage all --minutes 30` gives each harness its part of the time, in a
process of its own; `python -m tests.fuzz.coverage tags --minutes 1` fuzzes one. What fails is
written to the folder as libFuzzer does, with the exception on stderr. atheris has no wheel for
Windows.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = (
    "request-toml", "request-yaml", "request-json", "envelope", "manifest", "fragment", "address",
    "tags", "answer", "data-uri", "sniff", "webm", "png-chunks", "wav-chunks", "profile",
)  # fmt: skip
LONGEST = 4096


def main(arguments: list[str] | None = None) -> int:
    """Fuzz one harness here, or all of them one after the other; 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.coverage")
    parser.add_argument("target", choices=("all", *NAMES))
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("fuzz-failures"))
    options = parser.parse_args(arguments)
    options.folder.mkdir(exist_ok=True)
    if options.target != "all":
        fuzz(options.target, options.minutes, options.seed, options.folder)
    failed = []
    for name in NAMES:
        part = f"--minutes={options.minutes / len(NAMES)}"
        command = [sys.executable, "-m", "tests.fuzz.coverage", name, part]
        command += [f"--seed={options.seed}", f"--folder={options.folder}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
        print(f"{name}: {' '.join(runs) or done.stderr[-2000:]}", flush=True)
        if done.returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed) or 'none'}")
    return int(bool(failed))


def fuzz(name: str, minutes: float, seed: int, folder: Path) -> None:
    """Instrument, write the examples as a corpus, and fuzz; libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["refprep"]):
        from tests.fuzz.targets import targets

    target = targets()[name]
    corpus = Path(tempfile.mkdtemp(prefix=f"refprep-{name}-"))  # libFuzzer leaves it behind
    for number, example in enumerate(target.examples):
        (corpus / str(number)).write_bytes(example)
    limits = [
        f"-max_total_time={max(1, round(60 * minutes))}",
        f"-max_len={LONGEST}",
        "-timeout=20",
    ]
    flags = [f"-seed={seed}", f"-artifact_prefix={folder}/{name}-", "-rss_limit_mb=1500"]
    atheris.Setup([sys.argv[0], *limits, *flags, str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
