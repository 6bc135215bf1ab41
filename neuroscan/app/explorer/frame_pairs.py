"""Near-identical frames side by side, with both experts' outlines."""

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import cache, layout, seen, viewer
from neuroscan.app.explorer import opened_frame, picks
from neuroscan.app.explorer.filtered import Table
from neuroscan.app.steps import previous_next
from neuroscan.evaluation.counts import dice
from neuroscan.imaging import overlay, preprocess
from neuroscan.imaging.overlay import Color
from neuroscan.types import ColorImage, Image, Mask

FIRST: Color = overlay.EXPERT
SECOND: Color = overlay.MODEL
"""Colours of the first and the second frame's mask, on both frames."""


def shown(table: Table, pairs: pd.DataFrame, name: str) -> None:
    """Show one pair at a time, and a table of all of them.

    Args:
        table: of the explorer; both frames of each pair are in its data set.
        pairs: `first`, `second` (names) and further columns; the order is kept.
        name: of the list, for people too.
    """
    key = f"explorer pair of {name}"
    at = min(st.session_state.get(key, 0), len(pairs) - 1)

    def step(by: int) -> None:
        st.session_state[key] = at + by

    with st.container(horizontal=True, vertical_alignment="center"):
        previous_next(at, len(pairs) - 1, step, key=key)
        st.markdown(f"Pair **{at + 1:,}** of {len(pairs):,}")
    _pair(table, pairs.iloc[at], key)
    with st.expander(f"Table of {layout.counted(len(pairs), 'pair')}"):
        names = [set(pair) for pair in pairs[["first", "second"]].itertuples(index=False)]
        picks.rows(pairs, names, name, column_config=_LOOKS)
        st.caption("Rows that are ticked select their frames.")


def drawn(image: Image, own: Mask, other: Mask, colors: tuple[Color, Color]) -> ColorImage:
    """Outline a frame's own mask with a solid line, and the other's, brought to its size, with a dashed one.

    Args:
        image: shape (H, W).
        own: shape (H, W).
        other: any shape.
        colors: of the own and of the other mask.

    Returns:
        Shape (H, W, 3).
    """
    picture = overlay.outline(image, own, color=colors[0])
    return overlay.outline(picture, preprocess.resize_mask(other, *image.shape), color=colors[1], dash="dashed")


def _pair(table: Table, pair: pd.Series, key: str) -> None:
    """Two frames side by side."""
    rows = [table.every[table.every["name"] == pair[side]].iloc[0] for side in ("first", "second")]
    try:
        images = [cache.frame(row).image for row in rows]
        found = [cache.expert_mask(row, image.shape) for row, image in zip(rows, images, strict=True)]
    except ValueError as error:
        layout.problem(str(error))
        return
    masks = [np.zeros(i.shape, bool) if m is None else m for i, m in zip(images, found, strict=True)]
    labelled = all(mask is not None for mask in found)
    words = f"Similarity {pair['ncc']:.2f}"
    if labelled:
        words += f", Dice of the two masks {dice(masks[0], preprocess.resize_mask(masks[1], *masks[0].shape)):.2f}"
    st.markdown(f"**{words}**")
    for place, number in zip(st.columns(2, gap="medium"), (0, 1), strict=True):
        row, colors = rows[number], (FIRST, SECOND) if number == 0 else (SECOND, FIRST)
        if labelled:
            seen.note(row["name"], seen.EXPERT)
        area = int(masks[number].sum())
        caption = f"{row['title']}: {f'{area:,} px outlined' if area else row['nerve']}"
        with place:
            viewer.picture(
                drawn(images[number], masks[number], masks[1 - number], colors),
                caption,
                alt=f"{caption}; solid its own outline, dashed that of the other frame",
                group=f"{pair['first']} {pair['second']}",
                key=f"{key} picture {number}",
            )
            opened_frame.link(row)
    st.caption(
        "Orange: the first frame's outline; blue: the second one's. Solid on its own frame, dashed on the other."
    )


_LOOKS = {
    "first": st.column_config.TextColumn("First frame"),
    "second": st.column_config.TextColumn("Second frame"),
    "distance": st.column_config.NumberColumn(
        "Distance", format="%.3f", help="Hellinger distance of the histograms of 48 blocks, 0 to 1."
    ),
    "ncc": st.column_config.NumberColumn(
        "Similarity", format="%.3f", help="Largest correlation (NCC) of both frames, shifted a little; up to 1."
    ),
    "local_ncc": st.column_config.NumberColumn(
        "Agreement", format="%.3f", help="The same in finer detail, where the masks lie; up to 1."
    ),
    "dice": st.column_config.NumberColumn("Dice", format="%.3f", help="Overlap of the two masks, 0 to 1."),
    "kind": st.column_config.TextColumn("Kind"),
    "first_split": st.column_config.TextColumn("Side of the first"),
    "second_split": st.column_config.TextColumn("Side of the second"),
}
