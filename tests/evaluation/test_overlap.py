import numpy as np
import pytest

from neuroscan.evaluation import overlap
from neuroscan.evaluation.counts import count

SCORES = ("dice", "iou", "precision", "recall", "specificity", "accuracy")


@pytest.mark.parametrize("score", SCORES)
def test_each_score_of_two_masks_is_that_of_their_count(score):
    rng = np.random.default_rng(1)
    true, pred = rng.random((7, 9)) < 0.3, rng.random((7, 9)) < 0.5
    assert getattr(overlap, score)(true, pred) == getattr(count(true, pred), score)


def test_the_scores_of_one_frame_by_hand():
    true, pred = np.zeros((2, 4, 5), bool)
    true[1:3, 1:3] = True  # 4 pixels
    pred[1:3, 2:5] = True  # 6 pixels, 2 of them shared
    expected = {
        "dice": 2 * 2 / 10,
        "iou": 2 / 8,
        "precision": 2 / 6,
        "recall": 2 / 4,
        "specificity": 12 / 16,
        "accuracy": 14 / 20,
    }
    assert {name: getattr(overlap, name)(true, pred) for name in SCORES} == pytest.approx(expected)


@pytest.mark.parametrize("score", SCORES)
def test_shapes_that_differ_are_refused(score):
    with pytest.raises(ValueError, match="same shape"):
        getattr(overlap, score)(np.zeros((2, 2), bool), np.zeros((2, 3), bool))


def test_an_empty_prediction_looks_accurate_and_specific_but_overlaps_nothing(real_data):
    import cv2

    files = sorted((real_data / "uns" / "train").glob("1_*_mask.png"))[:20]
    masks = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127 for file in files]
    empty = [np.zeros_like(mask) for mask in masks]
    assert len(masks) == 20 and all(mask.any() for mask in masks)
    assert 0.95 < np.mean(list(map(overlap.accuracy, masks, empty))) < 0.99
    assert np.mean(list(map(overlap.specificity, masks, empty))) == 1
    assert np.mean(list(map(overlap.dice, masks, empty))) == 0
