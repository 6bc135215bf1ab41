"""A figure for a paper: a frame with the outlines of expert and models, where they agree, legend and scale bar.

It is laid out once, as a list of marks, and then written as SVG (outlines and words stay sharp at any size) or as
pixels.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from neuroscan.imaging import captions, overlay
from neuroscan.imaging.overlay import Color
from neuroscan.types import ColorImage, Image, Mask, Spacing

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
_PANEL, _GAP, _TEXT, _NOTE, _LINE = 600.0, 24.0, 20, 17, 2.5
_SLACK = 1.1
"""How much wider a line of text may be in the reader's font than in OpenCV's, by which it is measured."""
_DASHES: tuple[tuple[float, ...], ...] = ((9.0, 5.0), (2.5, 5.0))
"""First model dashed, second dotted: told apart in a grey print, too."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels, (H, W[, 3]) uint8, stretched over a rectangle."""

    image: Image | ColorImage
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, eq=False)
class Line:
    """A line through points (N, 2), x and y; `dash` is lengths drawn and left out, in turn, empty for solid."""

    points: NDArray[np.float64]
    color: Color
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    color: Color


@dataclass(frozen=True)
class Words:
    """One line of text, from the left end of its base line."""

    text: str
    x: float
    y: float
    color: Color = BLACK
    size: int = _TEXT


@dataclass(frozen=True, eq=False)
class Figure:
    """Marks on a white sheet, drawn in order."""

    width: float
    height: float
    marks: tuple[Picture | Line | Box | Words, ...]

    def svg(self) -> bytes:
        """Write the figure as SVG, pictures embedded without loss."""
        size = {
            "width": f"{self.width:g}",
            "height": f"{self.height:g}",
            "viewBox": f"0 0 {self.width:g} {self.height:g}",
        }
        root = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size})
        ElementTree.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
        for mark in self.marks:
            ElementTree.SubElement(root, *_svg(mark)).text = mark.text if isinstance(mark, Words) else None
        return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)

    def pixels(self, scale: float = 2.0) -> ColorImage:
        """Draw the figure in pixels.

        Args:
            scale: pixels for each unit of the layout; 2 makes panels of 1,200 pixels.
        """
        sheet = np.full((math.ceil(self.height * scale), math.ceil(self.width * scale), 3), 255, np.uint8)
        for mark in self.marks:
            _draw(sheet, mark, scale)
        return sheet


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
    top = _GAP + 1.5 * _TEXT
    marks: list[Picture | Line | Box | Words] = []
    panels: list[tuple[str, Image | ColorImage]] = [("Outlines", image)]
    panels += [(f"Agreement, {name}", overlay.agreement(image, y_true, mask)) for name, mask in predicted]
    for number, (words, picture) in enumerate(panels):
        left = _GAP + number * (_PANEL + _GAP)
        marks += [Words(f"{'abc'[number]}  {words}", left, top - 0.6 * _TEXT), Picture(picture, left, top, *size)]
    scale = np.array([across, across * stretch])
    marks += [Line(points * scale + (_GAP, top), overlay.EXPERT) for points in _contours(y_true)]
    for (_, mask), color, dash in zip(predicted, colors, _DASHES, strict=False):
        marks += [Line(points * scale + (_GAP, top), color, dash) for points in _contours(mask)]
    if spacing:
        marks += _scale_bar(_GAP, top + size[1], across / spacing[1])
    width = _GAP + len(panels) * (_PANEL + _GAP)
    legend, below = _legend(predicted, colors, top + size[1] + 1.8 * _TEXT, width - _GAP)
    marks += legend
    for paragraph in notes:
        for line in captions.wrapped(paragraph, _NOTE, int((width - 2 * _GAP) / _SLACK)):
            below += 1.4 * _TEXT
            marks.append(Words(line, _GAP, below, size=_NOTE))
    return Figure(width, below + _GAP, tuple(marks))


def _contours(mask: Mask) -> list[NDArray[np.float64]]:
    """Closed lines around a mask's parts and holes: x and y in pixels, (0, 0) the frame's upper left corner."""
    return [points[:, ::-1] - 0.5 for points in find_contours(np.pad(mask, 1).astype(float), 0.5)]


def _scale_bar(left: float, bottom: float, a_millimetre: float) -> list[Picture | Line | Box | Words]:
    """A ruler in the lower left corner of a panel; `a_millimetre` in units of the layout."""
    length = captions.round_length(_PANEL / 3 / a_millimetre)
    x, y, long = left + _TEXT, bottom - _TEXT, length * a_millimetre
    words = f"{length:g} mm"
    return [
        Box(x - 2, y - 2.1 * _TEXT, max(long, _across(words)) + 4, 2.5 * _TEXT, BLACK),
        Words(words, x + 2, y - 0.8 * _TEXT, WHITE),
        Box(x, y - 6, long, 6, WHITE),
    ]


def _legend(
    predicted: Sequence[tuple[str, Mask]], colors: Sequence[Color], y: float, right: float
) -> tuple[list[Picture | Line | Box | Words], float]:
    """The lines of the first panel, then the tints of the others, and how far down they go: one row where they fit."""
    # Words, color, and dash of a line; None for a tint.
    entries: list[tuple[str, Color, tuple[float, ...] | None]] = [("Expert", overlay.EXPERT, ())]
    entries += [(name, color, dash) for (name, _), color, dash in zip(predicted, colors, _DASHES, strict=False)]
    entries += [
        ("Both", overlay.BOTH, None),
        ("Only expert", overlay.EXPERT, None),
        ("Only model", overlay.MODEL, None),
    ]
    marks: list[Picture | Line | Box | Words] = []
    x = _GAP
    for words, color, dash in entries:
        sign = 1.0 * _TEXT if dash is None else 2.0 * _TEXT
        wide = sign + 0.4 * _TEXT + _across(words)
        if x > _GAP and x + wide > right:
            x, y = _GAP, y + 1.5 * _TEXT
        if dash is None:
            marks.append(Box(x, y - 0.75 * _TEXT, _TEXT, _TEXT, color))
        else:
            marks.append(Line(np.array([[x, y - 0.3 * _TEXT], [x + sign, y - 0.3 * _TEXT]]), color, dash))
        marks.append(Words(words, x + sign + 0.4 * _TEXT, y))
        x += wide + 1.2 * _TEXT
    return marks, y


def _across(words: str) -> float:
    """Units of the layout that words of the usual size may take."""
    return _SLACK * captions.text_width(words, _TEXT)


def _svg(mark: Picture | Line | Box | Words) -> tuple[str, dict[str, str]]:
    """Tag and attributes of a mark."""
    if isinstance(mark, Picture):
        picture = mark.image if mark.image.ndim == 2 else cv2.cvtColor(mark.image, cv2.COLOR_RGB2BGR)
        data = base64.b64encode(cv2.imencode(".png", picture)[1].tobytes()).decode()
        place = {name: f"{getattr(mark, name):.2f}" for name in ("x", "y", "width", "height")}
        # `none`: pixels that are not square are stretched on purpose.
        return "image", {"href": f"data:image/png;base64,{data}", "preserveAspectRatio": "none", **place}
    color = f"#{mark.color[0]:02x}{mark.color[1]:02x}{mark.color[2]:02x}"
    if isinstance(mark, Line):
        drawn = {"points": " ".join(f"{x:.2f},{y:.2f}" for x, y in mark.points), "fill": "none", "stroke": color}
        return "polyline", {
            **drawn,
            "stroke-width": f"{_LINE:g}",
            "stroke-dasharray": " ".join(f"{length:g}" for length in mark.dash) or "none",
        }
    if isinstance(mark, Box):
        place = {name: f"{getattr(mark, name):.2f}" for name in ("x", "y", "width", "height")}
        return "rect", {"fill": color, **place}
    font = {"font-family": "Helvetica, Arial, sans-serif", "font-size": f"{mark.size:g}"}
    return "text", {"x": f"{mark.x:.2f}", "y": f"{mark.y:.2f}", "fill": color, **font}


def _draw(sheet: ColorImage, mark: Picture | Line | Box | Words, scale: float) -> None:
    """Draw a mark into pixels."""
    if isinstance(mark, Line):
        for piece in _pieces(mark.points * scale, tuple(length * scale for length in mark.dash)):
            # OpenCV takes whole numbers; 4 bits of them are fractions of a pixel.
            points = np.round(piece * 16).astype(np.int32)
            cv2.polylines(sheet, [points], False, mark.color, max(1, round(_LINE * scale) - 1), cv2.LINE_AA, 4)
        return
    left, top = round(mark.x * scale), round(mark.y * scale)
    if isinstance(mark, Words):
        cv2.putText(sheet, mark.text, (left, top), mark.color, cv2.FontFace("sans"), round(mark.size * scale))
        return
    right, bottom = round((mark.x + mark.width) * scale), round((mark.y + mark.height) * scale)
    if isinstance(mark, Box):
        sheet[top:bottom, left:right] = mark.color
        return
    color = mark.image if mark.image.ndim == 3 else cv2.cvtColor(mark.image, cv2.COLOR_GRAY2RGB)
    sheet[top:bottom, left:right] = cv2.resize(color, (right - left, bottom - top), interpolation=cv2.INTER_CUBIC)


def _pieces(points: NDArray[np.float64], dash: tuple[float, ...]) -> list[NDArray[np.float64]]:
    """Cut a line into the pieces that its dashes draw."""
    if not dash:
        return [points]
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    pieces = []
    for start in np.arange(0, along[-1], sum(dash)):
        end = min(start + dash[0], along[-1])
        inside = (along > start) & (along < end)
        ends = np.stack([np.interp([start, end], along, points[:, axis]) for axis in (0, 1)], axis=1)
        pieces.append(np.vstack([ends[:1], points[inside], ends[1:]]))
    return pieces
