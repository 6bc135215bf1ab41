"""What every threshold would score, from one histogram of a frame's probabilities.

The thresholds are 0, 1/256, ..., 255/256. A pixel is nerve at threshold k/256 exactly when the whole part of 256
times its probability is k or more, so two histograms of that whole part (all pixels, and nerve pixels) hold the
counts of all 256 masks, equal to the pixel to those of `probability >= threshold`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscan.types import Mask, Probability

LEVELS = 256
THRESHOLDS = np.arange(LEVELS) / LEVELS
"""The thresholds tried, (256,), rising from 0 to 255/256; each is exact in binary."""


def threshold_counts(y_true: Mask, probability: Probability) -> NDArray[np.int64]:
    """Count true and false positives of `probability >= t` for all 256 thresholds at once.

    Args:
        y_true: the expert's mask, (H, W) bool.
        probability: (H, W) float in [0, 1].

    Returns:
        (3, 256) whole numbers: tp, fp and fn a threshold. Add frames up for pooled counts.

    Raises:
        ValueError: shapes differ, the mask is not bool, or a probability is outside [0, 1] or NaN.

    Example:
        >>> counts = threshold_counts(np.array([[True, False]]), np.array([[0.75, 0.5]]))
        >>> counts[:, [0, 128, 129, 192, 193]].tolist()
        [[1, 1, 1, 1, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 1]]
    """
    if y_true.shape != probability.shape or y_true.dtype != np.bool_:
        raise ValueError(
            f"y_true is {y_true.dtype} {y_true.shape}, probability has shape {probability.shape}; expected a bool "
            "mask and a probability of one shape. Bring both to the frame's own size."
        )
    if not (probability.min() >= 0 and probability.max() <= 1):  # NaN fails both
        raise ValueError(
            f"probability runs from {probability.min()} to {probability.max()}; expected [0, 1] and no NaN. "
            "Apply the sigmoid to logits first."
        )
    level = np.minimum((probability * LEVELS).astype(np.intp), LEVELS - 1)
    positives = _at_least(np.bincount(level.ravel(), minlength=LEVELS))
    tp = _at_least(np.bincount(level[y_true], minlength=LEVELS))
    return np.stack([tp, positives - tp, tp[0] - tp])


def dice_curve(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute Dice at every threshold.

    Args:
        counts: (..., 3, 256) from `threshold_counts`, of one frame, of many stacked, or added up.

    Returns:
        (..., 256) Dice; 1 where both masks are empty, 0 where exactly one is.

    Example:
        >>> counts = threshold_counts(np.array([[True, False]]), np.array([[0.75, 0.5]]))
        >>> dice_curve(counts)[[128, 129, 193]].round(3).tolist()
        [0.667, 1.0, 0.0]

    Source:
        As `counts.Counts.dice`.
    """
    tp, fp, fn = np.moveaxis(counts, -2, 0)
    pixels = 2 * tp + fp + fn
    return np.where(pixels == 0, 1.0, 2 * tp / np.maximum(pixels, 1))


def precision_recall_curve(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute precision and recall over pixels at every threshold.

    Args:
        counts: (..., 3, 256) from `threshold_counts`.

    Returns:
        Precision (..., 256) and recall (..., 256), with the empty-mask rules of `counts.Counts`.

    Example:
        >>> counts = threshold_counts(np.array([[True, False]]), np.array([[0.75, 0.5]]))
        >>> precision, recall = precision_recall_curve(counts)
        >>> precision[[0, 192]].tolist(), recall[[0, 192]].tolist()
        ([0.5, 1.0], [1.0, 1.0])
    """
    tp, fp, fn = np.moveaxis(counts, -2, 0)
    both_empty = tp + fp + fn == 0
    precision = np.where(both_empty, 1.0, tp / np.maximum(tp + fp, 1))
    recall = np.where(both_empty, 1.0, tp / np.maximum(tp + fn, 1))
    return precision, recall


def mean_curve(curves: NDArray[np.float64], *, groups: ArrayLike | None = None) -> NDArray[np.float64]:
    """Average the curves of frames, with equal weight for each frame or for each group of frames.

    Args:
        curves: (N, 256), one row a frame.
        groups: source (or subject) of each frame, (N,): averaged inside each group first, then over the groups,
            so that a large source does not outvote a small one. None: every frame weighs the same.

    Returns:
        (256,) mean curve.

    Raises:
        ValueError: there is no frame, or not one group a frame.

    Example:
        >>> curves = np.repeat([[0.9], [0.9], [0.3]], 256, axis=1)
        >>> mean_curve(curves)[:1].round(3), mean_curve(curves, groups=["uns", "uns", "usgra"])[:1].round(3)
        (array([0.7]), array([0.6]))
    """
    if curves.ndim != 2 or len(curves) == 0:
        raise ValueError(f"curves have shape {curves.shape}; expected (N, 256), N of 1 or more. Stack the frames.")
    if groups is None:
        return curves.mean(axis=0)
    names = np.asarray(groups)
    if names.shape != (len(curves),):
        raise ValueError(f"groups have shape {names.shape}; expected ({len(curves)},). Name one group a frame.")
    return np.mean([curves[names == name].mean(axis=0) for name in np.unique(names)], axis=0)


def best_threshold(curve: NDArray[np.float64]) -> tuple[float, float]:
    """Choose the threshold with the highest score; in the middle of the best ones where several tie.

    Choose it on the positive frames of validation subjects and keep it for the test.

    Args:
        curve: (256,) a score at each of THRESHOLDS, higher = better.

    Returns:
        The threshold, in [0, 1), and its score.

    Raises:
        ValueError: the curve does not have 256 numbers.

    Example:
        >>> best_threshold(1 - (THRESHOLDS - 0.5) ** 2)
        (0.5, 1.0)
    """
    if curve.shape != (LEVELS,) or np.isnan(curve).any():
        raise ValueError(f"curve has shape {curve.shape}; expected ({LEVELS},) without NaN. Average frames first.")
    ties = np.flatnonzero(curve >= curve.max() - 1e-12)
    chosen = ties[len(ties) // 2]
    return float(THRESHOLDS[chosen]), float(curve[chosen])


def _at_least(histogram: NDArray[np.intp]) -> NDArray[np.int64]:
    """Turn "how many pixels at level k" into "how many at level k or above"."""
    return np.cumsum(histogram[::-1])[::-1].astype(np.int64)
