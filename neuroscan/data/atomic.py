"""Files written whole or not at all: a reader finds the old file or the new one, never a part of either."""

import os
import sys
import uuid
from pathlib import Path


def write(path: Path, data: bytes | memoryview, *, sync: bool = False) -> None:
    """Write a file whole or not at all.

    The data goes to a hidden part file beside it, `.NAME.<unique>.part`, which is then renamed. Several writers do not
    disturb each other: the last one to finish wins. Only a process that is killed leaves its part file behind.

    Args:
        path: of the file, in a folder that exists; what stood there is replaced.
        data: all of what the file shall hold.
        sync: return only when file and name have reached the disk, so that they outlast a power cut, too.

    Raises:
        OSError: it cannot be written; what stood there is kept, and no part file is left.
    """
    # Cut, so that there is a part file for every name that a file may have.
    part = path.with_name(f".{path.name[:40]}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    if sync:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """See that new names in a folder have reached the disk; Windows does so itself."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
