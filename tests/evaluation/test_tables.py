"""Curves and reliability by source, on frames whose counts are known by hand."""

import numpy as np
import pandas as pd
import pytest

from neuroscan.evaluation.calibration import bin_sums
from neuroscan.evaluation.run import Results
from neuroscan.evaluation.tables import CURVES, RELIABILITY, curves, reliability_stages
from neuroscan.evaluation.thresholds import THRESHOLDS, threshold_counts

# source, truth, probability: the empty frame must not count in the curves, but counts in reliability.
FRAMES = [
    ("b", [[True, True, False, False]], [[0.75, 0.25, 0.5, 0.0]]),
    ("a", [[True, False, False, False]], [[0.5, 0.0, 0.0, 0.0]]),
    ("b", [[False, False, False, False]], [[0.9, 0.9, 0.9, 0.9]]),
    ("b", [[True, False, False, False]], [[1.0, 0.0, 0.0, 0.0]]),
]


def results():
    truth = [np.array(mask) for _, mask, _ in FRAMES]
    likely = [np.array(values) for _, _, values in FRAMES]
    rows = pd.DataFrame(
        {"source": source, "present_true": mask.any(), "gate": gate}
        for (source, _, _), mask in zip(FRAMES, truth, strict=True)
        for gate in (False, True)
    )
    pairs = list(zip(truth, likely, strict=True))
    return Results(rows, np.stack([threshold_counts(*p) for p in pairs]), np.stack([bin_sums(*p) for p in pairs]))


def test_curves_by_hand():
    table = curves(results())
    assert table.columns.tolist() == CURVES
    assert table["source"].tolist() == ["a"] * 256 + ["b"] * 256
    assert np.array_equal(table["threshold"], np.tile(THRESHOLDS, 2))
    at = table.set_index(["source", "threshold"])
    # At 0.5 of source b: 1 of 2 nerve pixels and 1 other (Dice 1/2); 1 of 1 (Dice 1). Together tp 2, fp 1, fn 1.
    assert at.loc[("b", 0.5)].tolist() == pytest.approx([0.75, 2 / 3, 2 / 3])
    assert at.loc[("b", 0.0)].tolist() == pytest.approx([(4 / 6 + 2 / 5) / 2, 3 / 8, 1])
    assert at.loc[("a", 0.5)].tolist() == [1, 1, 1]
    assert at.loc[("a", 0.75)].tolist() == [0, 0, 0]


def test_reliability_by_hand():
    found = results()
    table = reliability_stages(found.frames["source"], {"before": found.bins, "after": 2 * found.bins})
    assert table.columns.tolist() == RELIABILITY
    assert len(table) == 2 * 2 * found.bins.shape[2]
    first = table[(table["source"] == "b") & (table["stage"] == "before")]
    assert first["count"].sum() == 12 and first["bin_low"].iloc[0] == 0 and first["bin_high"].iloc[-1] == 1
    top = first.iloc[-2]  # 0.8667 to 0.9333: the four of the empty frame
    assert (top["count"], top["mean_probability"], top["observed"]) == (4, pytest.approx(0.9), 0)
    last = first.iloc[-1]
    assert (last["count"], last["mean_probability"], last["observed"]) == (1, 1, 1)
    empty = first[first["count"] == 0]
    assert len(empty) and empty[["mean_probability", "observed"]].isna().all(axis=None)
    after = table[(table["source"] == "b") & (table["stage"] == "after")]
    assert after["count"].tolist() == (2 * first["count"]).tolist()


def test_a_large_frame_weighs_no_more_than_a_small_one():
    small = bin_sums([[True, True]], [[0.95, 0.95]])
    large = bin_sums(np.zeros((20, 10), bool), np.full((20, 10), 0.95))
    table = reliability_stages(pd.Series(["b", "b"]), {"before": np.stack([small, large])})
    assert (table["count"].iloc[-1], table["observed"].iloc[-1]) == (pytest.approx(202), pytest.approx(0.5))


def test_without_a_frame_that_shows_a_nerve_there_is_no_curve():
    found = results()
    assert curves(Results(found.rows.assign(present_true=False), found.counts, found.bins)).empty
