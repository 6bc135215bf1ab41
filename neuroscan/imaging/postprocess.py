"""From a probability map to a mask: threshold, then clean up."""

import cv2
import numpy as np

from neuroscan.types import Mask, Probability


def clean(
    probability: Probability,
    threshold: float,
    *,
    smallest_area_px: int = 0,
    largest_only: bool = False,
) -> Mask:
    """Call a pixel nerve where its probability is at or over the threshold, then clean the mask up.

    Small parts go first. A part is a set of pixels that touch by a side or a corner (8-connectivity). With the options
    left alone the mask is `probability >= threshold` and nothing else, which is what threshold curves and counts speak
    of.

    Args:
        probability: shape (H, W), in [0, 1].
        threshold: in [0, 1]; 0 takes every pixel. Compared in float32, as the map is kept.
        smallest_area_px: parts of fewer pixels are dropped.
        largest_only: keep the largest part alone; of equals the higher one, then the one further left.

    Returns:
        The mask, shape (H, W), always a new array.

    Raises:
        ValueError: if the map has no two axes, the threshold lies outside [0, 1] or the area is negative.

    Example:
        >>> clean(np.array([[0.9, 0.2, 0.5, 0.6]], np.float32), 0.5, largest_only=True).astype(int)
        array([[0, 0, 1, 1]])
    """
    if probability.ndim != 2:
        raise ValueError(f"Expected a probability map of shape (H, W), received {probability.shape}; pass one frame")
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must lie in [0, 1], received {threshold}; give it as a share, 0.5 for 50 %")
    if smallest_area_px < 0:
        raise ValueError(f"smallest_area_px must be 0 or more, received {smallest_area_px}; 0 keeps every part")
    mask: Mask = probability >= np.float32(threshold)
    if not largest_only and smallest_area_px <= 1:
        return mask
    # Parts lie in the box around the mask: looking there alone takes a fraction of the time.
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return mask
    box = mask[top : top + height, left : left + width]
    box[:] = _parts_kept(box, smallest_area_px, largest_only)
    return mask


def largest_part(mask: Mask) -> Mask:
    """Keep the largest part alone, as `clean` does; shape (H, W) in and out, a new array."""
    return _parts_kept(mask, 0, largest_only=True)


def _parts_kept(mask: Mask, smallest_area_px: int, largest_only: bool) -> Mask:
    """The mask without the parts that are too small, or not the largest."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    kept = areas >= smallest_area_px
    kept[0] = False  # label 0 is the background
    if largest_only and len(areas) > 1:
        # OpenCV's labels follow no order to rely on, so equals are told apart by where they begin.
        largest = 1 + int(np.lexsort((stats[1:, cv2.CC_STAT_LEFT], stats[1:, cv2.CC_STAT_TOP], -areas[1:]))[0])
        kept[np.arange(len(areas)) != largest] = False
    return kept[labels]
