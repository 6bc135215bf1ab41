"""Calibration, does a probability of 0.8 mean eight in ten: reliability, expected calibration error, Platt scaling.

For a yes-or-no question the probability of "nerve" itself is binned, not that of the likelier answer: a pixel
predicted at 0.1 should be nerve one time in ten. Works on pixels and on presence scores alike.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

BINS = 15
"""Bins of equal width over [0, 1], as in Guo et al. 2017."""


def bin_sums(labels: ArrayLike, probability: ArrayLike, *, bins: int = BINS) -> NDArray[np.float64]:
    """Sum up a frame for the reliability table; `pooled` adds those of frames, so that pixels need not be kept.

    Args:
        labels: was it nerve, bool of any shape.
        probability: predicted, same shape, in [0, 1].
        bins: number of bins of equal width; the last one includes 1.

    Returns:
        (3, bins): how many, the sum of their probabilities, how many of them were nerve.

    Raises:
        ValueError: shapes differ, labels are not bool, a probability is outside [0, 1] or NaN, or bins is below 1.

    Example:
        >>> bin_sums([True, False, True], [0.75, 0.25, 1.0], bins=2).tolist()
        [[1.0, 2.0], [0.25, 1.75], [0.0, 2.0]]
    """
    true, values = _checked(labels, probability)
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected 1 or more. Leave it out for {BINS}.")
    bin_index = np.minimum((values * bins).astype(np.intp), bins - 1)
    return np.stack(
        [
            np.bincount(bin_index, minlength=bins).astype(np.float64),
            np.bincount(bin_index, weights=values, minlength=bins),
            np.bincount(bin_index, weights=true, minlength=bins),
        ]
    )


def pooled(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the sums of frames so that each frame weighs the same, whatever its size.

    Args:
        sums: (N, 3, bins), a row of `bin_sums` for each frame, each of 1 pixel or more.

    Returns:
        (3, bins): as if all frames were of the mean frame's size.

    Example:
        >>> pooled(np.array([[[3.0], [1.5], [3.0]], [[1.0], [0.5], [0.0]]])).tolist()
        [[4.0], [2.0], [2.0]]
    """
    pixels = sums[:, 0].sum(axis=1)
    return np.asarray((sums * (pixels.mean() / pixels)[:, None, None]).sum(axis=0))


def reliability(sums: NDArray[np.float64]) -> pd.DataFrame:
    """Reliability diagram as a table: mean predicted probability and observed frequency of nerve per bin.

    Args:
        sums: (3, bins) of `bin_sums`, of one frame or `pooled` from several.

    Returns:
        One row a bin: `bin_low`, `bin_high`, `count`, `mean_probability` and `observed` (share that was nerve); the
        last two are NaN in a bin that nothing fell into.

    Example:
        >>> reliability(bin_sums([True, False, True], [0.75, 0.25, 1.0], bins=2)).values.tolist()
        [[0.0, 0.5, 1.0, 0.25, 0.0], [0.5, 1.0, 2.0, 0.875, 1.0]]

    Source:
        M. H. DeGroot and S. E. Fienberg, doi:10.2307/2987588.
    """
    count, predicted, observed = sums
    edges = np.linspace(0, 1, count.size + 1)
    filled = np.where(count > 0, count, np.nan)
    return pd.DataFrame(
        {
            "bin_low": edges[:-1],
            "bin_high": edges[1:],
            "count": count,
            "mean_probability": predicted / filled,
            "observed": observed / filled,
        }
    )


def ece(sums: NDArray[np.float64]) -> float:
    """Compute the expected calibration error: sum over bins of (share in bin) |observed - predicted|.

    Over pixels it is small for any model, since nearly all pixels are surely not nerve: compare models, not bars.

    Args:
        sums: (3, bins) of `bin_sums`, of one frame or `pooled` from several.

    Returns:
        ECE in [0, 1]; 0 is best.

    Raises:
        ValueError: nothing was summed up.

    Example:
        >>> ece(bin_sums([True, False, True], [0.75, 0.25, 1.0], bins=2)).__round__(4)
        0.1667

    Source:
        C. Guo et al., On calibration of modern neural networks, ICML 2017, arXiv:1706.04599.
    """
    count, predicted, observed = sums
    if count.sum() == 0:
        raise ValueError("the bins hold 0 probabilities; expected 1 or more. Add the sums of a frame first.")
    return float(np.abs(observed - predicted).sum() / count.sum())


def to_logits(probability: ArrayLike) -> NDArray[np.float64]:
    """Turn probabilities back into logits, log(p / (1 - p)).

    Args:
        probability: any shape, in [0, 1]; 0 and 1 are taken as 1e-7 and 1 - 1e-7, about what float32 can tell.

    Returns:
        Logits of the same shape, all finite.

    Example:
        >>> to_logits([0.5, 1.0]).round(2).tolist()
        [0.0, 16.12]
    """
    return logit(np.clip(np.asarray(probability, dtype=np.float64), 1e-7, 1 - 1e-7))


def fit_platt(labels: ArrayLike, logits: ArrayLike) -> tuple[float, float]:
    """Fit the two numbers that make sigmoid(logit / temperature + bias) most likely on validation subjects.

    A temperature above 1 says that the model was too sure, a bias under 0 that it saw nerve too often: Dice, by which
    it learns outlines, asks for neither to be right. The order of the scores, and so the AUC, stays as it was.

    Args:
        labels: was it nerve, bool of any shape, both kinds; validation subjects only.
        logits: before the sigmoid, same shape, finite.

    Returns:
        Temperature and bias; the temperature is negative or infinite where likelier logits are no likelier to be true.

    Raises:
        ValueError: shapes differ, labels are not bool or all the same, or a logit is not finite.

    Example:
        >>> labels = [True] * 9 + [False] + [True] + [False] * 9
        >>> found = fit_platt(labels, [2 * np.log(9) + 1] * 10 + [-2 * np.log(9) + 1] * 10)
        >>> [round(number, 3) for number in found]
        [2.0, -0.5]

    Source:
        J. Platt (1999), Probabilistic outputs for support vector machines; without the bias: C. Guo et al.,
        arXiv:1706.04599, temperature scaling.
    """
    true, values = np.asarray(labels), np.asarray(logits, dtype=np.float64)
    if true.dtype != np.bool_ or true.shape != values.shape or not np.isfinite(values).all():
        raise ValueError(
            f"labels are {true.dtype} {true.shape}, logits {values.shape}; expected bool and finite numbers of one "
            "shape. Use `to_logits` on probabilities."
        )
    if true.all() or not true.any():
        raise ValueError(f"all {true.size} labels are the same; expected both kinds. Add frames of the other kind.")
    found = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(values.reshape(-1, 1), true.ravel())
    slope = float(found.coef_[0, 0])
    return 1 / slope if slope else float("inf"), float(found.intercept_[0])


def _checked(labels: ArrayLike, probability: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return labels and probabilities as flat arrays, once they are known to belong together."""
    true, values = np.asarray(labels), np.asarray(probability, dtype=np.float64)
    if true.dtype != np.bool_ or true.shape != values.shape:
        raise ValueError(
            f"labels are {true.dtype} {true.shape}, probabilities {values.shape}; expected bool labels of the same "
            "shape. Make labels with `array > 0`."
        )
    if values.size and not (values.min() >= 0 and values.max() <= 1):  # NaN fails both
        raise ValueError(
            f"probabilities run from {values.min()} to {values.max()}; expected [0, 1] and no NaN. "
            "Apply the sigmoid to logits first."
        )
    return true.ravel(), values.ravel()
