"""What the files of the overlay page say of a frame."""

import numpy as np
import pytest

from neuroscan.app import truth_files
from neuroscan.app.truth_frame import Compared, Lens


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
