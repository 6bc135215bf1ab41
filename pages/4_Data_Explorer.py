"""What is in this data set, and what is wrong with it?"""

import streamlit as st

from neuroscan.app import (
    explorer_charts,
    explorer_files,
    explorer_frame,
    explorer_gallery,
    explorer_run,
    explorer_table,
    explorer_wrong,
    layout,
)

SECTIONS = {
    "Class balance": explorer_charts.class_balance,
    "Distributions": explorer_charts.distributions,
    "Intensity": explorer_charts.intensity,
    "Sharpness": explorer_charts.sharpness,
    "Nerves": explorer_charts.nerves,
    "Correlation": explorer_charts.correlation,
    "Map": explorer_charts.frame_map,
    "What is wrong": explorer_wrong.findings,
}

layout.page("Data Explorer", "What is in this data set, and what is wrong with it?")
table = explorer_table.table(*explorer_run.explored())
explorer_wrong.problems(table)
st.segmented_control(
    "Look at",
    list(SECTIONS),
    default="Class balance",
    required=True,
    key="explorer section",
    persist_state="session",
    wrap=True,
)
if table.frames.empty:
    st.info("No frame passes the filters. Widen one of them.")
    st.stop()
SECTIONS[st.session_state["explorer section"]](table)
rows = explorer_gallery.gallery(table)
explorer_files.offer(table, rows)
explorer_frame.opened(table)
