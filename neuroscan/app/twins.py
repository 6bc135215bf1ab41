"""Near-identical frames whose masks contradict each other, as far as the explorer knows of them."""

from pathlib import Path

import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout, state
from neuroscan.app.lists import hold
from neuroscan.explore import results

_LISTED = 20


def notice(name: str, here: pd.Index) -> None:
    """Say so when near-identical frames carry masks that contradict this one's; nothing where none is known.

    Args:
        name: of the frame on screen.
        here: names of the frames that can be opened from here.
    """
    found = of(name, known())
    if found.empty:
        return
    twins = layout.counted(len(found), "twin")
    with st.popover(f"Contradictory labels: {twins}", icon=":material/content_copy:", type="tertiary"):
        lowest, highest = found["dice"].min(), found["dice"].max()
        span = f"{lowest:.2f}" if lowest == highest else f"{lowest:.2f} to {highest:.2f}"
        st.markdown(
            "**The same view was labelled differently.** Near-identical frames have an expert's mask that is empty or "
            f"hardly overlaps this one's (Dice between the masks {span}): no model can be right on all of them."
        )
        dice = dict(zip(found["name"], found["dice"], strict=True))
        near = [twin for twin in dice if twin in here]
        hold("truth twins", None)
        st.pills(
            "Open one",
            near[:_LISTED],
            key="truth twins",
            wrap=True,
            format_func=lambda twin: f"{twin} · Dice {dice[twin]:.2f}",
            on_change=_open,
            disabled=not near,
        )
        if others := [twin for twin in dice if twin not in here]:
            st.caption(f"In other splits or data sets: {layout.plain(', '.join(others[:_LISTED]))}")


def of(name: str, contradictions: pd.DataFrame) -> pd.DataFrame:
    """List the twins of one frame.

    Args:
        name: of the frame.
        contradictions: of `explore.contradictions.check`: one row a pair.

    Returns:
        `name` of each twin and `dice` with its mask, the most contradictory first.

    Example:
        >>> pairs = pd.DataFrame({"first": ["a", "b"], "second": ["b", "c"], "dice": [0.1, 0.0]})
        >>> of("b", pairs).values.tolist()
        [['c', 0.0], ['a', 0.1]]
    """
    sides = [
        contradictions.loc[contradictions[own] == name, [other, "dice"]].set_axis(["name", "dice"], axis=1)
        for own, other in (("first", "second"), ("second", "first"))
    ]
    return pd.concat(sides).sort_values("dice", kind="stable", ignore_index=True)


def known() -> pd.DataFrame:
    """Contradictions that the explorer's last complete run found in the data folder; none before its first."""
    folder, _ = cache.at_hand()
    if not folder.is_dir():
        return _NONE
    return _known(str(folder), results.stamp(folder))


_NONE = pd.DataFrame(
    {"first": pd.Series(dtype=object), "second": pd.Series(dtype=object), "dice": pd.Series(dtype=float)}
)


@st.cache_data(max_entries=4, show_spinner=False)
def _known(folder: str, stamp: int) -> pd.DataFrame:
    explored = results.read(Path(folder), label=config.nerve_label())
    return _NONE if explored is None else explored.contradictions[["first", "second", "dice"]]


def _open() -> None:
    """Look at the twin that was clicked."""
    if twin := st.session_state["truth twins"]:
        state.show_sample(twin)
