"""A figure for a paper: a frame with the outlines of expert and models, where they agree, legend and scale bar.

It is laid out once, as a list of marks.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from neuroscan.imaging import captions, overlay
from neuroscan.imaging.marks import BLACK, TEXT, WHITE, Box, Figure, Line, Mark, Picture, Words
from neuroscan.imaging.overlay import Color
from neuroscan.types import ColorImage, Image, Mask, Spacing

_PANEL, _GAP, _NOTE = 600.0, 24.0, 17
_SLACK = 1.1
"""How much wider a line of text may be in the reader's font than in OpenCV's, by which it is measured."""
_DASHES: tuple[tuple[float, ...], ...] = ((9.0, 5.0), (2.5, 5.0))
"""First model dashed, second dotted: told apart in a grey print, too."""


def paper(
    image: Image, y_true: Mask, predicted: Sequence[tuple[str, Mask]], *, spacing: Spacing | None, notes: Sequence[str]
) -> Figure:
    """Lay out a figure: outlines of all in the first panel, then one agreement map a model.

    Args:
        image: shape (H, W) uint8.
        y_true: the expert's mask, shape (H, W).
        predicted: name and mask (H, W) of one model or two.
        spacing: millimetres a pixel, (row, column), for the scale bar; None draws none. Where pixels are not square
            the panels are stretched to true proportions.
        notes: paragraphs under the legend: frame, scores, thresholds, the disclaimer.

    Returns:
        The figure, panels 600 units wide.

    Raises:
        ValueError: there are not one or two models, or shapes differ.

    Example:
        >>> frame, mask = np.zeros((42, 58), np.uint8), np.zeros((42, 58), bool)
        >>> mask[10:20, 10:30] = True
        >>> paper(frame, mask, [("unet", mask)], spacing=None, notes=["Research only."]).width
        1272.0
    """
    if not 1 <= len(predicted) <= len(_DASHES):
        raise ValueError(f"received {len(predicted)} models; expected one or two. Make a figure for each pair.")
    colors = (overlay.MODEL, overlay.SECOND_MODEL)
    stretch = spacing[0] / spacing[1] if spacing else 1.0
    across = _PANEL / image.shape[1]
    size = (_PANEL, image.shape[0] * across * stretch)
    top = _GAP + 1.5 * TEXT
    marks: list[Mark] = []
    panels: list[tuple[str, Image | ColorImage]] = [("Outlines", image)]
    panels += [(f"Agreement, {name}", overlay.agreement(image, y_true, mask)) for name, mask in predicted]
    for number, (words, picture) in enumerate(panels):
        left = _GAP + number * (_PANEL + _GAP)
        marks += [Words(f"{'abc'[number]}  {words}", left, top - 0.6 * TEXT), Picture(picture, left, top, *size)]
    scale = np.array([across, across * stretch])
    marks += [Line(points * scale + (_GAP, top), overlay.EXPERT) for points in _contours(y_true)]
    for (_, mask), color, dash in zip(predicted, colors, _DASHES, strict=False):
        marks += [Line(points * scale + (_GAP, top), color, dash) for points in _contours(mask)]
    if spacing:
        marks += _scale_bar(_GAP, top + size[1], across / spacing[1])
    width = _GAP + len(panels) * (_PANEL + _GAP)
    legend, below = _legend(predicted, colors, top + size[1] + 1.8 * TEXT, width - _GAP)
    marks += legend
    for paragraph in notes:
        for line in captions.wrapped(paragraph, _NOTE, int((width - 2 * _GAP) / _SLACK)):
            below += 1.4 * TEXT
            marks.append(Words(line, _GAP, below, size=_NOTE))
    return Figure(width, below + _GAP, tuple(marks))


def _contours(mask: Mask) -> list[NDArray[np.float64]]:
    """Closed lines around a mask's parts and holes: x and y in pixels, (0, 0) the frame's upper left corner."""
    return [points[:, ::-1] - 0.5 for points in find_contours(np.pad(mask, 1).astype(float), 0.5)]


def _scale_bar(left: float, bottom: float, a_millimetre: float) -> list[Mark]:
    """A ruler in the lower left corner of a panel; `a_millimetre` in units of the layout."""
    length = _round_length(_PANEL / 3 / a_millimetre)
    x, y, long = left + TEXT, bottom - TEXT, length * a_millimetre
    words = f"{length:g} mm"
    return [
        Box(x - 2, y - 2.1 * TEXT, max(long, _across(words)) + 4, 2.5 * TEXT, BLACK),
        Words(words, x + 2, y - 0.8 * TEXT, WHITE),
        Box(x, y - 6, long, 6, WHITE),
    ]


def _legend(
    predicted: Sequence[tuple[str, Mask]], colors: Sequence[Color], y: float, right: float
) -> tuple[list[Mark], float]:
    """The lines of the first panel, then the tints of the others, and how far down they go: one row where they fit."""
    # Words, color, and dash of a line; None for a tint.
    entries: list[tuple[str, Color, tuple[float, ...] | None]] = [("Expert", overlay.EXPERT, ())]
    entries += [(name, color, dash) for (name, _), color, dash in zip(predicted, colors, _DASHES, strict=False)]
    entries += [
        ("Both", overlay.BOTH, None),
        ("Only expert", overlay.EXPERT, None),
        ("Only model", overlay.MODEL, None),
    ]
    marks: list[Mark] = []
    x = _GAP
    for words, color, dash in entries:
        sign = 1.0 * TEXT if dash is None else 2.0 * TEXT
        wide = sign + 0.4 * TEXT + _across(words)
        if x > _GAP and x + wide > right:
            x, y = _GAP, y + 1.5 * TEXT
        if dash is None:
            marks.append(Box(x, y - 0.75 * TEXT, TEXT, TEXT, color))
        else:
            marks.append(Line(np.array([[x, y - 0.3 * TEXT], [x + sign, y - 0.3 * TEXT]]), color, dash))
        marks.append(Words(words, x + sign + 0.4 * TEXT, y))
        x += wide + 1.2 * TEXT
    return marks, y


def _across(words: str) -> float:
    """Units of the layout that words of the usual size may take."""
    return _SLACK * captions.text_width(words, TEXT)


def _round_length(longest: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not over `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(factor * power for factor in (1, 2, 5) if factor == 1 or factor * power <= longest)
