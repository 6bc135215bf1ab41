"""How charts of models are shown: one look a model, and no tool bar over the legend."""

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st

from neuroscan.app import layout
from neuroscan.app.comparison.selection import Part
from neuroscan.figures import models
from neuroscan.figures.models import TraceStyle


def looks(part: Part) -> dict[str, TraceStyle]:
    """Colours and symbols of all models at hand, the same on every source."""
    return models.trace_styles(list(part.scored.cards))


def side_by_side(part: Part, left: Callable[[Part], None], right: Callable[[Part], None]) -> None:
    """Show two charts beside each other."""
    for place, chart in zip(st.columns(2, gap="medium"), (left, right), strict=True):
        with place:
            chart(part)


def show(figure: go.Figure, key: str, alt: str) -> None:
    """Show a chart.

    Args:
        figure: to show.
        key: unique on the page.
        alt: what it says, for those who cannot see it.
    """
    st.plotly_chart(figure, key=f"compare {key}", config=layout.NO_TOOL_BAR, alt=alt)
