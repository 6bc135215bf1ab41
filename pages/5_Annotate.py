"""What if I draw it myself?"""

import streamlit as st

from neuroscan.app import cache, layout, pickers, uploads
from neuroscan.app.annotation import challenge, selection, workplace

ANNOTATE, CHALLENGE = "Annotate", "Challenge"

layout.page("Annotate", "What if I draw it myself?")
samples = cache.data_sets().samples
left, middle, right = st.columns([9, 3, 5], vertical_alignment="bottom")
with left, st.container(horizontal=True):
    ways = (ANNOTATE, CHALLENGE)
    way = st.segmented_control("What to do", ways, default=ANNOTATE, required=True, key="annotate way", wrap=True)
    frames_from = pickers.way(samples) if way == ANNOTATE else pickers.DATA_SET
with middle:
    reader = selection.reader()
with right:
    model = selection.model()

if way == CHALLENGE:
    challenge.rounds(samples, reader, model)
    st.stop()
chosen = uploads.one_of(uploads.bring()) if frames_from == pickers.UPLOAD else selection.frame(samples, reader)
if chosen is None:
    st.stop()
workplace.workplace(chosen, reader, model)
if chosen.row is not None:
    workplace.all_frames(samples, chosen.row["source"], reader)
