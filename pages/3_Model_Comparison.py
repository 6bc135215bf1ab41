"""Which model should I trust, and by how much?"""

import streamlit as st

from neuroscan.app import (
    compare_card,
    compare_curves,
    compare_elsewhere,
    compare_files,
    compare_frames,
    compare_part,
    compare_scores,
    compare_table,
    layout,
)

TABS = {
    "Thresholds": compare_curves.over_thresholds,
    "Presence": compare_curves.presence_and_calibration,
    "Subjects and sizes": compare_scores.by_subject_and_size,
    "Cost": compare_scores.cost,
    "Frames": compare_frames.frames,
    "Training": compare_scores.training,
    "Card": compare_card.card,
}

layout.page("Model Comparison", "Which model should I trust, and by how much?")
part = compare_part.part(compare_files.scored())
compare_part.verdict(part)
compare_part.trained_alike(part)
compare_table.table(part)
compare_table.pairs(part)
compare_elsewhere.for_scale(part)
compare_elsewhere.leaky(part)
# Only the open tab is computed.
for tab, show in zip(st.tabs(list(TABS), key="compare tab", on_change="rerun"), TABS.values(), strict=True):
    if tab.open:
        with tab:
            show(part)
