"""Keras architectures, one a file. Each takes (height, width, 1) and gives `mask` and `presence`."""

from collections.abc import Callable

import keras

from neuroscan.models.cnn import cnn
from neuroscan.models.mobilenet import mobilenet
from neuroscan.models.unet import unet
from neuroscan.models.vgg import vgg

ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {"unet": unet, "cnn": cnn, "mobilenet": mobilenet, "vgg": vgg}
"""Builders by name: `build(input_shape, *, base_filters)`; `mobilenet` also takes `encoder_weights`."""
