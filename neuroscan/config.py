"""Folders and limits, each overridable by a NEUROSCAN_* environment variable."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Every process imports this module; pandas takes it a third of a second.
    import pandas as pd

ROOT = Path(__file__).resolve().parent.parent


def _folder(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser()


def data_dir() -> Path:
    """Folder with data sets, one in each subfolder: NEUROSCAN_DATA, else `data/`."""
    return _folder("NEUROSCAN_DATA", ROOT / "data")


def weights_dir() -> Path:
    """Folder with trained models, one in each subfolder: NEUROSCAN_WEIGHTS, else `weights/`."""
    return _folder("NEUROSCAN_WEIGHTS", ROOT / "weights")


def annotations_dir() -> Path:
    """Folder where drawings made in the app are kept: NEUROSCAN_ANNOTATIONS, else `annotations/`."""
    return _folder("NEUROSCAN_ANNOTATIONS", ROOT / "annotations")


def cache_dir() -> Path:
    """Folder for what can be computed again at any time: NEUROSCAN_CACHE, else `~/.cache/neuroscan`."""
    return _folder("NEUROSCAN_CACHE", Path("~/.cache/neuroscan"))


def nerve_label() -> int:
    """Which label of a palette mask the app takes for the nerve: NEUROSCAN_LABEL, else 1."""
    return int(os.environ.get("NEUROSCAN_LABEL", 1))


def scheduler() -> str | None:
    """Address of a Dask scheduler that explorations are computed on: NEUROSCAN_SCHEDULER, else None, this machine."""
    return os.environ.get("NEUROSCAN_SCHEDULER") or None


def demo_places() -> tuple[Path, Path]:
    """Where the app's synthetic demo frames may lie: with the data sets, else, where nothing can be written, apart."""
    return data_dir() / "phantom_demo", cache_dir() / "phantom_demo"


def demo_wanted() -> bool:
    """Whether the app makes and shows demo frames while no data is at hand: unless NEUROSCAN_DEMO is 0."""
    return os.environ.get("NEUROSCAN_DEMO", "1") != "0"


def is_synthetic(source: str) -> bool:
    """Whether a data set is simulated: every one with "phantom" in its name counts as such."""
    return "phantom" in source.lower()


def display_name(source: str) -> str:
    """Name of a data set for display in a list, a caption or a table: synthetic ones say so.

    Example:
        >>> display_name("phantom_demo"), display_name("uns")
        ('phantom_demo (synthetic)', 'uns')
    """
    return f"{source} (synthetic)" if is_synthetic(source) else source


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def mark_synthetic(table: "pd.DataFrame", column: str = "source") -> "pd.DataFrame":
    """Add the column `synthetic` to a table that is written to a file: which rows are of simulated frames.

    Args:
        table: one row a frame, a subject or such.
        column: which of its columns names the source, alone or as the first part of source/name.
    """
    sources = table[column].astype(str).str.split("/").str[0]
    return table.assign(synthetic=sources.map(is_synthetic).astype(bool))


def with_disclaimer(table: "pd.DataFrame") -> "pd.DataFrame":
    """Make a table ready for export: the disclaimer in a last column `note`, and texts that are no formulas.

    Args:
        table: its columns are named by texts. One without rows gets the column alone.

    Returns:
        A copy in which texts that begin with = + - or @ have an apostrophe before them.
    """
    texts = {str(name): column for name, column in table.select_dtypes(["object", "str"]).items()}
    escaped = {
        name: column.mask(column.map(_is_formula).astype(bool), "'" + column.astype(str))
        for name, column in texts.items()
    }
    return table.assign(**escaped, note=DISCLAIMER)


def _is_formula(value: object) -> bool:
    """Whether a spreadsheet would take a value for a formula."""
    return isinstance(value, str) and value[:1] in ("=", "+", "-", "@")


MAX_BYTES = int(os.environ.get("NEUROSCAN_MAX_BYTES", 200 * 2**20))
"""Largest file that is decoded, in bytes."""

MAX_PIXELS = int(os.environ.get("NEUROSCAN_MAX_PIXELS", 25_000_000))
"""Largest frame that is decoded, in pixels (height times width)."""

MAX_FRAMES = int(os.environ.get("NEUROSCAN_MAX_FRAMES", 500))
"""Most frames (pages of a TIFF, say) that are taken from one file."""

DISCLAIMER = "For research and teaching only. NeuroScan is not a medical device and makes no diagnosis."
"""Stands on every page and in every exported file."""
