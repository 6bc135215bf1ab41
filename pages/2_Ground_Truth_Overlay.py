"""Where do model and expert agree, and where not?"""

import numpy as np
import streamlit as st

from neuroscan.app import (
    controls,
    layout,
    seen,
    state,
    truth_files,
    truth_frame,
    truth_grid,
    truth_order,
    truth_panels,
    truth_pick,
    truth_split,
    truth_twins,
)
from neuroscan.app.truth_frame import Lens
from neuroscan.app.truth_pick import Part
from neuroscan.types import Spacing

layout.page("Ground Truth Overlay", "Where do model and expert agree, and where not?")


@st.fragment
def compared(part: Part, lens: Lens | None, name: str, spacing: Spacing | None, means: tuple[np.ndarray, ...]) -> None:
    """All that follows thresholds, order and looks: reruns alone, without model and disk."""
    if st.session_state[state.SAMPLE] != name:
        st.rerun()  # another frame was picked in here: it has to be read and predicted
    # Sliders tell the session of a move before this runs: the order is known before they are drawn.
    used = truth_pick.thresholds(part)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = truth_grid.view()
        by, order = truth_split.order(part)
        rows = truth_order.ordered(truth_split.table(part, used), order)
        truth_split.steps(rows, order, name)
    controls.thresholds(part.models[0], part.cards[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        truth_pick.gates(part)
        chosen, opacity = truth_panels.looks() if view == truth_grid.ONE else ([], 0.0)
    if view == truth_grid.MANY:
        truth_panels.legend(part.models, [truth_panels.OUTLINES])
        truth_grid.grid(part, rows, (by, order), used)
    elif lens is not None:
        seen.note(name, seen.EXPERT, seen.MODEL)
        found = truth_frame.compare(lens, used, spacing)
        who = truth_frame.truth_by(name)
        truth_frame.verdicts(found, part.models, used, who)
        truth_panels.panels(lens, truth_panels.drawn(lens, found, part.models, chosen, opacity))
        truth_panels.legend(part.models, chosen, who)
        truth_frame.rank(rows, name, by, order)
        truth_frame.numbers(found, part.models)
        curve, distribution = st.columns(2, gap="medium")
        with curve:
            truth_split.curve(part, means, name, used)
        with distribution:
            truth_split.distribution(part, rows, name, used)
        truth_frame.every_number(found, part.models)
        truth_files.offer_frame(lens, found, part.models, used)
    truth_split.lists(part, rows, name)
    truth_files.offer_list(part, rows, by, used)
    state.write_link(name, part.models[0], used[0])


part = truth_pick.part(truth_panels.first_look)
name = truth_split.shown(part)
lens = truth_frame.load(part.samples.loc[name], part.models)
with st.container(horizontal=True, vertical_alignment="center"):
    truth_frame.origin(part.samples.loc[name], dict(zip(part.models, part.cards, strict=True)))
    truth_twins.notice(name, part.samples.index)
    spacing = truth_frame.spacing(lens)
compared(part, lens, name, spacing, truth_split.curves(part))
