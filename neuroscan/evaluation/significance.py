"""Is one model better than another beyond the luck of the draw: paired Wilcoxon tests with Holm's correction.

Pairs are subjects, not frames. Frames of one person resemble each other, so that a test over hundreds of frames finds
nearly any difference significant. The price is honest: with n subjects no p is below 2 / 2^n, and six comparisons of
four models can only hold up at 5 % from eight subjects on.
"""

from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata, wilcoxon

from neuroscan.evaluation.intervals import bootstrap_mean

ALPHA = 0.05
"""Family-wise error rate: chance of even one false finding in a comparison of several models."""


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Correct p values for multiple comparisons by Holm's step-down method.

    Args:
        p_values: (N,) in [0, 1].

    Returns:
        (N,) corrected p values in [0, 1], in the order given: the k-th smallest times (N - k + 1), and never below
        a smaller one's.

    Raises:
        ValueError: a value is outside [0, 1].

    Example:
        >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
        [0.03, 0.06, 0.06]

    Source:
        S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p values are {p.tolist()}; expected numbers in [0, 1]. Leave out tests that were not run.")
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1)
    return corrected


def compare_models(scores: pd.DataFrame, subjects: Sequence[Hashable]) -> pd.DataFrame:
    """Compare every two models on the same frames, paired by subject.

    Args:
        scores: one row a frame, one column a model; positive-frame Dice, say; no NaN.
        subjects: whose frame each row is (source and number together).

    Returns:
        One row a pair, in the order of the columns: `model_a`, `model_b`, `difference` (mean over subjects of
        a - b) with its 95 % interval `low` and `high` (NaN with one subject), `n_subjects`, `p` (two-sided), `p_holm`
        and `significant` (p_holm at or below `ALPHA`, and the mean difference points the way that the ranks do: a lead
        that a few subjects turn round is none).

    Raises:
        ValueError: there is no frame, a score is NaN, or there is not one subject a row.

    Example:
        >>> frames = pd.DataFrame({"unet": np.linspace(0.7, 0.9, 8), "cnn": np.linspace(0.6, 0.7, 8)})
        >>> compare_models(frames, range(8))[["model_a", "model_b", "p_holm", "significant"]].values.tolist()
        [['unet', 'cnn', 0.0078125, True]]

    Source:
        F. Wilcoxon, doi:10.2307/3001968; for models over cases: J. Demsar, JMLR 7 (2006) 1-30.
    """
    if len(scores) == 0 or len(scores) != len(subjects) or scores.isna().to_numpy().any():
        raise ValueError(
            f"got {len(scores)} rows ({int(scores.isna().to_numpy().sum())} scores NaN) and {len(subjects)} subjects; "
            "expected a score for every model and a subject for every row. Keep the frames that all models have."
        )
    means = scores.groupby(pd.factorize(pd.Series(list(subjects), dtype=object))[0]).mean()
    table, agree = [], []
    for a, b in combinations(scores.columns, 2):
        difference = (means[a] - means[b]).to_numpy()
        agree.append(_signed_ranks(difference) * difference.mean() > 0)
        interval = bootstrap_mean(difference, range(len(means)), over="subjects")
        table.append(
            {
                "model_a": a,
                "model_b": b,
                "difference": interval.value,
                "low": interval.low,
                "high": interval.high,
                "n_subjects": interval.n_subjects,
                "p": _wilcoxon_p(difference),
            }
        )
    names = ["model_a", "model_b", "difference", "low", "high", "n_subjects", "p"]
    result = pd.DataFrame(table, columns=names)
    result["p_holm"] = holm(result["p"].to_numpy(dtype=np.float64))
    result["significant"] = (result["p_holm"] <= ALPHA) & np.array(agree, dtype=bool)
    return result


def clear_winner(comparison: pd.DataFrame) -> str | None:
    """Name the model that is significantly better than every other one, if there is one.

    Args:
        comparison: of `compare_models`.

    Returns:
        Its name; None where the best model's lead over any other could be luck, or with fewer than two models.

    Example:
        >>> frames = pd.DataFrame({"unet": np.linspace(0.7, 0.9, 8), "cnn": np.linspace(0.6, 0.7, 8)})
        >>> clear_winner(compare_models(frames, range(8)))
        'unet'
    """
    models = pd.unique(comparison[["model_a", "model_b"]].to_numpy().ravel())
    ahead = np.where(comparison["difference"] > 0, comparison["model_a"], comparison["model_b"])
    wins = pd.Series(ahead[comparison["significant"].to_numpy(dtype=bool)]).value_counts()
    return next((str(model) for model in models if wins.get(model, 0) == len(models) - 1), None)


def _moved(difference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out what does not differ: equal models can differ in the last bit of a mean."""
    return difference[np.abs(difference) > 1e-12]


def _signed_ranks(difference: NDArray[np.float64]) -> float:
    """Return the sum of the signed ranks of paired differences: above 0 where the first model tends to be better."""
    moved = _moved(difference)
    return float((np.sign(moved) * rankdata(np.abs(moved))).sum())


def _wilcoxon_p(difference: NDArray[np.float64]) -> float:
    """Return the two-sided p of paired differences; 1 where no two scores differ, which scipy leaves undefined."""
    moved = _moved(difference)
    return float(wilcoxon(moved).pvalue) if moved.size else 1.0
