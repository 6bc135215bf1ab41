"""What is in this data set, and what is wrong with it?"""

import streamlit as st

from neuroscan.app import layout
from neuroscan.app.explorer import charts, exports, filtered, findings, frame_gallery, measuring, opened_frame

SECTIONS = {
    "Class balance": charts.class_balance,
    "Distributions": charts.distributions,
    "Intensity": charts.intensity,
    "Sharpness": charts.sharpness,
    "Nerves": charts.nerves,
    "Correlation": charts.correlation,
    "Map": charts.frame_map,
    "What is wrong": findings.findings,
}

layout.page("Data Explorer", "What is in this data set, and what is wrong with it?")
table = filtered.table(*measuring.explored())
findings.problems(table)
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
rows = frame_gallery.gallery(table)
exports.offer(table, rows)
opened_frame.opened(table)
