"""Timings, printed for people and as one JSON line. Ratios within a run count; absolute times depend on the machine."""

from streamlit.logger import set_log_level

set_log_level("ERROR")  # Each cached function of the app would warn, at its import, that no server runs here.
