"""Stamps that change as files and folders do: keys of caches of what was read from them."""

import hashlib
import os
from pathlib import Path

from neuroscan.data.layout import is_picture

_DEPTH = 2


def stamp(path: object) -> str:
    """Time and size of a file or folder, which change as it does; "gone" when there is none or it may not be looked at.

    Args:
        path: a table's cell, too: what is neither string nor path names no file.
    """
    try:
        info = Path(path).stat() if isinstance(path, str | Path) else None
    except OSError:
        info = None
    return f"{info.st_mtime_ns} {info.st_size}" if info else "gone"


def folder_stamp(folder: Path, *, with_files: bool = False) -> str:
    """Digest of a folder's tree: names of its folders, and times of CSV tables and of folders that hold pictures.

    A folder's time changes as pictures come and go, and as any folder does; so where it holds no pictures it does not
    count: the explorer makes a hidden folder in the data folder, in which it keeps its progress.

    Args:
        folder: looked through two levels deep.
        with_files: take the times of all files in; for folders of few files.
    """
    lines = []
    for root, folders, files in os.walk(folder, followlinks=True):
        shown = sorted(name for name in folders if not name.startswith("."))
        folders[:] = shown if len(Path(root).relative_to(folder).parts) < _DEPTH else []
        time = stamp(root) if any(is_picture(Path(name)) for name in files) else ""
        lines.append(f"{root} {time} {len(files)} {shown}")
        tables = files if with_files else [name for name in files if name.endswith(".csv")]
        lines += [f"{name} {stamp(Path(root) / name)}" for name in tables]
    return hashlib.sha256("\n".join(sorted(lines)).encode(errors="surrogateescape")).hexdigest()
