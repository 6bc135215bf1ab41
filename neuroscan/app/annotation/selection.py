"""Who draws, and on which frame: chosen without a word of what the expert or the model says of it."""

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout, pickers, state, viewer
from neuroscan.app.lists import hold, select
from neuroscan.app.pickers import Chosen
from neuroscan.app.steps import through_frames
from neuroscan.data import annotations, dataset, notices
from neuroscan.data.safe_names import file_name, reader_name
from neuroscan.inference.card import Card

_ALL, _OPEN, _DRAWN = "All", "Not drawn yet", "Drawn"
_READER, _MEMORY = "annotate reader", "annotate memory"
_MISSED = "annotate missed"
_LONGEST_NAME = 40

_memory = st.components.v2.component("neuroscan_annotate_reader", js=viewer.frontend("annotate_reader.js"))


def reader() -> str:
    """Let the visitor say who draws; the browser remembers it.

    Returns:
        The name as it is kept, "" while there is none.
    """
    known = st.session_state.get(_READER)
    told = _memory(
        data={"name": known, "forget": known == ""},
        key=_MEMORY,
        default={"name": None},
        on_name_change=lambda: None,
    ).get("name")
    if known is None and told:
        known = st.session_state[_READER] = reader_name(told[:_LONGEST_NAME])
    hold("annotate reader typed", known or "")

    def take() -> None:
        st.session_state[_READER] = reader_name(st.session_state["annotate reader typed"])

    st.text_input(
        "Reader",
        known or "",
        key="annotate reader typed",
        max_chars=_LONGEST_NAME,
        placeholder="Your name",
        on_change=take,
        help="Drawings are kept under this name, for everybody who uses this server. A name or initials will do.",
    )
    return known or ""


def unheard() -> bool:
    """Tell whether the browser has named the reader where `reader` could not hear it; then the page is to run again.

    Streamlit sends what components report at one moment as one message. Where one of them stands in a fragment, as the
    canvas does, which tells its width when it is drawn, that fragment alone is run.
    """
    told = st.session_state.get(_MEMORY)
    return _READER not in st.session_state and bool(told and told.get("name"))


def model() -> tuple[str, Card] | None:
    """Let the visitor choose a model to compare with; None where no model is at hand, which is no obstacle here."""
    if not cache.models()[0]:
        st.caption("No trained model is at hand: drawings can be compared with the expert and other readers alone.")
        return None
    return pickers.model()


def frame(samples: pd.DataFrame, name: str) -> Chosen | None:
    """Let the visitor choose a frame of a data set, or step through them by buttons and arrow keys.

    Args:
        samples: `cache.data_sets().samples`, at least one.
        name: of the reader, whose drawn frames are marked; "" marks none.

    Returns:
        The chosen frame, None when its file cannot be read, which the page then says.
    """
    samples = samples.assign(name=dataset.frame_names(samples)).set_index("name")
    wanted = st.session_state.get(state.SAMPLE)
    at = str(wanted) if wanted in samples.index else _opening(samples)
    if wanted not in (None, at):
        st.session_state[_MISSED] = (wanted, at)
    missed, instead = st.session_state.get(_MISSED, (None, None))
    if instead == at:  # Said as long as it stands here: the page runs again as soon as the browser names the reader.
        layout.problem(f"The sample {missed} is not at hand here; another one is shown.")
    else:
        st.session_state.pop(_MISSED, None)
    state.show_sample(at)
    source = samples.loc[at, "source"]

    with st.container(horizontal=True, vertical_alignment="bottom"):
        select(
            "Data set",
            list(samples["source"].unique()),
            source,
            key="annotate source",
            format_func=notices.display_name,
            on_change=lambda: state.show_sample(
                samples.index[samples["source"] == st.session_state["annotate source"]][0]
            ),
            width=170,
        )
        own = samples[samples["source"] == source]
        drawn = set(annotations.masks(config.annotations_dir(), source, name)) if name else set()
        is_drawn = own["frame"].map(lambda frame: file_name(frame) in drawn)
        which = st.selectbox(
            "Which frames", (_ALL, _OPEN, _DRAWN), key="annotate which", persist_state="session", width=170
        )
        # The frame on screen stays, also when it has just been drawn.
        kept = {_ALL: True, _OPEN: ~is_drawn, _DRAWN: is_drawn}[which] | (own.index == at)
        synthetic = " · synthetic" if notices.is_synthetic(source) else ""
        labels = (own["frame"] + synthetic + np.where(is_drawn, " · drawn", ""))[kept].to_dict()
        through_frames(labels, at, f"Frame ({is_drawn.sum():,} of {len(own):,} drawn)", key="annotate")
    row = samples.loc[at]
    try:
        return Chosen(cache.frame(row), at, row)
    except ValueError as error:
        layout.problem(str(error))
        return None


def _opening(samples: pd.DataFrame) -> str:
    """The first frame of the largest real data set: nothing that says what the expert saw."""
    sizes = samples.groupby("source")["frame"].transform("size")
    best = sizes.where(~samples["source"].map(notices.is_synthetic).astype(bool), 0)
    return str(best.idxmax())
