"""Measured rows kept as Parquet beside the data set: what was computed once is read, not computed again.

The store is the folder `.neuroscan` in the data folder, or, where that is read-only, a folder of its own under
`config.cache_dir()`. It holds `part-*.parquet`, one row a frame, which come while a run goes on, and what `results`
keeps.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as arrow
import pyarrow.parquet as pq

from neuroscan import config
from neuroscan.data import atomic
from neuroscan.data.stamps import stamp
from neuroscan.explore.columns import COLUMNS
from neuroscan.explore.record import PICTURES, Job

FOLDER = ".neuroscan"

VERSION = 4
"""Raised when a column or a picture changes its meaning: what was stored before then counts no more."""

_DEPTH = 3  # As deep as `layout.unread` looks.
_SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        *((name, pa.bool_() if name == "present" else pa.float64()) for name in COLUMNS),
        *((name, pa.binary()) for name in PICTURES),
    ]
)


def place(folder: Path) -> Path:
    """Say where the store of a data folder lies, without making it.

    Args:
        folder: a data set, or a folder of data sets.

    Returns:
        `.neuroscan` in it, or, where it is read-only, a folder named after its path under `config.cache_dir()`.
    """
    folder = folder.resolve()
    # The mode is looked at too: to an administrator every folder seems open.
    if os.access(folder, os.W_OK) and folder.stat().st_mode & 0o222:
        return folder / FOLDER
    return config.cache_dir() / "explore" / f"{folder.name}-{_digest([str(folder)])}"


def snapshot(folder: Path, *, label: int) -> str:
    """Digest the names of all folders and the names, sizes and times of all files in a data folder.

    Any change that `dataset.load` could see shows.

    Args:
        folder: a data set, or a folder of data sets.
        label: which label is the nerve, in masks that hold labels.
    """
    entries = []
    # Data sets are often links to where the disk is large.
    for root, folders, files in os.walk(folder, followlinks=True):
        inside = Path(root).relative_to(folder)
        folders[:] = sorted(name for name in folders if name != FOLDER)
        entries += [f"{inside}/{name}/" for name in folders]
        if len(inside.parts) >= _DEPTH:
            folders.clear()
        entries += [f"{inside}/{name}:{stamp(Path(root, name))}" for name in sorted(files)]
    return _digest([str(VERSION), str(label), *entries])


def jobs(samples: pd.DataFrame, folder: Path) -> list[Job]:
    """Make a job of each sample, keyed by what its result depends on.

    Args:
        samples: table of `dataset.Dataset`.
        folder: the data folder; keys hold paths within it, so that it can be moved.

    Returns:
        Jobs in the samples' order. A key changes with the size or time of frame or mask, the run lengths, the label.
    """
    result = []
    for image, mask, label, rle in samples[["image", "mask", "label", "rle"]].itertuples(index=False):
        mask, rle = (value if isinstance(value, str) else None for value in (mask, rle))
        stamps = [f"{os.path.relpath(path, folder)}:{stamp(Path(path))}" for path in (image, mask) if path]
        key = _digest([str(VERSION), str(label), *stamps, rle if rle is not None and mask is None else "-"])
        result.append(Job(key, image, mask, rle, int(label)))
    return result


def append(store: Path, measured: Sequence[dict[str, Any]], *, label: int) -> None:
    """Add rows of `record.measure`, those without a problem: one more file, whole or not at all.

    Args:
        store: of `place`.
        measured: the rows.
        label: which label was the nerve, in masks that hold labels; runs of different labels keep out of each other's
            files.
    """
    valid = [row for row in measured if "problem" not in row]
    if valid:
        write(pa.Table.from_pylist(valid, schema=_SCHEMA), store / f"part-{label}-{uuid.uuid4().hex}.parquet")


def known(store: Path) -> set[str]:
    """Keys of all stored rows."""
    return set(_read(store, None, ["key"])["key"])


def rows(store: Path, keys: Iterable[str], *, columns: Sequence[str]) -> pd.DataFrame:
    """Read stored rows.

    Args:
        store: of `place`.
        keys: of the rows wanted.
        columns: any of `columns.COLUMNS` and `record.PICTURES`.

    Returns:
        `key` and the columns: one row a key that is stored, in no order.
    """
    return _read(store, arrow.field("key").isin(list(keys)), ["key", *columns])


def pictures(folder: Path, keys: Iterable[str], *, columns: Sequence[str] = PICTURES) -> pd.DataFrame:
    """Read the stored pictures of some frames.

    Args:
        folder: the data folder.
        keys: of the frames, as in `results.Explored.frames`.
        columns: any of `record.PICTURES`.

    Returns:
        One row a frame in the order of the keys, indexed by key.
    """
    ordered = list(keys)
    return rows(place(folder), ordered, columns=columns).set_index("key").loc[ordered]


def prune(store: Path, keys: set[str], *, label: int) -> None:
    """Remove the files of a label that hold none of these keys."""
    for part in _parts(store, f"part-{label}-*.parquet"):
        if not keys & set(pq.read_table(part, columns=["key"])["key"].to_pylist()):
            Path(part).unlink(missing_ok=True)


def write(table: pa.Table, path: Path) -> None:
    """Write a table, whole or not at all; its folder is made where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd")
    atomic.write(path, memoryview(buffer.getvalue()))


def _read(store: Path, chosen: arrow.Expression | None, columns: list[str]) -> pd.DataFrame:
    """Columns of the chosen rows; a key that two runs stored counts once."""
    if not (files := _parts(store)):
        return pd.DataFrame(columns=columns)
    table = arrow.dataset(files, schema=_SCHEMA).to_table(columns=columns, filter=chosen)
    return table.to_pandas().drop_duplicates("key", ignore_index=True)


def _parts(store: Path, names: str = "part-*.parquet") -> list[str]:
    """Files of rows; those of another version or cut off are removed."""
    valid = []
    for path in sorted(store.glob(names)):
        try:
            counts = pq.read_schema(path).equals(_SCHEMA)
        except FileNotFoundError:
            continue  # Another run has just dropped it.
        except (OSError, pa.ArrowException):
            counts = False
        if counts:
            valid.append(str(path))
        else:
            path.unlink(missing_ok=True)
    return valid


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for text in texts:
        digest.update(text.encode(errors="surrogateescape") + b"\0")  # A name on disk can be no text at all.
    return digest.hexdigest()
