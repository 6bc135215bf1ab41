"""The workplace of the Annotate page: draw, compare, save."""

import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, controls, layout, state
from neuroscan.app.annotation import comparing, drawing, exports, readers, saving, selection
from neuroscan.app.pickers import Chosen
from neuroscan.data import annotations
from neuroscan.inference.card import Card


@st.fragment
def workplace(chosen: Chosen, reader: str, model: tuple[str, Card] | None) -> None:
    """All that follows the hand that draws: reruns alone.

    Args:
        chosen: the frame.
        reader: who draws, "" while unknown.
        model: folder name and card, or None.
    """
    if saving.just_saved() or selection.unheard():
        st.rerun()
    draft = saving.opened(chosen, reader)
    image = chosen.frame.image
    known = None if model is None else (model[0], state.thresholds(*model))
    outlined = None if known is None else comparing.of_model(known[0], chosen, known[1])
    above = st.container(horizontal=True, vertical_alignment="center")
    with above:
        buttons = st.container(horizontal=True, vertical_alignment="center", width="content")
        spacing, origin = controls.spacing(chosen.frame.spacing, cache.digest(image))
    mask = drawing.surface(draft, image, chosen.title, spacing)
    controls.tell_spacing(spacing, origin, image)
    with buttons:
        start = None if model is None or outlined is None else (model[0], outlined.mask)
        saving.beginnings(draft, chosen, reader, start)
        drawing.steps(draft)
        shown = st.toggle(
            "Compare",
            key=f"compare {draft.key}",
            help="Shows what model, expert and other readers outlined. Draw first: a saved drawing says what was seen.",
        )
    if chosen.private:
        st.caption("The drawing of your own picture stays in this session; it is not kept on the server's disk.")
    else:
        saving.saving(draft, chosen, reader)
    exports.single(mask, chosen)
    if shown:
        found = comparing.others(chosen, reader, outlined)
        draft.seen |= {other.kind for other in found}
        if found:
            comparing.panels(chosen, mask, found, spacing, key=f"compared {draft.mark}")
        else:
            st.caption("Nobody else has outlined this frame, and no model is at hand.")
    if known is not None:
        state.write_link(chosen.sample, *known)


def all_frames(samples: pd.DataFrame, source: str, reader: str) -> None:
    """What concerns all drawings of a data set: agreement of readers, and export; read only while it is open.

    Args:
        samples: rows of the samples table.
        source: data set.
        reader: who draws, "" while unknown.
    """
    if not annotations.readers(config.annotations_dir(), source):
        return
    named = layout.plain(source)
    agreement = st.expander(
        f"Agreement between readers of {named}", key="annotate agreement", icon=":material/group:", on_change="rerun"
    )
    if agreement.open:
        with agreement:
            readers.pair(samples, source)
    files = st.expander(
        f"Export the drawings of {named}", key="annotate export", icon=":material/folder_zip:", on_change="rerun"
    )
    if files.open:
        with files:
            exports.export(samples, source, reader)
