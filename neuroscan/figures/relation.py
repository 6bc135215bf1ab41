"""How columns go together: points of two of them in the colours of a third, and all correlations at a glance."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neuroscan.figures.chart import (
    CATEGORIES,
    DRAG,
    INK,
    KINDS,
    Chart,
    Rows,
    drawn,
    label,
    layout,
    points,
    short,
    where,
)
from neuroscan.figures.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY_BLUE, VERMILION

_SCALE = "Cividis"
_COLORS = (
    BLUE,
    VERMILION,
    GREEN,
    PURPLE,
    ORANGE,
    SKY_BLUE,
    "rgb(148, 103, 189)",
    "rgb(140, 86, 75)",
)
_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x")


def scatter(frames: pd.DataFrame, across: str, up: str, color: str, *, names: tuple[str, str] | None = None) -> Chart:
    """Draw a point a frame.

    Args:
        frames: with the columns, `title` (of a point), and `nerve`.
        across, up: columns of numbers; frames without a value of either are left out.
        color: any column: words get a trace each, numbers a scale; frames without a number are grey.
        names: titles of the axes; None takes the columns'.
    """
    x, y = frames[across].to_numpy(float), frames[up].to_numpy(float)
    rows = drawn(where(np.isfinite(x) & np.isfinite(y)))
    parts = _by_word(frames, rows, color) if color in CATEGORIES else _by_number(frames, rows, color)
    titles = names or (label(across), label(up))
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": x[subset],
            "y": y[subset],
            "text": frames["title"].iloc[subset].tolist(),
            "hovertemplate": f"%{{text}}<br>{titles[0]} %{{x:.4g}}<br>{titles[1]} %{{y:.4g}}<extra></extra>",
        }
        | style
        for subset, style in parts
    ]
    words = f"{len(rows):,} frames by {titles[0]} and {titles[1]}, coloured by {label(color)}."
    figure = go.Figure(traces, layout(*titles, height=380, dragmode=DRAG))
    return Chart(figure, [points(subset) for subset, _ in parts], words)


def correlation(correlations: pd.DataFrame) -> go.Figure:
    """Draw the rank correlation of each pair of columns, so that a phone's width holds them.

    Args:
        correlations: of `explore.correlation.ranks`.
    """
    names = short(list(correlations.columns))
    trace = {
        "type": "heatmap",
        "z": correlations.to_numpy(),
        "x": names,
        "y": names,
        "zmin": -1,
        "zmax": 1,
        "colorscale": "RdBu_r",
        "hovertemplate": "%{x}<br>%{y}<br>%{z:.2f}<extra></extra>",
        # Above the cells, as beside them it would take a phone's width.
        "colorbar": {"orientation": "h", "y": 1.0, "len": 0.8, "thickness": 10},
    }
    figure_layout = layout("", "", height=max(320, 160 + 18 * len(names)))
    figure_layout["margin"] |= {"pad": 2}
    # Titles keep room for themselves, even empty ones.
    sides = {"dtick": 1, "ticks": "", "title": {"text": "", "standoff": 0}}
    figure_layout["yaxis"] |= sides | {"autorange": "reversed", "tickfont": {"size": 10, "color": INK}}
    figure_layout["xaxis"] |= sides | {"tickangle": -90, "tickfont": {"size": 9, "color": INK}}
    return go.Figure([trace], figure_layout)


def _by_word(frames: pd.DataFrame, rows: Rows, color: str) -> list[tuple[Rows, dict[str, Any]]]:
    """Rows and style of each word; more words than colours are told apart by shape too."""
    words = frames[color].iloc[rows].astype(str)
    order = [kind for kind in KINDS if kind in set(words)] if color == "nerve" else list(frames[color].unique())
    parts = []
    for number, word in enumerate(map(str, order)):
        word_rows = rows[where(words == word)]
        if not len(word_rows):
            continue
        shade = KINDS.get(word, _COLORS[number % len(_COLORS)])
        symbol = _SYMBOLS[number // len(_COLORS) % len(_SYMBOLS)]
        marker = {"color": shade, "size": 6, "opacity": 0.75, "symbol": symbol}
        parts.append((word_rows, {"name": word, "marker": marker, "showlegend": len(order) <= len(_COLORS)}))
    return parts


def _by_number(frames: pd.DataFrame, rows: Rows, color: str) -> list[tuple[Rows, dict[str, Any]]]:
    """Rows and style of the frames with a number, and of those without."""
    values = frames[color].to_numpy(float)[rows]
    known = np.isfinite(values)
    scale = {
        "color": values[known],
        "colorscale": _SCALE,
        "showscale": True,
        "colorbar": {"title": {"text": label(color), "side": "right"}, "thickness": 12},
        "size": 6,
        "opacity": 0.85,
        # A rim, so that either end of the scale stands out on the light and on the dark page.
        "line": {"width": 0.5, "color": GREY},
    }
    grey = {"color": GREY, "size": 5, "opacity": 0.45, "symbol": "circle-open"}
    parts = [(rows[known], {"name": label(color), "marker": scale, "showlegend": False})]
    if not known.all():
        parts.append((rows[~known], {"name": f"without {label(color)}", "marker": grey, "showlegend": True}))
    return parts
