"""Ensemble of models on one frame: their majority vote, and where they disagree."""

from collections.abc import Sequence

import numpy as np

from neuroscan.types import Mask, Probability


def majority(masks: Sequence[Mask]) -> Mask:
    """Majority vote: outline what more than half of the models outline; a tie is no nerve.

    Args:
        masks: one a model, all of shape (H, W).

    Returns:
        Shape (H, W).

    Raises:
        ValueError: there is no mask, or shapes differ.

    Example:
        >>> a, b, c = np.array([[True, True, False]]), np.array([[True, False, False]]), np.array([[True, True, True]])
        >>> majority([a, b, c]).tolist(), majority([a, b]).tolist()
        ([[True, True, False]], [[True, False, False]])
    """
    return _share(masks) > 0.5


def disagreement(masks: Sequence[Mask]) -> Probability:
    """Measure how far the models differ at each pixel.

    Args:
        masks: one a model, all of shape (H, W).

    Returns:
        Shape (H, W): 0 where all say the same, 1 where they are split in half; twice the share of the minority.

    Raises:
        ValueError: there is no mask, or shapes differ.

    Example:
        >>> four = [np.array([[n > 0, n > 1, n > 2, True]]) for n in range(4)]
        >>> disagreement(four).tolist()
        [[0.5, 1.0, 0.5, 0.0]]
    """
    share = _share(masks)
    return (2 * np.minimum(share, 1 - share)).astype(np.float32)


def _share(masks: Sequence[Mask]) -> Probability:
    """Share of the models that outline each pixel."""
    if not masks or len({mask.shape for mask in masks}) > 1:
        raise ValueError(
            f"got masks of shapes {[mask.shape for mask in masks]}; expected one or more of one shape. "
            "Outline the same frame with every model."
        )
    return np.mean(masks, axis=0, dtype=np.float32)
