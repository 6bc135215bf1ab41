"""Marks on a white sheet, written as SVG (lines and words stay sharp at any size) or as pixels."""

import base64
import math
from dataclasses import dataclass
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from neuroscan.imaging.overlay import Color
from neuroscan.types import ColorImage, Image

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
TEXT = 20
"""Size of words, in units of the layout, where nothing else is said."""
_LINE = 2.5


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
    size: int = TEXT


Mark = Picture | Line | Box | Words


@dataclass(frozen=True, eq=False)
class Figure:
    """Marks on a white sheet, drawn in order."""

    width: float
    height: float
    marks: tuple[Mark, ...]

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


def _svg(mark: Mark) -> tuple[str, dict[str, str]]:
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


def _draw(sheet: ColorImage, mark: Mark, scale: float) -> None:
    """Draw a mark into pixels."""
    if isinstance(mark, Line):
        for piece in pieces(mark.points * scale, tuple(length * scale for length in mark.dash)):
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


def pieces(points: NDArray[np.float64], dash: tuple[float, ...]) -> list[NDArray[np.float64]]:
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
