"""A frame's presence score: from the network's head, from its map, or from the head and how certain the map is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr, expit, logit

from neuroscan.inference.card import HEAD, MAP, Card

_TOP_SHARE = 0.005
_MIN_FOREGROUND_SHARE = 0.001
_MIN_HEAD = 1e-6


def from_map(probability: NDArray[np.float32]) -> float:
    """Score presence by the mean of the largest 0.5 % of a map's probabilities; shape (h, w) in, in [0, 1] out."""
    count = max(1, round(_TOP_SHARE * probability.size))
    return float(np.partition(probability, -count, axis=None)[-count:].mean())


def certainty(probability: NDArray[np.float32], threshold: float) -> float:
    """Negative log of the map's total binary entropy (nats) per foreground pixel.

    A map that is certain of a nerve wavers along its outline alone; one that only suspects some wavers all over.

    Args:
        probability: shape (h, w), in [0, 1].
        threshold: a pixel at or over it is foreground; fewer than 0.1 % of the pixels count as that many.

    Returns:
        The higher, the more certain; an entropy under 1e-6 nats a pixel counts as that.

    Example:
        >>> sure, unsure = np.float32([[1, 0.9, 0]]), np.float32([[0.7, 0.6, 0.5]])
        >>> certainty(sure, 0.5) > certainty(unsure, 0.5)
        True

    References:
        C. E. Shannon (1948), "A Mathematical Theory of Communication", doi:10.1002/j.1538-7305.1948.tb01338.x.
    """
    values = probability.astype(np.float64)
    foreground = max((probability >= threshold).sum(), _MIN_FOREGROUND_SHARE * probability.size)
    return float(-np.log(max((entr(values) + entr(1 - values)).sum() / foreground, 1e-6)))


def head_logit(head: float) -> float:
    """Logit of a head's score; 1e-6 from 0 and 1 at the least."""
    return float(logit(np.clip(head, _MIN_HEAD, 1 - _MIN_HEAD)))


def fused(logits: ArrayLike, certainties: ArrayLike, coefficients: Sequence[float]) -> NDArray[np.float64]:
    """Fuse head and map by logistic regression: sigmoid(a logit + b certainty + c).

    Args:
        logits: of `head_logit`, any shape.
        certainties: of `certainty`, the same shape.
        coefficients: a, b and the intercept c.
    """
    of_logit, of_certainty, intercept = coefficients
    return np.asarray(expit(of_logit * np.asarray(logits) + of_certainty * np.asarray(certainties) + intercept))


def score(card: Card, probability: NDArray[np.float32], head: float) -> float:
    """Score presence as a model's card says.

    Args:
        card: of the model.
        probability: its map, calibrated, shape (h, w).
        head: what its head gives.

    Returns:
        In [0, 1]: the head's score, the map's, or both `fused` by the card's coefficients.
    """
    if card.presence_from == HEAD:
        return float(head)
    if card.presence_from == MAP:
        return from_map(probability)
    return float(fused(head_logit(head), certainty(probability, card.threshold), card.presence_coefficients))
