"""A frame's presence score, by each of three ways."""

from dataclasses import replace

import numpy as np
import pytest

from neuroscan.inference import presence
from neuroscan.inference.predictor import Predictor
from tests.inference.test_card import CARD

SURE = np.zeros((20, 30), np.float32)
SURE[5:10, 5:15] = 0.99
UNSURE = np.full((20, 30), 0.3, np.float32)
UNSURE[5:10, 5:15] = 0.6


def test_certainty_is_by_hand():
    entropy = -(0.6 * np.log(0.6) + 0.4 * np.log(0.4)) * 50 - (0.3 * np.log(0.3) + 0.7 * np.log(0.7)) * 550
    assert presence.certainty(UNSURE, 0.5) == pytest.approx(-np.log(entropy / 50), rel=1e-5)
    assert presence.certainty(UNSURE, 0.2) == pytest.approx(-np.log(entropy / 600), rel=1e-5)


def test_a_sure_map_is_surer_and_an_empty_one_finite():
    assert presence.certainty(SURE, 0.5) > presence.certainty(UNSURE, 0.5)
    for level in (0, 1):
        assert np.isfinite(presence.certainty(np.full((20, 30), level, np.float32), 0.5))


def test_nothing_outlined_counts_as_a_thousandth_of_the_map():
    faint = np.full((50, 100), 0.01, np.float32)
    entropy = -(0.01 * np.log(0.01) + 0.99 * np.log(0.99)) * 5000
    assert presence.certainty(faint, 0.5) == pytest.approx(-np.log(entropy / 5), rel=1e-4)


def test_each_way_scores_as_the_card_says():
    ways = {"head": 0.8, "map": presence.from_map(SURE)}
    for way, expected in ways.items():
        assert presence.score(replace(CARD, presence_from=way), SURE, 0.8) == pytest.approx(expected)
    both = replace(CARD, presence_from="both", presence_coefficients=[2.0, 0.5, -1.0], threshold=0.2)
    logit = 2 * np.log(0.8 / 0.2) + 0.5 * presence.certainty(UNSURE, 0.2) - 1
    assert presence.score(both, UNSURE, 0.8) == pytest.approx(1 / (1 + np.exp(-logit)))
    assert 0 < presence.score(both, UNSURE, 0.0) < presence.score(both, UNSURE, 1.0) < 1


def test_a_predictor_fuses_by_its_cards_coefficients(stand_in):
    predictor = Predictor(stand_in.weights / "blob")
    image = np.random.default_rng(0).integers(0, 255, (120, 160), np.uint8)
    before = predictor.card.prediction_key
    predictor.card = replace(predictor.card, presence_from="both", presence_coefficients=[0.0, 0.0, 1.0])
    assert predictor.predict(image).presence == pytest.approx(1 / (1 + np.exp(-1)))
    assert predictor.card.prediction_key != before
    # Certainty is taken at the card's threshold: with another the answer may be another.
    assert replace(predictor.card, threshold=0.123).prediction_key != predictor.card.prediction_key
