"""How much the outline changes when the frame is shifted, zoomed or mirrored, as a map and in words."""

import numpy as np
import streamlit as st

from neuroscan.app import cache, layout, seen, viewer
from neuroscan.app.pickers import Chosen
from neuroscan.app.state import Thresholds
from neuroscan.imaging import overlay
from neuroscan.inference import uncertainty
from neuroscan.inference.card import Card
from neuroscan.inference.uncertainty import VIEWS, Uncertainty

_MOST_SPREAD = 0.5


def steadiness(chosen: Chosen, model: str, card: Card, thresholds: Thresholds) -> None:
    """Offer to ask the model about moved views of the frame; costs nothing until it is asked for.

    Args:
        chosen: the frame on screen.
        model: folder name.
        card: of the model.
        thresholds: as set.
    """
    with st.expander("How steady is this outline?", icon=":material/vibration:", key="steadiness open"):
        if not st.toggle(f"Ask about {len(VIEWS)} views of this frame", key="show_steadiness"):
            return
        image = chosen.frame.image
        found = layout.tried(cache.uncertainty, model, image, private=chosen.private)
        if found is None:
            return
        seen.note(chosen.sample, seen.MODEL)
        st.markdown(sentence(found, thresholds))
        outlined = found.mean >= np.float32(thresholds.threshold)
        spread, mean = found.std / _MOST_SPREAD, found.mean
        for place, name, picture, words in zip(
            st.columns(2),
            ("spread", "mean"),
            (overlay.heat(image, spread, opacity=0.9), overlay.heat(image, mean)),
            (
                f"Spread: up to {found.std.max():.2f} of at most 0.5; line: the mean's outline",
                f"Mean probability of {len(VIEWS)} views; line: its outline",
            ),
            strict=True,
        ):
            with place:
                drawn = overlay.outline(picture, outlined)
                alt = f"{chosen.title}. {words}"
                viewer.picture(drawn, words, alt=alt, group=cache.digest(image), key=f"views {name}")
        enlarged = "; likewise the enlarged part of it that a small nerve is predicted in once more"
        st.caption(
            "The frame as it is, shifted by 4 %, zoomed by 8 %, and each of these mirrored"
            f"{enlarged if card.coarse_to_fine else ''}. {measured(card)} A steady outline can be wrong all the same."
        )


def measured(card: Card) -> str:
    """Say how often a model's outlines were wrong, by how far its views of the frame agreed.

    Args:
        card: of the model.

    Returns:
        A sentence.

    Example:
        >>> from types import SimpleNamespace
        >>> words = measured(SimpleNamespace(steadiness={"unsteady": [3, 4], "wavering": [0, 0]}))
        >>> words.removeprefix("Of this model's outlines of real test frames with a nerve, at its own threshold, ")
        '3 of 4 with under 30 % in common had a Dice under 0.5.'
    """
    kinds = {
        uncertainty.UNSTEADY: f"under {100 * uncertainty.UNSTEADY_BELOW:.0f} %",
        uncertainty.WAVERING: f"{100 * uncertainty.UNSTEADY_BELOW:.0f} to {100 * uncertainty.STEADY_FROM:.0f} %",
        uncertainty.STEADY: f"{100 * uncertainty.STEADY_FROM:.0f} % or more",
    }
    counts = [(*card.steadiness.get(kind, (0, 0)), share) for kind, share in kinds.items()]
    parts = [f"{wrong:,} of {number:,} with {share}" for wrong, number, share in counts if number]
    if not parts:
        return "How often such outlines of this model are wrong was not measured."
    first, *others = parts
    counted = ", ".join([f"{first} in common had a Dice under {uncertainty.WRONG_BELOW}", *others])
    return f"Of this model's outlines of real test frames with a nerve, at its own threshold, {counted}."


def sentence(found: Uncertainty, thresholds: Thresholds) -> str:
    """Say in plain words how far the views agree.

    Args:
        found: of the views.
        thresholds: as set; the first decides on pixels, the second, unless 0, on the frame.

    Returns:
        Markdown of one or two sentences.

    Example:
        >>> some, every = np.float32([[0.9, 0.4]]), np.float32([[0.8, 0.2]])
        >>> sentence(Uncertainty(some, some, every, some, (0.9, 0.8)), Thresholds(0.3, 0.0))
        '**Wavering: 50 %** of the area that any of 2 views outlines is outlined by all of them, 1 of 2 px.'
    """
    every, some = found.intersection_union(thresholds.threshold)
    called = sum(score >= thresholds.presence for score in found.presence)
    views = len(found.presence)
    kind = found.steadiness(thresholds.threshold)
    if kind is None:
        words = f"**None of {views} views has an outline** at this threshold."
    else:
        # Rounded down, so that no share reads as one of the next kind.
        words = (
            f"**{kind.capitalize()}: {100 * every // some} %** of the area that any of {views} views outlines is "
            f"outlined by all of them, {every:,} of {some:,} px."
        )
    if thresholds.presence:
        low, high = min(found.presence), max(found.presence)
        words += (
            f" The nerve is called present in {called} of {views} views (presence score {low:.3f} to {high:.3f}, "
            f"presence threshold {thresholds.presence:.3f})."
        )
    return words
