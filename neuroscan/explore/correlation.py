"""Rank correlation of the columns of a table of frames."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

_MIN_VALUES = 3


def ranks(frames: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Compute Spearman's rank correlation of each pair of columns.

    Args:
        frames: one row each; a pair of columns is compared over the frames that have a value in both.
        columns: of numbers; those that never change, or have fewer than three values, are left out.

    Returns:
        A square table in [-1, 1], columns by columns; missing where fewer than three frames have both.
    """
    varying = [name for name in columns if frames[name].nunique() > 1 and frames[name].count() >= _MIN_VALUES]
    return frames[varying].corr(method="spearman", min_periods=_MIN_VALUES)


def strongest(correlations: pd.DataFrame, count: int) -> pd.DataFrame:
    """List the most strongly correlated pairs of columns, whatever the sign.

    Args:
        correlations: of `ranks`.
        count: of pairs, at most.

    Returns:
        `first`, `second` (columns) and `rho`, the strongest first.

    Example:
        >>> frames = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 2, 4, 3], "c": [4, 3, 2, 1]})
        >>> strongest(ranks(frames, ["a", "b", "c"]), 2)["rho"].round(3).tolist()
        [-1.0, 0.8]
    """
    names = correlations.columns.to_numpy()
    first, second = np.triu_indices(len(names), k=1)
    pairs = pd.DataFrame(
        {"first": names[first], "second": names[second], "rho": correlations.to_numpy()[first, second]}
    )
    order = pairs["rho"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    return pairs.loc[order].dropna(subset=["rho"]).head(count).reset_index(drop=True)
