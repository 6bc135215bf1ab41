"""Confusion counts over pixels (tp, fp, fn, tn); every overlap score is one line on them."""

from dataclasses import dataclass

import numpy as np

from neuroscan.types import Mask


@dataclass(frozen=True)
class Counts:
    """Confusion counts of a predicted mask, and the scores that follow from them.

    Every score is in [0, 1], 1 is best, and none is ever NaN: what a score is when a mask is empty stands beside it.

    Attributes:
        tp: nerve pixels predicted as nerve.
        fp: other pixels predicted as nerve.
        fn: nerve pixels missed.
        tn: other pixels left alone.

    Source:
        Metrics Reloaded, doi:10.1038/s41592-023-02151-z, also on why accuracy misleads for small structures. Dice:
        L. R. Dice, doi:10.2307/1932409. IoU: P. Jaccard, doi:10.1111/j.1469-8137.1912.tb05611.x.
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def both_empty(self) -> bool:
        """True when neither mask has a nerve pixel."""
        return self.tp + self.fp + self.fn == 0

    @property
    def dice(self) -> float:
        """Overlap, 2 tp / (2 tp + fp + fn). Both masks empty: 1. Exactly one empty: 0."""
        return 1.0 if self.both_empty else 2 * self.tp / (2 * self.tp + self.fp + self.fn)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: over the pixels of a frame the same number as Dice."""
        return self.dice

    @property
    def iou(self) -> float:
        """Intersection over union, tp / (tp + fp + fn). Both masks empty: 1. Exactly one empty: 0."""
        return 1.0 if self.both_empty else self.tp / (self.tp + self.fp + self.fn)

    @property
    def precision(self) -> float:
        """Share of predicted pixels that are right, tp / (tp + fp). Both empty: 1. Exactly one empty: 0."""
        # 0 / 0 when only the prediction is empty: a miss, so 0.
        return 1.0 if self.both_empty else self.tp / max(self.tp + self.fp, 1)

    @property
    def recall(self) -> float:
        """Share of nerve pixels found, tp / (tp + fn). Both empty: 1. Exactly one empty: 0."""
        # 0 / 0 when only the true mask is empty: a false alarm, so 0.
        return 1.0 if self.both_empty else self.tp / max(self.tp + self.fn, 1)

    @property
    def specificity(self) -> float:
        """Share of other pixels left alone, tn / (tn + fp). Predicted mask empty: 1, as are both.

        Only the true mask empty: as the formula says. A true mask that fills the frame has no other pixel: 1.
        """
        negatives = self.tn + self.fp
        return self.tn / negatives if negatives else 1.0

    @property
    def accuracy(self) -> float:
        """Share of all pixels that are right, (tp + tn) / all; shown because people ask. Both masks empty: 1.

        Exactly one empty: the share of pixels outside the other, about 0.97 for a nerve.
        """
        return (self.tp + self.tn) / (self.tp + self.fp + self.fn + self.tn)


def check_pair(y_true: Mask, y_pred: Mask) -> None:
    """Raise unless two masks can be compared pixel by pixel.

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.

    Raises:
        ValueError: a mask is not boolean, not two-dimensional or empty of pixels, or the shapes differ.

    Example:
        >>> check_pair(np.zeros((2, 3), bool), np.zeros((2, 3), bool))
    """
    for name, mask in (("y_true", y_true), ("y_pred", y_pred)):
        if mask.dtype != np.bool_ or mask.ndim != 2 or mask.size == 0:
            raise ValueError(
                f"{name} is {mask.dtype} of shape {mask.shape}; expected bool (H, W), one pixel or more. "
                "Make a mask with `array > 0` or `probability >= threshold`."
            )
    if y_true.shape != y_pred.shape:
        raise ValueError(
            f"y_true has shape {y_true.shape} and y_pred {y_pred.shape}; expected the same shape. "
            "Bring the prediction to the frame's own size first."
        )


def count(y_true: Mask, y_pred: Mask) -> Counts:
    """Count true and false positives and negatives of a predicted mask.

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.

    Returns:
        The four counts; they add up to H times W.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> count(np.array([[True, True, False, False]]), np.array([[True, False, True, False]]))
        Counts(tp=1, fp=1, fn=1, tn=1)
    """
    check_pair(y_true, y_pred)
    tp = int(np.count_nonzero(y_true & y_pred))
    fp = int(np.count_nonzero(y_pred)) - tp
    fn = int(np.count_nonzero(y_true)) - tp
    return Counts(tp, fp, fn, y_true.size - tp - fp - fn)


def dice(y_true: Mask, y_pred: Mask) -> float:
    """Compute Dice, 2 |A and B| / (|A| + |B|), alone; for several scores `count` once.

    Args:
        y_true: the expert's mask A, (H, W) bool.
        y_pred: the predicted mask B, (H, W) bool.

    Returns:
        Dice in [0, 1]; both masks empty: 1 (Kaggle's rule); exactly one empty: 0.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> dice(np.array([[True, True, False]]), np.array([[True, False, False]]))
        0.6666666666666666

    Source:
        L. R. Dice, Ecology 26 (1945), doi:10.2307/1932409.
    """
    return count(y_true, y_pred).dice
