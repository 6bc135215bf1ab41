"""Many frames of a split at a glance, with outlines and scores.

Which frames stand in the grid is settled when its page, the order, the part or the chosen frame changes, not while the
threshold moves: so a moving slider needs no further picture, and frames stay under the eye that watches them.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import layout, seen, state
from neuroscan.app.state import Thresholds
from neuroscan.app.steps import previous_next
from neuroscan.app.subject_groups import TRAINING, split_of
from neuroscan.app.truth import one_frame, panels, ranking, split_scores
from neuroscan.app.truth.one_frame import Lens
from neuroscan.app.truth.ranking import Order
from neuroscan.app.truth.selection import Part
from neuroscan.data import codecs, notices
from neuroscan.imaging import preprocess
from neuroscan.inference.predictor import Prediction

_TILES = 12
_PAGE, _KEPT, _OPENED = "truth page", "truth grid", "truth grid opened for"
_WIDTH = 280
"""Pixels that a frame is shrunk to: twice what a tile has on a phone."""

VIEW = "truth view"
ONE, MANY = "One", "Many"


def view() -> str:
    """Let the visitor choose between one frame and many."""
    return st.segmented_control("View", (ONE, MANY), default=ONE, required=True, key=VIEW, persist_state="session")


def grid(part: Part, rows: pd.DataFrame, order: tuple[str, Order], thresholds: Sequence[Thresholds]) -> None:
    """Show the page of frames that holds the chosen one; a click opens a frame.

    Args:
        part: the frames.
        rows: in order, from `ranking.ordered`, at the thresholds in use.
        order: name and order.
        thresholds: one pair a model.
    """
    last = (len(rows) - 1) // _TILES
    listed = (part.models, tuple(own.key for own in part.scores), order[0])
    _follow(rows, listed)
    page = min(st.session_state[_PAGE], last)
    kept = st.session_state.get(_KEPT)
    if kept is None or kept[0] != (listed, page):
        kept = ((listed, page), _load(part, list(rows["name"][page * _TILES : (page + 1) * _TILES])))
        st.session_state[_KEPT] = kept
    _turn(page, last, len(rows), order[0])
    by_name = rows.assign(shown=ranking.shown(rows, order[1])).set_index("name")
    trained = split_of(part.samples["group"], part.cards[0]) == TRAINING
    with st.container(horizontal=True):
        for lens in kept[1]:
            seen.note(lens.name, seen.EXPERT, seen.MODEL)
            row = by_name.loc[lens.name]
            _tile(lens, row, order[1], thresholds, trained=bool(trained[lens.name]))
    moved = [lens.name for lens in kept[1]] != list(rows["name"][page * _TILES : (page + 1) * _TILES])
    if moved:
        st.caption("The threshold has moved since these frames were put in order.")
        st.button("Order anew", icon=":material/sort:", on_click=lambda: st.session_state.pop(_KEPT, None))


def _follow(rows: pd.DataFrame, listed: tuple[object, ...]) -> None:
    """Go to the page that holds the chosen frame when another was chosen; to the first when the list is another.

    Args:
        rows: in order.
        listed: models, frames and masks as they are, and order.
    """
    here = st.session_state[state.SAMPLE]
    before, frame_before = st.session_state.get(_OPENED, (None, None))
    st.session_state[_OPENED] = (listed, here)
    if here != frame_before:
        kept = st.session_state.get(_KEPT)
        if listed == before and kept is not None and here in [lens.name for lens in kept[1]]:
            return  # it is on screen: nothing has to move
        st.session_state[_PAGE] = list(rows["name"]).index(here) // _TILES
        st.session_state.pop(_KEPT, None)
    elif listed != before:
        st.session_state[_PAGE] = 0


def _load(part: Part, names: Sequence[str]) -> list[Lens]:
    """Read and predict frames, and keep them small; those that cannot be read are told of and left out."""
    with st.spinner("Outlining…"):
        found = [one_frame.load(part.samples.loc[name], part.models) for name in names]
    return [_shrunk(lens) for lens in found if lens is not None]


def _shrunk(lens: Lens) -> Lens:
    """A frame at the size of a tile, with mask and probability."""
    height, width = lens.image.shape
    if width <= _WIDTH:
        return lens
    size = (_WIDTH, max(1, round(height * _WIDTH / width)))
    truth = cv2.resize(lens.truth.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5
    maps = tuple(
        Prediction(
            np.asarray(cv2.resize(own.probability, size, interpolation=cv2.INTER_AREA), np.float32), own.presence
        )
        for own in lens.predictions
    )
    return Lens(lens.name, preprocess.resize(lens.image, size[1], size[0]), truth, maps)


def _tile(lens: Lens, row: pd.Series, order: Order, thresholds: Sequence[Thresholds], *, trained: bool) -> None:
    """One frame of the grid with its scores."""
    masks = tuple(
        own.mask(used.threshold, used.presence) for own, used in zip(lens.predictions, thresholds, strict=True)
    )
    kind = {split_scores.MISS: "miss", split_scores.ALARM: "false alarm"}.get(row["kind"])
    words = f"Dice {row['dice']:.2f}"
    if "dice_second" in row:
        words += f" / {row['dice_second']:.2f}"
    if order.column != "dice":
        words += f", {row['shown']}"
    synthetic = "synthetic" if notices.is_synthetic(lens.name) else None
    words += "".join(f", {note}" for note in (kind, "trained on" if trained else None, synthetic) if note)
    with st.container(width=170, gap="xsmall"):
        st.image(
            codecs.encode_png(panels.outlines(lens.image, lens.truth, masks, thickness=2)),
            width="stretch",
            output_format="PNG",  # else Streamlit makes a JPEG of it
            alt=f"{lens.name}, {notices.truth_by(lens.name)}'s and model's outlines: {words}",
        )
        st.button(
            layout.plain(lens.name),
            key=f"truth open {lens.name}",
            type="primary" if lens.name == st.session_state[state.SAMPLE] else "secondary",
            on_click=_open,
            args=(lens.name,),
            width="stretch",
        )
        st.caption(layout.plain(f"{row['place']}. {words}"))


def _open(name: str) -> None:
    """Look at one frame of the grid."""
    state.show_sample(name)
    st.session_state[VIEW] = ONE


def _turn(page: int, last: int, count: int, by: str) -> None:
    """Buttons to the pages before and after."""

    def turn(step: int) -> None:
        st.session_state[_PAGE] = page + step

    with st.container(horizontal=True, vertical_alignment="center"):
        previous_next(page, last, turn, key="truth page", noun="page")
        st.caption(f"{page * _TILES + 1:,} to {min((page + 1) * _TILES, count):,} of {count:,}, by {by}")
