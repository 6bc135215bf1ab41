"""Is there a nerve in the frame at all: AUC with its interval, ROC, and the presence threshold.

A frame is predicted present when its presence score is at or above the presence threshold. Labels come first and are
boolean, so that two arrays handed over in the wrong order are refused and not scored.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_curve as sklearn_roc_curve

from neuroscan.evaluation.intervals import QUANTILES, RESAMPLES, UNKNOWN, Interval, bootstrap_weights


def bootstrap_auc(
    labels: ArrayLike,
    scores: ArrayLike,
    subjects: Sequence[Hashable],
    *,
    resamples: int = RESAMPLES,
) -> Interval:
    """Compute the AUC of presence and its 95 % percentile interval by a cluster bootstrap over subjects.

    Args:
        labels: does the frame have a nerve, (N,) bool.
        scores: presence score of each frame, (N,), higher = more surely present; none NaN.
        subjects: subject of each frame, N names.
        resamples: as in `bootstrap_mean`.

    Returns:
        The AUC, NaN where one kind of frame is missing, and its interval, NaN where all frames of one kind are of
        one subject. `n_subjects` counts those of the kind that fewer have.

    Raises:
        ValueError: labels are not boolean, a score is NaN, lengths differ or are 0.

    Example:
        >>> labels, scores = [True, False, True, False], [0.9, 0.1, 0.8, 0.85]
        >>> bootstrap_auc(labels, scores, ["uns/1", "uns/1", "uns/2", "uns/2"])
        Interval(value=0.75, low=0.0, high=1.0, n_subjects=2)

    Source:
        As `bootstrap_mean`; the AUC as a share of pairs: J. A. Hanley and B. J. McNeil,
        doi:10.1148/radiology.143.1.7063747.
    """
    present, values = _checked(labels, scores)
    if len(subjects) != present.size:
        raise ValueError(f"got {len(subjects)} subjects of {present.size} frames; expected one a frame.")
    subject_index, names = pd.factorize(pd.Series(list(subjects), dtype=object))
    positive, absent = (np.bincount(subject_index[kind], minlength=len(names)) for kind in (present, ~present))
    if not positive.any() or not absent.any():
        return UNKNOWN
    # Correctly ordered pairs, a tie counting half, by the subjects of both frames: a resample only weighs them.
    ordered_pairs = np.zeros((len(names), len(names)))
    for subject in np.flatnonzero(absent):
        negatives = np.sort(values[~present & (subject_index == subject)])
        ranks = [np.searchsorted(negatives, values[present], side=side) for side in ("left", "right")]
        ordered_pairs[:, subject] = np.bincount(
            subject_index[present], weights=np.mean(ranks, axis=0), minlength=len(names)
        )
    value = float(ordered_pairs.sum() / (positive.sum() * absent.sum()))
    n_subjects = int(min((positive > 0).sum(), (absent > 0).sum()))
    if n_subjects < 2:
        return Interval(value, np.nan, np.nan, n_subjects)
    draws = bootstrap_weights(len(names), resamples, seed=0)
    pairs = (draws @ positive) * (draws @ absent)
    valid = pairs > 0  # A resample may lack one kind of frame.
    aucs = np.einsum("ri,ij,rj->r", draws[valid], ordered_pairs, draws[valid], optimize=True) / pairs[valid]
    low, high = np.quantile(aucs, QUANTILES)
    return Interval(value, float(low), float(high), n_subjects)


def roc_curve(labels: ArrayLike, scores: ArrayLike) -> pd.DataFrame:
    """Compute the ROC curve of presence: sensitivity against the false-positive rate over all thresholds.

    Args:
        labels: does the frame have a nerve, (N,) bool; both kinds must occur.
        scores: presence score of each frame, (N,).

    Returns:
        Columns `threshold` (falling; the first is infinite: nothing is predicted present), `sensitivity` and
        `false_positive_rate` (1 - specificity), from (0, 0) to (1, 1).

    Raises:
        ValueError: labels are not boolean or all the same, a score is NaN, lengths differ or are 0.

    Example:
        >>> roc_curve([True, True, False, False], [0.9, 0.4, 0.6, 0.1]).round(2).values.tolist()
        [[inf, 0.0, 0.0], [0.9, 0.5, 0.0], [0.6, 0.5, 0.5], [0.4, 1.0, 0.5], [0.1, 1.0, 1.0]]

    Source:
        T. Fawcett, doi:10.1016/j.patrec.2005.10.010; computed by scikit-learn.
    """
    present, values = _checked(labels, scores)
    if present.all() or not present.any():
        raise ValueError(
            f"all {present.size} frames are {'present' if present.all() else 'absent'}; expected both kinds. "
            "Add frames of the other kind, or leave the ROC curve out."
        )
    false_positive_rate, sensitivity, threshold = sklearn_roc_curve(present, values)
    return pd.DataFrame(
        {"threshold": threshold, "sensitivity": sensitivity, "false_positive_rate": false_positive_rate}
    )


def choose_presence_threshold(
    labels: ArrayLike, scores: ArrayLike, *, sensitivity: float = 0.9, groups: ArrayLike | None = None
) -> float:
    """Choose the highest presence threshold that still reaches a sensitivity.

    Choose it on validation subjects and keep it for the test.

    Args:
        labels: does the frame have a nerve, (N,) bool; at least one must.
        scores: presence score of each frame, (N,).
        sensitivity: share of the frames with a nerve that must be predicted present, above 0, at most 1.
        groups: source of each frame, (N,): the share is the mean of the sources' shares, so that a large source does
            not outvote a small one. None: every frame weighs the same.

    Returns:
        A score of one of these frames: it and all above are predicted present.

    Raises:
        ValueError: labels are not boolean or none is True, a score is NaN, lengths differ, or the sensitivity is
            out of range.

    Example:
        >>> choose_presence_threshold([True, True, True, False], [0.9, 0.7, 0.2, 0.3], sensitivity=0.6)
        0.7
    """
    present, values = _checked(labels, scores)
    if not 0 < sensitivity <= 1:
        raise ValueError(f"sensitivity is {sensitivity}; expected above 0, at most 1. Use 0.9 for 90 %.")
    if not present.any():
        raise ValueError(f"none of the {present.size} frames has a nerve; expected one or more. Add some.")
    source = np.zeros(present.size) if groups is None else np.asarray(groups)
    if source.shape != present.shape:
        raise ValueError(f"groups have shape {source.shape}; expected {present.shape}. Name one group a frame.")
    _, source_index, size = np.unique(source[present], return_inverse=True, return_counts=True)
    order = np.argsort(-values[present], kind="stable")
    reached = np.cumsum(1 / (size[source_index[order]] * len(size)))
    # Without the slack, rounding could ask for one frame too many.
    return float(values[present][order][np.searchsorted(reached, sensitivity - 1e-9)])


def _checked(labels: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return labels and scores as arrays, once they are known to belong together."""
    present, values = np.asarray(labels), np.asarray(scores)
    if present.dtype != np.bool_:
        raise ValueError(f"labels are {present.dtype}; expected bool, before the scores. Convert with astype(bool).")
    if present.shape != values.shape or present.ndim != 1 or present.size == 0:
        raise ValueError(
            f"labels have shape {present.shape} and scores {values.shape}; expected (N,) each, N of 1 or more. "
            "Give one label and one score a frame."
        )
    values = values.astype(np.float64)
    if np.isnan(values).any():
        raise ValueError(f"{int(np.isnan(values).sum())} scores are NaN; expected numbers. Score every frame.")
    return present, values
