"""What a change of threshold computes: mask, numbers, picture."""

from dataclasses import replace

import numpy as np
import pytest

from neuroscan.app import downloads
from neuroscan.app.controls import LOOKS, Display
from neuroscan.app.live import exports, report
from neuroscan.app.pickers import Chosen
from neuroscan.app.state import Thresholds
from neuroscan.data.codecs import Frame
from neuroscan.imaging import overlay
from neuroscan.inference.predictor import Prediction
from tests.inference.test_card import CARD

FRAME = np.full((40, 60), 100, np.uint8)
PROBABILITY = np.zeros((40, 60), np.float32)
PROBABILITY[10:20, 10:30] = 0.8
PROBABILITY[30:32, 50:52] = 0.6
PREDICTION = Prediction(PROBABILITY, 0.5)
"""A nerve of 200 pixels, a speck of 4, and a presence score of 0.5."""


def display(look: str = "Outline", *, smallest: int = 0, largest: bool = False) -> Display:
    """Look and clean-up."""
    return Display(look, 0.5, smallest, largest)


@pytest.mark.parametrize(
    ("threshold", "smallest", "largest", "area"),
    [
        (0.5, 0, False, 204),
        (0.6, 0, False, 204),
        (0.7, 0, False, 200),
        (0.81, 0, False, 0),
        (0.5, 5, False, 200),
        (0.5, 4, False, 204),
        (0.5, 201, False, 0),
        (0.5, 0, True, 200),
    ],
)
def test_area_follows_threshold_and_clean_up(threshold, smallest, largest, area):
    shown = report.answer(FRAME, PREDICTION, Thresholds(threshold, 0.4), display(smallest=smallest, largest=largest))
    assert shown.present and not shown.anyway
    assert shown.found.area_px == area == shown.mask.sum()


@pytest.mark.parametrize("look", LOOKS)
def test_an_absent_nerve_leaves_the_frame_bare_until_it_is_looked_at(look):
    absent = report.answer(FRAME, PREDICTION, Thresholds(0.5, 0.51), display(look))
    assert not absent.present and not absent.mask.any()
    assert (absent.picture == 100).all()
    assert report.caption(absent, display(look), "unet") == "Nothing drawn: model unet calls the nerve absent"
    anyway = report.answer(FRAME, PREDICTION, Thresholds(0.5, 0.51), display(look), anyway=True)
    assert not anyway.present and anyway.anyway and anyway.found.area_px == 204
    assert (anyway.picture != 100).any()
    assert report.caption(anyway, display(look), "unet") == f"{look} by model unet, 204 px outlined"


def test_presence_at_its_threshold_counts_as_present():
    assert report.answer(FRAME, PREDICTION, Thresholds(0.5, 0.5), display()).present


def test_each_look_is_drawn_by_the_imaging_room():
    mask = PROBABILITY >= 0.5
    expected = {
        "Outline": overlay.outline(FRAME, mask),
        "Fill": overlay.fill(FRAME, mask, opacity=0.5),
        "Heat map": overlay.outline(overlay.heat(FRAME, PROBABILITY, opacity=0.5), mask),
    }
    for look, picture in expected.items():
        shown = report.answer(FRAME, PREDICTION, Thresholds(0.5, 0.0), display(look))
        assert np.array_equal(shown.picture, picture)


def test_a_row_says_where_millimetres_come_from():
    chosen = Chosen(Frame(FRAME, None, "a.png"))
    thresholds = Thresholds(0.7, 0.4)
    typed = report.answer(FRAME, PREDICTION, thresholds, display(), spacing=((0.5, 0.2), "typed in"))
    row = exports.csv_row(chosen, "unet", PREDICTION, typed, thresholds, unlike=None)
    assert (row["area_px"], row["area_mm2"], row["spacing_from"]) == (200, 20.0, "typed in")
    assert (row["present"], row["outlined_anyway"]) == ("true", "false")
    assert (row["centroid_row"], row["centroid_col"]) == (14.5, 19.5)
    unknown = report.answer(FRAME, PREDICTION, thresholds, display())
    row = exports.csv_row(chosen, "unet", PREDICTION, unknown, thresholds, unlike=None)
    assert (row["area_mm2"], row["depth_mm"], row["spacing_from"]) == (None, None, "unknown")


def test_the_columns_of_the_command_come_first():
    from training.predict import COLUMNS

    shown = report.answer(FRAME, PREDICTION, Thresholds(0.5, 0.4), display())
    row = exports.csv_row(
        Chosen(Frame(FRAME, None, "a.png")), "unet", PREDICTION, shown, Thresholds(0.5, 0.4), unlike=None
    )
    assert [name for name in COLUMNS if name not in ("seconds", "error")] == list(row)[: len(COLUMNS) - 2]


def test_sizes_are_of_the_largest_part_and_areas_of_all():
    """Across two parts and the gap between them, axes could be longer than the frame."""
    probability = np.zeros(FRAME.shape, np.float32)
    probability[2:6, 2:8] = probability[-4:-2, -5:-2] = 0.9
    shown = report.answer(FRAME, Prediction(probability, 0.9), Thresholds(0.5, 0.0), display())
    assert (shown.found.parts, shown.found.area_px) == (2, 30)
    assert (shown.largest.area_px, shown.largest.width_px, shown.largest.height_px) == (24, 6, 4)


@pytest.mark.parametrize(("unlike", "written"), [(None, None), (True, "true"), (False, "false")])
def test_a_row_says_whether_the_frame_is_unlike_those_of_training(unlike, written):
    shown = report.answer(FRAME, PREDICTION, Thresholds(0.5, 0.4), display())
    chosen = Chosen(Frame(FRAME, None, "a.png"))
    row = exports.csv_row(chosen, "unet", PREDICTION, shown, Thresholds(0.5, 0.4), unlike=unlike)
    assert row["out_of_distribution"] == written


def test_the_share_of_the_scanned_area_never_passes_100_percent(monkeypatch):
    """Pixels in black borders are outlined too at a threshold of 0."""
    framed = np.zeros((60, 80), np.uint8)
    framed[20:40, 20:60] = 100
    shown = report.answer(framed, Prediction(np.ones(framed.shape, np.float32), 0.9), Thresholds(0, 0), display())
    said: list[str] = []
    monkeypatch.setattr(report.st, "markdown", said.append)
    report.usual_area(shown, replace(CARD, area_share={"uns": [0.1, 0.2, 0.3]}))
    assert "**100.0 % of the scanned area**" in said[0]
    assert "95 % of nerves cover 10.0 to 30.0 % of theirs, half of them at least 20.0 %: **larger" in said[0]


def test_depth_and_size_are_of_the_same_part():
    """A speck of four pixels over the nerve is not where the nerve begins."""
    probability = PROBABILITY.copy()
    probability[2:4, 40:42] = 0.6
    shown = report.answer(FRAME, PREDICTION, Thresholds(0.5, 0.4), display(), spacing=((0.5, 0.5), "typed in"))
    above = report.answer(
        FRAME, Prediction(probability, 0.5), Thresholds(0.5, 0.4), display(), spacing=((0.5, 0.5), "typed in")
    )
    rows = [
        exports.csv_row(Chosen(Frame(FRAME, None, "a.png")), "unet", PREDICTION, one, Thresholds(0.5, 0.4), unlike=None)
        for one in (shown, above)
    ]
    assert [(row["area_px"], row["depth_px"], row["depth_mm"]) for row in rows] == [(204, 10, 5.0), (208, 10, 5.0)]


def test_depth_counts_from_the_scanned_area_and_sizes_take_each_axis_own_spacing():
    framed = np.zeros((60, 80), np.uint8)
    framed[20:] = 100  # black above
    probability = np.zeros(framed.shape, np.float32)
    probability[30:40, 30:50] = probability[50:52, 5:9] = 0.9
    shown = report.answer(
        framed, Prediction(probability, 0.9), Thresholds(0.5, 0), display(), spacing=((0.5, 0.2), "typed in")
    )
    assert (shown.largest.depth_px, shown.largest.depth_mm) == (10, 5)
    assert (shown.largest.height_mm, shown.largest.width_mm) == pytest.approx((5, 4))


def test_a_whole_row_by_hand():
    """Called absent and looked at anyway, with two parts and spacing of the file."""
    thresholds = Thresholds(0.5, 0.51)
    shown = report.answer(FRAME, PREDICTION, thresholds, display(), anyway=True, spacing=((0.5, 0.2), "file"))
    row = exports.csv_row(Chosen(Frame(FRAME, None, "a.png")), "unet", PREDICTION, shown, thresholds, unlike=True)
    assert row == {
        "file": "a.png",
        "presence": 0.5,
        "present": "false",
        "area_px": 204,
        "area_mm2": 20.4,
        "centroid_row": 14.8,
        "centroid_col": 20.1,
        "threshold": 0.5,
        "presence_threshold": 0.51,
        "parts": 2,
        "outlined_anyway": "true",
        "spacing_from": "file",
        "out_of_distribution": "true",
        "depth_px": 10,
        "depth_mm": 5.0,
        "model": "unet",
        "source": None,
    }


@pytest.mark.parametrize("anyway", [False, True])
def test_files_hold_what_is_on_screen_and_say_how_it_was_made(anyway, monkeypatch):
    thresholds = Thresholds(0.55, 0.51 if anyway else 0.4)
    shown = report.answer(FRAME, PREDICTION, thresholds, display(smallest=5), anyway=anyway)
    assert shown.mask.sum() == 200, "cleaned up"
    chosen, offered = Chosen(Frame(FRAME, None, "a.png")), {}
    monkeypatch.setattr(exports.st, "download_button", lambda label, make, *_, **__: offered.update({label: make()}))
    exports.offer(chosen, "unet", PREDICTION, shown, thresholds, unlike=None)
    words = "a.png, outlined by model unet, threshold 0.550, presence score 0.500, presence threshold 0.400."
    if anyway:
        words = words.replace("0.400", "0.510")
        words += " The model calls the nerve absent; its outline is shown all the same."
    row = exports.csv_row(chosen, "unet", PREDICTION, shown, thresholds, unlike=None)
    assert offered == {
        "Mask": downloads.mask_png(shown.mask),
        "Overlay": downloads.overlay_png(shown.picture, words),
        "Probability": downloads.probability_png(PROBABILITY),
        "Numbers": downloads.table_csv([row]),
    }
