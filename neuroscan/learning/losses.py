"""Loss and metric of the mask, in Keras operations of any backend."""

import keras
from keras import ops

_SMOOTH = 1.0


def soft_dice(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Compute Dice of probabilities, frame by frame: (2 sum(t p) + 1) / (sum(t) + sum(p) + 1).

    The 1 is the empty rule: an empty mask met with no probability scores 1, the best, not 0, and one pixel of
    probability on an empty frame already halves the score.

    Args:
        y_true: shape (N, H, W, 1), 0 or 1.
        y_pred: shape (N, H, W, 1), in [0, 1].

    Returns:
        Shape (N,), in (0, 1].

    References:
        F. Milletari, N. Navab, S.-A. Ahmadi (2016), doi:10.1109/3DV.2016.79; with sums in place of their sums of
        squares: C. H. Sudre et al. (2017), doi:10.1007/978-3-319-67558-9_28.
    """
    y_true = ops.cast(y_true, "float32")
    y_pred = ops.cast(y_pred, "float32")
    overlap = ops.sum(y_true * y_pred, axis=(1, 2, 3))
    total = ops.sum(y_true, axis=(1, 2, 3)) + ops.sum(y_pred, axis=(1, 2, 3))
    return (2 * overlap + _SMOOTH) / (total + _SMOOTH)


@keras.saving.register_keras_serializable("neuroscan")
def dice_cross_entropy(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Compute 1 - soft Dice plus pixel-mean binary cross-entropy, frame by frame.

    Dice alone has no gradient worth having on empty frames, cross-entropy alone drowns the nerve in background.

    Args:
        y_true: shape (N, H, W, 1), 0 or 1.
        y_pred: shape (N, H, W, 1), in [0, 1].

    Returns:
        Shape (N,), 0 at best.
    """
    entropy = ops.mean(keras.losses.binary_crossentropy(ops.cast(y_true, "float32"), y_pred), axis=(1, 2))
    return 1 - soft_dice(y_true, y_pred) + entropy


@keras.saving.register_keras_serializable("neuroscan")
class PositiveDice(keras.metrics.Mean):
    """Mean Dice over the frames that have a nerve, at threshold 0.5; frames without one do not count.

    Equal to `evaluation.counts.dice` on each frame.
    """

    def update_state(
        self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor, sample_weight: keras.KerasTensor | None = None
    ) -> None:
        """Add a batch: shapes (N, H, W, 1); `sample_weight` (N,) weighs frames."""
        y_true = ops.cast(y_true, "float32")
        y_pred = ops.cast(y_pred >= 0.5, "float32")
        overlap = ops.sum(y_true * y_pred, axis=(1, 2, 3))
        size = ops.sum(y_true, axis=(1, 2, 3))
        dice = 2 * overlap / ops.maximum(size + ops.sum(y_pred, axis=(1, 2, 3)), 1)
        weight = ops.cast(size > 0, "float32")
        if sample_weight is not None:
            weight = weight * ops.cast(ops.reshape(sample_weight, (-1,)), "float32")
        super().update_state(dice, sample_weight=weight)
