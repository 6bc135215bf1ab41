"""Choosing what to compare: data set, split of the model's card, a second model."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as cache_once

import pandas as pd
import streamlit as st

from neuroscan.app import cache, controls, layout, pickers, state, subject_groups
from neuroscan.app.lists import kept, select
from neuroscan.app.state import Thresholds
from neuroscan.app.subject_groups import EVERY, SPLITS
from neuroscan.app.truth import score_store
from neuroscan.app.truth.split_scores import Scores
from neuroscan.data import dataset, notices
from neuroscan.data.refusals import reason
from neuroscan.inference.card import Card

_EVERY_SOURCE = "All data sets"
_NO_SECOND = "none"
_SHOWN = "truth frame shown"


@dataclass(frozen=True, eq=False)
class Part:
    """The frames that are compared, with the scores of one model or two.

    Attributes:
        samples: rows of the samples table with `name`, `group` and `split`, indexed by name.
        models: folder names, the first one leads.
        cards: of the models.
        scores: of the models; all have the same names.
    """

    samples: pd.DataFrame
    models: tuple[str, ...]
    cards: tuple[Card, ...]
    scores: tuple[Scores, ...]


def part(meanwhile: Callable[[pd.Series, tuple[str, ...]], None]) -> Part:
    """Let the visitor choose data set, split and models; ends the page with a sentence where there is nothing to show.

    A frame that a link names, or that was chosen on another page, leads to the split that it belongs to.

    Args:
        meanwhile: shows a frame, a row of the samples, under models while all of its split are scored.
    """
    with st.container(horizontal=True):
        places = [st.container(width=width) for width in (160, 160, 250, 170)]
    with places[2]:
        model, card = pickers.model()
    samples = _labelled(card)
    samples["split"] = subject_groups.split_of(samples["group"], card)
    _follow(samples)
    with places[0]:
        samples = _source(samples)
    with places[1]:
        samples = _split(samples)
    with places[3]:
        models = (model, *_second(model))
    cards = cache.models()[0]
    try:
        # A place of its own: progress that comes and goes must not move what follows, or the browser draws it anew.
        with st.container():
            progress, first = st.container(), st.empty()

            @cache_once
            def look() -> None:
                """Show the frame that was asked for, or any with a nerve, once, however much there is to score."""
                wanted = st.session_state.get(state.SAMPLE)
                if wanted not in samples.index:
                    wanted = samples["present"].eq(True).idxmax()
                with first.container():
                    meanwhile(samples.loc[wanted], models)

            with progress:
                scores = tuple(score_store.scores(name, cards[name], samples, before=look) for name in models)
            first.empty()
    except ValueError as error:
        layout.problem(str(error))
        st.stop()
    for problem in scores[0].problems:
        layout.problem(problem)
    if not scores[0].names:
        st.stop()
    return Part(samples.loc[list(scores[0].names)], models, tuple(cards[name] for name in models), scores)


def remember(name: str) -> None:
    """Note which frame is on screen, so that one that is chosen elsewhere is told from it."""
    st.session_state[_SHOWN] = name


def gates(part: Part) -> None:
    """Switches of the presence gate; the second model's stands behind a button, with its sliders."""
    controls.gate(part.models[0], part.cards[0])
    for other, card in zip(part.models[1:], part.cards[1:], strict=True):
        with st.popover(f"Thresholds of {layout.plain(other)}", icon=":material/tune:"):
            controls.thresholds(other, card)
            controls.gate(other, card)


def thresholds(part: Part) -> tuple[Thresholds, ...]:
    """The thresholds in use, one pair a model."""
    return tuple(state.thresholds(model, card) for model, card in zip(part.models, part.cards, strict=True))


def _labelled(card: Card) -> pd.DataFrame:
    """All samples that an expert has labelled, with names, and groups as the card has them; ends the page without."""
    samples = cache.data_sets().samples
    samples = samples[samples["present"].notna()]
    if samples.empty:
        layout.no_masks("Frames with an expert's outline")
        st.stop()
    samples = samples.assign(name=dataset.frame_names(samples))
    try:
        keys = subject_groups.keys(samples, card)
    except ValueError as error:
        layout.problem(f"{reason(error)}. Frames of unknown subjects are left out here.")
        samples = samples[samples["subject"].notna()]
        if samples.empty:
            st.stop()
        keys = subject_groups.keys(samples, card)
    return samples.assign(group=keys).set_index("name", drop=False)


def _follow(samples: pd.DataFrame) -> None:
    """Choose data set and split so that they hold the frame that a link or another page has just made the session's."""
    wanted = st.session_state.get(state.SAMPLE)
    if wanted in (None, st.session_state.get(_SHOWN)):
        return
    st.session_state[_SHOWN] = wanted
    if wanted not in samples.index:
        layout.problem(f"The sample {wanted} is not at hand here, or has no mask; another one is shown.")
        return
    if st.session_state.get("truth source") not in (samples.loc[wanted, "source"], _EVERY_SOURCE):
        st.session_state["truth source"] = _EVERY_SOURCE
    if st.session_state.get("truth split") != EVERY:
        st.session_state["truth split"] = samples.loc[wanted, "split"]


def _source(samples: pd.DataFrame) -> pd.DataFrame:
    """Let the visitor choose one data set or all."""
    sources = [_EVERY_SOURCE, *samples["source"].unique()]
    chosen = select(
        "Data set",
        sources,
        kept("truth source", sources),
        key="truth source",
        persist_state="session",
        format_func=notices.display_name,
    )
    return samples if chosen == _EVERY_SOURCE else samples[samples["source"] == chosen]


def _split(samples: pd.DataFrame) -> pd.DataFrame:
    """Let the visitor choose a split that has frames: the test frames, unless there are none."""
    occurring = set(samples["split"])
    there = [split for split in SPLITS if split in occurring]
    options = [*there, EVERY] if len(there) > 1 else there
    chosen = select(
        "Split",
        options,
        kept("truth split", options),
        key="truth split",
        persist_state="session",
        format_func=lambda split: SPLITS[split],
        help="As the model's card has it, by subject. 'New to the model': subjects it neither learnt from nor was "
        "chosen by nor tested on. 'Perhaps trained on': the card does not say whom the model learnt from. "
        + subject_groups.INSTEAD,
    )
    return samples if chosen == EVERY else samples[samples["split"] == chosen]


def _second(model: str) -> tuple[str, ...]:
    """Let the visitor choose one more model, or none."""
    others = [name for name in cache.models()[0] if name != model]
    chosen = select(
        "Second model",
        [_NO_SECOND, *others],
        kept("truth second", [_NO_SECOND, *others]),
        key="truth second",
        persist_state="session",
        disabled=not others,
        help="Shown beside the first, in dark blue." if others else "Only one model is at hand.",
    )
    return () if chosen == _NO_SECOND else (chosen,)
