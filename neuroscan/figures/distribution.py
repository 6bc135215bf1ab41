"""How the values of one column are spread: with and without nerve, by subject."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neuroscan.figures.chart import DRAG, KINDS, Chart, drawn, label, layout, points, where
from neuroscan.figures.palette import GREY

_MAX_BINS = 50


def histogram(frames: pd.DataFrame, column: str) -> Chart:
    """Count the frames whose value lies in each of at most fifty equal steps, stacked by what an expert said of them.

    Args:
        frames: with the column and `nerve`; missing values are left out.
        column: of numbers.

    Returns:
        One trace a kind that has values; the last bar holds the largest value too.
    """
    values = frames[column].to_numpy(float)
    edges = _edges(values[np.isfinite(values)])
    bin_index = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    known = np.isfinite(values)
    traces, rows = [], []
    for kind, color in KINDS.items():
        of_kind = known & (frames["nerve"] == kind).to_numpy()
        if not of_kind.any():
            continue
        bin_rows = [where(of_kind & (bin_index == number)) for number in range(len(edges) - 1)]
        rows.append(bin_rows)
        traces.append(
            {
                "type": "bar",
                "x": (edges[:-1] + edges[1:]) / 2,
                "width": np.diff(edges) * 0.94,
                "y": [len(members) for members in bin_rows],
                "name": kind,
                "marker": {"color": color},
                "customdata": np.stack([edges[:-1], edges[1:]], axis=1),
                "hovertemplate": "%{customdata[0]:.4g} to %{customdata[1]:.4g}<br>"
                f"%{{y}} frames, {kind}<extra></extra>",
            }
        )
    figure = go.Figure(traces, layout(label(column), "Frames", barmode="stack"))
    return Chart(figure, rows, f"Histogram of {label(column)}. {_summary(values)}")


def boxes(frames: pd.DataFrame, column: str, by: str) -> Chart:
    """Draw median, quartiles and every frame of each group.

    Args:
        frames: with the column and the one that groups; missing values are left out.
        column: of numbers.
        by: a column of words; groups stand in the order in which they first come.

    Returns:
        One trace; every frame is a point of it.
    """
    values = frames[column].to_numpy(float)
    rows = drawn(where(np.isfinite(values)))
    groups = [str(group) for group in frames[by].unique()]
    trace = {
        "type": "box",
        "x": frames[by].iloc[rows].astype(str).tolist(),
        "y": values[rows],
        "text": frames["title"].iloc[rows].tolist(),
        "boxpoints": "all",
        "jitter": 0.6,
        "pointpos": 0,
        "marker": {"size": 3, "opacity": 0.5, "color": KINDS["nerve"]},
        "line": {"width": 1.5, "color": GREY},
        "fillcolor": "rgba(128, 128, 128, 0.15)",
        "name": "",
        "showlegend": False,
        "hovertemplate": "%{text}<br>%{y:.4g}<extra></extra>",
    }
    figure = go.Figure([trace], layout(label(by), label(column), dragmode=DRAG))
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=groups)
    return Chart(figure, [points(rows)], f"Boxes of {label(column)} by {by}, {len(groups)} of them. {_summary(values)}")


def _edges(values: np.ndarray) -> np.ndarray:
    """Edges of the bars: one bar for each whole number where they span few."""
    if not len(values):
        return np.array([0.0, 1.0])
    low, high = values.min(), values.max()
    if (values == np.rint(values)).all() and high - low < _MAX_BINS:
        return np.arange(low - 0.5, high + 1)
    if low == high:
        return np.array([low - 0.05 * abs(low), low + 0.05 * abs(low)])
    return np.linspace(low, high, min(_MAX_BINS, max(10, round(len(values) ** 0.5))) + 1)


def _summary(values: np.ndarray) -> str:
    """Median and range in words."""
    known = values[np.isfinite(values)]
    if not len(known):
        return "No frame has a value."
    low, middle, high = np.percentile(known, [0, 50, 100])
    return f"{len(known):,} frames from {low:.4g} to {high:.4g}, half of them at or under {middle:.4g}."
