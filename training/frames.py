"""The frames that a command works on."""

from pathlib import Path

import pandas as pd

from neuroscan.data import dataset, splits

_SHOWN = 20


def labelled(folder: Path, *, label: int = 1) -> pd.DataFrame:
    """Read the labelled samples of a folder of data sets, every file decoded once; problems are printed.

    Verified, because one file that cannot be decoded would end a command hours later.

    Args:
        folder: a data set, or a folder of data sets.
        label: which label of a palette mask is the nerve.
    """
    found = dataset.load(folder, label=label, verify=True)
    if count := len(found.problems):
        first = found.problems.head(_SHOWN).to_string()
        print(f"{count} {'problem' if count == 1 else 'problems'} in {folder}, the first of them:\n{first}\n")
    return found.samples[found.samples["present"].notna()]


def grouped(folder: Path, *, label: int = 1) -> pd.DataFrame:
    """Read the labelled samples of a folder, with whose they are: the column `group` of `splits.group_keys`."""
    samples = labelled(folder, label=label)
    return samples.assign(group=splits.group_keys(samples))
