import numpy as np
import pytest

from neuroscan.evaluation.counts import count
from neuroscan.evaluation.thresholds import (
    THRESHOLDS,
    best_threshold,
    dice_curve,
    mean_curve,
    precision_recall_curve,
    threshold_counts,
)


def frames(seed, number=1, shape=(17, 23)):
    rng = np.random.default_rng(seed)
    masks = rng.random((number, *shape)) < 0.3
    probabilities = rng.random((number, *shape), dtype=np.float32) ** 2
    probabilities[:, 0, :4] = [0, 1, 0.5, 128 / 256]  # ends, and exactly on a threshold
    return masks, probabilities


@pytest.mark.parametrize("kind", ["random", "true empty", "all zero", "all one", "16-bit steps"])
def test_equal_to_thresholding_256_times(kind):
    (mask,), (probability,) = frames(1)
    if kind == "true empty":
        mask[:] = False
    elif kind == "all zero":
        probability[:] = 0
    elif kind == "all one":
        probability[:] = 1
    elif kind == "16-bit steps":
        probability = (np.round(probability * 65535) / 65535).astype(np.float32)
    counts = threshold_counts(mask, probability)
    dice, (precision, recall) = dice_curve(counts), precision_recall_curve(counts)
    for k, threshold in enumerate(THRESHOLDS):
        slow = count(mask, probability >= threshold)
        assert counts[:, k].tolist() == [slow.tp, slow.fp, slow.fn]
        assert (dice[k], precision[k], recall[k]) == pytest.approx((slow.dice, slow.precision, slow.recall))


def test_empty_frame_scores_one_as_soon_as_nothing_is_predicted():
    counts = threshold_counts(np.zeros((4, 5), bool), np.full((4, 5), 0.5, np.float32))
    assert dice_curve(counts)[128] == 0 and dice_curve(counts)[129] == 1


def test_curve_of_stacked_frames_is_the_stack_of_their_curves_and_sums_are_pooled():
    masks, probabilities = frames(2, number=3)
    stack = np.stack([threshold_counts(m, p) for m, p in zip(masks, probabilities, strict=True)])
    for one, mask, probability in zip(dice_curve(stack), masks, probabilities, strict=True):
        assert np.array_equal(one, dice_curve(threshold_counts(mask, probability)))
    joined = threshold_counts(np.hstack(list(masks)), np.hstack(list(probabilities)))
    assert np.array_equal(stack.sum(axis=0), joined)


def test_recall_never_rises_with_the_threshold():
    masks, probabilities = frames(3)
    _, recall = precision_recall_curve(threshold_counts(masks[0], probabilities[0]))
    assert (np.diff(recall) <= 0).all() and recall[0] == 1


def test_groups_weigh_alike_whatever_their_size():
    curves = np.concatenate([np.full((9, 256), 0.9), np.full((1, 256), 0.5)])
    assert mean_curve(curves) == pytest.approx(np.full(256, 0.86))
    assert mean_curve(curves, groups=["uns"] * 9 + ["usgra"]) == pytest.approx(np.full(256, 0.7))
    assert mean_curve(curves, groups=["one"] * 10) == pytest.approx(mean_curve(curves))


@pytest.mark.parametrize(
    ("best", "expected"),
    [([40], 40), ([0], 0), ([255], 255), ([10, 11, 12], 11), (range(256), 128), ([100, 101], 101)],
    ids=["one", "first", "last", "plateau", "flat", "two"],
)
def test_best_threshold_is_the_middle_of_the_ties(best, expected):
    curve = np.zeros(256)
    curve[list(best)] = 0.8
    assert best_threshold(curve) == (expected / 256, 0.8)


def test_best_threshold_finds_the_one_that_made_the_mask():
    (_, probability) = (values[0] for values in frames(5))
    mask = probability >= 77 / 256
    threshold, dice = best_threshold(dice_curve(threshold_counts(mask, probability)))
    assert dice == 1 and np.array_equal(probability >= threshold, mask)


def test_pooled_precision_and_recall_are_those_of_all_pixels_together():
    masks, probabilities = frames(6, number=4)
    counts = np.stack([threshold_counts(m, p) for m, p in zip(masks, probabilities, strict=True)])
    slow = [count(m, p >= 0.25) for m, p in zip(masks, probabilities, strict=True)]
    pooled = count(np.hstack(list(masks)), np.hstack([p >= 0.25 for p in probabilities]))
    precision, recall = precision_recall_curve(counts.sum(axis=0))
    assert (precision[64], recall[64]) == pytest.approx((pooled.precision, pooled.recall))
    assert mean_curve(dice_curve(counts))[64] == pytest.approx(np.mean([one.dice for one in slow]))


@pytest.mark.parametrize(
    ("mask", "probability", "words"),
    [
        (np.zeros((2, 3), bool), np.zeros((3, 2)), "one shape"),
        (np.zeros((2, 3), np.uint8), np.zeros((2, 3)), "uint8"),
        (np.zeros((2, 3), bool), np.full((2, 3), 1.5), "1.5.*sigmoid"),
        (np.zeros((2, 3), bool), np.full((2, 3), -0.1), "-0.1"),
        (np.zeros((2, 3), bool), np.full((2, 3), np.nan), "nan"),
    ],
    ids=["shapes", "grey mask", "above one", "below zero", "NaN"],
)
def test_what_is_no_probability_is_refused(mask, probability, words):
    with pytest.raises(ValueError, match=words):
        threshold_counts(mask, probability)


def test_averages_of_nothing_are_refused():
    with pytest.raises(ValueError, match=r"\(0, 256\)"):
        mean_curve(np.zeros((0, 256)))
    with pytest.raises(ValueError, match=r"\(1,\)"):
        mean_curve(np.zeros((2, 256)), groups=["uns"])
    with pytest.raises(ValueError, match=r"\(255,\)"):
        best_threshold(np.zeros(255))
    with pytest.raises(ValueError, match="NaN"):
        best_threshold(np.full(256, np.nan))
