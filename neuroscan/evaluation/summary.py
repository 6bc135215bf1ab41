"""From one row a frame to the figures that are quoted: the three headline figures, by source and by subject.

The table of rows holds the columns of `frame.score_frame` and, before them, `source`, `subject`, `frame`, `model`,
`gate` (True: masks of frames predicted absent were emptied) and `present_pred` (the presence verdict, the same gate on
or off). A subject is known by source and subject together.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from neuroscan.evaluation.intervals import UNKNOWN, Interval, bootstrap_mean
from neuroscan.evaluation.presence import bootstrap_auc
from neuroscan.evaluation.significance import compare_models

FRAME = ["source", "subject", "frame"]
"""What names a frame."""

NEEDED = [*FRAME, "model", "gate", "present_true", "presence", "present_pred", "dice"]

POSITIVE_MEANS = [
    "iou",
    "precision",
    "recall",
    "f1",
    "specificity",
    "accuracy",
    "hd95",
    "assd",
    "nsd",
    "area_error",
    "hd95_mm",
    "assd_mm",
    "nsd_mm",
]
"""Other scores whose mean over positive frames stands in the headline table, where the rows have them all."""


def headline(rows: pd.DataFrame, *, by: Sequence[str] = ("model", "gate")) -> pd.DataFrame:
    """Compute the three headline figures of each model, gate off and on.

    Args:
        rows: one row a frame, model and gate, as this file says at its head.
        by: what a line of the result stands for: ("model", "gate") pools the sources, ("model", "gate", "source")
            keeps them apart. It must leave each frame once in a line.

    Returns:
        One row for each value of `by`, with
        `n_frames`, `n_present`, `n_absent`, `n_subjects` (with a positive frame), `n_subjects_absent`;
        positive-frame Dice `dice_frames` and `dice_subjects`, `dice_pooled` where tp, fp and fn are at hand;
        `presence_sensitivity`, `presence_specificity`, `presence_auc`;
        `kaggle_dice`, the mean over all frames, 1 where both masks are empty;
        and the means of POSITIVE_MEANS over positive frames.
        Each but `dice_pooled` has its 95 % interval from resampling subjects in `*_low` and `*_high`. What no frame
        tells is NaN; so is the interval of one subject, and that of the AUC where one subject has all frames without
        a nerve.

    Raises:
        ValueError: a column is missing, a Dice is NaN, or a frame stands twice in one line of the result.

    Example:
        >>> rows = pd.DataFrame({"source": "uns", "subject": [1, 1, 2], "frame": [1, 2, 1], "model": "unet"})
        >>> rows = rows.assign(gate=False, present_true=[True, False, True], presence=[0.9, 0.1, 0.8])
        >>> rows = rows.assign(present_pred=[True, False, True], dice=[0.8, 1.0, 0.6])
        >>> headline(rows)[["dice_frames", "dice_subjects", "presence_auc", "kaggle_dice"]].round(3).values.tolist()
        [[0.7, 0.7, 1.0, 0.8]]

    Source:
        Metrics Reloaded, doi:10.1038/s41592-023-02151-z; kaggle.com/c/ultrasound-nerve-segmentation, evaluation.
    """
    _check(rows, [*by, *FRAME])
    table = []
    for key, part in rows.groupby(list(by), sort=False, dropna=False):
        line = dict(zip(by, key, strict=True))
        table.append(line | _frame_numbers(part) | _figures(part) | _pooled(part))
    return pd.DataFrame(table)


def by_subject(rows: pd.DataFrame) -> pd.DataFrame:
    """Average each model's Dice over the positive frames of each subject.

    Args:
        rows: one row a frame, model and gate, as this file says at its head.

    Returns:
        One row for each model, gate, source and subject: `n_present` (positive frames) and `dice`, their mean, NaN
        without any.

    Raises:
        ValueError: a column is missing, a Dice is NaN, or a frame stands twice for one model and gate.

    Example:
        >>> rows = pd.DataFrame({"source": "uns", "subject": [1, 1, 2], "frame": [1, 2, 1], "model": "unet"})
        >>> rows = rows.assign(gate=False, present_true=[True, False, True], presence=[0.9, 0.1, 0.8])
        >>> rows = rows.assign(present_pred=[True, False, True], dice=[0.8, 1.0, 0.6])
        >>> by_subject(rows)[["subject", "n_present", "dice"]].values.tolist()
        [[1.0, 1.0, 0.8], [2.0, 1.0, 0.6]]
    """
    names = ["model", "gate", "source", "subject"]
    _check(rows, [*names, "frame"])
    present = rows["present_true"].astype(bool)
    # NaN outside positive frames, so that means skip frames without a nerve: they are no misses.
    frames = rows.assign(present_true=present, dice=rows["dice"].where(present))
    return frames.groupby(names, sort=False, dropna=False, as_index=False).agg(
        n_present=("present_true", "sum"), dice=("dice", "mean")
    )


def compare(rows: pd.DataFrame, *, gate: bool = False) -> pd.DataFrame:
    """Test every two models of the table against each other by Dice of positive frames, paired by subject.

    Args:
        rows: one row a frame, model and gate, as this file says at its head.
        gate: whether to compare with the presence gate on or off.

    Returns:
        The table of `significance.compare_models`.

    Raises:
        ValueError: a column is missing, no positive frame is left, or a model lacks a frame that another one has.

    Example:
        >>> one = pd.DataFrame({"source": "uns", "subject": range(8), "frame": 1, "gate": False, "present_true": True})
        >>> one = one.assign(presence=0.9, present_pred=True)
        >>> rows = pd.concat([one.assign(model="unet", dice=0.8), one.assign(model="cnn", dice=0.7)])
        >>> compare(rows)[["model_a", "model_b", "difference", "significant"]].round(2).values.tolist()
        [['unet', 'cnn', 0.1, True]]
    """
    _check(rows, ["model", "gate", *FRAME])
    chosen = rows[rows["present_true"].astype(bool) & (rows["gate"].astype(bool) == gate)]
    frames = chosen.pivot(index=FRAME, columns="model", values="dice")[list(chosen["model"].unique())]
    if frames.empty or frames.isna().to_numpy().any():
        raise ValueError(
            f"{len(frames)} positive frames with gate={gate}, scored by {frames.notna().sum().to_dict()}; expected "
            "one or more, each scored by every model. Evaluate the models on the same frames."
        )
    return compare_models(frames, list(_subjects(frames.reset_index())))


def _subjects(rows: pd.DataFrame) -> pd.Series:
    """Return each row's subject as one name, source and number together."""
    return rows["source"].astype(str) + "/" + rows["subject"].astype(str)


def _frame_numbers(part: pd.DataFrame) -> dict[str, object]:
    """Return how many frames and subjects, with and without a nerve."""
    present, subjects = part["present_true"].astype(bool), _subjects(part)
    return {
        "n_frames": len(part),
        "n_present": int(present.sum()),
        "n_absent": int((~present).sum()),
        "n_subjects": subjects[present].nunique(),
        "n_subjects_absent": subjects[~present].nunique(),
    }


def _figures(part: pd.DataFrame) -> dict[str, object]:
    """Return the headline figures with their intervals, and the AUC."""
    present, predicted = part["present_true"].astype(bool), part["present_pred"].astype(bool)
    subjects, everywhere = _subjects(part), present.notna()
    figures: dict[str, object] = {}
    means: list[tuple[str, pd.Series, pd.Series, Literal["frames", "subjects"]]] = [
        ("dice_frames", part["dice"], present, "frames"),
        ("dice_subjects", part["dice"], present, "subjects"),
        ("presence_sensitivity", predicted, present, "frames"),
        ("presence_specificity", ~predicted, ~present, "frames"),
        ("kaggle_dice", part["dice"], everywhere, "frames"),
        *((name, part[name], present, "frames") for name in POSITIVE_MEANS if _known(part, name)),
    ]
    for name, values, chosen, over in means:
        interval = bootstrap_mean(values[chosen], list(subjects[chosen]), over=over) if chosen.any() else UNKNOWN
        figures |= _interval_columns(name, interval)
    has_scores = part["presence"].notna().all()
    auc = bootstrap_auc(present, part["presence"], list(subjects)) if has_scores else UNKNOWN
    return figures | _interval_columns("presence_auc", auc)


def _known(part: pd.DataFrame, name: str) -> bool:
    """Tell whether each row has a score: lengths in mm are NaN where the spacing is unknown."""
    return name in part.columns and bool(part[name].notna().all())


def _interval_columns(name: str, interval: Interval) -> dict[str, object]:
    """Return a figure and the ends of its interval, by the names of their columns."""
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _pooled(part: pd.DataFrame) -> dict[str, object]:
    """Return Dice over the pixels of all positive frames together, where the rows have counts."""
    if not {"tp", "fp", "fn"} <= set(part.columns):
        return {}
    tp, fp, fn = part.loc[part["present_true"].astype(bool), ["tp", "fp", "fn"]].sum()
    return {"dice_pooled": 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else np.nan}


def _check(rows: pd.DataFrame, once: Sequence[str]) -> None:
    """Raise unless the columns are there, each frame was scored, and each stands once."""
    missing = [name for name in dict.fromkeys([*NEEDED, *once]) if name not in rows.columns]
    if missing:
        raise ValueError(f"the rows lack {missing}, and have {list(rows.columns)}; add what is missing.")
    if rows["dice"].isna().any():
        raise ValueError(
            f"{int(rows['dice'].isna().sum())} of {len(rows)} rows have no dice; expected one each, "
            "0 for a miss. Score every frame: what is skipped makes a model look better."
        )
    twice = rows.duplicated(list(dict.fromkeys(once)))
    if twice.any():
        first = rows.loc[twice, FRAME].iloc[0].to_dict()
        raise ValueError(
            f"frame {first} stands more than once for one value of {list(dict.fromkeys(once))}; expected once. "
            "Keep model and gate apart, and drop repeated frames."
        )
