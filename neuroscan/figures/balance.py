"""Class balance: how many frames show a nerve, by subject and by split."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from neuroscan.figures.chart import KINDS, Chart, label, layout


def bars(frames: pd.DataFrame, by: str, order: Sequence[str] = ()) -> Chart:
    """Count the frames of each group, stacked by what an expert said of them.

    Args:
        frames: with the column `nerve` (one of `chart.KINDS`) and the one that groups.
        by: a column of words, such as `subject`.
        order: of the groups; those that are not in it follow as they first come.

    Returns:
        One trace a kind that is there, one bar a group.

    Example:
        >>> frames = pd.DataFrame({"nerve": ["nerve", "no nerve", "nerve"], "subject": ["a", "a", "b"]})
        >>> [(trace.name, list(trace.x), list(trace.y)) for trace in bars(frames, "subject").figure.data]
        [('nerve', ['a', 'b'], [1, 1]), ('no nerve', ['a', 'b'], [1, 0])]
    """
    occurring = list(frames[by].unique())
    groups = [group for group in order if group in occurring]
    groups += [group for group in occurring if group not in groups]
    inside = frames.groupby(["nerve", by], sort=False).indices
    none = np.empty(0, np.intp)
    traces, rows = [], []
    for kind, color in KINDS.items():
        members = [inside.get((kind, group), none) for group in groups]
        if not any(map(len, members)):
            continue
        rows.append(members)
        traces.append(
            {
                "type": "bar",
                "x": [str(group) for group in groups],
                "y": [len(group_rows) for group_rows in members],
                "name": kind,
                "marker": {"color": color},
                "hovertemplate": f"%{{x}}<br>%{{y}} frames, {kind}<extra></extra>",
            }
        )
    figure = go.Figure(traces, layout(label(by), "Frames", barmode="stack", bargap=0.15))
    # Numbers of subjects are names, not places on a scale.
    figure.update_xaxes(type="category")
    counts = ", ".join(f"{(frames['nerve'] == trace['name']).sum():,} {trace['name']}" for trace in traces)
    return Chart(figure, rows, f"Frames by {by}, {len(groups)} bars: {counts}.")
