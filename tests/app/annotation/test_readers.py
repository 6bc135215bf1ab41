"""Agreement between two readers, over the frames that both have drawn."""

import pytest

from neuroscan.app.annotation.readers import pair_rows, pair_words
from neuroscan.data import annotations
from neuroscan.data.annotations import Annotation
from neuroscan.data.shapes import Outline


def bar(left, right):
    """An outline 10 pixels tall, from column to column."""
    return (Outline(((left, 5), (right, 5), (right, 15), (left, 15))),)


@pytest.fixture
def folder(tmp_path):
    """Drawings by two readers."""
    drawn = {
        "Ann": {"1_1": bar(0, 20), "1_2": bar(0, 10), "2_1": (), "2_2": bar(0, 10), "3_1": bar(0, 9)},
        "Bo": {"1_1": bar(10, 30), "1_2": bar(0, 10), "2_1": (), "2_2": (), "4_1": bar(0, 9)},
    }
    for reader, frames in drawn.items():
        for frame, outlines in frames.items():
            annotations.save(Annotation("own", frame, reader, outlines, (40, 60), ""), tmp_path)
    return tmp_path


SUBJECTS = {"1_1": "1", "1_2": "1", "2_1": "2", "2_2": "2"}


def test_frames_that_both_have_drawn(folder):
    rows = pair_rows(folder, "own", "Ann", "Bo", subjects=SUBJECTS).set_index("frame")
    # Half of each bar is shared: Dice 0.5, IoU 1/3. Both empty: 1. One alone: 0, and the frame's diagonal.
    assert rows["dice"].to_dict() == {"1_1": 0.5, "1_2": 1.0, "2_1": 1.0, "2_2": 0.0}
    assert rows["iou"].to_dict() == pytest.approx({"1_1": 1 / 3, "1_2": 1.0, "2_1": 1.0, "2_2": 0.0})
    assert rows["hd95"].to_dict() == pytest.approx({"1_1": 10.0, "1_2": 0.0, "2_1": 0.0, "2_2": (40**2 + 60**2) ** 0.5})
    assert rows["area_one"].to_dict() == {"1_1": 200, "1_2": 100, "2_1": 0, "2_2": 100}
    assert rows["area_two"].to_dict() == {"1_1": 200, "1_2": 100, "2_1": 0, "2_2": 0}
    assert rows["subject"].to_dict() == SUBJECTS


def test_agreement_is_the_same_both_ways(folder):
    one = pair_rows(folder, "own", "Ann", "Bo", subjects=SUBJECTS)
    other = pair_rows(folder, "own", "Bo", "Ann", subjects=SUBJECTS)
    for name in ("frame", "dice", "iou", "hd95"):
        assert list(one[name]) == list(other[name])


def test_a_newer_version_counts_in_place_of_the_older(folder):
    annotations.save(Annotation("own", "1_1", "Bo", bar(0, 20), (40, 60), ""), folder)
    rows = pair_rows(folder, "own", "Ann", "Bo", subjects=SUBJECTS).set_index("frame")
    assert rows.loc["1_1", "dice"] == 1


def test_frames_drawn_at_different_sizes_are_left_out(folder):
    annotations.save(Annotation("own", "3_1", "Bo", bar(0, 20), (41, 60), ""), folder)
    assert "3_1" not in set(pair_rows(folder, "own", "Ann", "Bo", subjects=SUBJECTS)["frame"])


def test_a_drawing_that_cannot_be_read_is_left_out(folder):
    path = annotations.masks(folder, "own", "Bo")["1_2"]
    path.write_bytes(path.read_bytes()[:40])
    assert list(pair_rows(folder, "own", "Ann", "Bo", subjects=SUBJECTS)["frame"]) == ["1_1", "2_1", "2_2"]


def test_words(folder):
    rows = pair_rows(folder, "own", "Ann", "Bo", subjects=SUBJECTS)
    words = pair_words(rows, "Ann", "Bo")
    assert "**4 frames**, and agree in 3 of them on whether there is a nerve" in words
    # Two empty drawings say nothing of overlap: (0.5 + 1 + 0) / 3.
    assert "outlines a nerve (3): mean **Dice 0.500**" in words
    assert "95 % interval 0.000 to 0.750 by subject" in words


def test_words_where_nobody_drew_a_nerve(folder):
    rows = pair_rows(folder, "own", "Ann", "Bo", subjects=SUBJECTS)
    assert "Dice" not in pair_words(rows[rows["frame"] == "2_1"], "Ann", "Bo")
    assert "**1 frame**" in pair_words(rows[rows["frame"] == "2_1"], "Ann", "Bo")
