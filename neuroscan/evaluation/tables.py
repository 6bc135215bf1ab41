"""The tables behind a model's figures: curves over all thresholds, reliability before and after calibration."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.evaluation.calibration import pooled, reliability
from neuroscan.evaluation.run import Results
from neuroscan.evaluation.thresholds import curve_table

CURVES = ["source", "threshold", "dice", "precision", "recall"]
RELIABILITY = ["source", "stage", "bin_low", "bin_high", "count", "mean_probability", "observed"]


def curves(results: Results) -> pd.DataFrame:
    """Lay out what each of 256 thresholds scores on the frames with a nerve, presence gate off.

    Args:
        results: of `run.evaluate`.

    Returns:
        Columns CURVES, 256 rows a source that has such frames: `dice` is the mean over frames, `precision` and
        `recall` are over the pixels of all of them.

    Source:
        `thresholds.curve_table`.
    """
    frames = results.frames
    positive = frames[frames["present_true"].astype(bool)]
    parts = [
        curve_table(results.counts[rows.index]).assign(source=source)[CURVES]
        for source, rows in positive.groupby("source", sort=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CURVES)


def reliability_stages(sources: pd.Series, stages: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Lay out what was called against what came true, by source and stage, over the pixels of all frames.

    Each frame weighs the same, whatever its size, as in all means over frames: `count` is of pixels of a mean frame.

    Args:
        sources: of each frame, (N,).
        stages: reliability sums of each frame, (N, 3, bins), by name, such as 'before' and 'after' scaling.

    Returns:
        Columns RELIABILITY, one row a bin; `mean_probability` and `observed` are NaN where nothing fell into it.

    Example:
        >>> sums = np.array([[[2.0, 2.0], [0.4, 1.8], [0.0, 2.0]]])
        >>> reliability_stages(pd.Series(["uns"]), {"before": sums}).iloc[:, 2:].values.tolist()
        [[0.0, 0.5, 2.0, 0.2, 0.0], [0.5, 1.0, 2.0, 0.9, 1.0]]

    Source:
        `calibration.reliability`.
    """
    names = {"low": "bin_low", "high": "bin_high", "called": "mean_probability"}
    parts = [
        reliability(pooled(sums[rows])).rename(columns=names).assign(source=source, stage=stage)[RELIABILITY]
        for source, rows in sources.reset_index(drop=True).groupby(sources.to_numpy()).groups.items()
        for stage, sums in stages.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=RELIABILITY)
