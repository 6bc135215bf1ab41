"""The training Dice and loss, held to the scoring Dice by one table of cases."""

import keras
import numpy as np
import pytest

from neuroscan.evaluation.counts import dice
from neuroscan.learning.losses import PositiveDice, dice_cross_entropy, soft_dice
from tests.dice_cases import CASES, EMPTY, FULL, SHAPE

POSITIVE = {name: case for name, case in CASES.items() if case[0].any()}


def batch(*masks):
    """Masks or probabilities (H, W) as Keras takes them, (N, H, W, 1)."""
    return np.stack(masks).astype(np.float32)[..., None]


def numbers(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(("true", "pred", "expected"), CASES.values(), ids=CASES)
def test_scoring_dice_of_the_table(true, pred, expected):
    assert dice(true, pred) == pytest.approx(expected)


@pytest.mark.parametrize(("true", "pred", "expected"), POSITIVE.values(), ids=POSITIVE)
def test_watched_dice_is_the_scoring_dice_of_the_table(true, pred, expected):
    metric = PositiveDice()
    metric.update_state(batch(true), batch(np.where(pred, 0.5, 0.49)))
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("true", "pred", "expected"), CASES.values(), ids=CASES)
def test_trained_dice_is_the_scoring_dice_of_the_table_with_one_pixel_more_shared(true, pred, expected):
    size = true.sum() + pred.sum()
    (found,) = numbers(soft_dice(batch(true), batch(pred)))
    assert found == pytest.approx((expected * size + 1) / (size + 1), abs=1e-6)
    assert abs(found - expected) <= 1 / (size + 1) + 1e-6  # on nerves of hundreds of pixels the two are one


def test_loss_is_what_dice_lacks_plus_the_mean_cross_entropy():
    true = CASES["half of it"][0]  # 8 of 48 pixels
    (found,) = numbers(dice_cross_entropy(batch(true), batch(np.full(SHAPE, 0.5))))
    assert found == pytest.approx(1 - (2 * 4 + 1) / (8 + 24 + 1) + np.log(2))


def test_frames_of_a_batch_do_not_mix():
    true, pred = (batch(*part) for part in list(zip(*CASES.values(), strict=True))[:2])
    together = numbers(dice_cross_entropy(true, pred))
    alone = [numbers(dice_cross_entropy(true[i : i + 1], pred[i : i + 1]))[0] for i in range(len(true))]
    assert together.shape == (len(CASES),)
    assert together == pytest.approx(alone, rel=1e-5)


@pytest.mark.parametrize("level", [0.001, 0.1, 0.5, 1.0])
def test_on_an_empty_frame_the_right_empty_mask_scores_best(level):
    """Keras' own Dice would call it the worst."""
    right, wrong = (numbers(dice_cross_entropy(batch(EMPTY), batch(np.full(SHAPE, p))))[0] for p in (0.0, level))
    assert right == pytest.approx(0, abs=1e-5)
    assert wrong > right
    assert numbers(soft_dice(batch(EMPTY), batch(EMPTY)))[0] == 1


@pytest.mark.parametrize("true", [EMPTY, FULL, CASES["shifted by one"][0]], ids=["empty", "full", "nerve"])
def test_loss_falls_whenever_any_pixel_comes_nearer_to_the_truth(true):
    random = np.random.default_rng(1)
    start = random.uniform(0.1, 0.9, SHAPE)
    loss = numbers(dice_cross_entropy(batch(true), batch(start)))[0]
    for row, column in np.ndindex(SHAPE):
        nearer = start.copy()
        nearer[row, column] += 0.05 if true[row, column] else -0.05
        assert numbers(dice_cross_entropy(batch(true), batch(nearer)))[0] < loss


def test_frames_without_a_nerve_do_not_count_in_the_watched_dice():
    half = CASES["half of it"]
    metric = PositiveDice()
    metric.update_state(batch(half[0], EMPTY, EMPTY), batch(half[1], FULL, EMPTY))
    assert float(metric.result()) == pytest.approx(half[2])
    metric.reset_state()
    metric.update_state(batch(EMPTY), batch(FULL))
    assert float(metric.result()) == 0


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_frames_weigh_in_the_watched_dice_as_they_are_told_to(shape):
    whole, none = CASES["equal"], CASES["missed"]
    metric = PositiveDice()
    weights = np.array([3, 1], np.float32).reshape(shape)
    metric.update_state(batch(whole[0], none[0]), batch(whole[1], none[1]), sample_weight=weights)
    assert float(metric.result()) == pytest.approx(0.75)
