"""Charts that set models side by side: over thresholds, presence, calibration.

A model has the same colour and symbol in every chart, so that no chart needs colour alone to be read.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neuroscan.figures.chart import layout
from neuroscan.figures.palette import BLUE, GREEN, GREY, PURPLE, VERMILION

NO_DRAG = {"dragmode": False}
"""Of the layout: dragging neither zooms nor selects, so that a finger can scroll the page."""

_COLORS = (BLUE, VERMILION, GREEN, PURPLE)
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
_SHARE = [-0.02, 1.02]
_CLICKABLE = 8


class TraceStyle(NamedTuple):
    """How a model's traces are drawn.

    Attributes:
        color: as browsers take it.
        symbol: of its points.
    """

    color: str
    symbol: str


def trace_styles(models: Sequence[str]) -> dict[str, TraceStyle]:
    """Give each model its trace style: the first four differ in both, all up to twelve in one at least.

    Args:
        models: names, in an order that stays.

    Example:
        >>> {name: style.symbol for name, style in trace_styles(["cnn", "unet"]).items()}
        {'cnn': 'circle', 'unet': 'square'}
    """
    return {
        name: TraceStyle(_COLORS[number % len(_COLORS)], _SYMBOLS[number % len(_SYMBOLS)])
        for number, name in enumerate(models)
    }


def threshold_dice(
    curves: Mapping[str, pd.DataFrame], used: Mapping[str, float], styles: Mapping[str, TraceStyle]
) -> go.Figure:
    """Draw Dice against the threshold, with small points to click and the threshold in use of each model.

    Args:
        curves: of each model: `threshold` (rising) and `dice`, both in [0, 1].
        used: threshold in use of each model.
        styles: of each model.

    Returns:
        For each model a line, its points (every eighth threshold) and the point in use; the custom data of a point
        are the model's name and the threshold.
    """
    traces = []
    for model, curve in curves.items():
        style = styles[model]
        x, y = curve["threshold"].to_numpy(), curve["dice"].to_numpy()
        hover = f"{model}<br>threshold %{{x:.3f}}<br>Dice %{{y:.3f}}<extra></extra>"
        traces.append(_line(x, y, model, style) | {"hoverinfo": "skip"})
        places = np.arange(_CLICKABLE, len(x), _CLICKABLE)
        in_use = float(used[model])
        for place_x, place_y, size in ((x[places], y[places], 8), (np.array([in_use]), np.interp([in_use], x, y), 15)):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": place_x,
                    "y": place_y,
                    "customdata": [[model, float(threshold)] for threshold in place_x],
                    "name": model if size == 8 else f"{model}, in use",
                    "legendgroup": model,
                    "showlegend": False,
                    "marker": marker(style, size),
                    # A click picks a point; the others must not fade.
                    "unselected": {"marker": {"opacity": 1}},
                    "hovertemplate": hover,
                    "cliponaxis": False,
                }
            )
    return go.Figure(traces, _shares("Threshold", "Dice") | {"clickmode": "event+select"})


def precision_recall(
    curves: Mapping[str, pd.DataFrame], used: Mapping[str, float], styles: Mapping[str, TraceStyle]
) -> go.Figure:
    """Draw precision against recall over all thresholds, with the threshold in use marked.

    Args:
        curves: of each model: `threshold` (rising), `precision` and `recall`, all in [0, 1].
        used: threshold in use of each model.
        styles: of each model.

    Returns:
        For each model a line and a point.
    """
    traces = []
    for model, curve in curves.items():
        threshold, recall, precision = (curve[name].to_numpy() for name in ("threshold", "recall", "precision"))
        # Where nothing is predicted nerve any more, precision has no meaning: the line ends there.
        predicted = recall > 0
        line = _line(recall[predicted], precision[predicted], model, styles[model])
        traces.append(
            line
            | {
                "customdata": threshold[predicted],
                "hovertemplate": f"{model} at %{{customdata:.3f}}<br>"
                "recall %{x:.3f}<br>precision %{y:.3f}<extra></extra>",
            }
        )
        in_use = [float(np.interp(used[model], threshold, values)) for values in (recall, precision)]
        traces.append(_point(in_use[0], in_use[1], f"{model} at {used[model]:.3f}", styles[model], model))
    return go.Figure(traces, _shares("Recall, over pixels", "Precision, over pixels"))


def roc(
    curves: Mapping[str, pd.DataFrame], operating: Mapping[str, tuple[float, float]], styles: Mapping[str, TraceStyle]
) -> go.Figure:
    """Draw the ROC curve of presence: sensitivity against the false-positive rate over all thresholds.

    The area under the line is the AUC.

    Args:
        curves: of each model, from `evaluation.presence.roc_curve`.
        operating: sensitivity and specificity of each model at its own presence threshold.
        styles: of each model.

    Returns:
        The line of chance, then for each model a line and a point.
    """
    traces: list[dict[str, Any]] = [_reference("chance")]
    for model, curve in curves.items():
        traces.append(
            _line(curve["false_positive_rate"], curve["sensitivity"], model, styles[model])
            | {
                "customdata": curve["threshold"],
                "hovertemplate": f"{model} at %{{customdata:.3f}}<br>"
                "sensitivity %{y:.3f}<br>false positive rate %{x:.3f}<extra></extra>",
            }
        )
        sensitivity, specificity = operating[model]
        traces.append(_point(1 - specificity, sensitivity, f"{model}, its threshold", styles[model], model))
    return go.Figure(traces, _shares("False positive rate (1 - specificity)", "Sensitivity"))


def reliability(bins: Mapping[str, pd.DataFrame], styles: Mapping[str, TraceStyle]) -> go.Figure:
    """Draw the reliability diagram: observed frequency of nerve against mean predicted probability per bin.

    Args:
        bins: of each model: `stage` ('before' or 'after' calibration), `mean_probability`, `observed`
            (NaN in empty bins) and `count`.
        styles: of each model.

    Returns:
        The line of perfect calibration, then for each model and stage a line; 'before' is dotted. The legend names
        each model once.
    """
    traces: list[dict[str, Any]] = [_reference("perfect")]
    for model, table in bins.items():
        for stage, rows in table.dropna(subset=["mean_probability", "observed"]).groupby("stage", sort=False):
            before = stage == "before"
            line = _line(rows["mean_probability"], rows["observed"], model, styles[model])
            line["line"] = line["line"] | ({"dash": "dot", "width": 1.5} if before else {})
            traces.append(
                line
                | {
                    "mode": "lines" if before else "lines+markers",
                    "marker": marker(styles[model], 8),
                    "showlegend": not before,
                    "customdata": rows["count"],
                    "hovertemplate": f"{model}, {stage}<br>predicted %{{x:.3f}}<br>observed %{{y:.3f}}"
                    "<br>%{customdata:,.0f} pixels<extra></extra>",
                }
            )
    return go.Figure(traces, _shares("Mean predicted probability", "Observed frequency of nerve"))


def _line(x: Any, y: Any, model: str, style: TraceStyle) -> dict[str, Any]:
    """A model's line."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.asarray(x),
        "y": np.asarray(y),
        "name": model,
        "legendgroup": model,
        "line": {"color": style.color, "width": 2},
    }


def _point(x: float, y: float, words: str, style: TraceStyle, model: str) -> dict[str, Any]:
    """A model's point in use."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "name": words,
        "legendgroup": model,
        "showlegend": False,
        "marker": marker(style, 13),
        "hovertemplate": f"{words}<br>%{{x:.3f}}, %{{y:.3f}}<extra></extra>",
        "cliponaxis": False,
    }


def marker(style: TraceStyle, size: int) -> dict[str, Any]:
    """Style of a model's points, `size` in pixels."""
    return {"color": style.color, "symbol": style.symbol, "size": size, "line": {"color": "white", "width": 1}}


def _reference(words: str) -> dict[str, Any]:
    """The diagonal."""
    line = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "name": words, "hoverinfo": "skip"}
    return line | {"line": {"color": GREY, "width": 1, "dash": "dash"}}


def _shares(across: str, up: str) -> dict[str, Any]:
    """The layout of a chart whose axes run from 0 to 1."""
    figure_layout = layout(across, up, **NO_DRAG)
    figure_layout["xaxis"] |= {"range": _SHARE}
    figure_layout["yaxis"] |= {"range": _SHARE}
    return figure_layout
