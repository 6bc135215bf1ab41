"""Folders and limits, each overridable by a NEUROSCAN_* environment variable."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _folder(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser()


def _whole_number(variable: str, default: int) -> int:
    text = os.environ.get(variable) or default
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(f"{variable} is {text!r}; expected a whole number, {default} if it is not set") from error


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
    """Which label the app takes for the nerve, in masks that hold labels: NEUROSCAN_LABEL, else 1."""
    return _whole_number("NEUROSCAN_LABEL", 1)


def scheduler() -> str | None:
    """Address of a Dask scheduler that explorations are computed on: NEUROSCAN_SCHEDULER, else None, this machine."""
    return os.environ.get("NEUROSCAN_SCHEDULER") or None


def demo_places() -> tuple[Path, Path]:
    """Where the app's synthetic demo frames may lie: with the data sets, else, where nothing can be written, apart."""
    return data_dir() / "phantom_demo", cache_dir() / "phantom_demo"


def demo_wanted() -> bool:
    """Whether the app makes and shows demo frames while no data is at hand: unless NEUROSCAN_DEMO is 0."""
    return os.environ.get("NEUROSCAN_DEMO", "1") != "0"


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


MAX_BYTES = _whole_number("NEUROSCAN_MAX_BYTES", 200 * 2**20)
"""Largest file that is decoded, in bytes."""

AWAY_MINUTES = 15
"""How long a session, with its drawings and uploads, outlives its browser; .streamlit/config.toml has it in seconds."""

MAX_PIXELS = _whole_number("NEUROSCAN_MAX_PIXELS", 25_000_000)
"""Largest frame that is decoded, in pixels (height times width)."""

MAX_FRAMES = _whole_number("NEUROSCAN_MAX_FRAMES", 500)
"""Most frames (pages of a TIFF, say) that are taken from one file."""

DISCLAIMER = "For research and teaching only. NeuroScan is not a medical device and makes no diagnosis."
"""Stands on every page and in every exported file."""
