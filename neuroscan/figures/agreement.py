"""Charts of how well models agree with the expert: over thresholds, and over the frames of a split.

Each figure is made in one call from plain dictionaries: Plotly takes a sixth of the time that way.
"""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neuroscan.figures.chart import axis, layout
from neuroscan.figures.palette import BLUE, GREY, PURPLE

MODEL, SECOND_MODEL = PURPLE, BLUE
"""Of lines and bars. The second model's is that of its outline on frames, `imaging.overlay.SECOND_MODEL`; the first's
outline is sky blue, too pale for a white page."""

_EDGES = np.linspace(0, 1, 21)


def threshold_dice(curves: pd.DataFrame, thresholds: dict[str, float]) -> go.Figure:
    """Draw Dice against the threshold, with the threshold in use marked.

    Args:
        curves: columns `model`, `line` ('frame' is drawn solid, 'mean' dotted), `threshold` and `dice`, both in
            [0, 1]; one model or two.
        thresholds: the threshold in use of each model.

    Returns:
        One line for each model and `line`, then one marker a model, on the frame's line.
    """
    lines, marks = [], []
    for (model, model_curves), color in zip(curves.groupby("model", sort=False), (MODEL, SECOND_MODEL), strict=False):
        for line, words, width, dash in (
            ("mean", "mean", 1.5, "dot"),
            ("frame", "this frame", 2.5, "solid"),
        ):
            part = model_curves[model_curves["line"] == line]
            lines.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": part["threshold"].to_numpy(),
                    "y": part["dice"].to_numpy(),
                    "name": f"{model}, {words}",
                    "line": {"color": color, "width": width, "dash": dash},
                    "hovertemplate": "threshold %{x:.2f}<br>Dice %{y:.3f}",
                }
            )
        threshold = thresholds[str(model)]
        nearest = int(np.abs(part["threshold"].to_numpy() - threshold).argmin())
        marks.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [threshold],
                "y": [float(part["dice"].iloc[nearest])],
                "name": f"{model}, in use",
                "marker": {"color": color, "size": 11, "line": {"color": "white", "width": 1.5}},
                "hovertemplate": "in use: %{x:.2f}<br>Dice %{y:.3f}",
                "showlegend": False,
                "cliponaxis": False,
            }
        )
    figure_layout = _layout("Threshold", "Dice", [0, 1])
    figure_layout["yaxis"]["range"] = [0, 1.02]
    return go.Figure(lines + marks, figure_layout)


def dice_distribution(scores: pd.DataFrame, marked: dict[str, float]) -> go.Figure:
    """Draw how many frames reach which Dice, with one frame marked.

    Args:
        scores: columns `model`, `dice` in [0, 1], and `present` (the expert saw a nerve); one model or two.
        marked: Dice of the frame on screen, by model.

    Returns:
        Bars 0.05 wide (the last holds 1 as well) and a line for each marked frame. One model: frames without a nerve
        lie on top in grey, theirs is 1 or 0. Two models: one bar each.
    """
    bars = []
    single = scores["model"].nunique() == 1
    for (model, rows), color in zip(scores.groupby("model", sort=False), (MODEL, SECOND_MODEL), strict=False):
        kinds = (
            [(rows["present"], "nerve", color), (~rows["present"], "no nerve", GREY)]
            if single
            else [(slice(None), "", color)]
        )
        for chosen, words, filled in kinds:
            counts, _ = np.histogram(rows.loc[chosen, "dice"], _EDGES)
            bars.append(
                {
                    "type": "bar",
                    "x": (_EDGES[:-1] + _EDGES[1:]) / 2,
                    "y": counts,
                    "name": ", ".join(filter(None, (str(model), words))),
                    "marker": {"color": filled},
                    "customdata": np.stack([_EDGES[:-1], _EDGES[1:]], axis=1),
                    "hovertemplate": "Dice %{customdata[0]:.2f} to %{customdata[1]:.2f}<br>%{y} frames",
                }
            )
    figure_layout = _layout("Dice", "Frames", [-0.01, 1.01])
    figure_layout |= {"barmode": "stack" if single else "group", "bargap": 0.08}
    marks = [GREY] if single else [MODEL, SECOND_MODEL]
    figure_layout["shapes"] = [
        {
            "type": "line",
            "x0": dice,
            "x1": dice,
            "y0": 0,
            "y1": 1,
            "yref": "y domain",
            "line": {"color": color, "width": 2, "dash": "dash"},
        }
        for dice, color in zip(marked.values(), marks, strict=False)
    ]
    figure_layout["annotations"] = [
        {
            "x": dice,
            "y": 1.02 + 0.07 * number,
            "yref": "y domain",
            "yanchor": "bottom",
            # Words at an edge of the chart run inwards.
            "xanchor": "left" if dice < 0.5 else "right",
            "showarrow": False,
            # A line of two has its model's colour, and so has the mark before its words.
            "text": "this frame" if single else f'<span style="color:{color}">■</span> this frame, {model}',
        }
        for number, ((model, dice), color) in enumerate(zip(marked.items(), marks, strict=False))
    ]
    return go.Figure(bars, figure_layout)


def _layout(across: str, up: str, span: list[float]) -> dict[str, Any]:
    """What the charts have in common; `span` is the range of the x axis."""
    return layout(
        across,
        up,
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        legend={"orientation": "h", "y": -0.35, "x": 0},
        xaxis=axis(across, range=span),
    )
