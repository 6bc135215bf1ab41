"""VGGNet: the thirteen 3x3 convolutions of VGG16, and the head of FCN-8s."""

import keras
from keras import layers

from neuroscan.models.blocks import check_divisible, conv_block, presence_head

_BLOCKS = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))
"""Filters, in multiples of `base_filters`, and convolutions of each block, as VGG16 has them from 64 filters on."""


def vgg(input_shape: tuple[int, int, int] = (128, 192, 1), *, base_filters: int = 16) -> keras.Model:
    """Build VGG16's layout, a quarter as wide so that both files fit in 10 MB, with FCN-8s and presence heads.

    Batch-normalised; five blocks, each halved by max pooling. The nerve is scored at 1/32, 1/16 and 1/8 of the size;
    the scores are doubled and added, and the last is enlarged eight times. VGG16's own 64 filters would make 68 MB a
    file.
    At the default size and width: 1.07 million parameters, 0.47 billion multiply-adds a pass.

    Args:
        input_shape: (height, width, 1); height and width are multiples of 32.
        base_filters: filters of the first block, at full size; 64 is VGG16's own.

    Returns:
        Model from (height, width, 1) to {"mask": (height, width, 1), "presence": (1,)}, both in [0, 1].

    Raises:
        ValueError: the input size is no multiple of 32.

    References:
        K. Simonyan, A. Zisserman (2015), "Very Deep Convolutional Networks", arXiv:1409.1556.
        J. Long, E. Shelhamer, T. Darrell (2015), "Fully Convolutional Networks", doi:10.1109/CVPR.2015.7298965.
    """
    check_divisible(input_shape, 2 ** len(_BLOCKS))
    image = x = keras.Input(input_shape, name="image")
    pools = []
    for number, (times, repeats) in enumerate(_BLOCKS, start=1):
        x = conv_block(x, base_filters * times, repeats=repeats, name=f"block{number}")
        x = layers.MaxPooling2D(name=f"block{number}_pool")(x)
        pools.append(x)
    x = deep = conv_block(x, base_filters * _BLOCKS[-1][0], repeats=1, name="fc6")
    x = layers.Dropout(0.2, name="fc6_dropout")(x)
    score = layers.Conv2D(1, 1, name="score32")(x)
    for name, pool in (("score16", pools[3]), ("score8", pools[2])):
        score = layers.Conv2DTranspose(1, 4, strides=2, padding="same", name=f"{name}_double")(score)
        score = layers.Add(name=f"{name}_sum")([score, layers.Conv2D(1, 1, name=name)(pool)])
    score = layers.Conv2DTranspose(1, 16, strides=8, padding="same", name="score1")(score)
    mask = layers.Activation("sigmoid", dtype="float32", name="mask")(score)
    return keras.Model(image, {"mask": mask, "presence": presence_head(deep)}, name="vgg")
