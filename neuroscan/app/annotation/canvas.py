"""The canvas that a nerve is drawn on, and its drawing as outlines at the frame's own size.

The canvas (streamlit-drawable-canvas, Fabric.js inside) speaks of its own pixels: `zoom` of them to a pixel of the
frame. What it sends may still be of the zoom before, as when the window has just been resized, so each line says by its
width, in thousandths of a pixel that nobody sees, which zoom it was drawn at. A script of ours stands beside it, which
tells how wide the page is, names the canvas for screen readers, keeps its toolbar to what the server hears of, and lets
the browser ask before a drawing is lost.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from neuroscan.app import viewer
from neuroscan.data import codecs, shapes
from neuroscan.data.shapes import Outline
from neuroscan.imaging import preprocess
from neuroscan.types import Image

POLYGON, FREEHAND, EDIT = "Polygon", "Freehand", "Edit"
TOOLS = (POLYGON, FREEHAND, EDIT)
LINE = {False: "#FFFFFF", True: "#D55E00"}
"""Colour of a line that adds, and of one that cuts away; it also tells the two apart when the drawing comes back."""

_FILL = {False: "rgba(255, 255, 255, 0.12)", True: "rgba(0, 0, 0, 0.35)"}
_LINE_PX, _ZOOMS_A_PX = 2, 1000
_STEPS_A_CURVE = 4
_FREEHAND_TOLERANCE = 0.25
_SMOOTH_TO = 3
_TALLEST_PX = 720

_keeper = st.components.v2.component("neuroscan_annotate", js=viewer.frontend("annotate.js"))


@dataclass(frozen=True)
class Board:
    """What the canvas shows and how.

    Attributes:
        image: the frame, shape (H, W).
        zoom: pixels of the canvas to one of the frame.
        number: of the zoom, among those that the drawing has been shown at.
        tool: one of `TOOLS`.
        cut: whether new outlines take away.
    """

    image: Image
    zoom: float
    number: int
    tool: str
    cut: bool


def canvas(board: Board, drawing: dict[str, Any], *, key: str, on_draw: Callable[[dict[str, Any]], None]) -> None:
    """Show the canvas.

    Args:
        board: what it shows.
        drawing: to begin with, of `to_canvas`; it replaces what is on the canvas whenever it differs from the last one.
        key: unique on the page; the canvas keeps its drawing as long as its key.
        on_draw: called before the page runs again when an outline was added or changed, with what `from_canvas` reads.
    """
    # Its import fails where no Streamlit server runs.
    from streamlit_drawable_canvas import st_canvas

    def changed() -> None:
        # Until the browser has sent a drawing, what counts as its state is the one it began with.
        drawing = st.session_state[key]["drawing"]["raw"]
        if "revision" not in drawing:
            on_draw(drawing)

    height, width = (round(side * board.zoom) for side in board.image.shape)
    st_canvas(
        fill_color=_FILL[board.cut],
        stroke_color=LINE[board.cut],
        stroke_width=_line_width(board.number),
        background_image=codecs.encode_png(enlarged(board.image, height, width)),
        height=height,
        width=width,
        max_display_height=_TALLEST_PX,
        # Editing is a switch in the canvas' toolbar, which our script presses; polygons alone send no edits.
        drawing_mode="polygon" if board.tool == POLYGON else "freedraw",
        initial_drawing=drawing,
        key=key,
        on_change=changed,
    )


def keeper(tool: str, words: str, *, revision: int, unsaved: bool, key: str) -> int | None:
    """Mount the script beside the canvas; both have to stand in one container of the name `drawing`.

    Args:
        tool: one of `TOOLS`.
        words: what is to be seen, for screen readers.
        revision: of the drawing that the canvas begins with; another one ends a line that is not closed yet.
        unsaved: whether the browser asks before it leaves the app, as by a reload.
        key: unique on the page.

    Returns:
        Width of the place for the canvas in pixels; None until the browser has told.
    """
    width = st.session_state.get(key, {}).get("width")
    switches = {"edit": tool == EDIT, "taps": tool == POLYGON}
    data = switches | {"words": words, "place": "drawing", "width": width, "revision": revision, "unsaved": unsaved}
    found = _keeper(data=data, key=key, default={"width": None}, on_width_change=lambda: None)
    return found.get("width")


def enlarged(image: Image, height: int, width: int) -> Image:
    """Bring a frame to the canvas' size, so that no browser has to smooth it.

    Args:
        image: shape (H, W).
        height, width: of the canvas.

    Returns:
        Shape (height, width): averaged when it shrinks, smoothed when it grows a little, and in plain squares once a
        pixel is several of the screen's, where smoothing would invent detail.
    """
    if height <= image.shape[0] * _SMOOTH_TO:
        return preprocess.resize(image, height, width)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _line_width(number: int) -> float:
    """Width of lines that tell the number of their zoom; Fabric.js keeps four digits."""
    return _LINE_PX + number / _ZOOMS_A_PX


def to_canvas(outlines: Sequence[Outline], zoom: float, *, number: int = 0, revision: int) -> dict[str, Any]:
    """Write outlines as a drawing for the canvas.

    Args:
        outlines: at the frame's own size.
        zoom: pixels of the canvas to one of the frame.
        number: of the zoom.
        revision: drawings of different numbers differ, even if their outlines do not.
    """
    objects = [
        {
            "type": "Polygon",
            "points": [{"x": x * zoom, "y": y * zoom} for x, y in outline.points],
            "fill": _FILL[outline.cut],
            "stroke": LINE[outline.cut],
            "strokeWidth": _line_width(number),
            # A line stays thin however far its outline is pulled.
            "strokeUniform": True,
        }
        for outline in outlines
    ]
    return {"objects": objects, "revision": revision}


def from_canvas(drawing: dict[str, Any], zooms: Sequence[float]) -> tuple[Outline, ...]:
    """Read the outlines on the canvas, wherever they were moved, turned or stretched to.

    Args:
        drawing: JSON of the canvas: polygons, and freehand lines, which are closed from their end to their beginning.
        zooms: by number, pixels of the canvas to one of the frame.

    Returns:
        Outlines at the frame's own size; what has no area (a click) is left out.

    Raises:
        ValueError: the drawing has too many points, or is none.
    """
    outlines = []
    try:
        for shape in drawing["objects"]:
            number = round((shape["strokeWidth"] - _LINE_PX) * _ZOOMS_A_PX)
            points = _placed(shape) / zooms[number]
            if shape["type"] == "Path":
                curve = cv2.approxPolyDP(points.astype(np.float32), _FREEHAND_TOLERANCE, closed=True)
                points = curve[:, 0].astype(np.float64)
            if len(points) >= 3 and cv2.contourArea(points.astype(np.float32)) > 0:
                outlines.append(Outline(tuple(map(tuple, points.tolist())), cut=shape["stroke"] == LINE[True]))
    except (KeyError, TypeError, IndexError, ValueError, OverflowError) as error:
        raise ValueError(f"The canvas sent no drawing ({type(error).__name__}: {error}); draw again") from error
    shapes.check_count(outlines)
    return tuple(outlines)


def _placed(shape: dict[str, Any]) -> NDArray[np.float64]:
    """Points (N, 2) of one shape where they lie on the canvas.

    Fabric.js keeps points as they were first drawn, and beside them where the middle of their box has gone, and how the
    shape is turned, stretched, mirrored and slanted about it.
    """
    if shape["type"] == "Polygon":
        points = box = np.array([(point["x"], point["y"]) for point in shape["points"]], dtype=np.float64)
    elif shape["type"] == "Path":
        points, box = _path(shape["path"])
    else:
        return np.empty((0, 2))
    middle = (box.min(axis=0) + box.max(axis=0)) / 2
    turn = math.radians(shape["angle"])
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    stretched = np.diag(
        [
            -shape["scaleX"] if shape["flipX"] else shape["scaleX"],
            -shape["scaleY"] if shape["flipY"] else shape["scaleY"],
        ]
    )
    across = np.array([[1, math.tan(math.radians(shape["skewX"]))], [0, 1]])
    down = np.array([[1, 0], [math.tan(math.radians(shape["skewY"])), 1]])
    return (points - middle) @ (turned @ stretched @ across @ down).T + [shape["left"], shape["top"]]


def _path(commands: Sequence[Sequence[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points along a freehand line, and points whose box is the one that Fabric.js takes for the line's own."""
    start = np.array(commands[0][1:3], dtype=np.float64)
    points, box = [start], [start]
    steps = np.linspace(0, 1, _STEPS_A_CURVE + 1)[1:, None]
    fine = np.linspace(0, 1, 33)[1:, None]
    for name, *numbers in commands[1:]:
        end = np.array(numbers[-2:], dtype=np.float64)
        if name == "Q":
            control = np.array(numbers[:2], dtype=np.float64)
            points += list((1 - steps) ** 2 * start + 2 * steps * (1 - steps) * control + steps**2 * end)
            # Fabric.js measures the curve as a cubic one whose two controls are one.
            middle = 3 * fine * (1 - fine) * control
            box += list((1 - fine) ** 3 * start + middle + fine**3 * end)
        else:
            points.append(end)
            box.append(end)
        start = end
    return np.array(points), np.array(box)
