"""Out-of-distribution frames: a plain warning where a frame is unlike those that a model was trained on."""

import streamlit as st

from neuroscan.app import layout
from neuroscan.app.pickers import Chosen
from neuroscan.explore import domain, domain_card
from neuroscan.explore.domain import OodResult
from neuroscan.inference.card import Card

NOTE = "domain"
"""Entry of a card's notes that describes its training frames."""


def warn(chosen: Chosen, card: Card) -> bool | None:
    """Warn of a frame that is unlike the training frames; a card that does not describe them says nothing.

    Args:
        chosen: the frame.
        card: of the model.

    Returns:
        Whether it is unlike them, None where that is not known.
    """
    try:
        result = of(chosen, card)
    except ValueError as error:
        layout.problem(str(error))
        return None
    if result is None:
        return None
    if result.is_ood:
        st.warning(
            f"**{result.sentence}** Its outline may be wrong even where the model seems sure. A heuristic on "
            "brightness, contrast, edges and grain, not a test: about one usual frame in twenty is flagged too, and "
            "for some people up to half of theirs.",
            icon=":material/compare:",
        )
    return result.is_ood


def of(chosen: Chosen, card: Card) -> OodResult | None:
    """Compare a frame with the training frames; None where the card does not describe them.

    Raises:
        ValueError: the card's description is damaged.
    """
    if not (entry := card.notes.get(NOTE)):
        return None
    return domain.compare(chosen.frame.image, card.preprocess, domain_card.from_card(entry))
