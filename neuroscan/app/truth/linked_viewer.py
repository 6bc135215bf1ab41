"""Panels of one frame on the screen, side by side, zooming in pace.

A slider that moves changes a small part of each panel. So the frame is sent once for all of them, and of each panel
only the rectangle that differs: encoding that takes a fraction of the time, and the pixels on screen are the same.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import streamlit as st

from neuroscan.app.viewer import fitted, frontend
from neuroscan.data import codecs
from neuroscan.types import ColorImage, Image

_MARGIN = 2

_panels = st.components.v2.component(
    "neuroscan_linked_viewer",
    html=f'<div class="panels">{frontend("viewer.html")}</div>',
    css=frontend("viewer.css") + frontend("linked_viewer.css"),
    # Zoom, keys and touch are the viewer's own; its entrance becomes a function that the panels call.
    js=frontend("viewer.js").replace("export default function", "function show", 1) + frontend("linked_viewer.js"),
)


@dataclass(frozen=True, eq=False)
class Base:
    """A frame as the screen has it.

    Attributes:
        picture: shape (h, w, 3); the frame itself, or, over 4 million pixels, a smaller copy.
        png: its file.
    """

    picture: ColorImage
    png: bytes


@dataclass(frozen=True)
class Patch:
    """What a panel shows otherwise than the frame.

    Attributes:
        png: of the rectangle; None when nothing differs.
        box: left, top, width and height of the rectangle, in pixels of the base.
    """

    png: bytes | None
    box: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture for the screen.

    Attributes:
        words: what it shows, with numbers: stands below it, and is read out to those who cannot see it.
        picture: shape (H, W[, 3]) uint8, the size of the frame.
    """

    words: str
    picture: Image | ColorImage


def base(image: Image) -> Base:
    """Make a frame (H, W) ready for the screen."""
    small = fitted(image)
    return Base(np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2RGB), np.uint8), codecs.encode_png(small))


def patch(beneath: Base, picture: Image | ColorImage) -> Patch:
    """Cut out the smallest rectangle, and two pixels around it, outside of which a picture equals the frame.

    Args:
        beneath: the frame.
        picture: shape (H, W[, 3]) uint8, the size of the frame.

    Example:
        >>> frame = np.zeros((40, 60), np.uint8)
        >>> picture = cv2.cvtColor(frame, cv2.COLOR_GRAY2RGB)
        >>> picture[10:12, 20:25] = 255
        >>> patch(base(frame), picture).box, patch(base(frame), frame).png
        ((18, 8, 9, 6), None)
    """
    color = fitted(picture if picture.ndim == 3 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8))
    differs = cv2.absdiff(color, beneath.picture)
    height, width = differs.shape[:2]
    rows = np.flatnonzero(differs.reshape(height, -1).any(axis=1))
    if not len(rows):
        return Patch(None, (0, 0, 0, 0))
    columns = np.flatnonzero(differs.any(axis=(0, 2)))
    top, bottom = max(int(rows[0]) - _MARGIN, 0), min(int(rows[-1]) + 1 + _MARGIN, height)
    left, right = max(int(columns[0]) - _MARGIN, 0), min(int(columns[-1]) + 1 + _MARGIN, width)
    part = np.ascontiguousarray(color[top:bottom, left:right])
    return Patch(codecs.encode_png(part), (left, top, right - left, bottom - top))


def panels(name: str, beneath: Base, shown: Sequence[Panel], patches: Sequence[Patch]) -> None:
    """Show panels of one frame side by side, as many in a row as there is room for.

    Args:
        name: of the frame; panels zoom and move together until another frame comes.
        beneath: the frame.
        shown: the panels.
        patches: of the panels.
    """
    height, width = beneath.picture.shape[:2]
    data = {
        "frame": base64.b64encode(beneath.png).decode(),
        "group": f"truth {name}",
        "width": width,
        "height": height,
        "panels": [
            {
                "caption": panel.words,
                "alt": f"{name}. {panel.words}",
                "patch": base64.b64encode(own.png or b"").decode(),
                "box": own.box,
            }
            for panel, own in zip(shown, patches, strict=True)
        ],
    }
    _panels(data=data, key="linked viewer shown")
