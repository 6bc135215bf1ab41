"""A whole split at the thresholds in use: order, steps, Dice of all frames, misses and false alarms, files."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import layout, state
from neuroscan.app.lists import hold, kept, select
from neuroscan.app.state import Thresholds
from neuroscan.app.steps import through_frames
from neuroscan.app.truth import ranking, selection, split_scores
from neuroscan.app.truth.ranking import GAP, GAP_NAME, ORDERS, Order
from neuroscan.app.truth.selection import Part
from neuroscan.data import notices
from neuroscan.evaluation.thresholds import THRESHOLDS, dice_curve, mean_curve
from neuroscan.figures import agreement

_LISTED = 12
_LISTS = (
    (split_scores.MISS, "Misses", "The expert saw a nerve, the model outlines nothing."),
    (split_scores.ALARM, "False alarms", "The model outlines a nerve where the expert saw none."),
    (split_scores.ELSEWHERE, "Nothing shared", "Both outline a nerve, without one pixel in common."),
)


def table(part: Part, thresholds: Sequence[Thresholds]) -> pd.DataFrame:
    """Score every frame of the part at the thresholds in use.

    Args:
        part: the frames and their scores.
        thresholds: one pair a model.

    Returns:
        The first model's table of `split_scores.at`; with a second model, `dice_second` and `gap` as well.
    """
    tables = [
        split_scores.at(scores, own.threshold, own.presence)
        for scores, own in zip(part.scores, thresholds, strict=True)
    ]
    if len(tables) == 1:
        return tables[0]
    return tables[0].assign(dice_second=tables[1]["dice"], gap=tables[0]["dice"] - tables[1]["dice"])


def shown(part: Part) -> str:
    """Name the frame on screen: the session's, where it belongs to the part, else the worst in the order in use."""
    name = str(st.session_state.get(state.SAMPLE))
    if name not in part.samples.index:
        by = _orders(part)[_chosen_order(part)]
        name = str(ranking.ordered(table(part, selection.thresholds(part)), by)["name"].iloc[0])
    state.show_sample(name)
    selection.remember(name)
    return name


def order(part: Part) -> tuple[str, Order]:
    """Let the visitor choose the order; returns its name and itself."""
    orders = _orders(part)
    help_ = "\n".join(f"- **{name}**: {each.meaning}" for name, each in orders.items())
    name = select(
        "Order by",
        list(orders),
        _chosen_order(part),
        key="truth order",
        persist_state="session",
        help=help_,
        width=160,
    )
    return name, orders[name]


def _orders(part: Part) -> dict[str, Order]:
    """The orders that make sense for the part."""
    return ORDERS | ({GAP_NAME: GAP} if len(part.models) > 1 else {})


def _chosen_order(part: Part) -> str:
    """Name of the order in use."""
    return str(kept("truth order", list(_orders(part)), "Dice"))


def steps(rows: pd.DataFrame, by: Order, name: str) -> None:
    """Buttons, arrow keys and a list to go through the frames in order.

    Args:
        rows: in order, from `ranking.ordered`.
        by: the order.
        name: of the frame on screen.
    """
    labels = {
        name: f"{place}. {name} · {number}"
        for name, place, number in zip(rows["name"], rows["place"], ranking.shown(rows, by), strict=True)
    }
    place = int(rows.loc[rows["name"] == name, "place"].iloc[0])
    with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        through_frames(labels, name, f"Frame {place:,} of {len(rows):,}", key="truth")


def curves(part: Part) -> tuple[np.ndarray, ...]:
    """Mean Dice over the frames with a nerve at each of 256 thresholds, one curve a model; all NaN without such."""
    found = []
    for scores in part.scores:
        positive = (scores.counts[:, 0, 0] + scores.counts[:, 2, 0]) > 0
        dice = dice_curve(scores.counts[positive].astype(np.int64))
        found.append(mean_curve(dice) if positive.any() else np.full(len(THRESHOLDS), np.nan))
    return tuple(found)


def curve(part: Part, means: Sequence[np.ndarray], name: str, thresholds: Sequence[Thresholds]) -> None:
    """Chart the frame's Dice against the threshold, beside the mean of the split; the presence gate is off in it."""
    lines = []
    for model, scores, mean in zip(part.models, part.scores, means, strict=True):
        own = dice_curve(scores.counts[scores.names.index(name)].astype(np.int64))
        for line, dice in (("frame", own), ("mean", mean)):
            lines.append(pd.DataFrame({"model": model, "line": line, "threshold": THRESHOLDS, "dice": dice}))
    used = {model: own.threshold for model, own in zip(part.models, thresholds, strict=True)}
    best = ", ".join(
        f"{model} best at {THRESHOLDS[int(np.argmax(frame['dice'].to_numpy()))]:.2f} with {frame['dice'].max():.3f}"
        for model, frame in zip(part.models, lines[::2], strict=True)
    )
    st.markdown("**Dice of this frame at every threshold**")
    figure = agreement.threshold_dice(pd.concat(lines, ignore_index=True), used)
    words = f"Dice of {name} against the threshold: {best}."
    st.plotly_chart(figure, key="truth curve", config=layout.NO_TOOL_BAR, alt=words)
    among = _synthetic_among(part.samples.index[part.samples["present"].eq(True)])
    st.caption(layout.plain(f"Presence gate off; mean: of the frames with a nerve{among}. On this frame {best}."))


def _synthetic_among(names: Sequence[str]) -> str:
    """Say how many of the frames of these names are synthetic; nothing where none is."""
    count = sum(map(notices.is_synthetic, names))
    return f" ({'' if count < len(names) else 'all '}{count:,} synthetic)" if count else ""


def distribution(part: Part, rows: pd.DataFrame, name: str, thresholds: Sequence[Thresholds]) -> None:
    """Chart the Dice of all frames, with the one on screen marked."""
    own = rows[rows["name"] == name].iloc[0]
    present = rows["tp"] + rows["fn"] > 0
    columns = dict(zip(part.models, ("dice", "dice_second"), strict=False))
    long = [pd.DataFrame({"model": m, "dice": rows[column], "present": present}) for m, column in columns.items()]
    with_nerve = rows.loc[present]
    means = ", ".join(f"{m} {with_nerve[column].mean():.3f}" for m, column in columns.items())
    among = _synthetic_among((with_nerve if present.any() else rows)["name"])
    words = (
        f"Mean Dice of the {layout.counted(present.sum(), 'frame')} with a nerve{among}: {means}."
        if present.any()
        else f"No nerve here{among}."
    )
    st.markdown(f"**Dice of all {len(rows):,} frames at this threshold**")
    figure = agreement.dice_distribution(pd.concat(long), {m: float(own[column]) for m, column in columns.items()})
    told = f"Histogram of Dice. {words} This frame: {own['dice']:.3f}."
    st.plotly_chart(figure, key="truth distribution", config=layout.NO_TOOL_BAR, alt=told)
    counted = " and ".join(f"{THRESHOLDS[split_scores.level(own.threshold)]:.3f}" for own in thresholds)
    st.caption(layout.plain(f"{words} Counted at {counted}, the nearest of 256 thresholds."))


def lists(part: Part, rows: pd.DataFrame, name: str) -> None:
    """Misses, false alarms and outlines elsewhere, to click; of the first model, surest first."""
    for place, (kind, words, meaning) in zip(st.columns(len(_LISTS)), _LISTS, strict=True):
        own = rows[rows["kind"] == kind].sort_values("presence_error", ascending=False, kind="stable")
        key = f"truth {kind}"
        with place:
            of_model = f" of {layout.plain(part.models[0])}" if len(part.models) > 1 else ""
            st.markdown(f"**{words}{of_model}: {len(own):,}**", help=meaning)
            if own.empty:
                st.caption("None at these thresholds.")
                continue
            names = list(own["name"])
            here = name if name in names[:_LISTED] else None
            hold(key, here)
            st.pills(
                words,
                names[:_LISTED],
                default=here,
                key=key,
                format_func=layout.plain,
                label_visibility="collapsed",
                wrap=True,
                on_change=lambda key=key: state.show_sample(st.session_state[key] or name),
            )
            if len(names) > _LISTED:
                select(
                    f"All {words.lower()}",
                    names,
                    name if name in names else None,
                    key=f"{key} all",
                    placeholder=f"All {len(names):,}",
                    label_visibility="collapsed",
                    on_change=lambda key=key: state.show_sample(st.session_state[f"{key} all"] or name),
                )
