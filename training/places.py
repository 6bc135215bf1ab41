"""Folders that commands write to, tried before the work and not after it."""

import os
from pathlib import Path


def make_writable(folder: Path, flag: str) -> None:
    """Make a folder, with those above it, or see that it can be written to.

    Args:
        folder: where results will lie.
        flag: the option that named it, for the error.

    Raises:
        ValueError: it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{flag} {folder} cannot be made ({error.strerror}); name another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"{flag} {folder} may not be written to; name another folder")
