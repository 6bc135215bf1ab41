"""One frame of the explorer, opened from a thumbnail: picture, outline and its row of the table."""

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import cache, layout, pickers, seen, state, viewer
from neuroscan.app.explorer.filtered import Table
from neuroscan.data import notices
from neuroscan.explore.columns import COLUMNS
from neuroscan.figures.chart import UNLABELLED
from neuroscan.imaging import overlay

_OPEN = "explorer open"
_TRUTH = ("pages/2_Ground_Truth_Overlay.py", "Open in Ground Truth Overlay")
_LIVE = ("pages/1_Live_Prediction.py", "Open in Live Prediction")


def choose(name: str) -> None:
    """Open a frame in this run of the page."""
    st.session_state[_OPEN] = name


def opened(table: Table) -> None:
    """Show the frame that was just chosen, over the page; nothing when none was."""
    name = st.session_state.pop(_OPEN, None)
    rows = table.every[table.every["name"] == name]
    if len(rows):
        _dialog(table, rows.iloc[0])


def link(row: pd.Series) -> None:
    """Lead to the page that compares the frame's mask with a model's; an unlabelled one, to its prediction.

    Args:
        row: of the table.
    """
    query = {"sample": row["name"]}
    if cards := cache.models()[0]:
        query = state.link(row["name"], pickers.model_in_use(cards))
    page, words = _LIVE if row["nerve"] == UNLABELLED else _TRUTH
    st.page_link(page, label=words, icon=":material/open_in_new:", query_params=query)


@st.dialog("Frame", width="large", icon=":material/image:")
def _dialog(table: Table, row: pd.Series) -> None:
    """The frame as it is, with the expert's outline."""
    st.markdown(f"**{layout.plain(row['title'])}**: {row['nerve']}")
    link(row)
    try:
        image = cache.frame(row).image
        mask = cache.expert_mask(row, image.shape)
    except ValueError as error:
        layout.problem(str(error))
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        who = notices.truth_by(row["source"])
        label = f"{who.capitalize()}'s outline"
        outlined = st.toggle(label, True, key="explorer outline") if mask is not None else False
        words = f"{row['title']}, {image.shape[1]} × {image.shape[0]} px"
        words += f", outlined by the {who}" if outlined else ""
        shown = overlay.outline(image, mask, color=overlay.EXPERT) if mask is not None and outlined else image
        if outlined:
            seen.note(row["name"], seen.EXPERT)
        viewer.picture(shown, words, alt=words, group=row["name"], key="explorer frame")
    with right:
        own = table.every[table.every["source"] == row["source"]]
        st.dataframe(about(row, own), hide_index=True, column_config=_WIDTHS)


def about(row: pd.Series, every: pd.DataFrame) -> pd.DataFrame:
    """Write a frame's row down, one line a column.

    Args:
        row: of the frame.
        every: the rows of its data set.

    Returns:
        `column`, `value` with `unit`, `rank` (share of the data set's frames with a value that are at or under this
        one, in per cent) and `meaning`; columns without a value are left out.
    """
    lines = []
    for name, column in COLUMNS.items():
        value = row[name]
        if name == "present" or pd.isna(value):
            continue
        others = every[name].dropna().astype(float)
        lines.append(
            {
                "column": name,
                "value": f"{float(value):.5g}",
                "unit": column.unit,
                "rank": round(100 * float(np.mean(others <= float(value)))),
                "meaning": column.meaning,
            }
        )
    return pd.DataFrame(lines)


_WIDTHS = {
    "column": st.column_config.TextColumn("Column", width="small"),
    "value": st.column_config.TextColumn("Value", width="small"),
    "unit": st.column_config.TextColumn("Unit", width="small"),
    "rank": st.column_config.NumberColumn(
        "At or under it", format="%d %%", help="Share of the data set's frames whose value is no larger."
    ),
    "meaning": st.column_config.TextColumn("Meaning", width="large"),
}
