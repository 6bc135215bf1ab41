"""Pieces that the architectures share."""

import keras
from keras import layers


def conv_block(x: keras.KerasTensor, filters: int, *, repeats: int = 2, name: str) -> keras.KerasTensor:
    """Apply 3x3 convolution, batch normalisation and ReLU, `repeats` times; the size stays."""
    for i in range(1, repeats + 1):
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv{i}"
        )(x)
        # Short memory: an epoch here is some eighty batches, and validation uses the running statistics.
        x = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm{i}")(x)
        x = layers.ReLU(name=f"{name}_relu{i}")(x)
    return x


def mask_head(x: keras.KerasTensor) -> keras.KerasTensor:
    """Turn features (H, W, C) into the probability of nerve for each pixel, (H, W, 1) in [0, 1]."""
    # float32, so that mixed precision does not round probabilities.
    return layers.Conv2D(1, 1, activation="sigmoid", dtype="float32", name="mask")(x)


def presence_head(x: keras.KerasTensor) -> keras.KerasTensor:
    """Turn deep features (h, w, C) into the probability that the frame shows a nerve anywhere, (1,) in [0, 1].

    The strongest and the mean response of each channel are weighed: one small nerve is enough to say yes.
    """
    pooled = layers.Concatenate(name="presence_pool")(
        [layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)]
    )
    pooled = layers.Dropout(0.3, name="presence_dropout")(pooled)
    return layers.Dense(1, activation="sigmoid", dtype="float32", name="presence")(pooled)


def check_divisible(input_shape: tuple[int, int, int], step: int) -> None:
    """Refuse an input size that the encoder's halvings would not divide.

    Raises:
        ValueError: height or width is no multiple of `step`.
    """
    height, width, _ = input_shape
    if height % step or width % step:
        raise ValueError(f"input size must be a multiple of {step}, got {height}x{width}; change height and width")
