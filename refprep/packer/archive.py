"""The bundle as one archive: the same bundle gives the same bytes."""

import shutil
import zipfile
from pathlib import Path

from refprep.errors import OutputError
from refprep.files import atomic_write

EPOCH = (1980, 1, 1, 0, 0, 0)
"The first date that a ZIP archive can tell (APPNOTE 4.4.6)."
UNIX, PLAIN, PROGRAM = 3, 0o100644, 0o100755


def write(folder: Path, target: Path, *, replace: bool) -> None:
    """All files of a folder, sorted, stored, of one date and mode. OutputError."""
    files = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*"))
    if not files:
        raise OutputError(f"{target}: cannot be written: {folder.name} has vanished")
    with atomic_write(target, replace=replace) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, path in files:
            if path.is_file():
                _add(archive, name, path)


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    reference = zipfile.ZipInfo(name, EPOCH)
    mode = PROGRAM if path.stat().st_mode & 0o100 else PLAIN
    reference.create_system, reference.external_attr = UNIX, mode << 16
    reference.file_size = path.stat().st_size  # tells whether ZIP64 is needed
    with path.open("rb") as source, archive.open(reference, "w") as stored:
        shutil.copyfileobj(source, stored, 1 << 20)
