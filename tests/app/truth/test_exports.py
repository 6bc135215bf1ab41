"""What the files of the overlay page say of a frame."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neuroscan.app import downloads, subject_groups
from neuroscan.app.state import Thresholds
from neuroscan.app.truth import exports, panels
from neuroscan.app.truth.one_frame import Compared, Lens
from neuroscan.app.truth.selection import Part
from neuroscan.evaluation.frame import score_frame
from neuroscan.imaging import figure
from neuroscan.inference import card as cards


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lab/1_1", "Frame lab/1_1."),
        ("lab/phantom_01", "Frame lab/phantom_01."),
        ("phantom_demo/1_1", "Frame phantom_demo/1_1 (synthetic)."),
    ],
)
def test_frames_of_a_simulated_source_alone_are_called_synthetic(name, words):
    nothing = np.zeros((2, 2), bool)
    lens = Lens(name, nothing.astype(np.uint8), nothing, ())
    assert exports.described(lens, Compared((), ()), (), ()).strip() == words


@pytest.mark.parametrize(
    ("outline", "spacing", "words"),
    [
        ((0, 3), None, "HD95 1.0 px, ASSD 0.5 px."),
        ((0, 3), (0.5, 0.5), "HD95 0.5 mm, ASSD 0.2 mm."),
        ((0, 0), (0.5, 0.5), "HD95 and ASSD not defined, one outline is empty."),
    ],
)
def test_distances_are_in_millimetres_where_known_and_none_where_an_outline_is_empty(outline, spacing, words):
    truth, mask = np.zeros((2, 9, 9), bool)
    truth[2:5, 2:5] = True
    mask[2:5, 3 + outline[0] : 3 + outline[1]] = True
    found = Compared((mask,), (score_frame(truth, mask, spacing=spacing),), spacing)
    lens = Lens("lab/1_1", truth.astype(np.uint8), truth, ())
    said = exports.described(lens, found, ("unet",), (Thresholds(0.5, 0.25),))
    dice = "0.667" if outline[1] else "0.000"
    assert said == f"Frame lab/1_1. unet at threshold 0.500, presence threshold 0.250: Dice {dice}, {words}"


def made_list(stand_in, *subjects):
    """The ordered list of three frames under two models with these subjects on their cards."""
    card = cards.read(stand_in.weights / "blob")
    names = ["lab/1_1", "lab/2_1", "phantom_demo/1_1"]
    samples = pd.DataFrame([name.split("/") for name in names], names, ["source", "frame"])
    samples["subject"] = samples["frame"].str[0]
    samples["group"] = samples["source"] + "/" + samples["subject"]
    samples["split"] = subject_groups.split_of(samples["group"], replace(card, subjects=subjects[0]))
    part = Part(samples, ("blob", "shy"), tuple(replace(card, subjects=own) for own in subjects), ())
    order = pd.DataFrame({"name": names[::-1], "dice": [0.1, 0.2, 0.3], "hd95": 3.0, "hd95_share": 0.5})
    rows = order.assign(place=[1, 2, 3])
    data = exports.csv(part, rows, "Dice", (Thresholds(0.401, 0.3), Thresholds(0.7, 0.0)))
    return pd.read_csv(io.BytesIO(data))


@pytest.fixture
def listed(stand_in):
    """The ordered list under two models, of which each learnt from another subject."""
    one, other = {"train": ["lab/2"], "test": ["lab/1"]}, {"train": ["lab/1"], "validation": ["lab/2"]}
    return made_list(stand_in, one, other)


def test_the_list_does_not_say_what_a_network_trained_elsewhere_learnt_from(stand_in):
    found = made_list(stand_in, {"test": ["lab/1"]}, {"train": ["lab/1"]})
    assert found["split"].tolist() == ["unknown", "unknown", "test"]
    assert found["trained_on"].isna().all() and found["trained_on_second"].tolist() == [False, False, True]


def test_the_list_says_of_each_frame_whose_it_is_and_who_learnt_from_it(listed):
    assert listed["place"].tolist() == [1, 2, 3] and listed["dice"].tolist() == [0.1, 0.2, 0.3]
    assert listed["source"].tolist() == ["phantom_demo (synthetic)", "lab", "lab"]
    assert listed["group"].tolist() == ["phantom_demo/1", "lab/2", "lab/1"]
    assert listed["split"].tolist() == ["outside", "train", "test"]
    assert listed["trained_on"].tolist() == [False, True, False]
    assert listed["trained_on_second"].tolist() == [False, False, True]


def test_the_list_names_models_and_the_thresholds_that_were_counted(listed):
    first = listed.iloc[0]
    assert (first["model"], first["threshold"], first["presence_threshold"]) == ("blob", 103 / 256, 0.3)
    second = first[["model_second", "threshold_second", "presence_threshold_second"]]
    assert second.tolist() == ["shy", 179 / 256, 0.0]
    assert first["hd95_at_card_threshold"] == 3 and first["hd95_share_at_card_threshold"] == 0.5
    assert not {"hd95", "hd95_share", "name"} & set(listed.columns)


def test_a_subject_that_a_card_lists_twice_was_learnt_from(stand_in):
    card = replace(cards.read(stand_in.weights / "blob"), subjects={"train": ["a"], "test": ["a", "b"]})
    keys = pd.Series(["a", "b", "c"])
    assert subject_groups.split_of(keys, card).tolist() == ["train", "test", "outside"]
    card = replace(card, subjects={"validation": ["a"], "test": ["a"]})
    assert subject_groups.split_of(keys[:1], card).tolist() == ["validation"]


def boxes(*columns: int) -> list[np.ndarray]:
    """Masks of one frame: a box that begins at each column."""
    masks = [np.zeros((60, 160), bool) for _ in columns]
    for mask, column in zip(masks, columns, strict=True):
        mask[20:40, column : column + 20] = True
    return masks


@pytest.mark.parametrize(("name", "who"), [("lab/1_1", "expert"), ("phantom_demo/1_1", "simulator")])
def test_pictures_and_figures_show_the_experts_mask_and_each_models_own(name, who, monkeypatch):
    truth, *masks = boxes(10, 60, 110)
    lens = Lens(name, np.full(truth.shape, 60, np.uint8), truth, ())
    found = Compared(tuple(masks), tuple(score_frame(truth, mask) for mask in masks))
    models, used = ("unet", "cnn"), (Thresholds(0.5, 0.0), Thresholds(0.4, 0.0))
    offered = {}
    monkeypatch.setattr(exports.st, "download_button", lambda label, make, *_, **__: offered.update({label: make}))
    exports.offer_frame(lens, found, models, used)
    words = exports.described(lens, found, models, used)
    notes = [words, exports.config.DISCLAIMER]
    predicted = list(zip(models, masks, strict=True))
    for kind in ("png", "svg"):
        paper = figure.paper(lens.image, (who, truth), predicted, kind=kind, spacing=None, notes=notes)
        assert offered[f"Figure, {kind.upper()}"]() == paper
    picture = panels.outlines(lens.image, truth, tuple(masks))
    assert offered["Outlines"]() == downloads.overlay_png(picture, words)
    assert "unet at threshold 0.500" in words and "cnn at threshold 0.400" in words
    for color, column in (("EXPERT", 10), ("MODEL", 60), ("SECOND_MODEL", 110)):
        drawn = np.flatnonzero((picture == getattr(panels.overlay, color)).all(axis=2).any(axis=0))
        assert column - 5 < drawn.min() < drawn.max() < column + 25, color
