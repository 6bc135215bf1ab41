"""What the files of the overlay page say of a frame."""

import numpy as np
import pytest

from neuroscan.app import truth_files
from neuroscan.app.state import Thresholds
from neuroscan.app.truth_frame import Compared, Lens
from neuroscan.evaluation.frame import score_frame


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lab/1_1", "Frame lab/1_1."),
        ("lab/phantom_01", "Frame lab/phantom_01."),
        ("phantom_demo/1_1", "Frame phantom_demo/1_1 (synthetic)."),
    ],
)
def test_frames_of_a_simulated_source_alone_are_called_synthetic(name, words):
    nothing = np.zeros((2, 2), bool)
    lens = Lens(name, nothing.astype(np.uint8), nothing, ())
    assert truth_files.described(lens, Compared((), ()), (), ()).strip() == words


@pytest.mark.parametrize(
    ("outline", "spacing", "words"),
    [
        ((0, 3), None, "HD95 1.0 px, ASSD 0.5 px."),
        ((0, 3), (0.5, 0.5), "HD95 0.5 mm, ASSD 0.2 mm."),
        ((0, 0), (0.5, 0.5), "HD95 and ASSD not defined, one outline is empty."),
    ],
)
def test_distances_are_in_millimetres_where_known_and_none_where_an_outline_is_empty(outline, spacing, words):
    truth, mask = np.zeros((2, 9, 9), bool)
    truth[2:5, 2:5] = True
    mask[2:5, 3 + outline[0] : 3 + outline[1]] = True
    found = Compared((mask,), (score_frame(truth, mask, spacing=spacing),), spacing)
    lens = Lens("lab/1_1", truth.astype(np.uint8), truth, ())
    assert truth_files.described(lens, found, ("unet",), (Thresholds(0.5, 0.0),)).endswith(words)
