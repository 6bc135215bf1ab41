"""Where the drawing is made: tools, canvas, and a table of points for the keyboard."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import layout, score_words
from neuroscan.app.annotation import canvas, drafts
from neuroscan.app.annotation.canvas import EDIT, FREEHAND, POLYGON, TOOLS, Board
from neuroscan.app.annotation.drafts import PAGE, TABLE, Draft
from neuroscan.data import shapes
from neuroscan.data.shapes import Outline
from neuroscan.types import Image, Mask, Spacing

_FIT = "Fit"
_ZOOMS = {_FIT: 0.0, "1×": 1.0, "2×": 2.0, "4×": 4.0}
_LARGEST_PX = 6_000_000
_MOST_FIT = 4.0
_TALLEST_FIT_PX = 700
_UNKNOWN_WIDTH_PX = 600
_HINTS = {
    POLYGON: "Click from point to point; click the first point again to close. Clicking another point removes it. "
    "Close the line before you press anything else: an open one is not kept.",
    FREEHAND: "Draw round the nerve in one go; letting go closes the line.",
    EDIT: "Click an outline to move or stretch it; click it once more to drag its points, or to remove one by a click.",
}
_ROUND_POINTS = 8


def steps(draft: Draft) -> None:
    """Buttons back and forward; stands well in a row, and is called after `surface`, whose table may make a step."""
    st.button("Undo", icon=":material/undo:", disabled=not draft.earlier, on_click=draft.undo, shortcut="Ctrl+Z")
    st.button("Redo", icon=":material/redo:", disabled=not draft.undone, on_click=draft.redo, shortcut="Ctrl+Y")
    st.button("Clear", icon=":material/delete:", on_click=_clear, args=(draft,))


def tools() -> tuple[str, bool, float]:
    """Choice of tool and zoom.

    Returns:
        One of `TOOLS`, whether new outlines cut away, and pixels of the canvas to one of the frame, 0 to fit.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tool = st.segmented_control(
            "Tool", TOOLS, default=POLYGON, required=True, key="annotate tool", persist_state="session"
        )
        zoom = st.segmented_control(
            "Zoom",
            list(_ZOOMS),
            default=_FIT,
            required=True,
            key="annotate zoom",
            persist_state="session",
            help="By touch, a finger moves what does not fit while the tool is Polygon; with the others it draws.",
        )
        cut = st.toggle(
            "Cut away",
            key="annotate cut",
            persist_state="session",
            disabled=tool == EDIT,
            help="New outlines take away from those before them.",
        )
    return tool, cut, _ZOOMS[zoom]


def surface(draft: Draft, image: Image, name: str, spacing: Spacing | None) -> Mask:
    """Show tools, canvas and table of points; both change the same outlines.

    Args:
        draft: changes as the visitor draws.
        image: the frame, shape (H, W).
        name: of the frame, for screen readers.
        spacing: millimetres a pixel, (row, column), or None.

    Returns:
        The drawing at the frame's own size, shape (H, W).
    """
    tool, cut, zoom = tools()
    left, right = st.columns([5, 2], gap="medium")
    with right:
        _table(draft, image.shape)
    mask = shapes.rasterise(draft.outlines, image.shape)
    drawn = f"Your drawing: {described(draft.outlines, mask, spacing)}."
    with left, st.container(key="drawing"):
        st.caption(_HINTS[tool])
        key = f"canvas {draft.mark}"
        if key not in st.session_state:
            draft.put_up()
        height, width = image.shape
        words = f"{name}, {width} × {height} pixels. {drawn}"
        unsaved = draft.changed or drafts.unsaved()
        room = canvas.keeper(tool, words, revision=draft.revision, unsaved=unsaved, key="annotate keeper")
        fitted = _fitted(image, zoom, room or _UNKNOWN_WIDTH_PX)
        board = Board(image, fitted, draft.number_of(fitted), tool, cut)
        canvas.canvas(board, draft.drawing(fitted, tool), key=key, on_draw=_drawn(draft))
        if draft.problem:
            layout.problem(draft.problem)
        st.caption(drawn)
    return mask


def described(outlines: tuple[Outline, ...], mask: Mask, spacing: Spacing | None) -> str:
    """A drawing in words; how large it is in millimetres as well, where the spacing is known."""
    if not outlines:
        return "nothing yet"
    pixels = int(np.count_nonzero(mask))
    words = f"{layout.counted(len(outlines), 'outline')}, {pixels:,} px"
    return f"{words}, {score_words.area(pixels, spacing)}" if spacing else words


def _drawn(draft: Draft) -> Callable[[dict[str, Any]], None]:
    """What to do with what the canvas sends."""

    def drawn(drawing: dict[str, Any]) -> None:
        try:
            draft.hear(canvas.from_canvas(drawing, draft.zooms))
        except ValueError as error:
            draft.fail(str(error))

    return drawn


def _fitted(image: Image, zoom: float, room: int) -> float:
    """Pixels of the canvas to one of the frame, so that the canvas fits or is at least not too large to draw."""
    height, width = image.shape
    if not zoom:
        zoom = min(room / width, _TALLEST_FIT_PX / height, _MOST_FIT)
    return min(zoom, (_LARGEST_PX / image.size) ** 0.5)


def _table(draft: Draft, shape: tuple[int, ...]) -> None:
    """Let the visitor change the outlines point by point, by keyboard alone."""
    st.markdown("**Points of the outline**", help="In pixels of the frame, from its top left corner: x across, y down.")
    count = len(draft.outlines)
    which = 0
    if count > 1:
        which = st.selectbox(
            "Outline",
            range(count),
            format_func=lambda place: f"{place + 1} of {count}" + (" (cuts)" if draft.outlines[place].cut else ""),
            key=f"outline {draft.mark} {draft.table}",
        )
    if count:
        key = f"points {draft.mark} {draft.table} {which}"
        if key not in st.session_state:
            draft.listed = draft.outlines  # a table that is put up anew has lost what was changed in the one before
        edited = st.data_editor(
            pd.DataFrame(draft.listed[which].points, columns=["x", "y"]),
            num_rows="dynamic",
            hide_index=True,
            height=300,
            key=key,
            column_config={
                axis: st.column_config.NumberColumn(axis, required=True, format="%.2f", step=0.01)
                for axis in ("x", "y")
            },
            alt=f"Points of outline {which + 1}",
        )
        _take_points(draft, which, edited.dropna())
    with st.container(horizontal=True):
        st.button(
            "Add outline",
            icon=":material/add:",
            on_click=lambda: draft.take((*draft.outlines, _round(shape)), by=PAGE),
            help="A small round outline in the middle, to be moved by its points.",
        )
        st.button(
            "Remove",
            icon=":material/remove:",
            disabled=not count,
            on_click=lambda: draft.take((*draft.outlines[:which], *draft.outlines[which + 1 :]), by=PAGE),
            help="Removes this outline.",
        )


def _take_points(draft: Draft, which: int, points: pd.DataFrame) -> None:
    """Go on to the points of the table, once they make an outline."""
    if len(points) < 3:
        st.caption("An outline needs three points.")
        return
    try:
        outline = Outline(tuple(points.itertuples(index=False, name=None)), cut=draft.outlines[which].cut)
    except ValueError as error:
        layout.problem(str(error))
        return
    draft.take((*draft.outlines[:which], outline, *draft.outlines[which + 1 :]), by=TABLE)


def _round(shape: tuple[int, ...]) -> Outline:
    """A regular outline in the middle of a frame, a sixth as tall."""
    turn = np.linspace(0, 2 * np.pi, _ROUND_POINTS, endpoint=False)
    height, width = shape
    return Outline(
        tuple(zip(width / 2 + height / 12 * np.cos(turn), height / 2 + height / 12 * np.sin(turn), strict=True))
    )


def _clear(draft: Draft) -> None:
    """Take everything away; a line that is not closed yet goes too."""
    draft.take((), by=PAGE)
    draft.revision += 1
