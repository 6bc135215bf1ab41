import numpy as np
import pytest
from scipy.special import expit

from neuroscan.evaluation.calibration import (
    bin_sums,
    ece,
    fit_platt,
    reliability,
    to_logits,
)


def test_reliability_and_ece_by_hand():
    labels = [False, False, True, True, True, False]
    probability = [0.1, 0.1, 0.1, 0.9, 0.9, 1.0]
    sums = bin_sums(labels, probability, bins=5)
    table = reliability(sums)
    assert table["count"].tolist() == [3, 0, 0, 0, 3]
    assert table.loc[0, ["bin_low", "bin_high", "mean_probability", "observed"]].tolist() == pytest.approx(
        [0, 0.2, 0.1, 1 / 3]
    )
    assert table.loc[4, ["bin_low", "bin_high", "mean_probability", "observed"]].tolist() == pytest.approx(
        [0.8, 1, 2.8 / 3, 2 / 3]
    )
    assert table.loc[1:3, ["mean_probability", "observed"]].isna().all().all()
    assert ece(sums) == pytest.approx((3 * (1 / 3 - 0.1) + 3 * (2.8 / 3 - 2 / 3)) / 6)


@pytest.mark.parametrize(
    ("labels", "probability", "expected"),
    [
        ([True, False], [1.0, 0.0], 0.0),
        ([True, False], [0.0, 1.0], 1.0),
        ([True, False], [0.5, 0.5], 0.0),
        ([False, False], [0.3, 0.3], 0.3),
    ],
    ids=["sure and right", "sure and wrong", "unsure, half right", "false alarm"],
)
def test_ece_at_its_ends(labels, probability, expected):
    assert ece(bin_sums(labels, probability)) == pytest.approx(expected)


def test_sums_of_frames_are_the_sum_of_all_their_pixels():
    rng = np.random.default_rng(1)
    labels, probability = rng.random((2, 8, 9)) < 0.4, rng.random((2, 8, 9))
    parts = bin_sums(labels[0], probability[0]) + bin_sums(labels[1], probability[1])
    assert parts == pytest.approx(bin_sums(labels, probability))
    assert parts[0].sum() == 2 * 8 * 9


@pytest.mark.parametrize("shift", [0.0, 1.5])
@pytest.mark.parametrize("planted", [0.25, 0.7, 1.0, 1.8, 5.0])
def test_planted_temperature_and_bias_are_found_and_mend_the_calibration(planted, shift):
    rng = np.random.default_rng(3)
    honest = rng.normal(-0.5, 2, 40_000)
    labels = rng.random(honest.size) < expit(honest)
    logits = planted * (honest + shift)
    temperature, bias = fit_platt(labels, logits)
    assert temperature == pytest.approx(planted, rel=0.05) and bias == pytest.approx(-shift, abs=0.06)
    before = ece(bin_sums(labels, expit(logits)))
    after = ece(bin_sums(labels, expit(logits / temperature + bias)))
    assert after < 0.012
    assert (planted, shift) == (1, 0) or after < before / 2


def test_logits_that_say_the_opposite_have_no_temperature():
    assert fit_platt([True] * 9 + [False] * 9, [-1.0] * 8 + [1.0] * 9 + [-1.0])[0] < 0


def test_logits_and_back_and_finite_at_the_ends():
    probability = np.array([[0.0, 0.2], [0.5, 1.0]], np.float32)
    logits = to_logits(probability)
    assert logits.shape == (2, 2) and np.isfinite(logits).all()
    assert expit(logits) == pytest.approx(probability, abs=1e-6)


@pytest.mark.parametrize(
    ("labels", "probability", "words"),
    [
        ([1, 0], [0.5, 0.5], "int64"),
        ([True], [0.5, 0.5], r"\(1,\).*\(2,\)"),
        ([True, False], [0.5, 1.5], "1.5"),
        ([True, False], [0.5, np.nan], "NaN"),
    ],
    ids=["no bool", "lengths", "above one", "NaN"],
)
def test_what_is_no_probability_is_refused(labels, probability, words):
    with pytest.raises(ValueError, match=words):
        bin_sums(labels, probability)


def test_what_platt_scaling_cannot_be_fitted_to_is_refused():
    with pytest.raises(ValueError, match="all 2 labels are the same"):
        fit_platt([True, True], [1.0, 2.0])
    with pytest.raises(ValueError, match="finite"):
        fit_platt([True, False], [1.0, np.inf])
    with pytest.raises(ValueError, match="0 probabilities"):
        ece(bin_sums(np.zeros(0, bool), np.zeros(0)))
    with pytest.raises(ValueError, match="bins is 0"):
        bin_sums([True], [0.5], bins=0)
