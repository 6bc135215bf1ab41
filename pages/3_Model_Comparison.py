"""Which model should I trust, and by how much?"""

import streamlit as st

from neuroscan.app import layout
from neuroscan.app.comparison import (
    best_and_worst,
    context,
    curves,
    model_card,
    score_charts,
    score_table,
    selection,
    stored_scores,
)

TABS = {
    "Thresholds": curves.over_thresholds,
    "Presence": curves.presence_and_calibration,
    "Subjects and sizes": score_charts.by_subject_and_size,
    "Cost": score_charts.cost,
    "Frames": best_and_worst.frames,
    "Training": score_charts.training,
    "Card": model_card.card,
}

layout.page("Model Comparison", "Which model should I trust, and by how much?")
part = selection.part(stored_scores.scored())
selection.verdict(part)
selection.trained_alike(part)
score_table.table(part)
score_table.pairs(part)
context.published(part)
context.leaky(part)
# Only the open tab is computed.
for tab, show in zip(st.tabs(list(TABS), key="compare tab", on_change="rerun"), TABS.values(), strict=True):
    if tab.open:
        with tab:
            show(part)
