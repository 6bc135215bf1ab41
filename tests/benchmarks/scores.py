"""Surface distances against plain distance transforms over the whole frame."""

import cv2
import numpy as np
from scipy import ndimage

from neuroscan.evaluation.surface import surface_distances
from neuroscan.types import Mask
from tests.benchmarks.timing import median_ms


def _ellipse(center: tuple[int, int], axes: tuple[int, int]) -> Mask:
    """A filled ellipse, (x, y), in a 580x420 frame."""
    return cv2.ellipse(np.zeros((420, 580), np.uint8), center, axes, 20, 0, 360, 1, -1) > 0


def run() -> dict[str, float]:
    """Time HD95, ASSD and NSD of two nerves, both ways."""
    y_true, y_pred = _ellipse((250, 170), (60, 35)), _ellipse((262, 178), (55, 38))

    def plain() -> list[float]:
        distances = []
        for one, other in ((y_true, y_pred), (y_pred, y_true)):
            edge = one ^ ndimage.binary_erosion(one)
            far = ndimage.distance_transform_edt(~(other ^ ndimage.binary_erosion(other)))
            distances.append(far[edge])
        both = np.concatenate(distances)
        return [max(np.percentile(d, 95) for d in distances), both.mean(), (both <= 2).mean()]

    quick, slow = median_ms(lambda: surface_distances(y_true, y_pred)), median_ms(plain)
    return {
        "surface scores of a 580x420 pair (ms)": quick,
        "the same by plain scipy (ms)": slow,
        "surface scores / plain scipy (under 0.33)": quick / slow,
    }
