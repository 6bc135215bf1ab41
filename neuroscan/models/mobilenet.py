"""MobileNet: the encoder of MobileNetV2, trained on photographs or from nothing, and a light separable decoder."""

import keras
from keras import layers

from neuroscan.models.blocks import check_divisible, mask_head, presence_head

ENCODER = "encoder"
"""Name of the encoder inside the model: what a training freezes first."""

_SKIPS = ("block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu")
_BOTTOM = "block_16_project_BN"
_GROWTH = (1, 2, 3, 4)


def mobilenet(
    input_shape: tuple[int, int, int] = (128, 192, 1), *, base_filters: int = 24, encoder_weights: str | None = None
) -> keras.Model:
    """Build a U-shaped network on MobileNetV2 (alpha 0.35), with a presence head.

    The encoder's features at 1/2, 1/4, 1/8 and 1/16 of the size join a decoder of depthwise separable convolutions.
    Normalised grey (standard deviation 1) is halved, cut at -1 and 1 and repeated in three channels: the encoder knows
    colour photographs in that range.
    At the default size and width: 0.34 million parameters, 0.09 billion multiply-adds a pass.

    Args:
        input_shape: (height, width, 1); height and width are multiples of 32.
        base_filters: filters of the decoder at half size.
        encoder_weights: 'imagenet' (fetched by Keras), a path to weights without top, or None for none.

    Returns:
        Model from (height, width, 1) to {"mask": (height, width, 1), "presence": (1,)}, both in [0, 1].

    Raises:
        ValueError: the input size is no multiple of 32, or the encoder's weights cannot be had.

    References:
        M. Sandler et al. (2018), "MobileNetV2", doi:10.1109/CVPR.2018.00474.
    """
    check_divisible(input_shape, 32)
    image = keras.Input(input_shape, name="image")
    x = layers.Rescaling(0.5, name="halve")(image)
    x = layers.ReLU(max_value=2.0, name="cut")(layers.Rescaling(1.0, offset=1.0, name="lift")(x))
    x = layers.Rescaling(1.0, offset=-1.0, name="lower")(x)
    x = layers.Concatenate(name="grey_to_rgb")([x, x, x])
    try:
        base = keras.applications.MobileNetV2(
            input_shape=(*input_shape[:2], 3), alpha=0.35, include_top=False, weights=encoder_weights
        )
    except Exception as error:  # Keras' failure to fetch a file has no narrower class.
        raise ValueError(
            "encoder_weights must be 'imagenet' (fetched from the network), the path of a file for alpha 0.35 without "
            f"top, or nothing, got {encoder_weights!r}: {str(error).partition(chr(10))[0]}"
        ) from error
    encoder = keras.Model(base.input, [base.get_layer(name).output for name in (*_SKIPS, _BOTTOM)], name=ENCODER)
    *skips, deep = encoder(x)
    x = layers.Dropout(0.2, name="bottom_dropout")(deep)
    for level, (times, skip) in reversed(list(enumerate(zip(_GROWTH, skips, strict=True), start=1))):
        x = layers.UpSampling2D(interpolation="bilinear", name=f"up{level}_double")(x)
        x = layers.Concatenate(name=f"up{level}_join")([x, skip])
        x = _separable(x, base_filters * times, name=f"up{level}_a")
        x = _separable(x, base_filters * times, name=f"up{level}_b")
    x = layers.UpSampling2D(interpolation="bilinear", name="up0_double")(x)
    x = _separable(x, max(1, base_filters // 2), name="up0")
    return keras.Model(image, {"mask": mask_head(x), "presence": presence_head(deep)}, name="mobilenet")


def _separable(x: keras.KerasTensor, filters: int, *, name: str) -> keras.KerasTensor:
    """Depthwise separable 3x3 convolution, batch normalisation and ReLU; the size stays."""
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
