"""Overlap of two masks. The formulas stand in `counts`, one line each; for several scores count once."""

from neuroscan.evaluation.counts import count
from neuroscan.types import Mask


def dice(y_true: Mask, y_pred: Mask) -> float:
    """Compute Dice, 2 |A and B| / (|A| + |B|); over the pixels of a frame the same number as F1.

    Args:
        y_true: the expert's mask A, (H, W) bool.
        y_pred: the predicted mask B, (H, W) bool.

    Returns:
        Dice in [0, 1]; both masks empty: 1 (Kaggle's rule); exactly one empty: 0.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> import numpy as np
        >>> dice(np.array([[True, True, False]]), np.array([[True, False, False]]))
        0.6666666666666666

    Source:
        L. R. Dice, Ecology 26 (1945), doi:10.2307/1932409; Metrics Reloaded, doi:10.1038/s41592-023-02151-z.
    """
    return count(y_true, y_pred).dice


def iou(y_true: Mask, y_pred: Mask) -> float:
    """Compute intersection over union, |A and B| / |A or B|; it is Dice / (2 - Dice).

    Args:
        y_true: the expert's mask A, (H, W) bool.
        y_pred: the predicted mask B, (H, W) bool.

    Returns:
        IoU in [0, 1]; both masks empty: 1; exactly one empty: 0.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> import numpy as np
        >>> iou(np.array([[True, True, False]]), np.array([[True, False, False]]))
        0.5

    Source:
        P. Jaccard, New Phytologist 11 (1912), doi:10.1111/j.1469-8137.1912.tb05611.x.
    """
    return count(y_true, y_pred).iou


def precision(y_true: Mask, y_pred: Mask) -> float:
    """Compute the share of the predicted pixels that are nerve, tp / (tp + fp).

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.

    Returns:
        Precision in [0, 1]; both masks empty: 1; exactly one empty: 0.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> import numpy as np
        >>> precision(np.array([[True, True, False]]), np.array([[True, False, False]]))
        1.0

    Source:
        Metrics Reloaded, "positive predictive value", doi:10.1038/s41592-023-02151-z.
    """
    return count(y_true, y_pred).precision


def recall(y_true: Mask, y_pred: Mask) -> float:
    """Compute the share of the nerve's pixels that were found, tp / (tp + fn).

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.

    Returns:
        Recall in [0, 1]; both masks empty: 1; exactly one empty: 0.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> import numpy as np
        >>> recall(np.array([[True, True, False]]), np.array([[True, False, False]]))
        0.5

    Source:
        Metrics Reloaded, "sensitivity", doi:10.1038/s41592-023-02151-z.
    """
    return count(y_true, y_pred).recall


def specificity(y_true: Mask, y_pred: Mask) -> float:
    """Compute the share of the other pixels that were left alone, tn / (tn + fp); high on any small nerve.

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.

    Returns:
        Specificity in [0, 1]; 1 where the predicted mask is empty, or the true one fills the frame.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> import numpy as np
        >>> specificity(np.array([[True, False, False]]), np.array([[True, True, False]]))
        0.5

    Source:
        Metrics Reloaded, doi:10.1038/s41592-023-02151-z.
    """
    return count(y_true, y_pred).specificity


def accuracy(y_true: Mask, y_pred: Mask) -> float:
    """Compute the share of all pixels that are right, (tp + tn) / all; shown because people ask for it.

    A nerve covers about 3 % of a frame that has one, so an empty mask scores about 0.97 there.

    Args:
        y_true: the expert's mask, (H, W) bool.
        y_pred: the predicted mask, (H, W) bool.

    Returns:
        Accuracy in [0, 1]; both masks empty: 1; exactly one empty: the share of pixels outside the other.

    Raises:
        ValueError: a mask is not a bool (H, W), or the shapes differ.

    Example:
        >>> import numpy as np
        >>> accuracy(np.array([[True, False, False, False]]), np.zeros((1, 4), bool))
        0.75

    Source:
        Metrics Reloaded on why it misleads for small structures, doi:10.1038/s41592-023-02151-z.
    """
    return count(y_true, y_pred).accuracy
