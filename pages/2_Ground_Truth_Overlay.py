"""Where do model and expert agree, and where not?"""

import numpy as np
import streamlit as st

from neuroscan.app import controls, layout, near_duplicates, seen, state
from neuroscan.app.truth import exports, many_frames, one_frame, panels, ranking, selection, whole_split
from neuroscan.app.truth.one_frame import Lens
from neuroscan.app.truth.selection import Part
from neuroscan.data import notices
from neuroscan.types import Spacing

layout.page("Ground Truth Overlay", "Where do model and expert agree, and where not?")


@st.fragment
def compared(part: Part, lens: Lens | None, name: str, spacing: Spacing | None, means: tuple[np.ndarray, ...]) -> None:
    """All that follows thresholds, order and looks: reruns alone, without model and disk."""
    if st.session_state[state.SAMPLE] != name:
        st.rerun()  # another frame was picked in here: it has to be read and predicted
    # Sliders tell the session of a move before this runs: the order is known before they are drawn.
    used = selection.thresholds(part)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = many_frames.view()
        by, order = whole_split.order(part)
        rows = ranking.ordered(whole_split.table(part, used), order)
        whole_split.steps(rows, order, name)
    controls.thresholds(part.models[0], part.cards[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        selection.gates(part)
        chosen, opacity = panels.looks() if view == many_frames.ONE else ([], 0.0)
    if view == many_frames.MANY:
        panels.color_key(part.models, [panels.OUTLINES], notices.truth_by(*rows["name"]))
        many_frames.grid(part, rows, (by, order), used)
    elif lens is not None:
        seen.note(name, seen.EXPERT, seen.MODEL)
        found = one_frame.compare(lens, used, spacing)
        who = notices.truth_by(name)
        one_frame.verdicts(found, part.models, used, who)
        panels.panels(lens, panels.drawn(lens, found, part.models, chosen, opacity))
        panels.color_key(part.models, chosen, who)
        one_frame.rank(rows, name, by, order)
        one_frame.numbers(found, part.models)
        curve, distribution = st.columns(2, gap="medium")
        with curve:
            whole_split.curve(part, means, name, used)
        with distribution:
            whole_split.distribution(part, rows, name, used)
        one_frame.every_number(found, part.models, who)
        exports.offer_frame(lens, found, part.models, used)
    whole_split.lists(part, rows, name)
    exports.offer_list(part, rows, by, used)
    state.write_link(name, part.models[0], used[0])


part = selection.part(panels.first_look)
name = whole_split.shown(part)
lens = one_frame.load(part.samples.loc[name], part.models)
with st.container(horizontal=True, vertical_alignment="center"):
    one_frame.origin(part.samples.loc[name], dict(zip(part.models, part.cards, strict=True)))
    near_duplicates.notice(name, part.samples.index)
    spacing = one_frame.spacing(lens)
compared(part, lens, name, spacing, whole_split.curves(part))
