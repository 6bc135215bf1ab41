"""Pictures on a page: sharp, with a text for those who cannot see them, zooming in pace; and galleries to pick from."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import streamlit as st

from neuroscan.data import codecs
from neuroscan.types import ColorImage, Image

_FRONTEND = Path(__file__).parent / "frontend"
_MOST_PIXELS = 4_000_000


def frontend(name: str) -> str:
    """Read one of the scripts, styles and drawings that go to the browser."""
    return (_FRONTEND / name).read_text(encoding="utf-8")


_viewer = st.components.v2.component(
    "neuroscan_viewer", html=frontend("viewer.html"), css=frontend("viewer.css"), js=frontend("viewer.js")
)
_gallery = st.components.v2.component(
    "neuroscan_gallery", html=frontend("gallery.html"), css=frontend("gallery.css"), js=frontend("gallery.js")
)


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture for the screen.

    Attributes:
        picture: shape (H, W) or (H, W, 3) uint8.
        caption: plain text under it; shown as it is, never read as Markdown or HTML.
        alt: what it shows, in words and numbers, for screen readers.
    """

    picture: Image | ColorImage
    caption: str
    alt: str


def pictures(panels: Sequence[Panel], *, group: str, key: str) -> None:
    """Show pictures side by side, as many in a row as there is room for; buttons, mouse, touch and keys zoom and move.

    Args:
        panels: in order; sent as PNG, so without loss; one over 4 million pixels is shrunk to that, and its caption
            says so.
        group: pictures of one group, of equal aspect ratio, zoom and move together, wherever on the page they stand.
        key: unique on the page; the zoom outlives reruns.
    """
    data = {"group": group, "pictures": [_sent(panel) for panel in panels]}
    # Streamlit refuses two underscores in the key of a component, and names of readers may hold them.
    _viewer(data=data, key=key.replace("__", "--"))


def picture(image: Image | ColorImage, caption: str, *, alt: str, group: str, key: str) -> None:
    """Show one picture; arguments as `Panel` and `pictures`."""
    pictures([Panel(image, caption, alt)], group=group, key=key)


def _sent(panel: Panel) -> dict[str, str | int]:
    """A panel as the browser gets it."""
    height, width = panel.picture.shape[:2]
    small = _fitted(panel.picture)
    shrunk = "" if small is panel.picture else f" (shown at {small.shape[1]} × {small.shape[0]})"
    return {
        "png": base64.b64encode(codecs.encode_png(small)).decode(),
        "caption": panel.caption + shrunk,
        "alt": panel.alt,
        "width": width,
        "height": height,
    }


def _fitted(image: Image | ColorImage) -> Image | ColorImage:
    """Shrink a picture (H, W[, 3]) to what screens can use, 4 million pixels; a smaller one is given back as it is."""
    pixels = image.shape[0] * image.shape[1]
    if pixels <= _MOST_PIXELS:
        return image
    shrink = (_MOST_PIXELS / pixels) ** 0.5
    return np.asarray(cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True)
class Tile:
    """One picture of a gallery.

    Attributes:
        name: what is handed back when it is picked; unique within the gallery.
        label: short plain text under it.
        png: the picture; None shows the label alone.
        alt: what it shows, for screen readers.
    """

    name: str
    label: str
    png: bytes | None
    alt: str


def gallery(
    tiles: Sequence[Tile],
    *,
    chosen: str | None,
    on_pick: Callable[[str], None],
    key: str,
    strip: bool = False,
    width: str = "6.6rem",
) -> None:
    """Show small pictures, of which one can be picked by mouse, touch or keyboard.

    Args:
        tiles: in order.
        chosen: name of the tile that is marked, or None.
        on_pick: called with the picked tile's name before the page runs again.
        key: unique on the page.
        strip: one row that scrolls sideways, instead of as many rows as are needed.
        width: least width of a tile in rows, as CSS has it.
    """
    data = {
        "strip": strip,
        "width": width,
        "chosen": chosen,
        "tiles": [
            {"name": t.name, "label": t.label, "alt": t.alt, "png": base64.b64encode(t.png or b"").decode()}
            for t in tiles
        ],
    }

    def picked() -> None:
        """Hand the name on, if it is one of those that were offered."""
        name = st.session_state[key].get("picked")
        if name in {tile.name for tile in tiles}:
            on_pick(name)

    _gallery(data=data, key=key, on_picked_change=picked)
