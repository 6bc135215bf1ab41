"""Scores of one frame in words."""

import numpy as np
import pytest

from neuroscan.app.score_words import NOT_DEFINED, area, counted, short, worded
from neuroscan.evaluation.frame import COLUMNS, score_frame

NOTHING, BOX, MOVED = np.zeros((3, 9, 9), bool)
BOX[2:5, 2:5] = True
MOVED[2:5, 3:6] = True
DISTANCES = {"hd95", "assd", "hd95_mm", "assd_mm"}


@pytest.mark.parametrize(
    ("truth", "mask", "undefined"),
    [
        (BOX, MOVED, set()),
        (NOTHING, NOTHING, set()),
        (BOX, NOTHING, DISTANCES),  # area error -100 %: it is measured
        (NOTHING, BOX, DISTANCES | {"area_error"}),
    ],
    ids=["overlap", "both empty", "miss", "false alarm"],
)
def test_what_stands_for_a_miss_or_a_false_alarm_is_not_shown_as_measured(truth, mask, undefined):
    row = score_frame(truth, mask, spacing=(0.5, 0.5), presence=0.5)
    assert {name for name in COLUMNS if worded(name, row) == NOT_DEFINED} == undefined


def test_distances_are_in_millimetres_where_they_are_known():
    known, unknown = score_frame(BOX, MOVED, spacing=(0.5, 0.5)), score_frame(BOX, MOVED)
    assert (short("hd95", known), short("hd95", unknown)) == ("0.5 mm", "1.0 px")
    assert (short("dice", known), worded("hd95_mm", unknown)) == (f"{known['dice']:.3f}", "unknown")


def test_what_is_not_defined_says_what_it_counts_as():
    truth, empty = BOX, np.zeros_like(BOX)
    miss, alarm = score_frame(truth, empty), score_frame(empty, truth)
    assert counted("hd95", miss) == f"not defined; counts as {np.hypot(*BOX.shape):,.1f} px"
    assert counted("area_error", alarm) == "not defined; counts as +100 %"
    assert counted("dice", miss) == worded("dice", miss) == "0.000"


def test_areas_are_in_square_millimetres_where_the_spacing_is_known():
    row = score_frame(BOX, MOVED)
    assert (area(9, (0.5, 0.2)), area(9000, None)) == ("0.9 mm²", "9,000 px")
    assert counted("area_true_px", row, (0.5, 0.5)) == "9 px, 2.2 mm²" and counted("tp", row, (0.5, 0.5)) == "6 px"
