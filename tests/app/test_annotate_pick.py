"""A reader's name that the browser remembers is heard, whichever part of the page hears it first."""

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    """A fragment that asks."""
    import streamlit as st

    from neuroscan.app import annotate_pick

    st.text(str(annotate_pick.unheard()))


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
