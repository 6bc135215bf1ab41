"""A plain convolutional encoder-decoder, without skips: what the skips of a U-Net are worth is seen against it."""

import keras
from keras import layers

from neuroscan.models.blocks import check_divisible, conv_block, mask_head, presence_head

_GROWTH = (1, 2, 4, 6)


def cnn(input_shape: tuple[int, int, int] = (128, 176, 1), *, base_filters: int = 16) -> keras.Model:
    """Build a plain encoder-decoder with a presence head.

    Three halvings by max pooling, then bilinear doublings, one convolution each; nothing but the smallest features
    reaches the decoder, so that fine outlines are lost.
    At the default size and width: 0.37 million parameters, 0.57 billion multiply-adds a pass.

    Args:
        input_shape: (height, width, 1); height and width are multiples of 8.
        base_filters: filters of the first level, at full size.

    Returns:
        Model from (height, width, 1) to {"mask": (height, width, 1), "presence": (1,)}, both in [0, 1].

    Raises:
        ValueError: the input size is no multiple of 8.

    References:
        V. Badrinarayanan, A. Kendall, R. Cipolla (2017), "SegNet", doi:10.1109/TPAMI.2016.2644615: the
        encoder-decoder; here without its pooling indices.
    """
    *sizes, smallest = [base_filters * times for times in _GROWTH]
    check_divisible(input_shape, 2 ** len(sizes))
    image = x = keras.Input(input_shape, name="image")
    for level, filters in enumerate(sizes):
        x = conv_block(x, filters, name=f"down{level}")
        x = layers.MaxPooling2D(name=f"down{level}_pool")(x)
    x = deep = conv_block(x, smallest, repeats=3, name="bottom")
    for level, filters in reversed(list(enumerate(sizes))):
        x = layers.UpSampling2D(interpolation="bilinear", name=f"up{level}_double")(x)
        x = conv_block(x, filters, repeats=1, name=f"up{level}")
    return keras.Model(image, {"mask": mask_head(x), "presence": presence_head(deep)}, name="cnn")
