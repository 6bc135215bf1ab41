"""Make negatives (frames without a nerve) of positive frames by cropping or cut-paste.

Where a data set holds hardly any negative, a model never learns to say no. Two ways to make one: a crop that misses
the nerve, and a patch of other tissue pasted over it. Frames that keep the nerve get the same operations, so that
their artefacts do not tell the label: a crop of the same size that holds the nerve, a patch beside it. So do frames
that never had one; and a frame that lost its nerve has a second patch, elsewhere, half of the time.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from neuroscan.imaging.preprocess import Box, bounding_box
from neuroscan.types import Image, Mask

_TRIES = 40
_CROP_SIZE = (0.38, 0.9)
_MAX_ASPECT = 1.5
_GAIN = (0.6, 1.6)
_PSEUDO_MASK_SIZE = ((0.12, 0.24), (0.16, 0.3))
"""Height and width of the ellipse that stands in for a nerve where there is none, in shares of the frame: about 3 % of
its area, as nerves of UNS have."""


def crop_or_paste(
    image: Image, mask: Mask, *, absent: bool, random: np.random.Generator, crop_share: float = 0.5
) -> tuple[Image, Mask]:
    """Crop a frame or paste a patch into it, so that it keeps its nerve or loses it.

    Args:
        image: shape (H, W) uint8.
        mask: shape (H, W); may be empty, and then stays so: the frame is altered as if it had a nerve.
        absent: True to lose the nerve, which makes a negative.
        random: decides on way and place.
        crop_share: how often a crop is tried before cut-paste; a crop enlarges the nerve, cut-paste leaves its size.

    Returns:
        Image and mask, of the frame's own or of a smaller size. A frame on which neither way finds a place, whether
        to keep the nerve or to lose it, comes back as it was, with the nerve it had.
    """
    if not mask.any():
        pseudo = _pseudo_mask(mask.shape, random)
        altered, pseudo = _alter(image, pseudo, random.random() < 0.5, random, crop_share)
        return altered, np.zeros_like(pseudo)
    return _alter(image, mask, absent, random, crop_share)


def _alter(
    image: Image, mask: Mask, absent: bool, random: np.random.Generator, crop_share: float
) -> tuple[Image, Mask]:
    """Crop a frame whose mask is not empty, or paste into it."""
    ways = (_crop, _cut_paste) if random.random() < crop_share else (_cut_paste, _crop)
    for way in ways:
        if (altered := way(image, mask, absent, random)) is not None:
            return altered
    return image, mask


def _pseudo_mask(shape: tuple[int, ...], random: np.random.Generator) -> Mask:
    """Draw an ellipse where a nerve could be, shape (H, W)."""
    mask = np.zeros(shape, np.uint8)
    sides = [
        max(1, int(random.uniform(*share) * side / 2)) for share, side in zip(_PSEUDO_MASK_SIZE, shape, strict=True)
    ]
    centre = [int(random.uniform(0.25, 0.75) * side) for side in shape]
    return cv2.ellipse(mask, centre[::-1], sides[::-1], 0, 0, 360, 1, -1) > 0


def _crop(image: Image, mask: Mask, absent: bool, random: np.random.Generator) -> tuple[Image, Mask] | None:
    """Cut out a part that holds the nerve or misses it, of a size that allows both."""
    nerve = bounding_box(mask)
    for _ in range(_TRIES):
        shares = random.uniform(*_CROP_SIZE, size=2)
        height, width = int(shares[0] * image.shape[0]), int(shares[1] * image.shape[1])
        if max(shares) / min(shares) > _MAX_ASPECT or height < 1 or width < 1:
            continue
        holds, misses = _corners(nerve, (height, width), mask.shape)
        if holds.any() and misses.any():
            places = np.flatnonzero(misses if absent else holds)
            top, left = divmod(int(places[random.integers(len(places))]), holds.shape[1])
            box = Box(top, top + height, left, left + width)
            return box.crop(image), box.crop(mask)
    return None


def _corners(nerve: Box, size: tuple[int, int], shape: tuple[int, ...]) -> tuple[Mask, Mask]:
    """Mark the upper left corners of the crops of a size that hold the nerve, and of those that miss it."""
    tops, lefts = np.ogrid[: shape[0] - size[0] + 1, : shape[1] - size[1] + 1]
    bottoms, rights = tops + size[0], lefts + size[1]
    holds = (tops <= nerve.top) & (bottoms >= nerve.bottom) & (lefts <= nerve.left) & (rights >= nerve.right)
    misses = (tops >= nerve.bottom) | (bottoms <= nerve.top) | (lefts >= nerve.right) | (rights <= nerve.left)
    return holds, misses


def _cut_paste(image: Image, mask: Mask, absent: bool, random: np.random.Generator) -> tuple[Image, Mask] | None:
    """Paste tissue of the same frame over the nerve, or over a place of the nerve's shape beside it."""
    margin = int(random.integers(2, 6)) * max(1, image.shape[0] // 128)
    dilated = cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1,) * 2)) > 0
    bounds = bounding_box(dilated)
    if min(bounds.top, bounds.left) == 0 or bounds.bottom == mask.shape[0] or bounds.right == mask.shape[1]:
        # At the frame's edge there is no room to fade the patch out.
        return None
    free = [place for _ in range(_TRIES) if (place := _free_place(bounds, dilated, random)) is not None][:2]
    if len(free) < 2:
        return None
    patch = bounds.crop(dilated)
    # From 0 on the outline to 1 at the nerve's edge, so that no seam gives the patch away.
    soft = cv2.GaussianBlur(np.pad(patch, margin).astype(np.float32), (0, 0), margin / 2)
    alpha: NDArray[np.float32] = np.clip(2 * soft[margin:-margin, margin:-margin] - 1, 0, 1).astype(np.float32)
    # A patch beside the nerve must not say that the nerve is there, so a lost nerve has one half of the time too.
    targets = [bounds, free[1]] if absent and random.random() < 0.5 else [bounds] if absent else [free[1]]
    out = image.astype(np.float32)
    for target in targets:
        donor = free[0].crop(image)
        _blend(target.crop(out), donor[:, ::-1] if random.random() < 0.5 else donor, patch, alpha)
    return np.clip(out, 0, 255).astype(np.uint8), np.zeros_like(mask) if absent else mask


def _blend(target: NDArray[np.float32], donor: Image, patch: Mask, alpha: NDArray[np.float32]) -> None:
    """Alpha-blend a donor into its place, with the brightness that time-gain compensation would give it there."""
    ratio = (target[~patch].mean() + 1) / (donor[~patch].mean() + 1) if not patch.all() else 1.0
    target += alpha * (donor * np.float32(np.clip(ratio, *_GAIN)) - target)


def _free_place(bounds: Box, occupied: Mask, random: np.random.Generator) -> Box | None:
    """Try a place of the same size and of similar depth that does not touch what is taken."""
    height, width = bounds.bottom - bounds.top, bounds.right - bounds.left
    shift = occupied.shape[0] // 5
    top = int(np.clip(bounds.top + random.integers(-shift, shift + 1), 0, occupied.shape[0] - height))
    left = int(random.integers(occupied.shape[1] - width + 1))
    place = Box(top, top + height, left, left + width)
    return None if place.crop(occupied).any() else place
