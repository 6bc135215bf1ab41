"""95 % intervals by resampling subjects, because frames of one person are no independent evidence."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """A mean, and where it would land with other subjects.

    Attributes:
        value: the mean that was measured.
        low: lower end; None with fewer than two subjects, of which nothing can be said.
        high: upper end; None likewise.
        n_subjects: how many subjects it stands on.
    """

    value: float
    low: float | None
    high: float | None
    n_subjects: int


def bootstrap_mean(
    values: ArrayLike,
    subjects: Sequence[Hashable],
    *,
    over: Literal["frames", "subjects"] = "frames",
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Compute a mean and its percentile interval from drawing whole subjects with replacement.

    Below about ten subjects such an interval is known to be too narrow; `n_subjects` says when to be careful.

    Args:
        values: a score of each frame, (N,); none may be NaN: a miss has a score, and must keep it.
        subjects: whose frame it is, N names (source and number together, such as "uns/12").
        over: "frames" weighs each frame alike, "subjects" each subject (the mean of its frames) alike.
        confidence: share of the resampled means inside the interval, between 0 and 1.
        resamples: how often subjects are drawn.
        seed: of the drawing; the same seed gives the same interval.

    Returns:
        The mean with its interval.

    Raises:
        ValueError: there is no frame, a value is NaN, lengths differ, or an option is out of range.

    Example:
        >>> bootstrap_mean([0.8, 0.8, 0.8, 0.4], ["uns/1", "uns/1", "uns/1", "uns/2"], over="subjects")
        Interval(value=0.6000000000000001, low=0.4, high=0.8000000000000002, n_subjects=2)

    Source:
        B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; by cluster: C. A. Field
        and A. H. Welsh, doi:10.1111/j.1467-9868.2007.00593.x.
    """
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or scores.size == 0 or scores.size != len(subjects) or np.isnan(scores).any():
        raise ValueError(
            f"got {scores.size} values ({int(np.isnan(scores).sum())} of them NaN) of {len(subjects)} frames; "
            "expected one number a frame, one frame or more. Score every frame, misses too."
        )
    if over not in ("frames", "subjects") or not 0 < confidence < 1 or resamples < 1:
        raise ValueError(
            f"got over={over!r}, confidence={confidence}, resamples={resamples}; expected 'frames' or 'subjects', "
            "a number between 0 and 1, and 1 or more. Leave them out for frames, 0.95 and 2000."
        )
    whose = pd.factorize(pd.Series(list(subjects), dtype=object))[0]
    frames, sums = np.bincount(whose), np.bincount(whose, weights=scores)
    by_subject = over == "subjects"  # a subject counts once, with the mean of its frames
    total, weight = (sums / frames, np.ones_like(frames)) if by_subject else (sums, frames)
    value, n = float(total.sum() / weight.sum()), weight.size
    if n < 2:
        return Interval(value, None, None, n)
    drawn = _drawn(n, resamples, seed)
    means = (drawn @ total) / (drawn @ weight)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high), n)


def bootstrap_auc(
    labels: ArrayLike,
    scores: ArrayLike,
    subjects: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Compute the AUC of presence and its percentile interval from drawing whole subjects with replacement.

    Args:
        labels: does the frame have a nerve, (N,) bool.
        scores: presence score of each frame, (N,), higher = more surely present; none NaN.
        subjects: whose frame it is, N names.
        confidence, resamples, seed: as in `bootstrap_mean`.

    Returns:
        The AUC, NaN where one kind of frame is missing, and its interval, None where all frames of one kind are of
        one subject. `n_subjects` counts those of the kind that fewer have.

    Example:
        >>> labels, scores = [True, False, True, False], [0.9, 0.1, 0.8, 0.85]
        >>> bootstrap_auc(labels, scores, ["uns/1", "uns/1", "uns/2", "uns/2"])
        Interval(value=0.75, low=0.0, high=1.0, n_subjects=2)

    Source:
        As `bootstrap_mean`; the AUC as a share of pairs: J. A. Hanley and B. J. McNeil,
        doi:10.1148/radiology.143.1.7063747.
    """
    present, values = np.asarray(labels, dtype=np.bool_), np.asarray(scores, dtype=np.float64)
    whose, names = pd.factorize(pd.Series(list(subjects), dtype=object))
    positive, absent = (np.bincount(whose[kind], minlength=len(names)) for kind in (present, ~present))
    if not positive.any() or not absent.any():
        return Interval(np.nan, None, None, 0)
    # Pairs that are in order, a tie counting half, by the subjects of both frames: a drawing only weighs them.
    order = np.zeros((len(names), len(names)))
    for subject in np.flatnonzero(absent):
        below = np.sort(values[~present & (whose == subject)])
        beaten = [np.searchsorted(below, values[present], side=side) for side in ("left", "right")]
        order[:, subject] = np.bincount(whose[present], weights=np.mean(beaten, axis=0), minlength=len(names))
    value = float(order.sum() / (positive.sum() * absent.sum()))
    n = int(min((positive > 0).sum(), (absent > 0).sum()))
    if n < 2:
        return Interval(value, None, None, n)
    drawn = _drawn(len(names), resamples, seed)
    pairs = (drawn @ positive) * (drawn @ absent)
    some = pairs > 0  # A drawing may lack one kind of frame.
    means = np.einsum("ri,ij,rj->r", drawn[some], order, drawn[some], optimize=True) / pairs[some]
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high), n)


def _drawn(subjects: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """How often each subject is drawn in each resample: shape (resamples, subjects)."""
    return np.random.default_rng(seed).multinomial(subjects, np.full(subjects, 1 / subjects), size=resamples)
