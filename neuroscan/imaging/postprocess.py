"""From a probability map to a mask: threshold, then filter connected components."""

import cv2
import numpy as np

from neuroscan.types import Mask, Probability


def clean(
    probability: Probability,
    threshold: float,
    *,
    min_area_px: int = 0,
    keep_largest: bool = False,
) -> Mask:
    """Threshold a probability map, then filter the connected components (8-connectivity) of the mask.

    Small components go first. With the options left alone the mask is `probability >= threshold` and nothing else,
    which is what threshold curves and counts speak of.

    Args:
        probability: shape (H, W), in [0, 1].
        threshold: in [0, 1]; 0 takes every pixel. Compared in float32, as the map is kept.
        min_area_px: components of fewer pixels are dropped.
        keep_largest: keep the largest component alone; of equals the higher one, then the one further left.

    Returns:
        The mask, shape (H, W), always a new array.

    Raises:
        ValueError: if the map has no two axes, the threshold lies outside [0, 1] or the area is negative.

    Example:
        >>> clean(np.array([[0.9, 0.2, 0.5, 0.6]], np.float32), 0.5, keep_largest=True).astype(int)
        array([[0, 0, 1, 1]])
    """
    if probability.ndim != 2:
        raise ValueError(f"Expected a probability map of shape (H, W), received {probability.shape}; pass one frame")
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must lie in [0, 1], received {threshold}; give it as a share, 0.5 for 50 %")
    if min_area_px < 0:
        raise ValueError(f"min_area_px must be 0 or more, received {min_area_px}; 0 keeps every component")
    mask: Mask = probability >= np.float32(threshold)
    if not keep_largest and min_area_px <= 1:
        return mask
    # Components lie in the box around the mask: looking there alone takes a fraction of the time.
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return mask
    box = mask[top : top + height, left : left + width]
    box[:] = _filter_components(box, min_area_px, keep_largest)
    return mask


def largest_component(mask: Mask) -> Mask:
    """Keep the largest connected component alone, as `clean` does; shape (H, W) in and out, a new array."""
    return _filter_components(mask, 0, keep_largest=True)


def _filter_components(mask: Mask, min_area_px: int, keep_largest: bool) -> Mask:
    """The mask without the connected components that are too small, or not the largest."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    valid = areas >= min_area_px
    valid[0] = False  # label 0 is the background
    if keep_largest and len(areas) > 1:
        # OpenCV's labels follow no order to rely on, so equals are told apart by where they begin.
        largest_label = 1 + int(np.lexsort((stats[1:, cv2.CC_STAT_LEFT], stats[1:, cv2.CC_STAT_TOP], -areas[1:]))[0])
        valid[np.arange(len(areas)) != largest_label] = False
    return valid[labels]
