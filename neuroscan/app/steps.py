"""Buttons to what lies before and after what is on screen; through frames the arrow keys lead, too."""

from collections.abc import Callable, Sequence

import streamlit as st

from neuroscan.app import state
from neuroscan.app.arrow_keys import arrow_keys
from neuroscan.app.lists import key_for, select


def through_frames(labels: dict[str, str], at: str, title: str, *, key: str) -> None:
    """Let the visitor choose the session's frame from a list, or step through it.

    Args:
        labels: of the frames in order, by `state.sample_key`.
        at: name of the one on screen.
        title: of the list.
        key: unique on the page; begins those of the widgets.
    """
    # Scores move with the threshold, and labels with them.
    chosen = key_for(f"{key} frame", labels.values())
    select(
        title,
        list(labels),
        at,
        key=chosen,
        format_func=lambda option: labels[option],
        on_change=lambda: state.show_sample(st.session_state[chosen]),
        width=340,
    )
    before_and_after(list(labels), at, state.show_sample, now=lambda: str(st.session_state[state.SAMPLE]), key=key)


def before_and_after(
    names: Sequence[str], at: str, show: Callable[[str], None], *, now: Callable[[], str], key: str
) -> None:
    """Let the visitor step through frames; the ends hold. Stands well in a row of widgets.

    Args:
        names: of the frames, in order.
        at: name of the one on screen.
        show: called with the name of the frame that the visitor steps to.
        now: names the frame of the session by the time of a step: one message of the browser may bring several.
        key: unique on the page; begins those of the buttons.
    """

    def step(by: int) -> None:
        """Go some frames on, from where the session is by now."""
        show(neighbour(names, now(), by))

    with st.container(horizontal=True, width="content"):
        previous_next(names.index(at), len(names) - 1, step, key=key, tips=("Arrow key left", "Arrow key right"))
    arrow_keys(f"{key} keys", step)


def previous_next(
    at: int,
    last: int,
    step: Callable[[int], None],
    *,
    key: str,
    noun: str = "",
    tips: tuple[str | None, str | None] = (None, None),
) -> None:
    """Buttons to what lies before and after, disabled at the ends.

    Args:
        at: number of what is on screen, from 0.
        last: the highest number.
        step: called with -1 or 1.
        key: unique on the page; begins those of the buttons.
        noun: of what is stepped through, where the page has several such buttons.
        tips: on the buttons.
    """
    for word, side, by, end, tip in zip(("Previous", "Next"), ("left", "right"), (-1, 1), (0, last), tips, strict=True):
        st.button(
            f"{word} {noun}".strip(),
            icon=f":material/chevron_{side}:",
            on_click=step,
            args=(by,),
            disabled=at == end,
            help=tip,
            key=f"{key} {word.lower()}",
        )


def neighbour(names: Sequence[str], name: str, step: int) -> str:
    """Name the frame some steps on; the ends hold.

    Args:
        names: in order.
        name: where the steps begin; the first frame when it is not among them.
        step: +1 for the next, -1 for the one before.

    Example:
        >>> neighbour("abc", "b", 1), neighbour("abc", "c", 1), neighbour("abc", "gone", 1)
        ('c', 'c', 'a')
    """
    if name not in names:
        return names[0]
    return names[min(max(names.index(name) + step, 0), len(names) - 1)]
