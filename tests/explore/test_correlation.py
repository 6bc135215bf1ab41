"""Which columns go together: by rank, and the strongest first."""

import numpy as np
import pandas as pd

from neuroscan.explore import correlation

FRAMES = pd.DataFrame(
    {
        "mean": [1.0, 10.0, 100.0, 1000.0, 5000.0],
        "variance": [5.0, 4.0, 3.0, 2.0, 1.0],
        "p25": [1.0, 2.0, 3.0, 5.0, 4.0],
        "p50": 7.0,
        "cnr": [1.0, 2.0, np.nan, np.nan, np.nan],
    }
)


def test_correlation_is_that_of_ranks_of_columns_that_change():
    found = correlation.ranks(FRAMES, ["mean", "variance", "p50", "cnr"])
    assert list(found) == ["mean", "variance"]  # p50 never changes, CNR has two values
    np.testing.assert_allclose(found, [[1, -1], [-1, 1]])


def test_the_strongest_pairs_come_first_whatever_the_sign():
    found = correlation.strongest(correlation.ranks(FRAMES, ["p25", "mean", "variance"]), 2)
    assert found[["first", "second"]].values.tolist() == [["mean", "variance"], ["p25", "mean"]]
    np.testing.assert_allclose(found["rho"], [-1, 0.9])


def test_pairs_without_a_value_and_tables_without_a_pair_are_left_out():
    apart = FRAMES.assign(p25=[1, 2, 4, np.nan, np.nan], p50=[np.nan, 1, 2, 3, np.nan])  # two frames with both
    assert len(correlation.strongest(correlation.ranks(apart, ["mean", "p25", "p50"]), 10)) == 2
    assert correlation.strongest(correlation.ranks(FRAMES, ["p50"]), 10).empty
