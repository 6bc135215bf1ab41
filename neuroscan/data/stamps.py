"""Stamps that change as files and folders do: keys of caches of what was read from them."""

import hashlib
import os
from pathlib import Path

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
    """Digest of a folder's tree: names and times of its folders, which change as files come and go, and of CSV tables.

    Hidden folders are passed over: the explorer keeps its progress in one, and no data set is read from there.

    Args:
        folder: looked through two levels deep.
        with_files: take the times of all files in; for folders of few files.
    """
    lines = []
    for root, folders, files in os.walk(folder, followlinks=True):
        deeper = len(Path(root).relative_to(folder).parts) < _DEPTH
        folders[:] = [name for name in folders if deeper and not name.startswith(".")]
        lines.append(f"{root} {stamp(root)} {len(files)}")
        tables = files if with_files else [name for name in files if name.endswith(".csv")]
        lines += [f"{name} {stamp(Path(root) / name)}" for name in tables]
    return hashlib.sha256("\n".join(sorted(lines)).encode(errors="surrogateescape")).hexdigest()
