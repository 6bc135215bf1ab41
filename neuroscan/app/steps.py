"""Buttons to the frames before and after the one on screen; the arrow keys do the same."""

from collections.abc import Callable, Sequence

import streamlit as st

from neuroscan.app.arrow_keys import arrow_keys


def before_and_after(
    names: Sequence[str],
    at: str,
    show: Callable[[str], None],
    *,
    now: Callable[[], str],
    key: str,
    words: tuple[str, str] = ("Earlier", "Later"),
) -> None:
    """Let the visitor step through frames; the ends hold. Stands well in a row of widgets.

    Args:
        names: of the frames, in order.
        at: name of the one on screen.
        show: called with the name of the frame that the visitor steps to.
        now: names the frame of the session by the time of a step: one message of the browser may bring several.
        key: unique on the page; begins those of the buttons.
        words: on the buttons.
    """

    def step(by: int) -> None:
        """Go some frames on, from where the session is by now."""
        show(beside(names, now(), by))

    with st.container(horizontal=True, width="content"):
        for word, side, by, end in zip(words, ("left", "right"), (-1, 1), (names[0], names[-1]), strict=True):
            st.button(
                word,
                icon=f":material/chevron_{side}:",
                on_click=step,
                args=(by,),
                disabled=at == end,
                help=f"Arrow key {side}",
                key=f"{key} {word.lower()}",
            )
    arrow_keys(f"{key} keys", step)


def beside(names: Sequence[str], name: str, step: int) -> str:
    """Name the frame some steps on; the ends hold.

    Args:
        names: in order.
        name: where the steps begin; the first frame when it is not among them.
        step: +1 for the next, -1 for the one before.

    Example:
        >>> beside("abc", "b", 1), beside("abc", "c", 1), beside("abc", "gone", 1)
        ('c', 'c', 'a')
    """
    if name not in names:
        return names[0]
    return names[min(max(names.index(name) + step, 0), len(names) - 1)]
