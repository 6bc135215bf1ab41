"""Whose outlines of a frame this session has shown: a drawing that is saved says so."""

import streamlit as st

EXPERT, MODEL, READER = "expert", "model", "reader"
"""Whose outlines there are."""

_SEEN = "outlines seen"


def of(frame: str, reader: str) -> set[str]:
    """Whose outlines of a frame a reader has seen in this session; to be added to.

    What was shown before a reader gave a name, or on a page that asks for none, counts for every name.

    Args:
        frame: name of the sample.
        reader: name, "" while there is none.
    """
    known: dict[tuple[str, str], set[str]] = st.session_state.setdefault(_SEEN, {})
    own = known.setdefault((frame, reader), set())
    own.update(known.get((frame, ""), ()))
    return own


def note(frame: str | None, *whose: str) -> None:
    """Note that outlines of a frame were shown on a page that asks for no name.

    Args:
        frame: name of the sample; None of an upload, which nobody draws on later.
        whose: EXPERT, MODEL.
    """
    if frame is not None:
        of(frame, "").update(whose)
