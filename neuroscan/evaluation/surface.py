"""Distances between the boundaries of two masks: Hausdorff, HD95, ASSD and NSD.

A boundary pixel is a mask pixel with one of its four neighbours outside the mask or outside the frame (the
mask minus its erosion by a cross, as MONAI has it). Directed distances run from each pixel of one boundary to
the nearest of the other. It is looked up in a k-d tree of some hundreds of boundary pixels, where a distance
transform fills the whole frame to read the same hundreds of values. (Only for a mask of pure noise, whose
pixels are nearly all boundary, would the transform be the faster one.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from neuroscan.evaluation.counts import check_pair
from neuroscan.imaging.preprocess import bounding_box
from neuroscan.types import Mask, Spacing

TOLERANCE = 2.0
"""How far a boundary pixel may lie off for NSD: px, or mm when spacing is given."""


@dataclass(frozen=True)
class SurfaceScores:
    """What two boundaries say of each other; lengths in px, or in mm when spacing was given.

    Attributes:
        hd95: larger of the two directed 95th percentiles; 0 is best, the frame's diagonal is worst.
        assd: mean distance over the pixels of both boundaries; 0 is best.
        nsd: share of both boundaries within the tolerance of the other, in [0, 1]; 1 is best.
    """

    hd95: float
    assd: float
    nsd: float


def surface_distances(
    y_true: Mask, y_pred: Mask, *, spacing: Spacing | None = None, tolerance: float = TOLERANCE
) -> SurfaceScores:
    """Compute HD95, ASSD and NSD from one pass over the two boundaries.

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.
        spacing: mm per pixel (row, column), or None for distances in px.
        tolerance: for NSD, in the unit of the distances; a pixel exactly that far off still counts as right.

    Returns:
        The three scores. Both masks empty: 0, 0 and 1. Exactly one empty: the frame's diagonal, the same, and
        0: a miss counts in full and is never dropped (MONAI answers NaN or infinity there).

    Raises:
        ValueError: a mask is not a bool (H, W), the shapes differ, or spacing or tolerance is not a length.

    Example:
        >>> true, pred = np.zeros((2, 9, 9), bool)
        >>> true[2:5, 2:5] = pred[2:5, 3:6] = True
        >>> surface_distances(true, pred)
        SurfaceScores(hd95=1.0, assd=0.5, nsd=1.0)

    Source:
        Metrics Reloaded, doi:10.1038/s41592-023-02151-z; NSD: S. Nikolov et al., doi:10.2196/26151.
    """
    if not tolerance >= 0:
        raise ValueError(f"tolerance is {tolerance}; expected 0 or more. Leave it out for {TOLERANCE}.")
    directed = _directed_distances(y_true, y_pred, spacing)
    if directed is None:
        worst = _worst(y_true, y_pred, spacing)
        return SurfaceScores(hd95=worst, assd=worst, nsd=float(worst == 0))
    both = np.concatenate(directed)
    return SurfaceScores(
        hd95=max(float(np.percentile(one_way, 95)) for one_way in directed),
        assd=float(both.mean()),
        # The slack keeps "exactly that far off" right when 2 x 0.1 mm comes out a hair above 0.2 mm.
        nsd=float(np.mean(both <= tolerance + 1e-9)),
    )


def hausdorff(y_true: Mask, y_pred: Mask, *, percentile: float = 100.0, spacing: Spacing | None = None) -> float:
    """Compute the Hausdorff distance, or a percentile of it: the larger of the two directed ones.

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.
        percentile: 100 for the maximum, 95 for HD95, which one stray pixel cannot spoil.
        spacing: mm per pixel (row, column), or None for a distance in px.

    Returns:
        The distance, 0 or more. Both masks empty: 0; exactly one empty: the frame's diagonal.

    Raises:
        ValueError: a mask is not a bool (H, W), the shapes differ, or percentile or spacing is out of range.

    Example:
        >>> true, pred = np.zeros((2, 6, 6), bool)
        >>> true[1, 1] = pred[4, 5] = True
        >>> hausdorff(true, pred)
        5.0

    Source:
        D. P. Huttenlocher et al., doi:10.1109/34.232073; Metrics Reloaded, doi:10.1038/s41592-023-02151-z.
    """
    if not 0 <= percentile <= 100:
        raise ValueError(f"percentile is {percentile}; expected 0 to 100. Use 95 for HD95.")
    directed = _directed_distances(y_true, y_pred, spacing)
    if directed is None:
        return _worst(y_true, y_pred, spacing)
    return max(float(np.percentile(one_way, percentile)) for one_way in directed)


def _boundary(mask: Mask) -> NDArray[np.float64]:
    """Return the boundary pixels of a mask as (N, 2) row and column; N is 0 for an empty mask."""
    if not mask.any():
        return np.empty((0, 2))
    # Only the box around the mask is looked at; the rim of False is what lies outside the frame.
    bounds = bounding_box(mask)
    box = np.pad(bounds.crop(mask), 1)
    inside = box[:-2, 1:-1] & box[2:, 1:-1] & box[1:-1, :-2] & box[1:-1, 2:]
    points = np.argwhere(box[1:-1, 1:-1] & ~inside).astype(np.float64)
    return points + np.array([bounds.top, bounds.left])


def _directed_distances(
    y_true: Mask, y_pred: Mask, spacing: Spacing | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the distances true to predicted and back, one a boundary pixel; None when a mask is empty."""
    check_pair(y_true, y_pred)
    if spacing is not None and not (len(spacing) == 2 and all(0 < step < np.inf for step in spacing)):
        raise ValueError(f"spacing is {spacing}; expected (row, column) in mm, above 0. Use None for px.")
    scale = np.array(spacing or (1.0, 1.0))
    true, pred = _boundary(y_true) * scale, _boundary(y_pred) * scale
    if len(true) == 0 or len(pred) == 0:
        return None
    return cKDTree(pred).query(true)[0], cKDTree(true).query(pred)[0]


def _worst(y_true: Mask, y_pred: Mask, spacing: Spacing | None) -> float:
    """Return 0 for two empty masks, else the frame's diagonal: farther than any two of its pixels."""
    rows, columns = spacing or (1.0, 1.0)
    height, width = y_true.shape
    return float(np.hypot(height * rows, width * columns)) if y_true.any() or y_pred.any() else 0.0
