"""Words on pictures that leave the app: the disclaimer's strip, and lines that fit."""

import textwrap

import cv2
import numpy as np

from neuroscan.types import ColorImage

_MIN_WIDTH = 240
_MIN_FONT_SIZE = 11
_SHORT_SIDE_A_POINT = 32
_WEIGHT = 450


def stamp(picture: ColorImage, text: str) -> ColorImage:
    """Add a black strip with words under a picture, as every exported picture carries `config.DISCLAIMER`.

    No pixel of the picture changes. One narrower than 240 pixels is widened with black on its right, so that the
    words can be read. Letters grow with the picture; long texts take several lines.

    Args:
        picture: shape (H, W, 3).
        text: one paragraph; line breaks count as spaces.

    Returns:
        Shape (H + strip, max(W, 240), 3).

    Example:
        >>> stamp(np.zeros((420, 580, 3), np.uint8), "For research only.").shape
        (443, 580, 3)
    """
    width = max(picture.shape[1], _MIN_WIDTH)
    size = max(_MIN_FONT_SIZE, round(min(picture.shape[:2]) / _SHORT_SIDE_A_POINT))
    margin = size // 2
    lines = wrapped(text, size, width - 2 * margin)
    strip = np.zeros((len(lines) * round(1.3 * size) + margin, width, 3), np.uint8)
    for number, line in enumerate(lines):
        start = (margin, round(1.3 * size * (number + 1)))
        cv2.putText(strip, line, start, (255, 255, 255), cv2.FontFace("sans"), size, _WEIGHT)
    above = np.zeros((picture.shape[0], width, 3), np.uint8)
    above[:, : picture.shape[1]] = picture
    return np.vstack([above, strip])


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
