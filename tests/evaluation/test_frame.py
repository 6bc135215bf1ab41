import numpy as np
import pytest

from neuroscan.evaluation.frame import COLUMNS, score_frame

EMPTY = np.zeros((3, 4), bool)
DOT = EMPTY.copy()
DOT[1, 1] = True
PAIR = DOT.copy()
PAIR[1, 2] = True

ONES = dict.fromkeys(("dice", "f1", "iou", "precision", "recall", "specificity", "accuracy", "nsd"), 1)
MISSED = dict.fromkeys(("dice", "f1", "iou", "precision", "recall", "nsd"), 0) | {"hd95": 5, "assd": 5}

# Hand-computed on frames of 3x4 pixels, whose diagonal is 5.
CASES = [
    ("both empty", EMPTY, EMPTY, ONES | {"hd95": 0, "assd": 0, "area_error": 0, "present_true": 0, "tn": 12}),
    ("missed", PAIR, EMPTY, MISSED | {"specificity": 1, "accuracy": 10 / 12, "area_error": -1, "fn": 2}),
    ("false alarm", EMPTY, PAIR, MISSED | {"specificity": 10 / 12, "accuracy": 10 / 12, "area_error": 1, "fp": 2}),
    ("equal", PAIR, PAIR, ONES | {"hd95": 0, "assd": 0, "area_error": 0, "present_true": 1, "tp": 2}),
    ("too large", DOT, PAIR, {"dice": 2 / 3, "precision": 1 / 2, "recall": 1, "hd95": 0.95, "area_error": 1}),
    ("too small", PAIR, DOT, {"iou": 1 / 2, "precision": 1, "recall": 1 / 2, "assd": 1 / 3, "area_error": -0.5}),
]


@pytest.mark.parametrize(("name", "true", "pred", "expected"), CASES, ids=[case[0] for case in CASES])
def test_rows_by_hand(name, true, pred, expected):
    row = score_frame(true, pred)
    assert {key: row[key] for key in expected} == pytest.approx(expected)
    assert row["area_true_px"] == true.sum() and row["area_pred_px"] == pred.sum()
    assert row["tp"] + row["fp"] + row["fn"] + row["tn"] == 12


@pytest.mark.parametrize(("true", "pred"), [(EMPTY, EMPTY), (PAIR, EMPTY), (EMPTY, PAIR), (PAIR, DOT)])
def test_every_column_is_there_explained_and_a_number(true, pred):
    row = score_frame(true, pred, spacing=(0.1, 0.1), presence=0.4)
    assert list(row) == list(COLUMNS)
    assert np.isfinite([float(value) for value in row.values()]).all()
    assert all(column.meaning.endswith(".") and column.unit for column in COLUMNS.values())


def test_only_what_was_not_given_is_nan():
    row = score_frame(PAIR, EMPTY)
    assert {name for name, value in row.items() if np.isnan(value)} == {"hd95_mm", "assd_mm", "nsd_mm", "presence"}


def test_spacing_adds_mm_and_leaves_px_as_they_were():
    far = np.zeros((3, 4), bool)
    far[1, 3] = True
    plain, spaced = score_frame(DOT, far), score_frame(DOT, far, spacing=(0.5, 3.0), presence=0.7)
    assert (plain["hd95"], spaced["hd95"], spaced["hd95_mm"]) == (2, 2, 6)
    assert (spaced["nsd"], spaced["nsd_mm"]) == (1, 0)  # 2 px off is right, 6 mm is not
    assert spaced["presence"] == 0.7
    assert score_frame(DOT, EMPTY, spacing=(1.0, 3.0))["hd95_mm"] == pytest.approx(np.hypot(3, 12))


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="same shape"):
        score_frame(PAIR, PAIR.T)
