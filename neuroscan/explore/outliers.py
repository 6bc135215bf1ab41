"""Outliers: frames and subjects unlike the rest of their data set, to be looked at, not to be thrown away."""

import numpy as np
import pandas as pd

from neuroscan.data import dataset

Z_THRESHOLD = 3.5
"""Modified z-score over which a value counts as an outlier (B. Iglewicz, D. Hoaglin, 1993)."""

FRAME_WORDS = {
    "mean": ("dark frame", "bright frame"),
    "variance": ("frame of little contrast", "frame of much contrast"),
    "dark_share": ("", "a tenth of the frame or more is black"),
    "entropy": ("few grey levels", ""),
    "sharpness": ("blurred frame", "very sharp or noisy frame"),
    "area_share": ("small nerve", "large nerve"),
    "centroid_row_rel": ("shallow nerve", "deep nerve"),
    "centroid_column_rel": ("nerve far to the left", "nerve far to the right"),
    "eccentricity": ("", "very long nerve"),
    "solidity": ("ragged or parted mask", ""),
    "contrast": ("unusually dark nerve for its surroundings", "unusually bright nerve for its surroundings"),
}
"""What an unusually low and an unusually high value of a column says; "" where that side is nothing to look at."""

SUBJECT_WORDS = {
    "prevalence": ("few frames with a nerve", "many frames with a nerve"),
    "area_share": ("small nerves", "large nerves"),
    "centroid_row_rel": ("shallow nerves", "deep nerves"),
    "centroid_column_rel": ("nerves far to the left", "nerves far to the right"),
    "contrast": ("unusually dark nerves for their surroundings", "unusually bright nerves for their surroundings"),
}

_MIN_VALUE = {"dark_share": 0.1}
_MAX_VALUE = {"solidity": 0.9}
"""What a value must be for its words to be true: where a share hardly differs between frames, z alone is soon high."""

_SIZE_COLUMNS = ("variance", "entropy", "sharpness")
"""What changes when a frame is reduced: compared among frames of one size."""

_LOG_COLUMNS = ("variance", "sharpness", "area_share")
_MIN_SUBJECTS = 5
_MIN_FRAMES = 10
"""Of normal numbers three have one over Z_THRESHOLD in 28 of 100 draws, ten in 12, fifty in 8."""
_MAX_CONTRADICTORY_SHARE = 0.1
_MIN_CONTRADICTORY_FRAMES = 3  # One pair is two frames, and many of no subject.


def frame_outliers(frames: pd.DataFrame) -> pd.DataFrame:
    """List the outliers among the frames of each source, or of each size in it.

    Sharpness, entropy and variance change when a frame is reduced, so originals are not compared with copies.

    Args:
        frames: of `results.Explored`.

    Returns:
        One row a value: `name` of the frame, `column`, `value`, `z` (modified z-score), `reason`; the highest |z|
        first. Masks in several parts are listed too, with z missing.
    """
    size = ["source", "height_px", "width_px"]
    outlying = [
        _column_outliers(rows, column, words)
        for column, words in FRAME_WORDS.items()
        for _, rows in frames.groupby(size if column in _SIZE_COLUMNS else "source")
    ]
    multipart = frames[frames["parts"] > 1]
    listed = multipart.assign(column="parts", value=multipart["parts"], z=np.nan, reason="mask in several parts")
    columns = ["name", "column", "value", "z", "reason"]
    table = pd.concat([*outlying, listed[columns]], ignore_index=True) if outlying else pd.DataFrame(columns=columns)
    order = table["z"].astype(float).abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order, columns].reset_index(drop=True)


def subject_outliers(frames: pd.DataFrame, contradictions: pd.DataFrame) -> pd.DataFrame:
    """Describe each subject, and find the outliers among those of each source.

    Args:
        frames: of `results.Explored`; frames of unknown subjects are left out.
        contradictions: likewise.

    Returns:
        One row a subject: `subject` (source/number), `frames`, `prevalence` (of its labelled frames), medians of
        `area_share`, `centroid_row_rel`, `centroid_column_rel` and `contrast` over its nerves, `contradictory` (share
        of its frames that contradict a near-duplicate), and `reason`, "" where it is like the rest; those with a reason
        first.
    """
    known = frames.assign(subject=dataset.subject_keys(frames)).dropna(subset=["subject"])
    # Empty masks have no area, rather than one of 0.
    known["area_share"] = known["area_share"].where(known["area_share"] > 0)
    disputed = set(contradictions["first"]) | set(contradictions["second"])
    known = known.assign(contradictory=known["name"].isin(disputed))
    groups = known.groupby("subject", sort=True)
    table = groups[list(SUBJECT_WORDS)].median().assign(contradictory=groups["contradictory"].mean())
    table.insert(0, "frames", groups.size())
    reasons = pd.Series("", table.index)
    sources = pd.Series([str(key).rpartition("/")[0] for key in table.index], table.index, dtype=object)
    for _, rows in table.groupby(sources):
        for column, (low, high) in SUBJECT_WORDS.items():
            if rows[column].notna().sum() < _MIN_SUBJECTS:
                continue
            z = modified_z(rows[column], log=column in _LOG_COLUMNS)
            for words, side in ((low, z < -Z_THRESHOLD), (high, z > Z_THRESHOLD)):
                reasons[side.index[side]] += f"; {words}"
    contradictory = (table["contradictory"] > _MAX_CONTRADICTORY_SHARE) & (
        groups["contradictory"].sum() >= _MIN_CONTRADICTORY_FRAMES
    )
    reasons[contradictory] += "; many contradictory near-duplicates"
    table = table.assign(reason=reasons.str.removeprefix("; ")).reset_index()
    return table.sort_values("reason", key=lambda text: text == "", kind="stable", ignore_index=True)


def modified_z(values: pd.Series, *, log: bool = False) -> pd.Series:
    """Compute modified z-scores: distances from the median in a unit that outliers do not stretch.

    Args:
        values: any numbers; missing ones stay missing.
        log: compare ratios rather than differences.

    Returns:
        0.6745 (x - median) / median absolute deviation; all missing where more than half of the values are equal.

    Example:
        >>> modified_z(pd.Series([1.0, 2.0, 3.0, 4.0, 100.0])).round(2).tolist()
        [-1.35, -0.67, 0.0, 0.67, 65.43]

    Source:
        B. Iglewicz, D. Hoaglin, How to Detect and Handle Outliers, ASQC (1993).
    """
    x = values.astype(float)
    if log:
        x = np.log(x.where(x > 0))
    deviation = x - x.median()
    return 0.6745 * deviation / (deviation.abs().median() or np.nan)


def _column_outliers(rows: pd.DataFrame, column: str, words: tuple[str, str]) -> pd.DataFrame:
    """Rows of `frame_outliers` for one column of one source."""
    compared = rows[column] > 0 if column in _LOG_COLUMNS else rows[column].notna()
    if compared.sum() < _MIN_FRAMES:
        rows = rows.iloc[:0]
    z = modified_z(rows[column], log=column in _LOG_COLUMNS)
    low = (z < -Z_THRESHOLD) & (rows[column] <= _MAX_VALUE.get(column, np.inf))
    high = (z > Z_THRESHOLD) & (rows[column] >= _MIN_VALUE.get(column, -np.inf))
    sides = [low & bool(words[0]), high & bool(words[1])]
    tables = [
        rows.loc[side, ["name"]].assign(column=column, value=rows.loc[side, column], z=z[side], reason=word)
        for side, word in zip(sides, words, strict=True)
    ]
    return pd.concat(tables)
