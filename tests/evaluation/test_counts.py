from itertools import pairwise

import numpy as np
import pytest

from neuroscan.evaluation.counts import Counts, check_pair, count, dice

SCORES = ("dice", "f1", "iou", "precision", "recall", "specificity", "accuracy")

# Hand-computed on frames of 2x4 pixels; a mask is written as its pixels in reading order.
CASES = [
    # name, true, predicted, (tp, fp, fn, tn), scores in the order of SCORES
    ("equal", "11000000", "11000000", (2, 0, 0, 6), (1, 1, 1, 1, 1, 1, 1)),
    ("one of two found", "11000000", "10000000", (1, 0, 1, 6), (2 / 3, 2 / 3, 1 / 2, 1, 1 / 2, 1, 7 / 8)),
    ("one too many", "10000000", "11000000", (1, 1, 0, 6), (2 / 3, 2 / 3, 1 / 2, 1 / 2, 1, 6 / 7, 7 / 8)),
    ("half over", "11100000", "01110000", (2, 1, 1, 4), (2 / 3, 2 / 3, 1 / 2, 2 / 3, 2 / 3, 4 / 5, 3 / 4)),
    ("beside it", "11000000", "00110000", (0, 2, 2, 4), (0, 0, 0, 0, 0, 2 / 3, 1 / 2)),
    ("both empty", "00000000", "00000000", (0, 0, 0, 8), (1, 1, 1, 1, 1, 1, 1)),
    ("missed", "11000000", "00000000", (0, 0, 2, 6), (0, 0, 0, 0, 0, 1, 3 / 4)),
    ("false alarm", "00000000", "11000000", (0, 2, 0, 6), (0, 0, 0, 0, 0, 3 / 4, 3 / 4)),
    ("both full", "11111111", "11111111", (8, 0, 0, 0), (1, 1, 1, 1, 1, 1, 1)),
    ("full, missed", "11111111", "00000000", (0, 0, 8, 0), (0, 0, 0, 0, 0, 1, 0)),
    ("full, half found", "11111111", "11110000", (4, 0, 4, 0), (2 / 3, 2 / 3, 1 / 2, 1, 1 / 2, 1, 1 / 2)),
    ("all predicted nerve", "10000000", "11111111", (1, 7, 0, 0), (2 / 9, 2 / 9, 1 / 8, 1 / 8, 1, 0, 1 / 8)),
]


def mask(pixels: str) -> np.ndarray:
    return (np.array(list(pixels)) == "1").reshape(2, 4)


@pytest.mark.parametrize(("name", "true", "pred", "counts", "scores"), CASES, ids=[case[0] for case in CASES])
def test_counts_and_scores_by_hand(name, true, pred, counts, scores):
    found = count(mask(true), mask(pred))
    assert found == Counts(*counts)
    assert [getattr(found, score) for score in SCORES] == pytest.approx(scores)
    assert dice(mask(true), mask(pred)) == found.dice


def test_f1_of_pixels_is_dice_and_follows_from_precision_and_recall():
    rng = np.random.default_rng(3)
    for _ in range(20):
        found = count(rng.random((9, 7)) < 0.4, rng.random((9, 7)) < 0.4)
        harmonic = 2 * found.precision * found.recall / (found.precision + found.recall)
        assert found.f1 == found.dice == pytest.approx(harmonic)
        assert found.iou == pytest.approx(found.dice / (2 - found.dice))


def test_swapping_the_masks_swaps_precision_and_recall_and_leaves_overlap():
    rng = np.random.default_rng(4)
    a, b = rng.random((2, 12, 11)) < 0.3
    there, back = count(a, b), count(b, a)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert (there.dice, there.iou, there.accuracy) == (back.dice, back.iou, back.accuracy)


def test_each_pixel_put_right_raises_dice_iou_and_accuracy():
    rng = np.random.default_rng(5)
    true, pred = rng.random((2, 6, 6)) < 0.5
    series = []
    for wrong in np.argwhere(true != pred):
        series.append(count(true, pred))
        pred[tuple(wrong)] = true[tuple(wrong)]
    series.append(count(true, pred))
    for score in ("dice", "iou", "accuracy"):
        values = [getattr(step, score) for step in series]
        assert all(before < after for before, after in pairwise(values))
    assert series[-1].dice == 1


@pytest.mark.parametrize(
    ("true", "pred", "words"),
    [
        (np.zeros((2, 3), bool), np.zeros((3, 2), bool), r"\(2, 3\).*\(3, 2\).*same shape"),
        (np.zeros((2, 3), np.uint8), np.zeros((2, 3), bool), "y_true is uint8.*bool"),
        (np.zeros((2, 3), bool), np.zeros((2, 3), np.float32), "y_pred is float32.*threshold"),
        (np.zeros(6, bool), np.zeros(6, bool), r"\(6,\).*\(H, W\)"),
        (np.zeros((0, 3), bool), np.zeros((0, 3), bool), "one pixel or more"),
    ],
    ids=["shapes differ", "grey mask", "probability", "flat", "no pixels"],
)
def test_masks_that_cannot_be_compared_are_named(true, pred, words):
    for function in (check_pair, count):
        with pytest.raises(ValueError, match=words):
            function(true, pred)


def test_an_empty_prediction_looks_accurate_and_specific_but_overlaps_nothing(real_data):
    import cv2

    files = sorted((real_data / "uns" / "train").glob("1_*_mask.png"))[:20]
    masks = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127 for file in files]
    empty = [np.zeros_like(mask) for mask in masks]
    assert len(masks) == 20 and all(mask.any() for mask in masks)
    found = list(map(count, masks, empty))
    assert 0.95 < np.mean([one.accuracy for one in found]) < 0.99
    assert np.mean([one.specificity for one in found]) == 1
    assert np.mean([one.dice for one in found]) == 0
