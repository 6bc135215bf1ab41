"""How training frames are varied: moved and bent with their masks, and in their grey levels alone."""

import cv2
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from neuroscan.learning.config import Augmentation
from neuroscan.types import Mask

_GRID = (4, 5)


def augment_layers(strength: Augmentation) -> list[layers.Layer]:
    """Keras layers that move pictures as a whole; a kind of strength 0 is left out.

    What moves in from outside is mirrored tissue: black corners would shift each frame's mean and deviation, and a
    network that has only met such frames fails on whole ones.
    """
    moves: list[layers.Layer] = []
    if strength.flip:
        moves.append(layers.RandomFlip("horizontal"))
    if strength.rotation:
        moves.append(layers.RandomRotation(strength.rotation / 360, fill_mode="reflect"))
    if strength.zoom_out or strength.zoom_in:
        # Keras' zoom factor is that of the picture's field of view: negative shows less, which enlarges.
        field = (1 / (1 + strength.zoom_in) - 1, 1 / (1 - strength.zoom_out) - 1)
        moves.append(layers.RandomZoom(field, fill_mode="reflect"))
    if strength.stretch:
        moves.append(layers.RandomZoom(0.0, (-strength.stretch, strength.stretch), fill_mode="reflect"))
    if strength.translation:
        shift = (-strength.translation, strength.translation)
        moves.append(layers.RandomTranslation(shift, shift, fill_mode="reflect"))
    return moves


def move(
    images: NDArray[np.float32],
    masks: NDArray[np.float32],
    moves: list[layers.Layer],
    random: np.random.Generator,
    *,
    elastic: float = 0.0,
) -> tuple[NDArray[np.float32], Mask]:
    """Move images and masks together, as two channels of one picture, the same way for the same state of `random`.

    Args:
        images: shape (N, h, w), grey levels 0 to 255.
        masks: shape (N, h, w), 0 or 1.
        moves: from `augment_layers`.
        random: seeds each of them anew, whatever it has done before.
        elastic: of `Augmentation`.
    """
    pictures = np.stack([images, 255 * masks], axis=-1).astype(np.float32)
    for layer in moves:
        layer.generator.state.assign([int(random.integers(2**31)), 0])
        pictures = layer(pictures, training=True)
    moved = keras.ops.convert_to_numpy(pictures)
    if elastic:
        moved = _bend(moved, elastic, random)
    return moved[..., 0].copy(), moved[..., 1] >= 127.5


def _bend(pictures: NDArray[np.float32], deviation: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Bend pictures (N, h, w, 2) smoothly, as pressure bends tissue: shifts are drawn on a coarse grid.

    Keras' RandomElasticTransform shifts each pixel by noise hardly smoothed, which frays edges and bends nothing.

    References:
        O. Ronneberger, P. Fischer, T. Brox (2015), doi:10.1007/978-3-319-24574-4_28, section 3.1.
    """
    count, height, width, _ = pictures.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    down = rows + height * _slow_field((count, height, width), deviation, random)
    across = columns + width * _slow_field((count, height, width), deviation, random)
    bent = [
        cv2.remap(*frame, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        for frame in zip(pictures, across, down, strict=True)
    ]
    return np.stack(bent)


def vary_grey(images: NDArray[np.float32], strength: Augmentation, random: np.random.Generator) -> NDArray[np.float32]:
    """Vary gamma, gain, contrast, speckle, shade and sharpness of each frame.

    Shape (N, h, w), grey levels 0 to 255, in and out.
    """
    shape = (len(images), 1, 1)
    gamma = 2.0 ** random.uniform(-strength.gamma, strength.gamma, shape)
    contrast = 1 + random.uniform(-strength.gain, strength.gain, shape)
    brightness = 255 * random.uniform(-strength.gain, strength.gain, shape)
    speckle = 1 + random.uniform(0, strength.noise, shape) * random.standard_normal(images.shape)
    levels = 255 * (np.clip(images, 0, 255) / 255) ** gamma
    # Black stays black: brightness is added in proportion, as a machine's gain would.
    varied = levels * contrast * speckle + brightness * (levels / 255)
    if strength.shade:
        varied *= 2.0 ** _slow_field(images.shape, strength.shade, random)
    varied = np.clip(varied, 0, 255)
    if strength.blur:
        widths = random.uniform(0.01, strength.blur, len(images))
        varied = np.stack([cv2.GaussianBlur(frame, (0, 0), width) for frame, width in zip(varied, widths, strict=True)])
    return np.asarray(varied, np.float32)


def _slow_field(shape: tuple[int, ...], deviation: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Draw a smooth field for each frame, shape (N, h, w), from Gaussian values on a coarse grid."""
    count, height, width = shape
    coarse = random.normal(0, deviation, (count, *_GRID)).astype(np.float32)
    return np.stack([cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) for grid in coarse])
