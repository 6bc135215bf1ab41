"""Words and rulers on pictures that leave the app: the disclaimer's strip, and a scale bar."""

import math
import textwrap

import cv2
import numpy as np

from neuroscan.types import ColorImage, Image, Spacing

_NARROWEST = 240
_SMALLEST_FONT = 11
_SHORT_SIDE_A_POINT = 32
_WEIGHT = 450


def stamp(image: Image | ColorImage, text: str) -> ColorImage:
    """Add a black strip with words under a picture, as every exported picture carries `config.DISCLAIMER`.

    No pixel of the picture changes. One narrower than 240 pixels is widened with black on its right, so that the
    words can be read. Letters grow with the picture; long texts take several lines.

    Args:
        image: shape (H, W[, 3]) uint8.
        text: one paragraph; line breaks count as spaces.

    Returns:
        Shape (H + strip, max(W, 240), 3).

    Raises:
        ValueError: if the picture has another shape or type.

    Example:
        >>> stamp(np.zeros((420, 580), np.uint8), "For research only.").shape
        (443, 580, 3)
    """
    picture = _color(image)
    width = max(picture.shape[1], _NARROWEST)
    size = _font_size(picture)
    margin = size // 2
    lines = wrapped(text, size, width - 2 * margin)
    strip = np.zeros((len(lines) * round(1.3 * size) + margin, width, 3), np.uint8)
    for number, line in enumerate(lines):
        _write(strip, line, (margin, round(1.3 * size * (number + 1))), size)
    above = np.zeros((picture.shape[0], width, 3), np.uint8)
    above[:, : picture.shape[1]] = picture
    return np.vstack([above, strip])


def scale_bar(image: Image | ColorImage, spacing: Spacing) -> ColorImage:
    """Draw a ruler of 1, 2 or 5 times a power of ten millimetres, at most a third of the frame wide, at its lower left.

    Args:
        image: shape (H, W[, 3]) uint8.
        spacing: millimetres a pixel, (row, column); the bar lies along a row. Where spacing is unknown there is
            nothing to draw, and nothing may be guessed.

    Returns:
        Shape (H, W, 3); the plain frame where it is too small for the ruler's words.

    Raises:
        ValueError: if spacing is not two positive, finite numbers, or the picture has another shape or type.
    """
    picture = _color(image)
    if not all(math.isfinite(side) and side > 0 for side in spacing):
        raise ValueError(
            f"spacing must be two positive numbers of millimetres, received {spacing}; draw no bar instead"
        )
    size = _font_size(picture)
    height, width = picture.shape[:2]
    millimetres = round_length(width / 3 * spacing[1])
    words = f"{millimetres:g} mm"
    if height < 4 * size or width < text_width(words, size) + 2 * size:
        return picture
    left, bottom = size, height - size
    right, thick = left + round(millimetres / spacing[1]), max(2, size // 5)
    # A black rim keeps the white bar readable on bright tissue.
    cv2.rectangle(picture, (left - 1, bottom - thick), (right, bottom), (0, 0, 0), cv2.FILLED)
    cv2.rectangle(picture, (left, bottom - thick + 1), (right - 1, bottom - 1), (255, 255, 255), cv2.FILLED)
    _write(picture, words, (left, bottom - 2 * thick), size, rim=True)
    return picture


def round_length(longest: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not over `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(factor * power for factor in (1, 2, 5) if factor == 1 or factor * power <= longest)


def wrapped(text: str, size: int, room: int) -> list[str]:
    """Break a text into lines of no more than `room` pixels."""
    count = max(len(text), 1)
    lines = textwrap.wrap(text, count)
    while count > 1 and any(text_width(line, size) > room for line in lines):
        count -= 1
        lines = textwrap.wrap(text, count)
    return lines


def text_width(text: str, size: int) -> int:
    """Pixels that a line of text takes."""
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("sans"), size, _WEIGHT)
    return int(width)


def _font_size(picture: ColorImage) -> int:
    """Height of letters in pixels that suits the picture."""
    return max(_SMALLEST_FONT, round(min(picture.shape[:2]) / _SHORT_SIDE_A_POINT))


def _write(picture: ColorImage, text: str, start: tuple[int, int], size: int, *, rim: bool = False) -> None:
    """Write white words into a picture, from the left end (x, y) of their base line."""
    font = cv2.FontFace("sans")
    if rim:
        for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            cv2.putText(picture, text, (start[0] + x, start[1] + y), (0, 0, 0), font, size, _WEIGHT)
    cv2.putText(picture, text, start, (255, 255, 255), font, size, _WEIGHT)


def _color(image: Image | ColorImage) -> ColorImage:
    """A colour copy of a picture."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)):
        raise ValueError(f"Expected a uint8 frame (H, W) or (H, W, 3), received {image.dtype} {image.shape}; decode it")
    return image.copy() if image.ndim == 3 else np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8)
