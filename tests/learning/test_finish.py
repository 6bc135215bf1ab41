"""What a card says of itself when a training ends."""

import pandas as pd
import pytest

from neuroscan.learning.finish import presence_limit, terms


def frames(*groups, present=False):
    """Test frames of the named subjects."""
    sources = [group.partition("/")[0] for group in groups]
    return pd.DataFrame({"source": sources, "group": groups, "present": present}, dtype=object)


@pytest.mark.parametrize(
    ("test", "limit"),
    [
        (frames("uns/1", "uns/2", present=True), "Presence was not tested: every test frame has a nerve."),
        (
            frames("uns/1", "uns/1"),
            "Presence was tested on 2 frames without a nerve, all of uns/1: one subject, no interval.",
        ),
        (frames("uns/1", "uns/2"), "Presence was tested on 2 frames without a nerve, of 2 subjects."),
        (
            frames("uns/1", "phantom/P1", "phantom/P2", "phantom/P2"),
            "Presence was tested on 1 frames without a nerve, all of uns/1: one subject, no interval; and on 3 "
            "synthetic frames without a nerve, of 2 made-up subjects.",
        ),
        (frames("phantom/P1"), "Presence was tested on 1 synthetic frames without a nerve, of 1 made-up subjects."),
    ],
)
def test_on_how_much_presence_was_tested(test, limit):
    assert presence_limit(test) == limit


def test_terms_call_synthetic_frames_so():
    assert terms("phantom").startswith("Synthetic") and terms("my_phantoms") == terms("phantom")
    assert "competition" in terms("uns") and terms("mine") == "the owner's own data"
