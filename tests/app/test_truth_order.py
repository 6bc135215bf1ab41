import numpy as np
import pandas as pd
import pytest

from neuroscan.app.truth_order import GAP, ORDERS, beside, equals, ordered, rank

TABLE = pd.DataFrame(
    {
        "name": list("abcde"),
        "dice": [0.8, 0.0, 0.5, 0.0, 1.0],
        "area_error": [-0.1, -1.0, 1.4, 1.0, 0.0],
        "hd95": [3.0, 700.0, 40.0, 700.0, 0.0],
        "presence_error": [0.2, 0.9, 0.1, 0.3, 0.95],
        "disagreement": [0.01, 0.04, 0.02, 0.2, 0.0],
        "gap": [0.1, -0.4, 0.0, 0.2, 0.3],
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


def test_every_order_is_a_permutation_and_loses_no_frame():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({column: rng.integers(0, 3, 50) / 2 for column in TABLE.columns[1:]})
    table["name"] = [f"f{n}" for n in range(50)]
    for order in (*ORDERS.values(), GAP):
        rows = ordered(table, order)
        assert sorted(rows["name"]) == sorted(table["name"])
        badness = order.badness(rows).to_numpy()
        assert (np.diff(badness) <= 0).all()


def test_rank_is_shared_by_equals_and_agrees_with_the_order():
    assert [rank(TABLE, name, ORDERS["Dice"]) for name in "abcde"] == [4, 1, 3, 1, 5]
    assert [equals(TABLE, name, ORDERS["Dice"]) for name in "abcde"] == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(("name", "step", "found"), [("b", 1, "d"), ("b", -1, "b"), ("e", 1, "e"), ("gone", 1, "b")])
def test_steps_hold_at_the_ends(name, step, found):
    assert beside(ordered(TABLE, ORDERS["Dice"])["name"], name, step) == found
