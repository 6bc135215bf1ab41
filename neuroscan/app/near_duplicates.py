"""Near-duplicate frames whose masks contradict each other, as far as the explorer knows of them."""

from pathlib import Path

import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout, state
from neuroscan.app.lists import hold
from neuroscan.explore import results

_LISTED = 20


def notice(name: str, here: pd.Index) -> None:
    """Say so when near-duplicates carry masks that contradict this one's; nothing where none is known.

    Args:
        name: of the frame on screen.
        here: names of the frames that can be opened from here.
    """
    pairs = of(name, known())
    if pairs.empty:
        return
    count = layout.counted(len(pairs), "twin")
    with st.popover(f"Contradictory labels: {count}", icon=":material/content_copy:", type="tertiary"):
        lowest, highest = pairs["dice"].min(), pairs["dice"].max()
        span = f"{lowest:.2f}" if lowest == highest else f"{lowest:.2f} to {highest:.2f}"
        st.markdown(
            "**The same view was labelled differently.** Near-identical frames have an expert's mask that is empty or "
            f"hardly overlaps this one's (Dice between the masks {span}): no model can be right on all of them."
        )
        dice = dict(zip(pairs["name"], pairs["dice"], strict=True))
        openable = [other for other in dice if other in here]
        hold("truth near-duplicates", None)
        st.pills(
            "Open one",
            openable[:_LISTED],
            key="truth near-duplicates",
            wrap=True,
            format_func=lambda other: layout.plain(f"{other} · Dice {dice[other]:.2f}"),
            on_change=_open,
            disabled=not openable,
        )
        if others := [other for other in dice if other not in here]:
            st.caption(f"In other splits or data sets: {layout.plain(', '.join(others[:_LISTED]))}")


def of(name: str, contradictions: pd.DataFrame) -> pd.DataFrame:
    """List the contradictory near-duplicates of one frame.

    Args:
        name: of the frame.
        contradictions: of `explore.contradictions.check`: one row a pair.

    Returns:
        `name` of each and `dice` with its mask, the most contradictory first.

    Example:
        >>> pairs = pd.DataFrame({"first": ["a", "b"], "second": ["b", "c"], "dice": [0.1, 0.0]})
        >>> of("b", pairs).values.tolist()
        [['c', 0.0], ['a', 0.1]]
    """
    sides = [
        contradictions.loc[contradictions[side] == name, [opposite, "dice"]].set_axis(["name", "dice"], axis=1)
        for side, opposite in (("first", "second"), ("second", "first"))
    ]
    return pd.concat(sides).sort_values("dice", kind="stable", ignore_index=True)


def known() -> pd.DataFrame:
    """Contradictions that the explorer's last complete run found in the data folder; none before its first."""
    folder, _ = cache.at_hand()
    return _known(str(folder), results.stamp(folder))


_NONE = pd.DataFrame(
    {"first": pd.Series(dtype=object), "second": pd.Series(dtype=object), "dice": pd.Series(dtype=float)}
)


@st.cache_data(max_entries=4, show_spinner=False)
def _known(folder: str, stamp: int) -> pd.DataFrame:
    explored = results.read(Path(folder), label=config.nerve_label())
    return _NONE if explored is None else explored.contradictions[["first", "second", "dice"]]


def _open() -> None:
    """Look at the near-duplicate that was clicked."""
    if name := st.session_state["truth near-duplicates"]:
        state.show_sample(name)
