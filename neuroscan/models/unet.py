"""U-Net: an encoder, a decoder, and skips between them."""

import keras
from keras import layers

from neuroscan.models.blocks import check_divisible, conv_block, mask_head, presence_head

_GROWTH = (1, 2, 4, 6, 8)
"""Filters of each level, in multiples of `base_filters`. Plain doubling to 16 would cost 1.0 million parameters more at
the two smallest sizes, and the shipped files would outgrow 10 MB."""


def unet(input_shape: tuple[int, int, int] = (128, 176, 1), *, base_filters: int = 16) -> keras.Model:
    """Build a U-Net with batch normalisation, 'same' padding and a presence head.

    Four halvings; the decoder doubles by transposed convolution and joins the encoder's features of the same size.
    At the default size and width: 0.95 million parameters, 0.87 billion multiply-adds a pass.

    Args:
        input_shape: (height, width, 1); height and width are multiples of 16.
        base_filters: filters of the first level, at full size.

    Returns:
        Model from (height, width, 1) to {"mask": (height, width, 1), "presence": (1,)}, both in [0, 1].

    Raises:
        ValueError: the input size is no multiple of 16.

    References:
        O. Ronneberger, P. Fischer, T. Brox (2015), "U-Net: Convolutional Networks for Biomedical Image
        Segmentation", doi:10.1007/978-3-319-24574-4_28.
    """
    *sizes, smallest = [base_filters * times for times in _GROWTH]
    check_divisible(input_shape, 2 ** len(sizes))
    image = x = keras.Input(input_shape, name="image")
    skips = []
    for level, filters in enumerate(sizes):
        x = conv_block(x, filters, name=f"down{level}")
        skips.append(x)
        x = layers.MaxPooling2D(name=f"down{level}_pool")(x)
    x = deep = conv_block(x, smallest, name="bottom")
    x = layers.Dropout(0.2, name="bottom_dropout")(x)
    for level, filters in reversed(list(enumerate(sizes))):
        x = layers.Conv2DTranspose(filters, 2, strides=2, name=f"up{level}_double")(x)
        x = layers.Concatenate(name=f"up{level}_join")([x, skips[level]])
        x = conv_block(x, filters, name=f"up{level}")
    return keras.Model(image, {"mask": mask_head(x), "presence": presence_head(deep)}, name="unet")
