"""The frames that a command works on."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from neuroscan import config
from neuroscan.data import annotations, dataset, splits

_SHOWN = 20


def labelled(folder: Path, *, label: int = 1, reader: str = "") -> pd.DataFrame:
    """Read the labelled samples of a folder of data sets, every file decoded once; problems are printed.

    Verified, because one file that cannot be decoded would end a command hours later.

    Args:
        folder: a data set, or a folder of data sets.
        label: which label is the nerve, in masks that hold labels.
        reader: whose drawings made in the app stand in place of masks, frame by frame; "" for nobody's.

    Raises:
        ValueError: there is no such folder, it holds no labelled frames, or the reader has drawn none of them.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}; name a folder of data sets")
    print(f"reading and checking the frames of {folder}", file=sys.stderr)
    loaded = dataset.load(folder, label=label, reader=reader, verify=True)
    if reader:
        _check_drawn(loaded.samples["source"].unique(), reader)
    if count := len(loaded.problems):
        first = loaded.problems.head(_SHOWN).to_string()
        print(f"{count} {'problem' if count == 1 else 'problems'} in {folder}, the first of them:\n{first}\n")
    samples = loaded.samples[loaded.samples["present"].notna()]
    if samples.empty:
        raise ValueError(f"{folder} holds no labelled frames; see data/README.md for how folders are laid out")
    return samples


def grouped(folder: Path, *, label: int = 1, reader: str = "") -> pd.DataFrame:
    """Read the labelled samples of a folder, with whose they are: the column `group` of `splits.group_keys`."""
    samples = labelled(folder, label=label, reader=reader)
    return samples.assign(group=splits.group_keys(samples))


def _check_drawn(sources: Iterable[str], reader: str) -> None:
    """Refuse a reader who has drawn nothing here, such as one whose name is spelt wrongly."""
    folder = config.annotations_dir()
    readers = sorted({name for source in sources for name in annotations.readers(folder, source)})
    if reader not in readers:
        raise ValueError(
            f"reader {reader!r} has drawn no frame of these data sets; who has: {', '.join(readers) or 'nobody'}"
        )
