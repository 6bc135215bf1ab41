"""From tissue to a B-mode frame: scatterers, beam, interfaces, attenuation, gain, log compression."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from neuroscan.phantom.texture import Field, noise
from neuroscan.types import Image, Mask

_PAD = 24  # columns, at least, added left and right, so that the beam does not wrap round the frame
_SPECKLE_DB = 3.2  # a little over its standard deviation compounded from three angles, 2.8; of one angle it is 5.6


@dataclass(frozen=True)
class Tissue:
    """What the beam meets, one value a pixel.

    Attributes:
        echogenicity: strength of the scatterers, (H, W) float32, dB.
        reflectivity: of smooth (specular) interfaces, (H, W) float32, linear, 0 where there is none.
        attenuation: two-way, (H, W) float32, dB a pixel of depth.
        nerve: (H, W) bool, True = nerve, as an annotator outlines it.
    """

    echogenicity: Field
    reflectivity: Field
    attenuation: Field
    nerve: Mask


@dataclass(frozen=True)
class Machine:
    """Settings of the scanner.

    Attributes:
        frequency: centre frequency, MHz; the beam and the pulse shrink with it.
        focus: depth of the focus as a share of the frame's height.
        dynamic_range: dB between black and white.
        target_mean: mean grey level that the automatic gain aims at.
        compounding_angles: number of steering angles that are averaged (spatial compounding), 1 or more.
        sharpen: strength of the scanner's edge enhancement, 0 for none.
        compensation: share of the mean attenuation that time-gain compensation gives back, in [0, 1].
    """

    frequency: float = 12.0
    focus: float = 0.45
    dynamic_range: float = 55.0
    target_mean: float = 101.0
    compounding_angles: int = 3
    sharpen: float = 0.3
    compensation: float = 0.4


def beam_width(machine: Machine, rows: int) -> NDArray[np.float32]:
    """Lateral spread of the point-spread function at each depth.

    A Gaussian beam: the waist is in proportion to the wavelength, and it opens away from the focus.

    Args:
        machine: settings; frequency and focus count.
        rows: depth of the frame, pixels.

    Returns:
        (rows,) float32 standard deviations, pixels.

    Example:
        >>> width = beam_width(Machine(focus=0.5), 420)
        >>> int(width.argmin()), bool(width[0] > 1.2 * width[210])
        (210, True)
    """
    depth = np.arange(rows, dtype=np.float32)
    waist = 2.45 * 12.0 / machine.frequency
    from_focus = (depth - machine.focus * rows) / (rows * 0.6)
    return (waist * np.sqrt(1 + from_focus**2)).astype(np.float32)


def envelope(tissue: Tissue, machine: Machine, rng: np.random.Generator, *, steer: float = 0.0) -> Field:
    """Echo amplitude at one steering angle, before gain and compression.

    Circular complex Gaussian scatterers, weighted by the tissue, and smooth interfaces, weighted by how squarely
    the beam meets them, pass through a point-spread function that is Gaussian along and across the beam. Many
    scatterers a resolution cell make the amplitude Rayleigh distributed, mean / standard deviation = 1.91
    (Burckhardt 1978, doi:10.1109/T-SU.1978.30978).

    Args:
        tissue: maps of shape (H, W).
        machine: settings; frequency and focus count.
        rng: draws the scatterers.
        steer: steering angle against the vertical, radians.

    Returns:
        (H, W) float32, linear, before attenuation and gain.

    Example:
        >>> flat = np.zeros((200, 200), np.float32)
        >>> uniform = Tissue(flat, flat, flat, flat > 0)
        >>> amplitude = envelope(uniform, Machine(), np.random.default_rng(0))
        >>> bool(abs(amplitude.mean() / amplitude.std() - 1.91) < 0.1)
        True
    """
    rows, columns = tissue.echogenicity.shape
    right_pad = cv2.getOptimalDFTSize(columns + 2 * _PAD) - columns - _PAD
    padding = ((0, 0), (_PAD, right_pad))
    reflectivity = np.pad(tissue.reflectivity * specular_directivity(tissue.reflectivity, steer), padding, mode="edge")
    strength = np.pad(np.exp(tissue.echogenicity * np.float32(np.log(10) / 20)), padding, mode="edge")
    # No interface is quite smooth: part of what it throws back is speckle.
    strength += 1.1 * cv2.GaussianBlur(reflectivity, (0, 0), sigmaX=2.5, sigmaY=1.0)
    strength += 0.25 * cv2.blur(cv2.blur(reflectivity, (25, 9)), (25, 9))
    parts = rng.standard_normal((*strength.shape, 2), dtype=np.float32) * strength[..., None]
    # Neighbouring interfaces must neither always add nor always cancel: their phase drifts over the frame.
    phase = noise(rng, strength.shape, (30, 90)) * np.float32(1.5)
    parts += np.dstack(cv2.polarToCart(0.7 * reflectivity, phase))
    pulse = 1.2 * 12.0 / machine.frequency
    parts = cv2.GaussianBlur(parts, (1, 0), sigmaX=0.01, sigmaY=pulse, borderType=cv2.BORDER_REFLECT)
    frequency = np.fft.fftfreq(strength.shape[1]).astype(np.float32)
    width = beam_width(machine, rows)[:, None]
    # A wider beam averages more scatterers; sqrt keeps uniform tissue equally bright at every depth.
    beam = np.exp(-2 * (np.pi * width * frequency) ** 2) * np.sqrt(width)
    spectrum = cv2.dft(parts, flags=cv2.DFT_ROWS) * beam[..., None]
    parts = cv2.dft(spectrum, flags=cv2.DFT_ROWS | cv2.DFT_INVERSE | cv2.DFT_SCALE)
    amplitude = cv2.magnitude(parts[..., 0], parts[..., 1])
    return np.asarray(amplitude[:, _PAD : _PAD + columns], np.float32)


def specular_directivity(reflectivity: Field, steer: float = 0.0) -> Field:
    """Specular directivity: how squarely the beam meets the interfaces, from their local direction (structure tensor).

    Args:
        reflectivity: (H, W) float32.
        steer: steering angle against the vertical, radians.

    Returns:
        (H, W) float32 in [0, 1]: 1 where an interface lies square to the beam, 0.08 along it.

    Example:
        >>> flat, upright = np.zeros((60, 60), np.float32), np.zeros((60, 60), np.float32)
        >>> flat[30], upright[:, 30] = 1, 1
        >>> round(float(specular_directivity(flat)[30, 30]), 2), round(float(specular_directivity(upright)[30, 30]), 2)
        (1.0, 0.08)
    """
    soft = cv2.GaussianBlur(reflectivity, (0, 0), 1.2)
    down, across = cv2.Sobel(soft, cv2.CV_32F, 0, 1), cv2.Sobel(soft, cv2.CV_32F, 1, 0)
    tensor = cv2.GaussianBlur(np.dstack([down * down, across * across, down * across]), (0, 0), 2.5)
    # Angle of the interface's normal against the vertical; doubled angles average without regard to sign.
    normal = 0.5 * np.arctan2(2 * tensor[..., 2], tensor[..., 0] - tensor[..., 1])
    return (0.08 + 0.92 * np.cos(normal - steer) ** 4).astype(np.float32)


def transmission(attenuation: Field) -> Field:
    """Two-way transmission to each depth in dB, from which shadows and enhancement follow.

    Args:
        attenuation: two-way, dB a pixel, (H, W) float32.

    Returns:
        (H, W) float32, 0 or below; softened across, as a wide aperture looks past small obstacles.
    """
    total = np.cumsum(attenuation, axis=0, dtype=np.float32)
    return -np.asarray(cv2.GaussianBlur(total, (0, 0), sigmaX=9.0, sigmaY=0.6), np.float32)


def scan(tissue: Tissue, machine: Machine, rng: np.random.Generator) -> Image:
    """Simulate the B-mode frame that the scanner shows.

    Args:
        tissue: maps of shape (H, W).
        machine: settings.
        rng: draws scatterers and receiver noise.

    Returns:
        (H, W) uint8.
    """
    angles = np.linspace(-1, 1, machine.compounding_angles) * 0.14 if machine.compounding_angles > 1 else [0.0]
    transmitted = transmission(tissue.attenuation)
    mean = cv2.GaussianBlur(transmitted.mean(axis=1, keepdims=True), (1, 0), sigmaX=0.01, sigmaY=25)
    gain = -machine.compensation * mean
    amplitude = np.mean([envelope(tissue, machine, rng, steer=float(steer)) for steer in angles], axis=0)
    amplitude = amplitude * np.exp((transmitted + gain) * np.float32(np.log(10) / 20))
    # The receiver's noise, amplified with everything else and evened out by persistence.
    receiver_noise = 0.007 * np.exp(
        0.3 * noise(rng, tissue.echogenicity.shape, (1.6, 6.0)) + gain * np.float32(np.log(10) / 20)
    )
    level = 20 * np.log10(amplitude + receiver_noise)
    return _compress(level.astype(np.float32), machine)


def lee_filter_db(level: Field) -> Field:
    """Lee's local statistics filter (1980, doi:10.1109/TPAMI.1980.4766994) on log-compressed data.

    In dB speckle is additive. A pixel moves towards the local mean where the level varies no more than speckle does;
    about two thirds of the speckle's standard deviation are left, as scanners leave it.

    Args:
        level: (H, W) float32, dB.

    Returns:
        (H, W) float32.

    Example:
        >>> step = np.zeros((20, 40), np.float32)
        >>> step[:, 20:] = 40
        >>> bool(np.allclose(lee_filter_db(step)[:, [2, 37]], step[:, [2, 37]])), bool(lee_filter_db(step)[10, 20] > 35)
        (True, True)
    """
    window = (11, 3)
    mean = cv2.blur(level, window)
    variance = np.maximum(cv2.blur(level * level, window) - mean * mean, 1e-3)
    keep = np.clip(1 - _SPECKLE_DB**2 / variance, 0.28, 1)
    return (mean + keep * (level - mean)).astype(np.float32)


def _compress(level: Field, machine: Machine) -> Image:
    """From dB to grey: edge enhancement, automatic gain, the window of the dynamic range, a soft shoulder."""
    soft = cv2.GaussianBlur(lee_filter_db(level), (0, 0), sigmaX=0.9, sigmaY=0.7)
    crisp = soft + machine.sharpen * (soft - cv2.GaussianBlur(soft, (0, 0), sigmaX=3, sigmaY=2))
    share = (crisp - crisp.mean()) / machine.dynamic_range
    # The curve lifts bright tissue and moves its mean, so the automatic gain takes a few steps to its aim.
    shift = 0.6
    for _ in range(6):
        grey = 255 * np.clip(share + shift, 0, 1) ** 1.35
        shift += (machine.target_mean - float(grey.mean())) / 300
    return _orientation_mark(grey.astype(np.uint8))


def _orientation_mark(image: Image) -> Image:
    """The small triangle with which scanners show the middle of the probe."""
    tip = (image.shape[1] * 52 // 100, 17)
    corners = np.array([tip, (tip[0] - 8, 3), (tip[0] + 8, 3)], np.int32)
    cv2.fillPoly(image, [corners], 150)
    cv2.polylines(image, [corners], True, 20, 1)
    return image
