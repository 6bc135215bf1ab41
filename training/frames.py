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
        label: which label of a palette mask is the nerve.
        reader: whose drawings made in the app stand in place of masks, frame by frame; "" for nobody's.

    Raises:
        ValueError: the reader has drawn no frame of these data sets.
    """
    print(f"reading and checking the frames of {folder}", file=sys.stderr)
    found = dataset.load(folder, label=label, reader=reader or None, verify=True)
    if reader:
        _check_drawn(found.samples["source"].unique(), reader)
    if count := len(found.problems):
        first = found.problems.head(_SHOWN).to_string()
        print(f"{count} {'problem' if count == 1 else 'problems'} in {folder}, the first of them:\n{first}\n")
    return found.samples[found.samples["present"].notna()]


def grouped(folder: Path, *, label: int = 1, reader: str = "") -> pd.DataFrame:
    """Read the labelled samples of a folder, with whose they are: the column `group` of `splits.group_keys`."""
    samples = labelled(folder, label=label, reader=reader)
    return samples.assign(group=splits.group_keys(samples))


def _check_drawn(sources: Iterable[str], reader: str) -> None:
    """Refuse a reader who has drawn nothing here, such as one whose name is spelt wrongly."""
    place = config.annotations_dir()
    known = sorted({name for source in sources for name in annotations.readers(place, source)})
    if reader not in known:
        raise ValueError(
            f"reader {reader!r} has drawn no frame of these data sets; who has: {', '.join(known) or 'nobody'}"
        )
