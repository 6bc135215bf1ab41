"""Arrow keys left and right as steps, wherever the focus is."""

from collections.abc import Callable

import streamlit as st

from neuroscan.app import viewer

_SEEN = "arrow key seen"

_keys = st.components.v2.component("neuroscan_arrow_keys", js=viewer.frontend("arrow_keys.js"))


def arrow_keys(key: str, step: Callable[[int], None]) -> None:
    """Take a step at each press of an arrow key; those pressed while the page is at work are made up for.

    The browser tells its presses of the last seconds, each with its time, so that a message which a later one overtakes
    takes no press with it.

    Args:
        key: of the component.
        step: called before the next run, with -1 (left) or 1 (right).
    """

    def pressed() -> None:
        for time, by in st.session_state[key].get("presses", ()):
            if time > st.session_state.get(_SEEN, 0):
                st.session_state[_SEEN] = time
                step(-1 if by < 0 else 1)

    _keys(key=key, on_presses_change=pressed)
