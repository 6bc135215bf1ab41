"""What stands under the pictures of the overlay page."""

import numpy as np
import pytest

from neuroscan.app.state import Thresholds
from neuroscan.app.truth import one_frame, panels
from neuroscan.app.truth.one_frame import Lens
from neuroscan.inference.predictor import Prediction


@pytest.mark.parametrize(
    ("source", "spacing", "outlines", "agreement"),
    [
        ("lab", None, "Expert: 9 px; unet: Dice 0.667, 9 px", "both 6 px, only expert 3 px, only model 3 px"),
        ("lab", (1.0, 0.5), "Expert: 4.5 mm²; unet: Dice 0.667, 4.5 mm²", "both 3.0 mm², only expert 1.5 mm²"),
        ("phantom", None, "Simulator: 9 px", "both 6 px, only simulator 3 px, only model 3 px"),
    ],
)
def test_areas_are_in_square_millimetres_where_the_spacing_is_known(source, spacing, outlines, agreement):
    truth, mask = np.zeros((2, 9, 9), bool)
    truth[2:5, 2:5] = True
    mask[2:5, 3:6] = True
    lens = Lens(f"{source}/1_1", truth.astype(np.uint8), truth, (Prediction(mask.astype(np.float32), 1.0),))
    found = one_frame.compare(lens, (Thresholds(0.5, 0.0),), spacing)
    shown = panels.drawn(lens, found, ("unet",), [panels.OUTLINES, panels.AGREEMENT], 0.5)
    assert outlines in shown[0].caption and agreement in shown[1].caption
