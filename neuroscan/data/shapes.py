"""Polygons as a person draws them, and the masks that they stand for at the frame's own size.

A point is (x, y) in pixels from the frame's top left corner, x across and y down: the first pixel spans 0 to 1 both
ways, and its centre is (0.5, 0.5). So a point means the same place whatever the zoom it was drawn at.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import measure

from neuroscan.types import Mask

Point: TypeAlias = tuple[float, float]
"""(x, y) in pixels from the frame's top left corner."""

MAX_POINTS = 5_000
"""A drawing of more points is refused."""

_DECIMALS = 2
_MAX_COORDINATE = 1e6
# Settles centres that lie exactly on a line: they belong to what is left of it, or above. No line between points of
# two decimals runs along this direction, so every tie is settled.
_TIE_BREAK = (1e-4, 1e-4 * (math.sqrt(5) - 1) / 2)


@dataclass(frozen=True)
class Outline:
    """A closed line, from its last point back to its first.

    Attributes:
        points: three or more, kept to 1/100 pixel; they may lie outside the frame.
        cut: True takes what it encloses away from the outlines before it.
    """

    points: tuple[Point, ...]
    cut: bool = False

    def __post_init__(self) -> None:
        """Round, and refuse what is no outline."""
        values = np.asarray(self.points, dtype=np.float64)
        if values.ndim != 2 or values.shape[1:] != (2,) or len(values) < 3:
            raise ValueError(f"An outline needs three or more points (x, y), received {len(self.points)}; add points")
        if not (np.abs(values) <= _MAX_COORDINATE).all():
            raise ValueError(f"Points must be numbers within {_MAX_COORDINATE:,.0f} pixels; draw the outline again")
        rounded = values.round(_DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0
        object.__setattr__(self, "points", tuple(map(tuple, rounded.tolist())))


def rasterise(outlines: Sequence[Outline], shape: tuple[int, int]) -> Mask:
    """Turn outlines into a mask: a pixel is nerve when its centre lies inside.

    Outlines add to one another in their order, and those that cut take away. Non-zero winding rule: a pixel is inside
    if the line encircles it at least once, as browsers fill it; where a hand overshoots its own beginning there is no
    hole.

    Args:
        outlines: any number; what lies outside the frame is left out.
        shape: the frame's own size (H, W).

    Returns:
        Shape (H, W).

    Example:
        >>> square = Outline(((1, 1), (3, 1), (3, 3), (1, 3)))
        >>> rasterise([square], (4, 4)).astype(int)
        array([[0, 0, 0, 0],
               [0, 1, 1, 0],
               [0, 1, 1, 0],
               [0, 0, 0, 0]])

    Source:
        The non-zero winding rule, as in W3C, "Scalable Vector Graphics (SVG) 2", section 13.4.2.
    """
    mask = np.zeros(shape, bool)
    for outline in outlines:
        mask[_winding_number(np.asarray(outline.points), shape) != 0] = not outline.cut
    return mask


def _winding_number(points: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Winding number of a closed line (N, 2) round each pixel's centre, clockwise: shape (H, W).

    Left of a centre each crossing of its row counts, +1 or -1 by the way the line goes there.
    """
    start = points - 0.5 + _TIE_BREAK
    end = np.roll(start, -1, axis=0)
    low, high = np.minimum(start, end)[:, 1], np.maximum(start, end)[:, 1]
    first, last = (np.clip(np.ceil(one), 0, shape[0]).astype(np.int64) for one in (low, high))
    count = last - first
    side = np.repeat(np.arange(len(start)), count)
    row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - first, count)
    step = (end - start)[side]
    crossing = start[side, 0] + (row - start[side, 1]) * step[:, 0] / step[:, 1]
    column = np.clip(np.ceil(crossing), 0, shape[1]).astype(np.int64)
    changes = np.zeros((shape[0], shape[1] + 1), np.int64)
    np.add.at(changes, (row, column), np.sign(step[:, 1]).astype(np.int64))
    return np.cumsum(changes, axis=1)[:, :-1]


def polygons_from_mask(mask: Mask, *, tolerance: float = 0.0) -> tuple[Outline, ...]:
    """Turn a mask into polygons: the inverse of `rasterise`.

    Args:
        mask: shape (H, W); each part and each hole gets an outline.
        tolerance: how far, in pixels, the outlines may stray so as to need fewer points. At 0 `rasterise` gives the
            very mask again.

    Returns:
        Outlines, larger before smaller; holes cut. A part that the tolerance flattens to nothing is left out.

    Raises:
        ValueError: the mask is not boolean with two axes, or the tolerance is negative.

    Example:
        >>> mask = np.zeros((6, 6), bool)
        >>> mask[1:4, 2:5] = True
        >>> outlines = polygons_from_mask(mask)
        >>> len(outlines), bool((rasterise(outlines, mask.shape) == mask).all())
        (1, True)
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(
            f"Expected a bool mask of shape (H, W), received {mask.dtype} {mask.shape}; threshold it first"
        )
    if tolerance < 0:
        raise ValueError(f"tolerance must be 0 or more pixels, received {tolerance}; 0 keeps every corner")
    by_area = []
    for contour in measure.find_contours(np.pad(mask, 1).astype(np.float32), 0.5):
        # From row and column of padded pixel centres to x and y from the frame's corner; the last point is the first.
        line = contour[:-1, ::-1] - 0.5
        points = cv2.approxPolyDP(line.astype(np.float32), tolerance, closed=True)[:, 0].astype(np.float64)
        area = _signed_area(line)
        if len(points) >= 3:
            # find_contours keeps higher values at one side, so that holes run the other way round.
            by_area.append((abs(area), Outline(tuple(map(tuple, points.tolist())), cut=bool(area < 0))))
    return tuple(outline for _, outline in sorted(by_area, key=lambda item: -item[0]))


def to_rows(outlines: Iterable[Outline]) -> list[dict[str, Any]]:
    """Write outlines as plain values for JSON: `points` and `cut` of each."""
    return [{"points": [list(point) for point in outline.points], "cut": outline.cut} for outline in outlines]


def from_rows(rows: Iterable[dict[str, Any]]) -> tuple[Outline, ...]:
    """Read outlines that `to_rows` wrote.

    Raises:
        ValueError: a row is no outline, or there are more than `MAX_POINTS` points.
    """
    try:
        outlines = tuple(Outline(tuple((x, y) for x, y in row["points"]), cut=bool(row["cut"])) for row in rows)
    except (KeyError, TypeError) as error:
        raise ValueError(f"Outlines need `points` and `cut`, received something else ({error}); draw again") from error
    check_count(outlines)
    return outlines


def check_count(outlines: Sequence[Outline]) -> None:
    """Refuse a drawing of more points than `MAX_POINTS`.

    Raises:
        ValueError: there are more.
    """
    if (count := sum(len(outline.points) for outline in outlines)) > MAX_POINTS:
        raise ValueError(f"A drawing may have {MAX_POINTS:,} points, received {count:,}; draw fewer or shorter lines")


def _signed_area(points: NDArray[np.float64]) -> float:
    """Area that closed points (N, 2) enclose, above 0 when they run clockwise on the screen."""
    x, y = points.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
