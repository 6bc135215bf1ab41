"""How large a nerve is, where it lies and how deep, in pixels and, where spacing is known, in millimetres."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from neuroscan.types import Mask, Spacing


@dataclass(frozen=True)
class Measurement:
    """A mask in numbers, all its parts taken together.

    Millimetres are None when spacing is unknown. Of an empty mask the areas are 0 and everything else is None.

    Attributes:
        parts: number of parts that touch neither by a side nor a corner (8-connectivity).
        area_px, area_mm2: number of pixels, and what they cover.
        centroid: mean (row, column) in pixels; (0, 0) is the middle of the frame's first pixel.
        depth_px, depth_mm: straight down from the top of the scanned area to the nerve's nearest point (the upper
            edge of its first row); 0 where the nerve begins at the top or over it. On a curved probe this counts from
            the highest point of the arc.
        width_px, width_mm: of the upright box around the nerve.
        height_px, height_mm: of the same box.
        major_px, major_mm: longer axis of the ellipse that has the mask's second moments: a nerve's diameter along
            its long axis, whichever way it lies.
        minor_px, minor_mm: shorter axis of that ellipse.
    """

    parts: int
    area_px: int
    area_mm2: float | None
    centroid: tuple[float, float] | None
    depth_px: float | None
    depth_mm: float | None
    width_px: float | None
    width_mm: float | None
    height_px: float | None
    height_mm: float | None
    major_px: float | None
    major_mm: float | None
    minor_px: float | None
    minor_mm: float | None


def measure(mask: Mask, spacing: Spacing | None = None, *, top: int = 0) -> Measurement:
    """Measure a mask.

    Axes are 4 times the square roots of the eigenvalues of the covariance of the mask's area, where each pixel is a
    full square (hence 1/12 a side), taken in millimetres before the eigenvalues where rows and columns differ [1].

    Args:
        mask: shape (H, W) bool.
        spacing: millimetres a pixel, (row, column); None gives no millimetres.
        top: first row of the scanned area (`preprocess.scanned_area(image).top`), from which depth counts.

    Returns:
        Areas, centroid, depth and size.

    Raises:
        ValueError: if the mask is not boolean with two axes, or spacing is not two positive, finite numbers.

    Example:
        >>> mask = np.zeros((10, 10), bool)
        >>> mask[4:6, 1:5] = True
        >>> found = measure(mask, (0.5, 0.25))
        >>> found.area_px, found.area_mm2, found.centroid, found.depth_mm
        (8, 1.0, (4.5, 2.5), 2.0)

    References:
        [1] M. R. Teague (1980), "Image analysis via the general theory of moments", doi:10.1364/JOSA.70.000920.
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(f"Expected a bool mask of shape (H, W), received {mask.dtype} {mask.shape}; compare it first")
    if spacing is not None and not all(math.isfinite(side) and side > 0 for side in spacing):
        raise ValueError(f"spacing must be two positive numbers of millimetres, received {spacing}; None if unknown")
    pixels = mask.view(np.uint8) if mask.flags.c_contiguous else mask.astype(np.uint8)
    area = int(cv2.countNonZero(pixels))
    if not area:
        return Measurement(0, 0, None if spacing is None else 0.0, *[None] * 11)
    _, first, width, height = cv2.boundingRect(pixels)
    moments = cv2.moments(pixels, binaryImage=True)
    depth = max(first - top, 0)
    major, minor = _axes(moments, (1.0, 1.0))
    row, column = spacing or (math.nan, math.nan)
    major_mm, minor_mm = _axes(moments, spacing) if spacing else (math.nan, math.nan)

    def known(millimetres: float) -> float | None:
        return None if spacing is None else float(millimetres)

    return Measurement(
        parts=cv2.connectedComponents(pixels, connectivity=8)[0] - 1,
        area_px=area,
        area_mm2=known(area * row * column),
        centroid=(moments["m01"] / area, moments["m10"] / area),
        depth_px=float(depth),
        depth_mm=known(depth * row),
        width_px=float(width),
        width_mm=known(width * column),
        height_px=float(height),
        height_mm=known(height * row),
        major_px=major,
        major_mm=known(major_mm),
        minor_px=minor,
        minor_mm=known(minor_mm),
    )


def _axes(moments: dict[str, float], spacing: Spacing) -> tuple[float, float]:
    """Longer and shorter axis of the ellipse with these second moments, in units of spacing."""
    row, column = spacing
    down = (moments["mu02"] / moments["m00"] + 1 / 12) * row * row
    across = (moments["mu20"] / moments["m00"] + 1 / 12) * column * column
    both = moments["mu11"] / moments["m00"] * row * column
    middle, spread = (down + across) / 2, math.hypot((down - across) / 2, both)
    return 4 * math.sqrt(middle + spread), 4 * math.sqrt(max(middle - spread, 0))
