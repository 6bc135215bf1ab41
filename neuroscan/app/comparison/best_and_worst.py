"""The frames that a model outlines worst and best, as small pictures that open in the overlay page."""

from collections.abc import Sequence

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import cache, layout, pickers, seen, state, viewer
from neuroscan.app.comparison.selection import Part
from neuroscan.app.lists import kept, segments
from neuroscan.app.truth import panels
from neuroscan.app.viewer import Tile
from neuroscan.data import codecs, dataset, notices

_EACH = 6
_WIDTH = 280
_OPEN = "compare open"
_MODEL = "compare frames of"
_OVERLAY = "pages/2_Ground_Truth_Overlay.py"


def frames(part: Part) -> None:
    """Let the visitor choose a model, and show its worst and best frames of this source."""
    _follow()
    shown = kept(_MODEL, part.models, pickers.model_in_use(part.scored.cards))
    model = segments("Model", part.models, shown, key=_MODEL, format_func=layout.plain, persist_state="session")
    own = part.rows[(part.rows["model"] == model) & part.rows["present_true"]]
    area = own.get("area_true_px", 0)
    # Of misses, the largest missed nerve first.
    ordered = own.assign(area=area).sort_values(["dice", "area"], ascending=[True, False], kind="stable")
    samples = cache.data_sets().samples
    at_hand = samples.assign(name=dataset.frame_names(samples)).set_index("name", drop=False)
    panels.color_key((model,), [panels.OUTLINES], notices.truth_by(part.name))
    count = min(_EACH, len(ordered))
    for words, chosen in (("Worst", ordered.head(count)), ("Best", ordered.tail(count).iloc[::-1])):
        st.markdown(f"**{words}**")
        tiles = _tiles(part, model, chosen, at_hand)
        if tiles:
            key = f"compare {words}"
            viewer.gallery(tiles, chosen=None, on_pick=lambda name: _open(name, model), key=key, width="8rem")
        if len(tiles) < len(chosen):
            scores = ", ".join(f"{row.frame} ({row.dice:.3f})" for row in chosen.itertuples())
            which = "Not all" if tiles else "None"
            st.caption(f"{which} of these frames {'are' if tiles else 'is'} at hand: {layout.plain(scores)}.")
    st.caption(
        f"Frames with a nerve, by Dice at the thresholds of {layout.plain(model)}'s card, presence gate "
        f"{'on' if part.gate else 'off'}. A click opens the frame in Ground Truth Overlay, at the session's thresholds."
    )


def _tiles(part: Part, model: str, chosen: pd.DataFrame, at_hand: pd.DataFrame) -> list[Tile]:
    """Small pictures of those frames that are at hand, outlined by expert and model."""
    tiles = []
    for row in chosen.itertuples():
        name = state.sample_key(row.source, row.frame)
        if name not in at_hand.index:
            continue
        words = f"{row.frame}, Dice {row.dice:.3f}"
        try:
            png = _picture(part, model, at_hand.loc[name])
        except ValueError as error:
            layout.problem(str(error))
            continue
        seen.note(name, seen.EXPERT, seen.MODEL)
        tiles.append(Tile(name, words, png, f"{name}, expert's and model's outlines: Dice {row.dice:.3f}"))
    return tiles


def _picture(part: Part, model: str, sample: pd.Series) -> bytes | None:
    """The frame with both outlines, small; None where there is no mask."""
    image = cache.frame(sample).image
    truth = cache.expert_mask(sample, image.shape)
    if truth is None:
        return None
    card = part.scored.cards[model]
    mask = cache.prediction(model, image).mask(card.threshold, card.presence_threshold if part.gate else 0.0)
    height, width = image.shape
    drawn = panels.outlines(image, truth, (mask,), thickness=max(1, round(2 * width / _WIDTH)))
    size = (min(width, _WIDTH), max(1, round(height * min(width, _WIDTH) / width)))
    return codecs.encode_png(np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8))


def _open(name: str, model: str) -> None:
    """Remember what was clicked: a callback cannot leave the page."""
    st.session_state[_OPEN] = (name, model)


def _follow() -> None:
    """Leave for the overlay page when a frame was clicked."""
    opened: Sequence[str] | None = st.session_state.pop(_OPEN, None)
    if opened is not None:
        st.switch_page(_OVERLAY, query_params=state.link(opened[0], opened[1]))
