"""A frame as the network sees it: scanned area, network size, denoised, normalised; and the way back."""

from dataclasses import asdict, dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from neuroscan.types import Image, Mask, Probability

Scalar = TypeVar("Scalar", bound=np.generic)

_MIN_STD = 4.0
_DARK = 12
_LIT_SHARE = 0.03


@dataclass(frozen=True)
class Box:
    """A bounding box in pixels: rows top to bottom, columns left to right, ends exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    def crop(self, image: NDArray[Scalar]) -> NDArray[Scalar]:
        """Crop an (H, W) array to the box; a view."""
        return image[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True)
class Settings:
    """How frames are made ready for a network; the model's card keeps it.

    Attributes:
        height, width: network input size in pixels.
        crop: cut black borders around the scanned area away.
        denoise: 'none', 'median', 'nonlocal' or 'lee', of `DENOISE`.
    """

    height: int = 128
    width: int = 176
    crop: bool = True
    denoise: str = "none"

    def __post_init__(self) -> None:
        """Refuse what no network could take."""
        if self.denoise not in DENOISE:
            raise ValueError(f"denoise must be one of {', '.join(DENOISE)}, got {self.denoise!r}")
        if not (isinstance(self.height, int) and isinstance(self.width, int) and isinstance(self.crop, bool)):
            raise ValueError(f"expected whole numbers of pixels and crop true or false, got {asdict(self)}")
        if self.height < 1 or self.width < 1:
            raise ValueError(f"network size must be positive, got {self.height}x{self.width}")


def scanned_area(image: Image) -> Box:
    """Find the scanned area: the smallest rectangle outside of which rows and columns are black.

    A row or column counts as black when 3 % of its pixels or fewer are brighter than 12, so that a small orientation
    mark in the border does not hold the border in. A frame black all over is scanned area as a whole.

    Args:
        image: shape (H, W) uint8.
    """
    lit = image > _DARK
    rows = np.flatnonzero(lit.mean(axis=1) > _LIT_SHARE)
    columns = np.flatnonzero(lit.mean(axis=0) > _LIT_SHARE)
    if not len(rows) or not len(columns):
        return Box(0, image.shape[0], 0, image.shape[1])
    return _enclosing(rows, columns)


def bounding_box(mask: Mask) -> Box:
    """Bounding box of a mask (H, W) that is not empty."""
    return _enclosing(np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0)))


def _enclosing(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Box:
    """The smallest box with these rows and columns, ascending, one or more of each."""
    return Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def seen_area(image: Image, settings: Settings) -> Box:
    """The part of a frame (H, W) that a network sees: the scanned area, or all of it where nothing is cut away."""
    return scanned_area(image) if settings.crop else Box(0, image.shape[0], 0, image.shape[1])


def resize(image: Image, height: int, width: int) -> Image:
    """Resize a picture: area interpolation along a side that shrinks, linear along one that grows."""
    # One after the other: where one side grows, OpenCV's area averaging samples the other, too.
    reduced = (min(image.shape[1], width), min(image.shape[0], height))
    smaller = cv2.resize(image, reduced, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(smaller, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def resize_mask(mask: Mask, height: int, width: int) -> Mask:
    """Resize a mask (H, W): each pixel takes that of the nearest one.

    Example:
        >>> resize_mask(np.array([[True, False]]), 2, 4).astype(int).tolist()
        [[1, 1, 0, 0], [1, 1, 0, 0]]
    """
    return cv2.resize(mask.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).astype(bool)


def normalise(image: NDArray[np.generic]) -> NDArray[np.float32]:
    """Normalise a frame to zero mean and unit variance (z-score), which takes the machine's gain out of it.

    A frame whose standard deviation is under 4 grey levels is divided by 4 instead, so that noise on black does not
    become a picture.

    Args:
        image: shape (..., H, W), any real type, grey levels 0 to 255; leading axes are frames.

    Returns:
        Same shape, float32.
    """
    values = image.astype(np.float32)
    mean = np.mean(values, axis=(-2, -1), keepdims=True)
    std = np.maximum(np.std(values, axis=(-2, -1), keepdims=True), _MIN_STD)
    return np.asarray((values - mean) / std, np.float32)


def lee(image: Image) -> Image:
    """Reduce speckle with Lee's filter: smooth where the neighbourhood is as even as speckle alone would make it.

    Each pixel becomes mean + k (pixel - mean), k = 1 - (noise / local variation)^2, where variation is the standard
    deviation over the mean of the 5x5 pixels around it. The noise level is the frame's median variation, our own
    choice: nearly all of a frame is speckle.

    Args:
        image: shape (H, W) uint8.

    References:
        J.-S. Lee (1980), doi:10.1109/TPAMI.1980.4766994; with k in the form of A. Lopes et al. (1990),
        doi:10.1109/36.62623.
    """
    values = image.astype(np.float32)
    mean = cv2.blur(values, (5, 5))
    variance = np.maximum(cv2.blur(values * values, (5, 5)) - mean * mean, 0)
    variation = variance / np.maximum(mean * mean, 1)
    noise = float(np.median(variation))
    keep = np.clip(1 - noise / np.maximum(variation, 1e-6), 0, 1)
    return np.clip(mean + keep * (values - mean) + 0.5, 0, 255).astype(np.uint8)


DENOISE = {
    "none": lambda image: image,
    "median": lambda image: cv2.medianBlur(image, 3),
    "nonlocal": lambda image: cv2.fastNlMeansDenoising(image, None, 8, 5, 15),
    "lee": lee,
}
"""Filters by name, applied at network size: (H, W) uint8 in and out."""


def steps(image: Image, settings: Settings, box: Box | None = None) -> dict[str, Image]:
    """Show what a network is given, step by step, as pictures.

    Args:
        image: shape (H, W) uint8.
        settings: the model's own.
        box: the part of the frame to show; by default `seen_area`.

    Returns:
        `scanned area`, `resized`, `denoised`, in this order, each (h, w) uint8.
    """
    area = (box or seen_area(image, settings)).crop(image)
    small = resize(area, settings.height, settings.width)
    return {"scanned area": area, "resized": small, "denoised": DENOISE[settings.denoise](small)}


def to_network(image: Image, settings: Settings, box: Box | None = None) -> tuple[NDArray[np.float32], Box]:
    """Make a frame ready for a network.

    Args:
        image: shape (H, W) uint8, any size.
        settings: the model's own.
        box: the part of the frame to show; by default `seen_area`.

    Returns:
        The input, shape (height, width) float32 with mean 0 and standard deviation 1, and the box of the frame
        that it shows.
    """
    box = box or seen_area(image, settings)
    return normalise(steps(image, settings, box)["denoised"]), box


def to_frame(probability: NDArray[np.float32], box: Box, shape: tuple[int, int]) -> Probability:
    """Bring a network's output back to the frame's own size; outside the box the probability is 0.

    Args:
        probability: shape (height, width), in [0, 1].
        box: from `to_network`.
        shape: the frame's own size (H, W).
    """
    size = (box.right - box.left, box.bottom - box.top)
    inside = cv2.resize(probability, size, interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    if size == (shape[1], shape[0]):
        return inside
    full = np.zeros(shape, np.float32)
    box.crop(full)[:] = inside
    return full
