"""One writer at a time in a folder, across threads and programs."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_WAIT_S = 10.0
_PAUSE_S = 0.02


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock while the block runs; it ends with its holder, killed or not.

    Args:
        path: of the lock's file, made when it is missing and left in place. A lock counts on one machine, and on
            network drives that pass locks on.

    Raises:
        OSError: the file cannot be opened, or another writer holds it for 10 seconds.
    """
    with path.open("ab") as file:
        end = time.monotonic() + _WAIT_S
        while not _take(file.fileno()):
            if time.monotonic() > end:
                raise TimeoutError(None, f"another writer has held the folder for {_WAIT_S:.0f} seconds")
            time.sleep(_PAUSE_S)
        yield


def sync_folder(folder: Path) -> None:
    """See that new names in a folder have reached the disk; Windows does so itself."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _take(descriptor: int) -> bool:
    """Take the lock of an open file, if nobody holds it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
