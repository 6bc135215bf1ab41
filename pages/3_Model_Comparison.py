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

_TABS = ("Thresholds", "Presence", "Subjects and sizes", "Cost", "Frames", "Training", "Card")

layout.page("Model Comparison", "Which model should I trust, and by how much?")
part = compare_part.part(compare_files.scored())
compare_part.verdict(part)
compare_part.trained_alike(part)
compare_table.table(part)
compare_table.pairs(part)
compare_elsewhere.for_scale(part)
compare_elsewhere.leaky(part)

# Only the open tab is computed.
thresholds, presence, subjects, cost, frames, training, card = st.tabs(_TABS, key="compare tab", on_change="rerun")
if thresholds.open:
    with thresholds:
        curves = compare_curves.curves(part)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            compare_curves.thresholds(part, curves)
        with right:
            compare_curves.precision_recall(part, curves)
if presence.open:
    with presence:
        left, right = st.columns(2, gap="medium")
        with left:
            compare_curves.roc(part)
        with right:
            compare_curves.reliability(part)
if subjects.open:
    with subjects:
        left, right = st.columns(2, gap="medium")
        with left:
            compare_scores.by_subject(part)
        with right:
            compare_scores.by_size(part)
if cost.open:
    with cost:
        compare_scores.cost(part)
if frames.open:
    with frames:
        compare_frames.frames(part)
if training.open:
    with training:
        compare_scores.training(part)
if card.open:
    with card:
        compare_card.card(part)
