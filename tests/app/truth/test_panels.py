"""What stands under the pictures of the overlay page."""

import numpy as np
import pytest

from neuroscan.app.state import Thresholds
from neuroscan.app.truth import one_frame, panels
from neuroscan.app.truth.one_frame import Lens
from neuroscan.imaging import overlay
from neuroscan.inference.predictor import Prediction


@pytest.mark.parametrize(
    ("source", "spacing", "outlines", "agreement"),
    [
        ("lab", None, "Expert: 9 px; unet: Dice 0.667, 9 px", "both 6 px, only expert 3 px, only model 3 px"),
        ("lab", (1.0, 0.5), "Expert: 4.5 mm²; unet: Dice 0.667, 4.5 mm²", "both 3.0 mm², only expert 1.5 mm²"),
        ("phantom", None, "Simulator: 9 px; unet: Dice 0.667, 9 px", "both 6 px, only simulator 3 px, only model 3 px"),
    ],
)
def test_areas_are_in_square_millimetres_where_known_and_no_expert_outlined_a_phantom(
    source, spacing, outlines, agreement
):
    truth, mask = np.zeros((2, 9, 9), bool)
    truth[2:5, 2:5] = True
    mask[2:5, 3:6] = True
    lens = Lens(f"{source}/1_1", truth.astype(np.uint8), truth, (Prediction(mask.astype(np.float32), 1.0),))
    found = one_frame.compare(lens, (Thresholds(0.5, 0.0),), spacing)
    shown = panels.drawn(lens, found, ("unet",), [panels.OUTLINES, panels.AGREEMENT], 0.5)
    assert outlines in shown[0].caption and agreement in shown[1].caption
    assert np.array_equal(shown[1].picture, overlay.agreement(lens.image, truth, mask, opacity=0.5))


def test_the_legend_says_whose_colours_and_lines_the_pictures_have(monkeypatch):
    told = {}
    monkeypatch.setattr(panels.legend, "show", lambda colors, **_: told.update(colors))
    panels.color_key(("unet", "cnn"), [panels.OUTLINES, panels.AGREEMENT], "expert")
    assert told == {
        "expert (solid)": overlay.EXPERT,
        "unet (dashed)": overlay.MODEL,
        "cnn (dotted)": overlay.SECOND_MODEL,
        "both": overlay.BOTH,
        "only expert": overlay.EXPERT,
        "only model": overlay.MODEL,
    }


def test_each_model_has_its_own_scores_in_both_tables(monkeypatch):
    truth, first, second = np.zeros((3, 9, 9), bool)
    truth[2:5, 2:5] = first[2:5, 3:6] = second[2:5, 2:5] = True
    predictions = tuple(Prediction(mask.astype(np.float32), 1.0) for mask in (first, second))
    lens = Lens("lab/1_1", truth.astype(np.uint8), truth, predictions)
    models, told = ("unet", "cnn"), []
    found = one_frame.compare(lens, 2 * (Thresholds(0.5, 0.0),), None)
    monkeypatch.setattr(one_frame.score_words, "table", lambda rows, **_: told.append(rows))
    monkeypatch.setattr(one_frame.st, "toggle", lambda *_, **__: True)
    one_frame.numbers(found, models)
    one_frame.every_number(found, models, "expert")
    assert told[0].set_index("Model")["Dice"].to_dict() == {"unet": "0.667", "cnn": "1.000"}
    assert told[1].set_index("Score").loc["False positives", list(models)].tolist() == ["3 px", "0 px"]


def test_the_verdicts_tell_score_from_threshold(monkeypatch):
    truth = np.zeros((9, 9), bool)
    truth[2:5, 2:5] = True
    predictions = tuple(Prediction(truth.astype(np.float32), score) for score in (0.9, 0.2, 0.3))
    lens, said = Lens("lab/1_1", truth.astype(np.uint8), truth, predictions), []
    used = (Thresholds(0.5, 0.25), Thresholds(0.5, 0.25), Thresholds(0.5, 0.0))
    monkeypatch.setattr(one_frame.st, "markdown", said.append)
    monkeypatch.setattr(one_frame.st, "badge", lambda words, **_: said.append(words))
    one_frame.verdicts(one_frame.compare(lens, used, None), ("one", "two", "three"), used, "expert")
    assert said == [
        "Expert: **nerve**",
        "one: **nerve** (presence score 0.900, presence threshold 0.250)",
        "two: **no nerve** (presence score 0.200, presence threshold 0.250)",
        "Miss",
        "three: **nerve** (presence score 0.300, gate off)",
    ]
