"""Baselines that a model must beat: nothing anywhere (empty masks), and the training subjects' average mask.

Neither looks at the picture. The average mask is what knowing where nerves usually lie is worth: a model that
scores no better has learned no more than that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from neuroscan.evaluation.thresholds import best_threshold, dice_curve, mean_curve, threshold_counts
from neuroscan.types import Mask, Probability

SIZE = (128, 176)
"""Rows and columns at which masks are averaged; finer than an average of strangers' nerves is sharp."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """A prediction that is the same for every frame.

    Attributes:
        name: for the table.
        template: (h, w) float32 in [0, 1], stretched over any frame.
        threshold: at or above it a pixel is predicted as nerve.
    """

    name: str
    template: Probability
    threshold: float

    def __call__(self, shape: tuple[int, int]) -> Probability:
        """Return the probability for a frame of this shape (H, W), (H, W) float32 in [0, 1]."""
        height, width = shape
        stretched = cv2.resize(self.template, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.clip(stretched, 0, 1, dtype=np.float32)


def nothing_anywhere() -> Baseline:
    """Make the baseline that finds no nerve in any frame.

    Returns:
        Probability 0 everywhere; its Dice is 0 on each frame with a nerve and 1 on each without.

    Example:
        >>> nothing_anywhere()((2, 3)).tolist()
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return Baseline("nothing anywhere", np.zeros((1, 1), np.float32), 0.5)


def average_mask(masks: Iterable[tuple[str, Mask]], *, size: tuple[int, int] = SIZE) -> Baseline:
    """Make the baseline that draws the training subjects' average nerve into every frame.

    Each subject's masks are averaged first, then the subjects, so that a subject with many frames does not outvote
    the others. The threshold is the best one for the mean Dice of the same masks, each subject weighing the same.

    Args:
        masks: subject (source and number together) and mask (H, W) bool of each training frame, of any sizes; give
            the frames with a nerve only, for a baseline that is as strong as can be on such frames.
        size: rows and columns at which they are averaged.

    Returns:
        The average as a probability, with its threshold.

    Raises:
        ValueError: there is no mask, or one is not a bool (H, W).

    Example:
        >>> left, both = np.array([[True, False]]), np.array([[True, True]])
        >>> average = average_mask([("uns/1", left), ("uns/1", left), ("uns/2", both)], size=(1, 2))
        >>> average((1, 2)).tolist()
        [[1.0, 0.5]]
    """
    subjects, small = [], []
    for subject, mask in masks:
        if mask.dtype != np.bool_ or mask.ndim != 2:
            raise ValueError(
                f"a mask of {subject} is {mask.dtype} {mask.shape}; expected bool (H, W). Use `array > 0`."
            )
        area = cv2.resize(mask.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
        subjects.append(subject)
        small.append(area >= 0.5)  # bool, so that thousands of frames stay small in memory
    if not small:
        raise ValueError("got 0 masks; expected 1 or more. Name a folder with training frames that have masks.")
    names, stack = np.array(subjects), np.array(small)
    template = np.mean([stack[names == name].mean(axis=0) for name in np.unique(names)], axis=0).astype(np.float32)
    curves = dice_curve(np.stack([threshold_counts(mask, template) for mask in stack]))
    threshold, _ = best_threshold(mean_curve(curves, groups=names))
    return Baseline("average mask", template, threshold)
