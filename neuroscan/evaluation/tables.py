"""The tables behind a model's figures: curves over all thresholds, reliability before and after calibration."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.evaluation.calibration import pooled, reliability
from neuroscan.evaluation.run import Results
from neuroscan.evaluation.thresholds import THRESHOLDS, dice_curve, mean_curve, precision_recall_curve

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
        `thresholds.dice_curve` and `precision_recall_curve`.
    """
    frames = results.frames
    positive = frames[frames["present_true"].astype(bool)]
    parts = []
    for source, rows in positive.groupby("source", sort=True):
        counts = results.counts[rows.index]
        precision, recall = precision_recall_curve(counts.sum(axis=0))
        dice = mean_curve(dice_curve(counts))
        parts.append(pd.DataFrame(dict(zip(CURVES, (source, THRESHOLDS, dice, precision, recall), strict=True))))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CURVES)


def reliability_stages(sources: pd.Series, stages: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Reliability tables by source and stage, over the pixels of all frames.

    Each frame weighs the same, whatever its size, as in all means over frames: `count` is of pixels of a mean frame.

    Args:
        sources: of each frame, (N,).
        stages: reliability sums of each frame, (N, 3, bins), by name, such as 'before' and 'after' calibration.

    Returns:
        Columns RELIABILITY, one row a bin; `mean_probability` and `observed` are NaN where nothing fell into it.

    Example:
        >>> sums = np.array([[[2.0, 2.0], [0.4, 1.8], [0.0, 2.0]]])
        >>> reliability_stages(pd.Series(["uns"]), {"before": sums}).iloc[:, 2:].values.tolist()
        [[0.0, 0.5, 2.0, 0.2, 0.0], [0.5, 1.0, 2.0, 0.9, 1.0]]

    Source:
        `calibration.reliability`.
    """
    parts = [
        reliability(pooled(sums[rows])).assign(source=source, stage=stage)[RELIABILITY]
        for source, rows in sources.reset_index(drop=True).groupby(sources.to_numpy()).groups.items()
        for stage, sums in stages.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=RELIABILITY)
