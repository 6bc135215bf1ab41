"""Scores of one frame in words: with their unit, and without a number where one outline is empty.

Tables and files keep the number that stands for a miss or a false alarm (the frame's diagonal): it must count there. On
screen, of one frame, it would read as a measured distance.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import layout
from neuroscan.evaluation.frame import COLUMNS
from neuroscan.types import Spacing

NOT_DEFINED = "not defined"
_DISTANCES = ("hd95", "assd", "hd95_mm", "assd_mm")
_HELP = (
    "With exactly one outline there is no distance between two. In tables over many frames and in their files HD95 and "
    "ASSD then count as the frame's diagonal, and the area error of a false alarm as +100 %, so that no miss and no "
    "false alarm is left out of a mean."
)


def worded(name: str, row: Mapping[str, float]) -> str:
    """Write one score of a frame with its unit.

    Args:
        name: of `evaluation.frame.COLUMNS`.
        row: of `score_frame`.

    Example:
        >>> row = {"area_true_px": 0, "area_pred_px": 1200, "hd95": 716.1, "dice": 0.0}
        >>> worded("hd95", row), worded("dice", row), worded("area_pred_px", row)
        ('not defined', '0.000', '1,200 px')
    """
    return _written(name, row, None) if _is_defined(name, row) else NOT_DEFINED


def counted(name: str, row: Mapping[str, float], spacing: Spacing | None = None) -> str:
    """Write one score of a frame as `worded` does, and what it counts as in means where it is not defined.

    Areas are given in mm² as well where the spacing is known.
    """
    written = _written(name, row, spacing)
    return written if _is_defined(name, row) else f"{NOT_DEFINED}; counts as {written}"


def _is_defined(name: str, row: Mapping[str, float]) -> bool:
    """Whether a score measures something, or stands for a miss or a false alarm; an unknown one stands for nothing."""
    no_truth, no_outline = not row["area_true_px"], not row["area_pred_px"]
    if np.isnan(row[name]):
        return True
    if name in _DISTANCES:
        return no_truth == no_outline
    return not (name == "area_error" and no_truth and not no_outline)


def _written(name: str, row: Mapping[str, float], spacing: Spacing | None) -> str:
    """Write one score with its unit, whatever it stands for."""
    value = row[name]
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if np.isnan(value):
        return "unknown"
    if name == "area_error":
        return f"{100 * value:+.0f} %"
    unit = COLUMNS[name].unit
    if name in _DISTANCES:
        return f"{value:,.1f} {unit}"
    if unit != "px":
        return f"{value:.3f}"
    return f"{value:,.0f} px" + (f", {area(value, spacing)}" if name.startswith("area") and spacing else "")


def short(name: str, row: Mapping[str, float]) -> str:
    """Write one score of a frame as `worded` does, a distance in millimetres where the row has them."""
    known = name in ("hd95", "assd") and not np.isnan(row[f"{name}_mm"])
    return worded(f"{name}_mm" if known else name, row)


def distances(row: Mapping[str, float]) -> str:
    """Write HD95 and ASSD of a frame, for the text of a picture."""
    hd95, assd = short("hd95", row), short("assd", row)
    return "HD95 and ASSD not defined, one outline is empty" if hd95 == NOT_DEFINED else f"HD95 {hd95}, ASSD {assd}"


def area(pixels: float, spacing: Spacing | None) -> str:
    """Write an area: in mm² where the spacing is known, else in pixels.

    Example:
        >>> area(1200, None), area(1200, (0.5, 0.5))
        ('1,200 px', '300.0 mm²')
    """
    return f"{pixels * spacing[0] * spacing[1]:,.1f} mm²" if spacing else f"{pixels:,.0f} px"


def against(score: float, threshold: float) -> tuple[str, str]:
    """Write a presence score and its threshold with three digits, or with as many as tell the one from the other.

    Example:
        >>> against(0.25, 0.1712), against(0.9089, 0.9094)
        (('0.250', '0.171'), ('0.9089', '0.9094'))
    """
    for digits in range(3, 7):
        written = f"{score:.{digits}f}", f"{threshold:.{digits}f}"
        if written[0] != written[1] or score == threshold:
            break
    return written


def table(rows: pd.DataFrame, alt: str | None = None) -> None:
    """Show a table of words, and say under it what 'not defined' means where it stands there.

    Args:
        rows: of `worded` scores.
        alt: what it shows, for screen readers.
    """
    st.table(rows.map(layout.plain), hide_index=True, alt=alt)
    if rows.eq(NOT_DEFINED).any(axis=None):
        st.caption("Not defined: one of the two outlines is empty.", help=_HELP)
