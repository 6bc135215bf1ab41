import numpy as np
import pandas as pd
import pytest

from neuroscan.app.truth.ranking import GAP, ORDERS, equals, ordered, rank, shown
from neuroscan.app.truth.split_scores import ALARM, ELSEWHERE, EMPTY, MISS, OVERLAP

TABLE = pd.DataFrame(
    {
        "name": list("abcde"),
        "dice": [0.8, 0.0, 0.5, 0.0, 1.0],
        "area_error": [-0.1, -1.0, 1.4, 1.0, 0.0],
        "hd95": [3.0, 300.0, 40.0, 700.0, 0.0],
        "hd95_share": [0.01, 1.0, 0.05, 1.0, 0.0],
        "presence_error": [0.2, 0.9, 0.1, 0.3, 0.95],
        "disagreement": [0.01, 0.04, 0.02, 0.2, 0.0],
        "gap": [0.1, -0.4, 0.0, 0.2, 0.3],
        "kind": [OVERLAP, MISS, ELSEWHERE, ALARM, EMPTY],
    }
)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("Dice", "bdcae"),  # b and d are equals: as they came
        ("Area error", "cbdae"),
        ("HD95", "bdcae"),
        ("Presence error", "ebdac"),
        ("Disagreement", "dbcae"),
        ("Subject", "abcde"),
    ],
)
def test_the_worst_comes_first(order, names):
    rows = ordered(TABLE, ORDERS[order])
    assert "".join(rows["name"]) == names
    assert list(rows["place"]) == [1, 2, 3, 4, 5]


def test_with_two_models_the_largest_gap_comes_first_whoever_leads():
    assert "".join(ordered(TABLE, GAP)["name"]) == "bedac"


def test_frames_of_two_sizes_are_compared_by_the_share_of_their_diagonals():
    # UNS holds frames of 256 x 185 and of 580 x 420: a miss of the smaller ones is no better than one of the larger.
    diagonals = np.array([np.hypot(256, 185), np.hypot(580, 420), np.hypot(580, 420), np.hypot(256, 185)])
    hd95 = np.array([100.0, 150.0, diagonals[2], diagonals[3]])
    table = pd.DataFrame({"name": list("abcd"), "hd95": hd95, "hd95_share": hd95 / diagonals})
    assert "".join(ordered(table, ORDERS["HD95"])["name"]) == "cdab"
    assert rank(table, "d", ORDERS["HD95"]) == 1


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (ORDERS["HD95"], ["HD95 3.0 px", "HD95 not defined", "HD95 40.0 px", "HD95 not defined", "HD95 0.0 px"]),
        (
            ORDERS["Area error"],
            [f"area error {words}" for words in ("-10%", "-100%", "+140%", "not defined", "+0%")],
        ),
        (ORDERS["Dice"], ["Dice 0.800", "Dice 0.000", "Dice 0.500", "Dice 0.000", "Dice 1.000"]),
        (GAP, ["gap +0.100", "gap -0.400", "gap +0.000", "gap +0.200", "gap +0.300"]),
    ],
)
def test_what_stands_for_a_miss_or_a_false_alarm_is_not_shown_as_measured(order, words):
    assert shown(TABLE, order) == words


def test_every_order_is_a_permutation_and_loses_no_frame():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({column: rng.integers(0, 3, 50) / 2 for column in TABLE.columns[1:-1]})
    table["name"] = [f"f{n}" for n in range(50)]
    for order in (*ORDERS.values(), GAP):
        rows = ordered(table, order)
        assert sorted(rows["name"]) == sorted(table["name"])
        badness = order.badness(rows).to_numpy()
        assert (np.diff(badness) <= 0).all()


def test_rank_is_shared_by_equals_and_agrees_with_the_order():
    assert [rank(TABLE, name, ORDERS["Dice"]) for name in "abcde"] == [4, 1, 3, 1, 5]
    assert [equals(TABLE, name, ORDERS["Dice"]) for name in "abcde"] == [0, 1, 0, 1, 0]
