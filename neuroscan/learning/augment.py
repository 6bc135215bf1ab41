"""Augmentation of training frames: spatial, image and mask together, and of intensity, the image alone."""

import cv2
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from scipy import fft

from neuroscan.learning.config import Augmentation
from neuroscan.types import Mask

_GRID = (4, 5)
_KERNELS = 4
_KERNEL_SIDES = (3, 5)


def spatial_layers(strength: Augmentation) -> list[layers.Layer]:
    """Build the Keras layers of the affine transforms; one of strength 0 is left out.

    Padding reflects: black corners would shift each frame's mean and standard deviation, and a network that has only
    met such frames fails on whole ones.
    """
    transforms: list[layers.Layer] = []
    if strength.flip:
        transforms.append(layers.RandomFlip("horizontal"))
    if strength.rotation:
        transforms.append(layers.RandomRotation(strength.rotation / 360, fill_mode="reflect"))
    if strength.zoom_out or strength.zoom_in:
        # Keras' zoom factor is that of the field of view: negative shows less, which enlarges.
        field = (1 / (1 + strength.zoom_in) - 1, 1 / (1 - strength.zoom_out) - 1)
        transforms.append(layers.RandomZoom(field, fill_mode="reflect"))
    if strength.aspect:
        transforms.append(layers.RandomZoom(0.0, (-strength.aspect, strength.aspect), fill_mode="reflect"))
    if strength.translation:
        shift = (-strength.translation, strength.translation)
        transforms.append(layers.RandomTranslation(shift, shift, fill_mode="reflect"))
    return transforms


def augment_spatial(
    images: NDArray[np.float32],
    masks: NDArray[np.float32],
    transforms: list[layers.Layer],
    random: np.random.Generator,
    *,
    elastic: float = 0.0,
) -> tuple[NDArray[np.float32], Mask]:
    """Transform images and masks alike, as two channels, the same way for the same state of `random`.

    Args:
        images: shape (N, h, w), grey levels 0 to 255.
        masks: shape (N, h, w), 0 or 1.
        transforms: from `spatial_layers`.
        random: seeds each of them anew, whatever it has done before.
        elastic: of `Augmentation`.

    Returns:
        Images, and masks as booleans, of the same shapes.
    """
    pairs = np.stack([images, 255 * masks], axis=-1).astype(np.float32)
    for layer in transforms:
        layer.generator.state.assign([int(random.integers(2**31)), 0])
        pairs = layer(pairs, training=True)
    augmented = keras.ops.convert_to_numpy(pairs)
    if elastic:
        augmented = _elastic_deform(augmented, elastic, random)
    return augmented[..., 0].copy(), augmented[..., 1] >= 127.5


def _elastic_deform(pairs: NDArray[np.float32], deviation: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Deform image and mask (N, h, w, 2) smoothly, as pressure does tissue: displacements are drawn on a coarse grid.

    Keras' RandomElasticTransform shifts each pixel by noise hardly smoothed, which frays edges and deforms nothing.

    References:
        O. Ronneberger, P. Fischer, T. Brox (2015), doi:10.1007/978-3-319-24574-4_28, section 3.1.
    """
    count, height, width, _ = pairs.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    down = rows + height * _smooth_field((count, height, width), deviation, random)
    across = columns + width * _smooth_field((count, height, width), deviation, random)
    deformed = [
        cv2.remap(*frame, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        for frame in zip(pairs, across, down, strict=True)
    ]
    return np.stack(deformed)


def augment_intensity(
    images: NDArray[np.float32], strength: Augmentation, random: np.random.Generator
) -> NDArray[np.float32]:
    """Augment spectrum, texture, gamma, contrast, brightness, speckle, bias field and sharpness of each frame.

    Shape (N, h, w), grey levels 0 to 255, in and out.
    """
    if strength.amplitude_mix:
        images = _mix_amplitudes(images, strength.amplitude_mix, random)
    if strength.random_convolution:
        images = _convolve_at_random(images, strength.random_convolution, random)
    shape = (len(images), 1, 1)
    gamma = 2.0 ** random.uniform(-strength.gamma, strength.gamma, shape)
    contrast = 1 + random.uniform(-strength.gain, strength.gain, shape)
    brightness = 255 * random.uniform(-strength.gain, strength.gain, shape)
    speckle = 1 + random.uniform(0, strength.speckle, shape) * random.standard_normal(images.shape)
    levels = 255 * (np.clip(images, 0, 255) / 255) ** gamma
    # Black stays black: brightness is added in proportion, as a machine's gain would.
    augmented = levels * contrast * speckle + brightness * (levels / 255)
    if strength.bias_field:
        augmented *= 2.0 ** _smooth_field(images.shape, strength.bias_field, random)
    augmented = np.clip(augmented, 0, 255)
    if strength.blur:
        sigmas = random.uniform(0.01, strength.blur, len(images))
        frames = zip(augmented, sigmas, strict=True)
        augmented = np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame, sigma in frames])
    return np.asarray(augmented, np.float32)


def _mix_amplitudes(images: NDArray[np.float32], strength: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Mix the amplitude spectrum of each frame (N, h, w) with that of another one of the batch.

    The phase, which carries shapes, stays; brightness, contrast and speckle come nearer to those of another machine.

    References:
        Q. Xu et al. (2021), "A Fourier-based framework for domain generalization", arXiv:2105.11120, section 3.2.
    """
    spectra = fft.rfft2(images)
    amplitudes = np.abs(spectra)
    share = random.uniform(0, strength, (len(images), 1, 1))
    mixed = (1 - share) * amplitudes + share * amplitudes[random.permutation(len(images))]
    frames = fft.irfft2(mixed * np.exp(1j * np.angle(spectra)), s=images.shape[1:])
    return np.asarray(np.clip(frames, 0, 255), np.float32)


def _convolve_at_random(
    images: NDArray[np.float32], strength: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Mix each frame (N, h, w) with its response to random kernels, at its own mean and standard deviation.

    Texture and the order of grey levels change, shapes stay: outlines are to be learnt from these.

    References:
        Z. Xu et al. (2021), "Robust and generalizable visual representation learning via random convolutions",
        arXiv:2007.13003; leaky rectifiers between, as in C. Ouyang et al. (2023), doi:10.1109/TMI.2022.3224067.
    """
    mixed = []
    for frame in images:
        normal = _standardise(frame)
        side = int(random.choice(_KERNEL_SIDES))
        response = np.zeros_like(normal)
        for weight in random.normal(size=_KERNELS):
            kernel = random.normal(0, 1 / side, (side, side)).astype(np.float32)
            filtered = cv2.filter2D(normal, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
            response += weight * np.maximum(filtered, 0.1 * filtered)
        share = random.uniform(0, strength)
        mix = _standardise((1 - share) * normal + share * _standardise(response))
        mixed.append(np.clip(frame.mean() + frame.std() * mix, 0, 255))
    return np.asarray(mixed, np.float32)


def _standardise(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring to mean 0 and standard deviation 1; what is even stays near 0."""
    return (values - values.mean()) / (values.std() + 1e-6)


def _smooth_field(shape: tuple[int, ...], deviation: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Draw a smooth field for each frame, shape (N, h, w), from Gaussian values on a coarse grid."""
    count, height, width = shape
    coarse = random.normal(0, deviation, (count, *_GRID)).astype(np.float32)
    return np.stack([cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) for grid in coarse])
