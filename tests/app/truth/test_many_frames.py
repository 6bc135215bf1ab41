"""A tile of the grid: the frame made small, with the outlines that count and what is said of them."""

import numpy as np
import pandas as pd
import pytest

from neuroscan.app import state
from neuroscan.app.state import Thresholds
from neuroscan.app.truth import many_frames, panels, split_scores
from neuroscan.app.truth.one_frame import Lens
from neuroscan.app.truth.ranking import ORDERS
from neuroscan.data import codecs
from neuroscan.inference.predictor import Prediction


def box(shape, top, left, bottom, right):
    """A mask."""
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def test_a_frame_made_small_keeps_its_masks_in_place():
    shape, small = (300, 840), (100, 280)
    truth, found = box(shape, 62, 90, 121, 150), box(shape, 60, 300, 150, 420)
    prediction = Prediction(found.astype(np.float32), 0.7)
    lens = many_frames._shrunk(Lens("lab/1_1", np.uint8(90) * truth, truth, (prediction,)))
    assert lens.image.shape == small and lens.image[30, 40] == 90 and lens.image[5, 5] == 0
    assert np.array_equal(lens.truth, box(small, 21, 30, 40, 50))  # a pixel is nerve where half of it is or more
    assert np.array_equal(lens.predictions[0].probability, box(small, 20, 100, 50, 140))
    assert lens.predictions[0].presence == 0.7


@pytest.mark.parametrize(
    ("source", "trained", "kind", "words"),
    [
        ("lab", False, split_scores.OVERLAP, "3. Dice 0.81 / 0.12"),
        ("lab", True, split_scores.MISS, "3. Dice 0.81 / 0.12, miss, trained on"),
        ("phantom", False, split_scores.ALARM, "3. Dice 0.81 / 0.12, false alarm, synthetic"),
    ],
)
def test_a_tile_shows_the_outlines_that_count_and_says_what_the_frame_is(source, trained, kind, words, monkeypatch):
    truth, first, second = (box((40, 160), 10, left, 30, left + 20) for left in (10, 60, 110))
    predictions = (Prediction(first.astype(np.float32), 0.7), Prediction(second.astype(np.float32), 0.2))
    lens = Lens(f"{source}/1_1", np.full(truth.shape, 60, np.uint8), truth, predictions)
    sent, said = [], []
    monkeypatch.setattr(many_frames.st, "session_state", {state.SAMPLE: "lab/2_1"})
    monkeypatch.setattr(many_frames.st, "image", lambda png, **_: sent.append(png))
    monkeypatch.setattr(many_frames.st, "caption", lambda text: said.append(text.replace("\\", "")))
    row = pd.Series({"place": 3, "dice": 0.81, "dice_second": 0.12, "gap": 0.69, "kind": kind})
    many_frames._tile(lens, row, ORDERS["Dice"], 2 * (Thresholds(0.5, 0.5),), trained=trained)
    masks = (first, np.zeros_like(second))  # the second model calls the nerve absent
    assert sent == [codecs.encode_png(panels.outlines(lens.image, truth, masks, thickness=2))]
    assert said == [words]
