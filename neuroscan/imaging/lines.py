"""Where the line around a mask runs, how thick it is, and where it has gaps."""

from typing import Literal, TypeAlias

import cv2
import numpy as np

from neuroscan.types import Mask

Dash: TypeAlias = Literal["solid", "dashed", "dotted"]
"""How a line is drawn."""

_SHORT_SIDE_A_PIXEL = 150
_DASHES = {"dashed": (13, 7), "dotted": (6, 2)}
"""Thicknesses from one dash to the next, and of its core, which half a disc lengthens by one at either end."""


def thickness_for(shape: tuple[int, ...]) -> int:
    """Pixels for lines on a frame of a shape (H, W): they look alike on 580x420 and on 2000x1500.

    Example:
        >>> thickness_for((420, 580)), thickness_for((1500, 2000))
        (3, 10)
    """
    return max(1, round(min(shape[:2]) / _SHORT_SIDE_A_PIXEL))


def around(mask: Mask, thickness: int, dash: Dash, window: tuple[slice, slice]) -> Mask:
    """Pixels of the line around a mask, inside a window that holds all of it."""
    part = np.ascontiguousarray(mask[window])
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * thickness + 1, 2 * thickness + 1))
    pixels = part.view(np.uint8)
    line = cv2.dilate(pixels, disc).view(bool) & ~part
    edge = np.zeros_like(mask)
    edge[:thickness] = edge[-thickness:] = True
    edge[:, :thickness] = edge[:, -thickness:] = True
    line |= part & edge[window]
    if dash != "solid":
        period, length = _DASHES[dash]
        dots = np.zeros_like(pixels)
        for contour in cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]:
            drawn = contour[np.arange(len(contour)) % (period * thickness) < length * thickness, 0]
            dots[drawn[:, 1], drawn[:, 0]] = 1
        line &= cv2.dilate(dots, disc).view(bool)
    return line
