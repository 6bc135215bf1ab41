"""Who draws, and on which frame: a remembered name is heard, and the first frame gives nothing away."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from neuroscan.app.annotation import selection


def script() -> None:
    """A fragment that asks."""
    import streamlit as st

    from neuroscan.app.annotation import selection

    st.text(str(selection.unheard()))


@pytest.mark.parametrize(
    ("known", "unheard"),
    [
        ({}, False),  # the first run: the browser has not answered
        ({"annotate memory": {"name": None}}, False),
        ({"annotate memory": {"name": ""}}, False),  # it remembers nobody
        ({"annotate memory": {"name": "Ann"}}, True),
        ({"annotate memory": {"name": "Ann"}, "annotate reader": "Ann"}, False),
        ({"annotate memory": {"name": "Ann"}, "annotate reader": ""}, False),  # cleared by the reader since
    ],
)
def test_a_name_is_unheard_until_the_page_has_taken_it(known, unheard):
    page = AppTest.from_function(script, default_timeout=60)
    for name, value in known.items():
        page.session_state[name] = value
    assert page.run().text[0].value == str(unheard)


def test_a_first_visit_opens_on_the_largest_real_data_set_whatever_its_frames_show():
    rows = [("few", "1_1", True), *(("phantom_many", f"1_{number}", True) for number in (1, 2, 3))]
    rows += [("real", "9_1", False), ("real", "9_2", True)]
    samples = pd.DataFrame(rows, columns=["source", "frame", "present"])
    samples = samples.set_index(samples["source"] + "/" + samples["frame"])
    assert selection._opening(samples) == "real/9_1"
    made_up = samples[samples["source"] == "phantom_many"]
    assert selection._opening(made_up) == "phantom_many/1_1"
