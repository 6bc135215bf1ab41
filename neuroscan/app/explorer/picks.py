"""What the visitor has picked in a chart or a table: kept by frames' names until it is cleared or picked anew.

A chart keeps its own selection in the browser as long as its key lives. So a pick elsewhere, or its end, gives the
chart that made the last one another key: it comes back with nothing selected.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from neuroscan.app import layout
from neuroscan.figures.chart import Chart, where

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["toImage"]}
"""Of charts in which points are picked; a picture of them would leave without the disclaimer."""

_TOOL_BAR_PX = 28
"""Room above a chart's legend for Plotly's tool bar, which on a narrow page would lie over it."""

_PICK, _TURNS = "explorer pick", "explorer turns"


@dataclass(frozen=True)
class Pick:
    """Frames that were picked.

    Attributes:
        by: the chart or table that they were picked in.
        names: of the frames.
        words: what was picked, for people.
    """

    by: str
    names: frozenset[str]
    words: str


def now() -> Pick | None:
    """The pick that holds, or None."""
    return st.session_state.get(_PICK)


def take(by: str, names: Collection[str], words: str) -> None:
    """Let a pick hold in place of the last one; of no frames, that of the same chart ends.

    Args:
        by: name of the chart or table.
        names: of the frames.
        words: what was picked.
    """
    last = now()
    if last is not None and last.by != by:
        if not names:
            return  # A chart that has lost its own selection to another one.
        _turn(last.by)
    st.session_state[_PICK] = Pick(by, frozenset(names), words) if names else None


def clear() -> None:
    """End the pick, and what its chart shows of it."""
    if (last := now()) is not None:
        _turn(last.by)
    st.session_state[_PICK] = None


def narrowed(frames: pd.DataFrame) -> pd.DataFrame:
    """The picked rows of a table; all of them while nothing is picked."""
    pick = now()
    return frames if pick is None else frames[frames["name"].isin(pick.names)]


def selection(frames: pd.DataFrame) -> None:
    """Say what is picked, with a way back; nothing while nothing is."""
    if (pick := now()) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        inside = int(frames["name"].isin(pick.names).sum())
        others = len(pick.names) - inside
        hidden = f"; {others:,} more are in other data sets or filtered out" if others else ""
        frames_inside = layout.counted(inside, "frame")
        st.markdown(f":material/check_box: **{frames_inside} selected**: {layout.plain(pick.words)}{hidden}")
        st.button("Clear selection", icon=":material/close:", on_click=clear, key="explorer clear")


def key(name: str, *parts: object) -> str:
    """Key of a chart or table: another one after each pick that it has lost, and for other contents.

    Args:
        name: of the chart.
        parts: what its contents hang on.
    """
    turn = st.session_state.get(_TURNS, {}).get(name, 0)
    return f"explorer {name} {turn} {abs(hash(parts))}"


def chart(made: Chart, frames: pd.DataFrame, name: str, *parts: object) -> None:
    """Show a chart whose points, bars and boxes can be picked; a sentence where it would be empty.

    Args:
        made: the chart, its rows being those of the table.
        frames: the table.
        name: of the chart, for people too.
        parts: what its contents hang on.
    """
    if not any(len(mark) for trace in made.rows for mark in trace):
        st.info("No frame here has a value to draw.")
        return
    key_ = key(name, *parts, len(frames), pd.util.hash_pandas_object(frames["name"], index=False).sum())

    def picked() -> None:
        marks = st.session_state[key_]["selection"]["points"]
        rows = made.behind((mark["curve_number"], mark["point_index"]) for mark in marks)
        take(name, frames["name"].iloc[rows].tolist(), f"in “{name}”")

    if (pick := now()) is not None:
        # In every chart: the browser knows only of what was picked in the one before it.
        made.mark(where(frames["name"].isin(pick.names)))
    shape = made.figure.layout
    made.figure.update_layout(height=shape.height + _TOOL_BAR_PX, margin_t=shape.margin.t + _TOOL_BAR_PX)
    st.plotly_chart(made.figure, key=key_, on_select=picked, alt=made.words, config=CONFIG)


def rows(table: pd.DataFrame, names: Sequence[Collection[str]], name: str, *parts: object, **look: Any) -> None:
    """Show a table whose rows can be picked.

    Args:
        table: what is shown.
        names: of the frames behind each row.
        name: of the table, for people too.
        parts: what its contents hang on.
        look: goes to `st.dataframe`.
    """
    key_ = key(name, *parts, len(table))

    def picked() -> None:
        chosen = st.session_state[key_]["selection"]["rows"]
        take(name, {frame for row in chosen for frame in names[row]}, f"in “{name}”")

    st.dataframe(table, hide_index=True, key=key_, on_select=picked, selection_mode="multi-row", **look)


def _turn(name: str) -> None:
    """Give a chart another key."""
    turns = st.session_state.get(_TURNS, {})
    st.session_state[_TURNS] = turns | {name: turns.get(name, 0) + 1}
