"""Where to look closer: a window about a small nerve, for a second pass of the network."""

import math

from neuroscan.imaging.preprocess import Box, bounding_box
from neuroscan.types import Mask

NERVE_SHARE = 0.03
"""Share of the window that the nerve takes: about its median share of the scanned area in training, which is 0.029
(UNS), 0.034 (usgra) and 0.028 (phantoms)."""

_MARGIN = 1.3
"""Smallest ratio of the window's sides to those of the nerve's bounding box."""
_SCALES = (0.5, 0.95)
"""Smallest and largest ratio of the window's sides to the scanned area's; a larger window would show nothing new."""


def window(nerve: Mask, area: Box) -> Box | None:
    """Choose a window about a small nerve in which it is, at most, as large as the median nerve of training.

    Args:
        nerve: what of the area is nerve, shape (h, w), at any resolution.
        area: the scanned area, in the frame's pixels.

    Returns:
        A box inside the area and, to rounding, of its aspect ratio, in the frame's pixels, with all of the nerve; None
        where there is no nerve, or a window would show nearly all of the area: the nerve is not small, or long, or its
        parts lie far apart.

    References:
        Y. Zhou et al. (2017), "A Fixed-Point Model for Pancreas Segmentation in Abdominal CT Scans" (coarse-to-fine),
        arXiv:1612.08230.
    """
    if not nerve.any():
        return None
    found = bounding_box(nerve)
    extent = max((found.bottom - found.top) / nerve.shape[0], (found.right - found.left) / nerve.shape[1])
    scale = max(math.sqrt(nerve.mean() / NERVE_SHARE), _MARGIN * extent, _SCALES[0])
    if scale > _SCALES[1]:
        return None
    top, bottom = _span(found.top + found.bottom, nerve.shape[0], scale, area.bottom - area.top)
    left, right = _span(found.left + found.right, nerve.shape[1], scale, area.right - area.left)
    return Box(area.top + top, area.top + bottom, area.left + left, area.left + right)


def _span(ends: int, size: int, scale: float, length: int) -> tuple[int, int]:
    """Place a span of `scale` of a length about the middle between two ends that sum up to `ends` of a size."""
    span = max(1, round(scale * length))
    start = round(ends / 2 / size * length - span / 2)
    start = min(max(start, 0), length - span)
    return start, start + span
