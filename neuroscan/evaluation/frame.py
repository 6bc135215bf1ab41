"""All scores of one frame, as one row of the evaluation table."""

from typing import NamedTuple

from neuroscan.evaluation.counts import count
from neuroscan.evaluation.surface import surface_distances
from neuroscan.types import Mask, Spacing


class Column(NamedTuple):
    """What a column of the table holds, for the help beside it."""

    meaning: str
    unit: str
    reference: str


_RELOADED = "doi:10.1038/s41592-023-02151-z"
_EMPTY = "Both masks empty: 1; exactly one empty: 0."
_FAR = "Both masks empty: 0; exactly one empty: the frame's diagonal."
_OWN = "Of the frame's own pixels: in means over frames of several sizes they differ."

COLUMNS: dict[str, Column] = {
    "dice": Column(f"Overlap, 2 |A and B| / (|A| + |B|). {_EMPTY}", "0 to 1", "doi:10.2307/1932409"),
    "f1": Column(f"F1 over pixels: on a frame the same number as Dice. {_EMPTY}", "0 to 1", _RELOADED),
    "iou": Column(f"Intersection over union. {_EMPTY}", "0 to 1", "doi:10.1111/j.1469-8137.1912.tb05611.x"),
    "precision": Column(f"Share of the predicted pixels that are nerve. {_EMPTY}", "0 to 1", _RELOADED),
    "recall": Column(f"Share of the nerve's pixels that were found. {_EMPTY}", "0 to 1", _RELOADED),
    "specificity": Column(
        "Share of the other pixels left alone. Predicted mask empty: 1; high on any small nerve.", "0 to 1", _RELOADED
    ),
    "accuracy": Column(
        "Share of all pixels that are right; an empty mask scores about 0.97 on a frame with a nerve.",
        "0 to 1",
        _RELOADED,
    ),
    "hd95": Column(f"Boundary distance, larger directed 95th percentile. {_FAR} {_OWN}", "px", _RELOADED),
    "assd": Column(f"Boundary distance, mean over both boundaries. {_FAR} {_OWN}", "px", _RELOADED),
    "nsd": Column(f"Share of both boundaries within 2 px of the other. {_EMPTY} {_OWN}", "0 to 1", "doi:10.2196/26151"),
    "hd95_mm": Column("As hd95; missing where the spacing is unknown.", "mm", _RELOADED),
    "assd_mm": Column("As assd; missing where the spacing is unknown.", "mm", _RELOADED),
    "nsd_mm": Column("As nsd, within 2 mm; missing where the spacing is unknown.", "0 to 1", "doi:10.2196/26151"),
    "area_true_px": Column("Area of the expert's mask.", "px", ""),
    "area_pred_px": Column("Area of the predicted mask.", "px", ""),
    "area_error": Column(
        "(predicted - true area) / true area: below 0 too small, -1 missed. Both empty: 0; a false alarm: 1.",
        "share of the true area",
        "relative volume difference, doi:10.1109/TMI.2009.2013851",
    ),
    "present_true": Column("The expert's mask has a nerve.", "true or false", ""),
    "presence": Column("The model's presence score; missing where it gives none.", "score", ""),
    "tp": Column("Nerve pixels predicted as nerve.", "px", _RELOADED),
    "fp": Column("Other pixels predicted as nerve.", "px", _RELOADED),
    "fn": Column("Nerve pixels missed.", "px", _RELOADED),
    "tn": Column("Other pixels left alone.", "px", _RELOADED),
}
"""Every column of `score_frame`: meaning, unit, reference."""


def score_frame(
    y_true: Mask, y_pred: Mask, *, spacing: Spacing | None = None, presence: float | None = None
) -> dict[str, float]:
    """Score one predicted mask at the frame's own size.

    Lengths are always given in px, so that frames with and without spacing stand in one table, and in mm beside it
    (`*_mm`, NaN where the spacing is unknown). No other column but a presence that was not given is ever NaN.

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool, after the presence gate where that is on.
        spacing: mm per pixel (row, column), or None when unknown.
        presence: the model's presence score of the frame, or None.

    Returns:
        One value for each name in COLUMNS, in their order.

    Raises:
        ValueError: a mask is not a bool (H, W), the shapes differ, or spacing is not two lengths.

    Example:
        >>> import numpy as np
        >>> row = score_frame(np.array([[True, True, False]]), np.array([[True, False, False]]))
        >>> row["iou"], row["hd95"], row["area_error"]
        (0.5, 0.95, -0.5)

    Source:
        Metrics Reloaded, doi:10.1038/s41592-023-02151-z; each column's own in COLUMNS.
    """
    pixels = count(y_true, y_pred)
    surface = surface_distances(y_true, y_pred)
    in_mm = surface_distances(y_true, y_pred, spacing=spacing) if spacing is not None else None
    area_true, area_pred = pixels.tp + pixels.fn, pixels.tp + pixels.fp
    return {
        "dice": pixels.dice,
        "f1": pixels.f1,
        "iou": pixels.iou,
        "precision": pixels.precision,
        "recall": pixels.recall,
        "specificity": pixels.specificity,
        "accuracy": pixels.accuracy,
        "hd95": surface.hd95,
        "assd": surface.assd,
        "nsd": surface.nsd,
        "hd95_mm": in_mm.hd95 if in_mm else float("nan"),
        "assd_mm": in_mm.assd if in_mm else float("nan"),
        "nsd_mm": in_mm.nsd if in_mm else float("nan"),
        "area_true_px": area_true,
        "area_pred_px": area_pred,
        # 1 for a false alarm: the mirror of -1 for a miss, and finite, so that it is never dropped from a mean.
        "area_error": (area_pred - area_true) / area_true if area_true else float(area_pred > 0),
        "present_true": area_true > 0,
        "presence": float("nan") if presence is None else float(presence),
        "tp": pixels.tp,
        "fp": pixels.fp,
        "fn": pixels.fn,
        "tn": pixels.tn,
    }
