"""What a card says of itself when a training ends."""

import cv2
import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset
from neuroscan.learning.finish import area_shares, presence_limit, terms
from tests import own_data


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


def test_the_nerves_share_is_that_of_the_scanned_area(tmp_path):
    """Black borders are the machine's, and not the patient's."""
    plain = own_data.write(tmp_path / "plain" / "own", {1: (True, True, False), 2: (True,)})
    framed = tmp_path / "framed" / "own"
    framed.mkdir(parents=True)
    for path in plain.iterdir():
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(framed / path.name), np.pad(picture, ((30, 20), (10, 40))))
    shares = [area_shares(dataset.load(folder.parent).samples) for folder in (plain, framed)]
    assert shares[0] == shares[1]
    low, middle, high = shares[0]["own"]
    assert 0.02 < low <= middle <= high < 0.1
