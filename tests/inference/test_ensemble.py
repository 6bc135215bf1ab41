"""What several models say of one frame, by hand."""

import numpy as np
import pytest

from neuroscan.inference import ensemble


def masks(*rows):
    return [np.array([row], bool) for row in rows]


@pytest.mark.parametrize(
    ("rows", "most", "differ"),
    [
        (((1, 0, 1),), (1, 0, 1), (0, 0, 0)),
        (((1, 1, 0), (0, 1, 0)), (0, 1, 0), (1, 0, 0)),
        (((1, 1, 0), (0, 1, 0), (1, 1, 0)), (1, 1, 0), (2 / 3, 0, 0)),
        (((1, 1, 0, 1), (1, 0, 0, 1), (1, 0, 0, 1), (1, 0, 0, 0)), (1, 0, 0, 1), (0, 0.5, 0, 0.5)),
    ],
)
def test_majority_and_disagreement_by_hand(rows, most, differ):
    assert np.array_equal(ensemble.majority(masks(*rows))[0], np.array(most, bool))
    assert ensemble.disagreement(masks(*rows))[0] == pytest.approx(differ)


def test_masks_of_other_frames_are_refused():
    with pytest.raises(ValueError, match="of one shape"):
        ensemble.majority([np.zeros((2, 2), bool), np.zeros((2, 3), bool)])
    with pytest.raises(ValueError, match="one or more"):
        ensemble.disagreement([])
