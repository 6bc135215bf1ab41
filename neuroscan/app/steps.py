"""Buttons to the frames before and after the one on screen; the arrow keys do the same."""

from collections.abc import Callable, Sequence

import streamlit as st

from neuroscan.app.arrow_keys import arrow_keys


def earlier_later(
    names: Sequence[str], at: str, show: Callable[[str], None], *, now: Callable[[], str], key: str
) -> None:
    """Let the visitor step through frames; the ends hold.

    Args:
        names: of the frames, in order.
        at: name of the one on screen.
        show: called with the name of the frame that the visitor steps to.
        now: names the frame of the session by the time of a step: one message of the browser may bring several.
        key: of the listener to the arrow keys.
    """
    place = names.index(at)

    def step(by: int) -> None:
        """Go some frames on, from where the session is by now."""
        begun = names.index(now()) if now() in names else place
        show(names[min(max(begun + by, 0), len(names) - 1)])

    with st.container(horizontal=True, width="content"):
        st.button("Earlier", icon=":material/chevron_left:", disabled=place == 0, on_click=step, args=(-1,))
        last = place == len(names) - 1
        st.button("Later", icon=":material/chevron_right:", disabled=last, on_click=step, args=(1,))
    arrow_keys(key, step)
