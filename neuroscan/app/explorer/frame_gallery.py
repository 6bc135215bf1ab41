"""The frames of the table as thumbnails with the expert's outlines; one of them opens with its row."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from neuroscan.app import layout, seen, viewer
from neuroscan.app.explorer import filtered, opened_frame, picks
from neuroscan.app.explorer.filtered import Table
from neuroscan.app.lists import kept, select
from neuroscan.app.steps import previous_next
from neuroscan.data import codecs
from neuroscan.explore import record, results, store, views
from neuroscan.figures.chart import UNLABELLED, label
from neuroscan.imaging import overlay, preprocess
from neuroscan.types import ColorImage

_TILES = 24
_AS_IS = "As in the data set"
_SIZE = (120, 160)


def gallery(table: Table) -> pd.DataFrame:
    """Show the frames that pass the filters and are picked, some at a time.

    Args:
        table: of the explorer.

    Returns:
        The rows of those frames, in the order shown.
    """
    rows = picks.narrowed(table.frames)
    st.header(layout.counted(len(rows), "frame"), anchor=False)
    picks.selection(table.frames)
    if rows.empty:
        st.info("No frame passes the filters and the selection. Widen one of them.")
        return rows
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rows, by = _ordered(table, rows)
        page = _turned(rows)
    shown = rows.iloc[page * _TILES : (page + 1) * _TILES]
    state = results.stamp(table.folder)
    shapes = zip(shown["height_px"].astype(int), shown["width_px"].astype(int), strict=True)
    pictures = _pictures(str(table.folder), state, tuple(shown["key"]), tuple(shapes))
    tiles = [
        viewer.Tile(row["name"], _words(row, by), png, f"Frame {row['title']}, {row['nerve']}")
        for row, png in zip(shown.to_dict("records"), pictures, strict=True)
    ]
    for name in shown.loc[shown["nerve"] != UNLABELLED, "name"]:
        seen.note(name, seen.EXPERT)
    viewer.gallery(tiles, chosen=None, on_pick=opened_frame.choose, key="explorer gallery")
    return rows


def small(thumbnail: bytes, nerve: bytes, shape: tuple[int, int]) -> ColorImage:
    """Draw a stored thumbnail with its mask's outline, in the frame's own proportions.

    Args:
        thumbnail, nerve: of `store.pictures`.
        shape: (H, W) of the frame.

    Returns:
        Shape (h, w, 3), within 120x160.
    """
    scale = min(_SIZE[0] / shape[0], _SIZE[1] / shape[1])
    height, width = (max(1, round(side * scale)) for side in shape)
    image = preprocess.resize(views.decode(thumbnail), height, width)
    mask = preprocess.resize_mask(record.unpack(nerve), height, width)
    return overlay.outline(image, mask, color=overlay.EXPERT, thickness=2)


def _ordered(table: Table, rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Let the visitor order the frames by a column, the largest first or last."""
    columns = [_AS_IS, *table.numbers]
    chosen = kept("explorer order", columns)
    by = select(
        "Order by",
        columns,
        chosen,
        key="explorer order",
        persist_state="session",
        width=260,
        format_func=lambda name: name if name == _AS_IS else label(name),
        help=None if chosen == _AS_IS else filtered.help_of(chosen),
    )
    if by == _AS_IS:
        return rows, by
    first = st.toggle("Largest first", True, key="explorer largest", persist_state="session")
    return rows.sort_values(by, ascending=not first, kind="stable", na_position="last"), by


def _turned(rows: pd.DataFrame) -> int:
    """Buttons to the pages before and after; returns the number of the page, from 0, which other rows begin again."""
    count, listed = len(rows), hash(tuple(rows["name"]))
    last = (count - 1) // _TILES
    of, page = st.session_state.get("explorer page", (listed, 0))
    page = page if of == listed else 0
    st.session_state["explorer page"] = listed, page

    def turn(step: int) -> None:
        st.session_state["explorer page"] = listed, page + step

    if last:
        previous_next(page, last, turn, key="explorer page", noun="page")
        st.caption(f"{page * _TILES + 1:,} to {min((page + 1) * _TILES, count):,} of {count:,}")
    return page


def _words(row: dict[Hashable, Any], by: str) -> str:
    """What stands under a thumbnail."""
    words = f"{row['title']} · {row['nerve']}"
    if by == _AS_IS:
        return words
    return f"{words} · {row[by]:.4g}" if pd.notna(row[by]) else f"{words} · no value"


@st.cache_data(max_entries=64, show_spinner=False)
def _pictures(folder: str, state: int, keys: Sequence[str], shapes: Sequence[tuple[int, int]]) -> list[bytes]:
    found = store.pictures(Path(folder), keys, columns=["thumbnail", "nerve"])
    return [
        codecs.encode_png(small(thumbnail, nerve, shape))
        for thumbnail, nerve, shape in zip(found["thumbnail"], found["nerve"], shapes, strict=True)
    ]
