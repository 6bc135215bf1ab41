"""A chart whose marks know which frames they stand for, and what the charts of a data set have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from neuroscan.explore.columns import COLUMNS
from neuroscan.figures.palette import BLUE, GREY, VERMILION

Rows = NDArray[np.intp]
"""Places of rows in a table of frames, shape (N,)."""

NERVE, NO_NERVE, UNLABELLED = "nerve", "no nerve", "unlabelled"
KINDS = {NERVE: BLUE, NO_NERVE: VERMILION, UNLABELLED: GREY}
"""What an expert said of a frame, and its colour."""

CATEGORIES = ("nerve", "source", "subject", "split")
"""Columns of a table of frames that hold words, where it has them."""

DRAG = "select"
"""What a mouse does that is dragged over points: it picks those in the box. Bars are clicked, which takes Plotly's own
way of dragging."""

MAX_MARKS = 6000
"""Points that a browser draws at ease; of more frames, so many are drawn at random."""

INK = "#000037"
"""Colour of all words. Streamlit takes it for "the page's text" (GRAY_90 of its Plotly theme) and draws #262730 on the
light page and #fafafa on the dark one, also when the theme changes; elsewhere it is a very dark blue. Streamlit's own
grey for axes has a contrast of 3.7 to 1 on white."""

_UNITS_IN_NAMES = ("_px", "_mm2", "_mm", "_deg", "_share", "_rel")
_SHORT = ("cnr", "snr")
_HEIGHT = 320


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure, and the frames behind each of its marks.

    Attributes:
        figure: what is drawn.
        rows: for each trace and each of its marks (bars, points), the rows that it stands for.
        words: what it shows, for those who cannot see it.
    """

    figure: go.Figure
    rows: Sequence[Sequence[Rows]]
    words: str

    def behind(self, marks: Iterable[tuple[int, int]]) -> Rows:
        """The rows behind some marks, each once and in order.

        Args:
            marks: number of the trace and number of the mark in it; those that are not there stand for nothing.
        """
        groups = [
            self.rows[trace][mark]
            for trace, mark in marks
            if 0 <= trace < len(self.rows) and 0 <= mark < len(self.rows[trace])
        ]
        return np.unique(np.concatenate(groups)) if groups else np.empty(0, np.intp)

    def mark(self, chosen: Rows) -> None:
        """Let the marks stand out that hold any of some rows."""
        picked = set(chosen.tolist())
        for trace, mark_rows in zip(self.figure.data, self.rows, strict=True):
            trace.selectedpoints = [n for n, rows in enumerate(mark_rows) if not picked.isdisjoint(rows.tolist())]


def label(column: str) -> str:
    """Name a column for people, with its unit.

    Example:
        >>> label("area_px"), label("speckle_snr"), label("nerve")
        ('Area (px)', 'Speckle SNR (ratio)', 'Nerve')
    """
    name = column
    for ending in _UNITS_IN_NAMES:
        name = name.removesuffix(ending)
    words = [word.upper() if word in _SHORT else word for word in name.split("_")]
    text = " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])
    unit = COLUMNS[column].unit.partition(",")[0] if column in COLUMNS else text.lower()
    return text if unit == text.lower() else f"{text} ({unit})"


def short(columns: Sequence[str]) -> list[str]:
    """Name columns without their units, where that tells them apart.

    Example:
        >>> short(["mean", "area_px", "area_share"])
        ['Mean', 'Area (px)', 'Area (share)']
    """
    names = [label(column) for column in columns]
    bare = [name.partition(" (")[0] for name in names]
    return [one if bare.count(one) == 1 else name for one, name in zip(bare, names, strict=True)]


def points(rows: Rows) -> list[Rows]:
    """Let each point stand for one row."""
    return [rows[position : position + 1] for position in range(len(rows))]


def drawn(rows: Rows) -> Rows:
    """The rows of which points are drawn: all, or MAX_MARKS of them at random, in order."""
    if len(rows) <= MAX_MARKS:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, MAX_MARKS, replace=False))


def where(condition: pd.Series | NDArray[np.bool_]) -> Rows:
    """Places of the rows that meet a condition."""
    return np.flatnonzero(np.asarray(condition, bool))


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis whose title and ticks can be read on either page."""
    return {"title": {"text": title, "font": {"color": INK}}, "tickfont": {"color": INK}, "automargin": True} | more


def layout(across: str, up: str, *, height: int = _HEIGHT, **more: Any) -> dict[str, Any]:
    """What the charts have in common: titles of both axes, legend above, no lost margins."""
    return {
        "height": height,
        "font": {"color": INK},
        "hoverlabel": {"font": {"color": INK}},
        "margin": {"l": 8, "r": 8, "t": 32, "b": 8},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "xaxis": axis(across),
        "yaxis": axis(up),
        "hovermode": "closest",
    } | more
