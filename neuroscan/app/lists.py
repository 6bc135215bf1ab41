"""Lists to choose from that keep what was chosen, and begin with what they show."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st


def hold(key: str, value: Any) -> None:
    """Let a widget show a value that the session keeps elsewhere.

    Written only where it differs: a value set on each run would pull a slider back while it is dragged. The widget
    needs the value as its default too: where the run that wrote it never reached the browser, or the widget comes back
    after a run without it, nothing is written, and the browser would begin with the default and send that.

    Args:
        key: of a widget that comes later in this run.
        value: to show.
    """
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def kept(key: str, options: Sequence[Any], default: Any = None) -> Any:
    """What the session holds under a key while it is still one of the options; else the default, or the first option.

    Args:
        key: of the session's state.
        options: to choose from, at least one.
        default: counts where it is one of the options.
    """
    value = st.session_state.get(key)
    return value if value in options else default if default in options else options[0]


def select(label: str, options: Sequence[Any], value: Any, *, key: str, **settings: Any) -> Any:
    """A list of choices that shows a value which the session keeps elsewhere, see `hold`.

    Args:
        label: of the list.
        options: to choose from.
        value: to show, one of the options, or None for none of them.
        key: of the widget.
        **settings: as `st.selectbox` takes them.

    Returns:
        The chosen option.
    """
    hold(key, value)
    index = None if value is None else list(options).index(value)
    return st.selectbox(label, options, index, key=key, **settings)


def segments(label: str, options: Sequence[Any], value: Any, *, key: str, **settings: Any) -> Any:
    """`select` as a row of segments, of which one is always chosen; `settings` as `st.segmented_control` takes them."""
    hold(key, value)
    return st.segmented_control(label, options, default=value, required=True, key=key, wrap=True, **settings)


def key_for(key: str, labels: Iterable[str]) -> str:
    """Name a widget whose options' labels change: with other labels it is another widget.

    Browser and server tell options by their labels. Under one key the label that the browser still holds would come
    back as a choice that no option has.

    Args:
        key: of the widget.
        labels: of its options, as they are shown.
    """
    return f"{key} {zlib.crc32(chr(10).join(labels).encode()):08x}"
