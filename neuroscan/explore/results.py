"""What a complete run found, kept beside its rows: read in a moment, without looking at a frame."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from neuroscan.data import atomic, json_files
from neuroscan.explore import store

TABLES = ("frames", "problems", "pairs", "contradictions")

_STATE = "state.json"
_WHOLE = ("height_px", "width_px", "parts", "area_px", "top_px", "left_px", "box_height_px", "box_width_px")


@dataclass(frozen=True)
class Explored:
    """What is known of a data folder.

    Attributes:
        frames: one row a frame that could be read: `name` (source/frame), the samples table of `dataset.Dataset`,
            `key` (for `store.pictures`), and each of `columns.COLUMNS`.
        problems: `source`, `file`, `problem`.
        pairs: near-duplicates, see `contradictions.near_duplicates`.
        contradictions: those of them whose masks contradict each other, see `contradictions.check`.
    """

    frames: pd.DataFrame
    problems: pd.DataFrame
    pairs: pd.DataFrame
    contradictions: pd.DataFrame


def keep(folder: Path, explored: Explored, *, state: str, label: int) -> None:
    """Keep what a complete run found, and drop the parts of the store that count no more.

    Parts of the run before stay until the next: a page may be showing its frames.

    Args:
        folder: the data folder.
        explored: what was found; the paths in it lie in the folder.
        state: of `store.snapshot`, taken before the run read anything.
        label: which label is the nerve, in masks that hold labels.
    """
    store_folder = store.place(folder)
    shown = store_folder / "frames.parquet"
    try:
        before = set(pd.read_parquet(shown, columns=["key"])["key"])
    except (OSError, ValueError, pa.ArrowException):  # Gone or damaged: no page can be showing its frames.
        before = set()
    tables = {name: getattr(explored, name) for name in TABLES} | {"frames": inside(explored.frames, folder)}
    for name, table in tables.items():
        store.write(pa.Table.from_pandas(table, preserve_index=False), store_folder / f"{name}.parquet")
    store.prune(store_folder, before | set(explored.frames["key"]), label=label)
    atomic.write(store_folder / _STATE, json.dumps({"state": state, "label": label, "version": store.VERSION}).encode())


def read(folder: Path, *, label: int = 1) -> Explored | None:
    """Read what the last complete run found, whether or not files changed since (`is_current` tells).

    Args:
        folder: the data folder.
        label: which label is the nerve, in masks that hold labels.

    Returns:
        The tables, or None where there is no complete run with this label, or any of its files is gone or damaged.
    """
    store_folder = store.place(folder)
    state = _state(store_folder)
    if (state.get("version"), state.get("label")) != (store.VERSION, label):
        return None
    try:
        tables = {name: pd.read_parquet(store_folder / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError, pa.ArrowException):
        return None
    # Rows and pictures that were damaged are measured anew.
    if not set(tables["frames"]["key"]) <= store.known(store_folder):
        return None
    root = folder.resolve()
    return Explored(**tables | {"frames": _change_paths(tables["frames"], lambda path: str(root / path))})


def is_current(folder: Path, *, label: int = 1) -> bool:
    """Whether the last complete run saw the files as they are now."""
    return bool(_state(store.place(folder)).get("state") == store.snapshot(folder, label=label))


def stamp(folder: Path) -> int:
    """Name the last complete run over a data folder: another number for each, 0 while there is none."""
    try:
        return (store.place(folder) / _STATE).stat().st_mtime_ns
    except OSError:
        return 0


def inside(frames: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Write the paths of a frames table as they lie in the data folder."""
    root = folder.resolve()
    return _change_paths(frames, lambda path: os.path.relpath(path, root))


def whole_numbers(frames: pd.DataFrame) -> pd.DataFrame:
    """Make counts whole numbers again, which missing values made floats: for CSV, where 7194.0 px looks wrong."""
    return frames.astype(dict.fromkeys(_WHOLE, "Int64"))


def _change_paths(frames: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Change the paths of a frames table; what is missing stays None."""
    paths = {
        name: pd.Series([change(p) if isinstance(p, str) else None for p in frames[name]], frames.index, object)
        for name in ("image", "mask")
    }
    return frames.assign(**paths)


def _state(store_folder: Path) -> dict[str, Any]:
    """What the last complete run noted; nothing where there is none."""
    try:
        return dict(json_files.read(store_folder / _STATE))
    except (ValueError, TypeError):
        return {}
