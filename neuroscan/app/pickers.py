"""Choosing what to look at: a model, where frames come from, a frame of a data set.

Choices last for the session, on all pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from neuroscan.app import cache, layout, state, thumbnails
from neuroscan.app.lists import kept, segments, select
from neuroscan.data import dataset, notices
from neuroscan.data.codecs import Frame
from neuroscan.data.refusals import reason
from neuroscan.inference.card import Card

DATA_SET, UPLOAD = "A data set", "My own pictures"
_ALL = "all subjects"
_USUAL_MODEL = "unet"


@dataclass(frozen=True)
class Chosen:
    """The frame on screen.

    Attributes:
        frame: picture, spacing and name.
        sample: `source/frame` of a data set's frame; None for an upload, which stays private to its session.
        row: the sample's row of the samples table, None for an upload.
    """

    frame: Frame
    sample: str | None = None
    row: pd.Series | None = None

    @property
    def private(self) -> bool:
        """True for uploads."""
        return self.sample is None

    @property
    def title(self) -> str:
        """The frame's name, for captions; synthetic frames are called so."""
        synthetic = self.row is not None and notices.is_synthetic(self.row["source"])
        return f"{self.frame.name} (synthetic)" if synthetic else self.frame.name


def model() -> tuple[str, Card]:
    """Let the visitor choose a model; ends the page with a sentence when there is none, or the chosen one is broken.

    Returns:
        Folder name, which `cache` and `state` take, and card.
    """
    cards, problems = cache.models()
    if not cards:
        layout.no_model()
    wanted = st.session_state.get(state.MODEL)
    if wanted is not None and wanted not in cards:
        layout.problem(f"The model {wanted} is not at hand.")
    name = select(
        "Model",
        list(cards),
        model_in_use(cards),
        key="model",
        format_func=lambda option: describe(cards[option]),
        on_change=lambda: _take(state.MODEL, "model"),
    )
    st.session_state[state.MODEL] = name
    for sentence in problems:
        layout.problem(sentence)
    try:
        cache.predictor(name)
    except ValueError as error:
        layout.problem(f"{reason(error)}. Choose another model.")
        st.stop()
    return name, cards[name]


def model_in_use(cards: Mapping[str, Card]) -> str:
    """Name the session's model, or the one that answers until the visitor chooses; there is at least one."""
    wanted: list[str] = [st.session_state.get(state.MODEL, ""), _USUAL_MODEL, *cards]
    return next(name for name in wanted if name in cards)


def describe(card: Card) -> str:
    """Name a model in one line: its name, size, and whether it learnt from simulated frames."""
    synthetic = ", trained with synthetic frames" if card.synthetic else ""
    return f"{card.name} ({card.parameters:,} parameters{synthetic})"


def sample(samples: pd.DataFrame) -> Chosen | None:
    """Let the visitor choose a frame of a data set, by name or by thumbnail.

    Args:
        samples: rows of `cache.data_sets().samples` to choose from, at least one.

    Returns:
        The chosen frame, None when its file cannot be read, which the page then says.
    """
    samples = samples.reset_index(drop=True)
    names = dataset.frame_names(samples)
    wanted = st.session_state.get(state.SAMPLE)
    found = names.index[names == wanted]
    if wanted is not None and found.empty:
        layout.problem(f"The sample {wanted} is not at hand here; another one is shown.")
    at = opening(samples) if found.empty else int(found[0])
    state.show_sample(names[at])

    columns = st.columns(3)
    places = _narrowed(samples, at, columns[0], columns[1])
    shown = samples.loc[places]
    labels = dict(zip(names[places], map(_label, shown["frame"], shown["present"], shown["source"]), strict=True))
    with columns[2]:
        select(
            "Frame",
            list(labels),
            names[at],
            key="frame",
            format_func=lambda name: labels[name],
            on_change=lambda: state.show_sample(st.session_state["frame"]),
        )
    thumbnails.row(
        labels, lambda place: cache.thumbnail(shown.iloc[place]), chosen=names[at], on_pick=state.show_sample
    )
    row = samples.loc[at]
    try:
        return Chosen(cache.frame(row), names[at], row)
    except ValueError as error:
        layout.problem(str(error))
        return None


def opening(samples: pd.DataFrame) -> int:
    """Place of the frame that a first visit opens on: with a nerve, real, of a subject that the model was tested on."""
    cards, _ = cache.models()
    own = cards[model_in_use(cards)].subjects["test"] if cards else []
    tested = dataset.subject_keys(samples).isin(own)
    wanted = {
        "nerve": samples["present"].eq(True),
        "real": ~samples["source"].map(notices.is_synthetic).astype(bool),
        "tested": tested,
    }
    best_first = pd.DataFrame(wanted).sort_values(list(wanted), ascending=False, kind="stable")
    return int(best_first.index[0])


def way(samples: pd.DataFrame) -> str:
    """Let the visitor choose where frames come from: `DATA_SET`, while there is one, or `UPLOAD`."""
    ways = [DATA_SET, UPLOAD] if len(samples) else [UPLOAD]
    if (asked := st.session_state.get(state.SAMPLE)) and samples.empty:
        layout.problem(f"No data set is at hand, so the sample {asked} cannot be shown.")
    return segments("Frame from", ways, kept(state.WAY, ways), key="way", on_change=lambda: _take(state.WAY, "way"))


def _narrowed(samples: pd.DataFrame, at: int, left: DeltaGenerator, right: DeltaGenerator) -> list[int]:
    """Let the visitor narrow the frames to a data set and one of its subjects; returns their places."""
    source, subject = samples.loc[at, ["source", "subject"]]

    def take(found: pd.Series) -> None:
        state.show_sample(state.sample_key(*samples.loc[found.idxmax(), ["source", "frame"]]))

    with left:
        select(
            "Data set",
            list(samples["source"].unique()),
            source,
            key="source",
            format_func=notices.display_name,
            on_change=lambda: take(samples["source"] == st.session_state["source"]),
        )
    own = samples[samples["source"] == source]
    subjects: list[str] = list(own["subject"].dropna().unique())
    if not subjects:
        return list(own.index)

    def take_subject() -> None:
        if st.session_state["subject"] != _ALL:
            take((samples["source"] == source) & (samples["subject"] == st.session_state["subject"]))

    # "All subjects" stays until the visitor, or a link, goes to a certain one.
    shown = _ALL if pd.isna(subject) or st.session_state.get("subject") == _ALL else subject
    with right:
        choice = select("Subject", [_ALL, *subjects], shown, key="subject", on_change=take_subject)
    return list(own.index if choice == _ALL else own.index[own["subject"] == choice])


def _label(frame: str, present: bool | None, source: str) -> str:
    """A frame in a list: name, what the expert said of it, and whether it is synthetic."""
    synthetic = " · synthetic" if notices.is_synthetic(source) else ""
    return f"{frame} · {'unlabelled' if present is None else 'nerve' if present else 'no nerve'}{synthetic}"


def _take(name: str, widget: str) -> None:
    """Make what was chosen in a widget the session's."""
    st.session_state[name] = st.session_state[widget]
