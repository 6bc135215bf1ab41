"""Charts that set models side by side: epoch by epoch, subject by subject, by size of the nerve, against their cost."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neuroscan.figures.chart import layout
from neuroscan.figures.models import NO_DRAG, TraceStyle, marker
from neuroscan.figures.palette import GREY

_DICE = [-0.02, 1.02]


def training(logs: Mapping[str, pd.DataFrame], score: str, title: str, styles: Mapping[str, TraceStyle]) -> go.Figure:
    """Draw how a score went from epoch to epoch: training dotted, validation solid.

    Args:
        logs: of each model: `epoch` (from 0), the score and, where it was validated, the same with `val_` before it.
        score: such as 'mask_dice'.
        title: of the score, for people.
        styles: of each model.

    Returns:
        At most two lines a model, named once in the legend; a score that a log lacks is left out.
    """
    traces = []
    for model, log in logs.items():
        for column, words, dash in ((score, "training", "dot"), (f"val_{score}", "validation", "solid")):
            if column not in log:
                continue
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": log["epoch"].to_numpy() + 1,
                    "y": log[column].to_numpy(),
                    "name": model,
                    "legendgroup": model,
                    # A model once: on a phone more names would leave no room for the lines.
                    "showlegend": words == "validation" or f"val_{score}" not in log,
                    "line": {"color": styles[model].color, "width": 2 if dash == "solid" else 1.5, "dash": dash},
                    "hovertemplate": f"{model}, {words}<br>epoch %{{x}}: %{{y:.3f}}<extra></extra>",
                }
            )
    return go.Figure(traces, layout("Epoch", title, **NO_DRAG))


def by_subject(subjects: pd.DataFrame, styles: Mapping[str, TraceStyle]) -> go.Figure:
    """Draw each model's mean Dice of each subject, the hardest subject first.

    Args:
        subjects: of `evaluation.summary.by_subject`, one source, one gate.
        styles: of each model.

    Returns:
        One trace of points a model; subjects without a nerve are left out.
    """
    known = subjects.dropna(subset=["dice"])
    order = known.groupby("subject")["dice"].mean().sort_values(kind="stable").index
    traces = []
    for model, rows in known.groupby("model", sort=False):
        rows = rows.set_index("subject").reindex(order)
        traces.append(
            _points(str(model), styles[str(model)])
            | {
                "x": [str(subject) for subject in order],
                "y": rows["dice"].to_numpy(),
                "customdata": rows["n_present"],
                "hovertemplate": f"{model}<br>subject %{{x}}, %{{customdata}} frames<br>Dice %{{y:.3f}}<extra></extra>",
            }
        )
    figure_layout = layout("Subject, hardest first", "Mean Dice", **NO_DRAG)
    figure_layout["xaxis"] |= {"type": "category"}
    figure_layout["yaxis"] |= {"range": _DICE}
    return go.Figure(traces, figure_layout)


def size_groups(frames: pd.DataFrame) -> pd.Series:
    """Put frames into at most four groups of about as many each, by the share of the frame that the nerve covers.

    Args:
        frames: with `area_true_px`, `tp`, `fp`, `fn` and `tn`; frames with a nerve.

    Returns:
        For each row the words of its group, such as '1.9 to 2.6 %', ordered from small to large.

    Example:
        >>> frames = pd.DataFrame({"area_true_px": [1, 2, 3, 4, 5], "tp": 0, "fp": 0, "fn": [1, 2, 3, 4, 5]})
        >>> list(size_groups(frames.assign(tn=100 - frames["fn"])))
        ['1.0 to 2.0 %', '1.0 to 2.0 %', '2.0 to 3.0 %', '3.0 to 4.0 %', '4.0 to 5.0 %']
    """
    share = 100 * frames["area_true_px"] / frames[["tp", "fp", "fn", "tn"]].sum(axis=1)
    edges = np.unique(np.quantile(share, [0, 0.25, 0.5, 0.75, 1]))
    if len(edges) < 2:
        return pd.Series(pd.Categorical([f"{edges[0]:.1f} %"] * len(frames)), index=frames.index)
    words = [f"{low:.1f} to {high:.1f} %" for low, high in pairwise(edges)]
    group = np.clip(np.searchsorted(edges, share, side="left") - 1, 0, len(words) - 1)
    # Groups so narrow that their words are alike are one group.
    distinct = list(dict.fromkeys(words))
    return pd.Series(pd.Categorical([words[number] for number in group], distinct, ordered=True), index=frames.index)


def by_size(frames: pd.DataFrame, styles: Mapping[str, TraceStyle]) -> go.Figure:
    """Draw how Dice is spread among frames with small and with large nerves.

    Args:
        frames: columns `model`, `dice` and `size`, of `size_groups`.
        styles: of each model.

    Returns:
        One trace of boxes a model.
    """
    traces = []
    order = list(frames["size"].cat.categories)
    for model, rows in frames.groupby("model", sort=False):
        traces.append(
            {
                "type": "box",
                "x": rows["size"].astype(str),
                "y": rows["dice"].to_numpy(),
                "name": str(model),
                "boxpoints": False,
                "line": {"color": styles[str(model)].color, "width": 1.5},
            }
        )
    figure_layout = layout("Share of the frame that the nerve covers", "Dice", boxmode="group", **NO_DRAG)
    figure_layout["xaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": order}
    figure_layout["yaxis"] |= {"range": _DICE}
    return go.Figure(traces, figure_layout)


def cost(
    models: pd.DataFrame, title: str, styles: Mapping[str, TraceStyle], *, limit: tuple[float, str] | None = None
) -> go.Figure:
    """Draw quality against what it costs: up and to the left is better.

    Args:
        models: columns `model`, `cost`, `dice`, `low` and `high` (95 % interval, NaN where unknown).
        title: of the cost, with its unit.
        styles: of each model.
        limit: a cost that should not be passed, and its name.

    Returns:
        One point a model with its interval; the line of the limit.
    """
    traces = []
    for row in models.itertuples():
        above, below = row.high - row.dice, row.dice - row.low
        traces.append(
            _points(row.model, styles[row.model])
            | {
                "x": [row.cost],
                "y": [row.dice],
                "error_y": {"type": "data", "array": [above], "arrayminus": [below], "visible": above == above},
                "hovertemplate": f"{row.model}<br>%{{x:,.4g}}<br>Dice %{{y:.3f}}<extra></extra>",
            }
        )
    figure_layout = layout(title, "Dice over subjects (95 %)", showlegend=True, **NO_DRAG)
    highest = float(np.nanmax([*models["cost"], limit[0] if limit else 0.0]))
    figure_layout["xaxis"] |= {"range": [0, 1.25 * highest]}
    figure_layout["yaxis"] |= {"range": _DICE}
    if limit:
        vertical = {"x0": limit[0], "x1": limit[0], "y0": 0, "y1": 1, "yref": "y domain"}
        figure_layout["shapes"] = [{"type": "line", "line": {"color": GREY, "width": 1.5, "dash": "dash"}} | vertical]
        figure_layout["annotations"] = [
            {"x": limit[0], "y": 0.02, "yref": "y domain", "xanchor": "right", "showarrow": False, "text": limit[1]}
        ]
    return go.Figure(traces, figure_layout)


def _points(model: str, style: TraceStyle) -> dict[str, Any]:
    """A model's points."""
    return {"type": "scatter", "mode": "markers", "name": model, "marker": marker(style, 10), "cliponaxis": False}
