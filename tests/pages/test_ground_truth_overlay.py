"""The page on the stand-in's small world, and on real frames."""

import csv
import io
import os
import shutil
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import streamlit as st
from PIL import Image as PillowImage
from streamlit.testing.v1 import AppTest

from neuroscan.app import downloads, layout, seen
from neuroscan.app.truth import many_frames, panels, score_store, split_scores, whole_split
from neuroscan.data import codecs, dataset
from neuroscan.evaluation import frame as scores
from neuroscan.explore import compute
from neuroscan.imaging import overlay
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from tests.conftest import ROOT, stand_in_frame, write_stand_in_model
from tests.dicom_file import dicom, region
from tests.pages.conftest import run_fragment, spacing_field

PAGE = "pages/2_Ground_Truth_Overlay.py"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Each test begins without kept scores, and leaves none behind."""
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path / "cache"))
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Ten test frames of two subjects, one of them hard; three to learn from; models `blob` and `shy`."""
    root = tmp_path_factory.mktemp("world")
    folder = root / "data" / "tiny"
    folder.mkdir(parents=True)
    for subject, count in ((1, 3), (2, 5), (3, 5)):
        for number in range(1, count + 1):
            image, mask = stand_in_frame(10 * subject + number, nerve=number % 3 > 0)
            if subject == 3:
                corner = np.zeros_like(mask)
                corner[2:12, 2:22] = True
                # As drawn, beside it, where nothing is (a miss), nothing (a false alarm), elsewhere.
                mask = [mask, np.roll(mask, 12, axis=1), corner, np.zeros_like(mask), corner][number - 1]
            cv2.imwrite(str(folder / f"{subject}_{number}.png"), image)
            cv2.imwrite(str(folder / f"{subject}_{number}_mask.png"), mask.astype(np.uint8) * 255)
    subjects = {"train": ["tiny/1"], "validation": [], "test": ["tiny/2", "tiny/3"]}
    write_stand_in_model(root / "weights" / "blob", subjects=subjects)
    write_stand_in_model(root / "weights" / "shy", subjects=subjects, presence_shift=-20.0, threshold=0.4)
    return root


@pytest.fixture
def open_world(world, open_page):
    """The page on these frames."""
    return lambda **query: open_page(PAGE, data=world / "data", weights=world / "weights", **query)


def frames_list(test: AppTest):
    """The list of frames."""
    return next(box for box in test.selectbox if box.key.startswith("truth frame"))


def order(test: AppTest) -> list[str]:
    """Names of the frames in the order of the page's list."""
    return [label.split(" · ")[0].split(". ", 1)[1] for label in frames_list(test).options]


def worst_first(
    world: Path, threshold: float, gate: float, *, by="dice", model="blob", subjects=("2", "3")
) -> list[str]:
    """The same order from scratch: each frame read, predicted, outlined and scored."""
    predictor = Predictor(world / "weights" / model)
    rows = []
    for _, sample in dataset.load(world / "data").samples.iterrows():
        if sample["subject"] not in subjects:
            continue
        image = dataset.read_image(sample)
        truth, found = dataset.read_mask(sample, image.shape), predictor.predict(image)
        row = scores.score_frame(truth, found.mask(threshold, gate), presence=found.presence)
        row["presence_error"] = abs(row["present_true"] - found.presence)
        row["disagreement"] = (row["fp"] + row["fn"]) / truth.size
        badness = {"dice": -row["dice"], "area_error": abs(row["area_error"])}.get(by, row.get(by))
        rows.append((f"{sample['source']}/{sample['frame']}", badness))
    return [name for name, _ in sorted(rows, key=lambda row: -row[1])]


def calls(monkeypatch) -> list[str]:
    """Note each run of a network from now on."""
    noted: list[str] = []
    run = Predictor.run

    def counted(self, frames):
        noted.append(self.card.name)
        return run(self, frames)

    monkeypatch.setattr(Predictor, "run", counted)
    return noted


def test_opens_on_the_test_frames_worst_first(open_world, world):
    test = open_world()
    assert not test.exception and test.selectbox(key="truth split").value == "test"
    assert order(test) == worst_first(world, 0.5, 0.6)
    assert frames_list(test).value == order(test)[0] == test.session_state["chosen_sample"]


def test_the_list_to_take_home_is_the_one_on_screen_and_charts_have_words(open_world, monkeypatch):
    offered = {}
    monkeypatch.setattr(downloads.st, "download_button", lambda label, make, *_, **__: offered.update({label: make}))
    test = open_world()
    test.selectbox(key="truth order").set_value("Subject").run()
    rows = list(csv.DictReader(io.StringIO(offered["Ordered list of 10 frames, CSV"]().decode())))
    assert [f"{row['source']}/{row['frame']}" for row in rows] == order(test)
    curve, histogram = [chart.proto.alt for chart in test.get("plotly_chart")]
    assert "against the threshold: blob best at" in curve and histogram.startswith("Histogram of Dice.")


@pytest.mark.parametrize(
    ("chosen", "by"),
    [
        ("Area error", "area_error"),
        ("HD95", "hd95"),
        ("Presence error", "presence_error"),
        ("Disagreement", "disagreement"),
    ],
)
def test_every_order_equals_the_one_from_scratch(open_world, world, chosen, by):
    test = open_world()
    test.selectbox(key="truth order").set_value(chosen).run()
    assert order(test) == worst_first(world, 0.5, 0.6, by=by)


def test_by_subject_the_frames_stand_as_in_the_data_set(open_world):
    test = open_world()
    test.selectbox(key="truth order").set_value("Subject").run()
    assert order(test) == [f"tiny/{s}_{n}" for s, count in ((2, 5), (3, 5)) for n in range(1, count + 1)]


def test_a_moved_threshold_puts_all_frames_in_order_again_without_the_model(open_world, world, monkeypatch):
    test = open_world()
    before = order(test)
    with monkeypatch.context() as patch:
        noted = calls(patch)
        # 77/256 is one of the counted thresholds, so that the order from scratch is the same to the pixel.
        test.slider(key="threshold blob").set_value(77 / 256).run()
        moved = order(test)
        test.toggle(key="gate blob").set_value(False).run()
    assert noted == []
    assert moved == worst_first(world, 77 / 256, 0.6) != before
    assert order(test) == worst_first(world, 77 / 256, 0.0)


def test_steps_follow_the_order_and_hold_at_its_ends(open_world):
    test = open_world()
    names = order(test)
    assert test.button(key="truth previous").disabled
    test.button(key="truth next").click().run()
    assert test.session_state["chosen_sample"] == names[1]
    test.button(key="truth previous").click().run()
    assert test.session_state["chosen_sample"] == names[0]
    frames_list(test).set_value(names[-1]).run()
    assert test.session_state["chosen_sample"] == names[-1] and test.button(key="truth next").disabled


def test_a_link_names_the_frame_and_a_frame_that_was_learnt_from_is_labelled(open_world):
    test = open_world(sample="tiny/1_2", model="blob", threshold="0.4")
    assert test.selectbox(key="truth split").value == "train" and test.session_state["chosen_sample"] == "tiny/1_2"
    assert "was trained on frames of this subject" in test.warning[0].value
    assert test.slider(key="threshold blob").value == 0.4
    test.button(key="truth next").click().run()
    assert test.query_params["sample"] == test.session_state["chosen_sample"] != "tiny/1_2"


def test_a_frame_that_was_chosen_on_another_page_is_shown(world, open_page):
    test = open_page("Home.py", data=world / "data", weights=world / "weights")
    test.switch_page(PAGE).run()
    assert test.selectbox(key="truth split").value == "test"
    test.switch_page("pages/1_Live_Prediction.py").run()
    test.selectbox(key="subject").set_value("1").run()
    test.selectbox(key="frame").set_value("tiny/1_2").run()
    test.query_params.clear()  # as the sidebar does
    test.switch_page(PAGE).run()
    assert not test.exception and test.session_state["chosen_sample"] == frames_list(test).value == "tiny/1_2"
    assert (
        test.selectbox(key="truth split").value == "train"
        and "was trained on frames of this subject" in test.warning[0].value
    )
    test.selectbox(key="truth split").set_value("test").run()  # from here on it is this page's to choose
    assert test.selectbox(key="truth split").value == "test" and frames_list(test).value == order(test)[0]


def test_a_frame_that_was_not_learnt_from_has_no_such_label(open_world):
    assert not [one for one in open_world(sample="tiny/2_1").warning if "trained" in one.value]


def test_a_link_to_what_is_not_here_says_so_and_shows_the_worst(open_world):
    test = open_world(sample="tiny/99_1")
    assert "tiny/99\\_1" in test.error[0].value and test.session_state["chosen_sample"] == order(test)[0]


def test_subjects_that_no_list_of_the_card_has_are_a_split_of_their_own(open_page):
    test = open_page(PAGE)  # the stand-in's `pairs` is in no list
    split = test.selectbox(key="truth split")
    assert {label.split(" (")[0] for label in split.options} == {"Test", "Training", "New to the model", "All frames"}
    split.set_value("outside").run()
    assert order(test) == ["pairs/0001"]


def test_misses_false_alarms_and_outlines_elsewhere_are_listed_to_click(open_world):
    test = open_world()
    for kind, name in (("miss", "tiny/3_3"), ("false alarm", "tiny/3_4"), ("elsewhere", "tiny/3_5")):
        pills = test.pills(key=f"truth {kind}")
        assert pills.options == [layout.plain(name)]  # A name is no Markdown.
        pills.set_value(name).run()
        assert test.session_state["chosen_sample"] == name
    test.slider(key="threshold blob").set_value(0.99).run()  # nothing is outlined any more
    assert any("blob: **nothing to outline** (presence score" in text.value for text in test.markdown)
    assert len(test.pills(key="truth miss").options) == 8


def test_a_long_list_of_misses_names_the_frame_on_screen_so_that_any_can_be_chosen_again(open_world, monkeypatch):
    monkeypatch.setattr(whole_split, "_LISTED", 2)
    test = open_world(threshold="0.99", model="blob")
    every = test.selectbox(key="truth miss all").options
    assert len(every) == 8 and test.pills(key="truth miss").options == [layout.plain(name) for name in every[:2]]
    for name in (every[5], "tiny/3_4", every[5]):  # the one between is no miss
        test.session_state["chosen_sample"] = name
        test.run()
        assert test.selectbox(key="truth miss all").value == (name if name in every else None)
    test.selectbox(key="truth miss all").set_value(every[6]).run()
    assert test.session_state["chosen_sample"] == every[6]


def test_the_frames_scores_are_those_of_the_evaluation(open_world, world):
    test = open_world(sample="tiny/2_1", model="blob", threshold="0.37", presence="0")
    image = codecs.read(world / "data" / "tiny" / "2_1.png")[0].image
    truth = codecs.read_mask(world / "data" / "tiny" / "2_1_mask.png")
    row = scores.score_frame(truth, Predictor(world / "weights" / "blob").predict(image).mask(0.37))
    table = test.table[0].value.set_index("Model").loc["blob"].str.replace("\\", "")
    shown = {"Dice": "dice", "IoU": "iou", "Precision": "precision", "Recall": "recall", "NSD at 2 px": "nsd"}
    assert {name: table[name] for name in shown} == {name: f"{row[key]:.3f}" for name, key in shown.items()}
    assert table["HD95"] == f"{row['hd95']:.1f} px" and table["Area error"] == f"{100 * row['area_error']:+.0f} %"
    test.toggle(key="truth every score").set_value(True).run()
    assert len(test.table[1].value) == len(scores.COLUMNS)


def test_two_models_at_once(open_world):
    test = open_world()
    test.selectbox(key="truth second").set_value("shy").run()
    assert not test.exception and list(test.table[0].value["Model"]) == ["blob", "shy"]
    test.selectbox(key="truth order").set_value("Gap between models").run()
    labels = frames_list(test).options
    gaps = [abs(float(label.rsplit(" ", 1)[1])) for label in labels]
    assert gaps == sorted(gaps, reverse=True) and gaps[0] > 0
    test.selectbox(key="truth second").set_value("none").run()
    assert not test.exception and test.selectbox(key="truth order").value == "Dice"


@pytest.fixture
def open_second(world, open_page, tmp_path):
    """Open the page on `blob` and a second model: `learnt` from subject 2, or `mild`, whose thresholds are from it."""
    folder = tmp_path / "weights"
    write_stand_in_model(folder / "blob", subjects={"test": ["tiny/2", "tiny/3"]})
    write_stand_in_model(folder / "learnt", subjects={"train": ["tiny/2"]})
    write_stand_in_model(folder / "mild", subjects={"validation": ["tiny/2"]}, temperature=3.0, threshold=0.6)

    def opened(second, sample):
        page = open_page(PAGE, data=world / "data", weights=folder, model="blob", sample=sample)
        page.selectbox(key="truth second").set_value(second).run()
        assert not page.exception
        return page

    return opened


@pytest.mark.parametrize(("second", "trained"), [("learnt", True), ("mild", False)])
def test_what_the_second_model_knew_of_the_subject_is_told_too(open_second, second, trained):
    page = open_second(second, "tiny/2_1")
    learnt = ["learnt was trained on frames of this subject" in one.value for one in page.warning]
    chosen = [
        "mild and its thresholds were chosen with the help of frames of this subject" in one.value
        for one in page.caption
    ]
    assert (learnt, any(chosen)) == (([True], False) if trained else ([], True))
    frames_list(page).set_value("tiny/3_1").run()
    assert not page.warning and not any("with the help of" in one.value for one in page.caption)


def test_each_model_has_an_outline_and_a_heat_map_of_its_own(open_second, world, tmp_path, monkeypatch):
    shown, show = {}, panels.panels

    def looking(lens, panels):
        shown.update((panel.caption.partition(":")[0].partition(".")[0], panel.picture) for panel in panels)
        show(lens, panels)

    monkeypatch.setattr(panels, "panels", looking)
    page = open_second("mild", "tiny/2_1")
    page.pills(key="truth panels").set_value(["Outlines", "Heat map"]).run()
    frame, truth = (codecs.read(world / "data" / "tiny" / f"2_1{end}.png")[0].image for end in ("", "_mask"))
    blob, mild = (Predictor(tmp_path / "weights" / name).predict(frame) for name in ("blob", "mild"))
    first, second = blob.mask(0.5, 0.6), mild.mask(0.6, 0.6)
    assert not np.array_equal(first, second) and second.any()
    outlines = overlay.compare(frame, truth > 0, first)
    outlines = overlay.outline(outlines, second, color=overlay.SECOND_MODEL, dash="dotted")
    assert np.array_equal(shown["Outlines"], outlines)
    colors = (overlay.MODEL, overlay.SECOND_MODEL)
    for name, found, mask, color in zip(("blob", "mild"), (blob, mild), (first, second), colors, strict=True):
        heat = overlay.heat(frame, found.probability, opacity=0.6)
        assert np.array_equal(shown[name], overlay.outline(heat, mask, color=color)), name


def verdict(test: AppTest, model: str) -> str:
    """What the page says that a model finds."""
    (words,) = [one.value for one in test.markdown if one.value.startswith(f"{model}: **")]
    return words


def test_each_model_has_thresholds_of_its_own(open_world):
    test = open_world(sample="tiny/2_1")
    test.selectbox(key="truth second").set_value("shy").run()
    assert verdict(test, "shy").startswith("shy: **no nerve**")
    test.toggle(key="gate shy").set_value(False).run()
    assert verdict(test, "shy").startswith("shy: **nerve**") and "gate off" in verdict(test, "shy")
    assert "presence threshold" in verdict(test, "blob")


@pytest.mark.parametrize(
    ("name", "flag"), [("3_1", None), ("3_3", "Miss"), ("3_4", "False alarm"), ("3_5", "Nothing shared")]
)
def test_misses_and_false_alarms_are_flagged(open_world, name, flag):
    test = open_world(sample=f"tiny/{name}")
    flags = [
        words
        for words in ("Miss", "False alarm", "Nothing shared")
        for one in test.markdown
        if "-badge[" in one.value and f" {words}]" in one.value
    ]
    assert flags == ([flag] if flag else [])
    expert = "no nerve" if flag == "False alarm" else "nerve"
    assert [one.value for one in test.markdown if one.value.startswith("Expert: ")] == [f"Expert: **{expert}**"]


def test_outlines_are_noted_as_seen_where_the_scores_were_kept_too(open_world):
    for _ in range(2):  # only the first one shows a frame while others are scored
        noted = open_world(sample="tiny/2_1").session_state["outlines seen"]
        assert noted == {("tiny/2_1", ""): {seen.EXPERT, seen.MODEL}}


def test_many_frames_stand_in_order_keep_their_place_and_open(open_world):
    test = open_world()
    names = order(test)
    test.segmented_control(key="truth view").set_value("Many").run()
    assert not test.exception and tiles(test) == names and len(test.image) == len(names)
    assert all(".png" in image.proto.imgs[0].url for image in test.image)  # and not JPEG, which changes pixels
    test.slider(key="threshold blob").set_value(77 / 256).run()
    assert tiles(test) == names  # until told otherwise
    moved = order(test)
    next(button for button in test.button if button.label == "Order anew").click().run()
    assert tiles(test) == moved != names
    test.button(key=f"truth open {names[3]}").click().run()
    assert test.session_state["chosen_sample"] == names[3] and test.session_state["truth view"] == "One"


def tiles(test: AppTest) -> list[str]:
    """Names of the frames in the grid, as people read them."""
    return [button.label.replace("\\", "") for button in test.button if (button.key or "").startswith("truth open")]


def labelled(test: AppTest, label: str):
    """The button of that label, as people read it."""
    return next(button for button in test.button if button.label.replace("\\", "") == label)


def test_the_grid_goes_where_the_chosen_frame_stands(open_world, monkeypatch):
    monkeypatch.setattr(many_frames, "_TILES", 4)
    test = open_world()
    names = order(test)
    frames_list(test).set_value(names[5]).run()
    test.segmented_control(key="truth view").set_value("Many").run()
    assert tiles(test) == names[4:8]
    assert test.button(key=f"truth open {names[4]}").label == layout.plain(names[4])  # A name is no Markdown.
    test.button(key="truth previous").click().run()
    assert tiles(test) == names[4:8]  # still there: nothing has to move
    test.button(key="truth previous").click().run()
    assert test.session_state["chosen_sample"] == names[3] and tiles(test) == names[:4]
    labelled(test, "Next page").click().run()
    assert tiles(test) == names[4:8] and test.session_state["chosen_sample"] == names[3]
    alarm = test.pills(key="truth false alarm").options[0].replace("\\", "")
    test.pills(key="truth false alarm").set_value(alarm).run()
    assert not test.exception and alarm in tiles(test)


def test_another_order_or_split_begins_the_grid_at_its_first_page(open_world, monkeypatch):
    monkeypatch.setattr(many_frames, "_TILES", 4)
    test = open_world()
    test.segmented_control(key="truth view").set_value("Many").run()
    labelled(test, "Next page").click().run()
    test.selectbox(key="truth order").set_value("Subject").run()
    assert tiles(test) == order(test)[:4]
    assert not {"Worse", "Better"} & {button.label for button in test.button}
    labelled(test, "Next page").click().run()
    test.selectbox(key="truth split").set_value("all").run()
    assert not test.exception and tiles(test) == order(test)[:4]


def test_a_heat_map_has_a_scale_and_other_panels_have_none(open_world):
    test = open_world()
    assert [
        one
        for one in test.get("html")
        if "linear-gradient" in one.proto.body and "heat map: probability" in one.proto.body
    ]
    test.pills(key="truth panels").set_value(["Outlines", "Agreement"]).run()
    assert not test.exception and not [one for one in test.get("html") if "linear-gradient" in one.proto.body]


def scores_shown(test: AppTest) -> dict[str, str]:
    """The table of the frame's scores."""
    return test.table[0].value.set_index("Model").loc["blob"].str.replace("\\", "").to_dict()


def test_with_a_spacing_typed_in_distances_are_in_millimetres(open_world):
    test = open_world(sample="tiny/3_2")
    before = scores_shown(test)
    for way in ("down", "across"):
        spacing_field(test, way).set_value(0.5).run()
    after = scores_shown(test)
    for name in ("HD95", "ASSD"):
        pixels, millimetres = float(before[name].removesuffix(" px")), float(after[name].removesuffix(" mm"))
        assert millimetres == pytest.approx(pixels / 2, abs=0.1)


def test_a_dicom_frame_brings_its_spacing(world, tmp_path, open_page):
    tiny = tmp_path / "data" / "tiny"
    shutil.copytree(world / "data" / "tiny", tiny)
    image = cv2.imread(str(tiny / "3_2.png"), cv2.IMREAD_GRAYSCALE)
    place = (0, image.shape[0] - 1, 0, image.shape[1] - 1)
    (tiny / "3_2.dcm").write_bytes(dicom(image, regions=[region(place, (0.05, 0.05))]))
    (tiny / "3_2.png").unlink()
    test = open_page(PAGE, data=tmp_path / "data", weights=world / "weights", sample="tiny/3_2")
    assert not test.exception and not any((one.key or "").startswith("spacing") for one in test.number_input)
    assert any("0.5 × 0.5 mm a pixel" in one.value and "DICOM" in one.value for one in test.caption)
    known = scores_shown(test)
    plain = scores_shown(open_page(PAGE, data=world / "data", weights=world / "weights", sample="tiny/3_2"))
    for name in ("HD95", "ASSD"):
        pixels, millimetres = float(plain[name].removesuffix(" px")), float(known[name].removesuffix(" mm"))
        assert millimetres == pytest.approx(pixels / 2, abs=0.1)


@pytest.mark.parametrize(
    ("name", "undefined"), [("3_2", set()), ("3_3", {"HD95", "ASSD"}), ("3_4", {"HD95", "ASSD", "Area error"})]
)
def test_a_miss_and_a_false_alarm_have_no_distance(open_world, name, undefined):
    test = open_world(sample=f"tiny/{name}")
    assert {score for score, words in scores_shown(test).items() if words == "not defined"} == undefined
    notes = [one for one in test.caption if one.value.startswith("Not defined")]
    assert bool(notes) == bool(undefined) and all("diagonal" in one.help for one in notes)


def test_a_shared_rank_says_so(open_world):
    test = open_world()  # the worst: Dice 0, as all misses, false alarms and outlines elsewhere
    (rank,) = [one.value for one in test.markdown if one.value.startswith("**Rank")]
    assert rank.startswith("**Rank 1 of 10** by Dice, shared with 2 others, 1 being the worst.")
    frames_list(test).set_value(order(test)[3]).run()
    (rank,) = [one.value for one in test.markdown if one.value.startswith("**Rank")]
    assert rank.startswith("**Rank 4 of 10** by Dice, 1 being the worst.")


def test_by_hd95_a_miss_has_no_distance_in_the_list_the_grid_and_the_rank(open_world):
    test = open_world(sample="tiny/3_3")
    test.selectbox(key="truth order").set_value("HD95").run()
    labels = frames_list(test).options
    undefined = [label for label in labels if label.endswith("HD95 not defined")]
    assert [label.split(" · ")[0] for label in undefined] == ["1. tiny/3_3", "2. tiny/3_4"]
    assert all(label.endswith(" px") for label in labels[2:])
    (rank,) = [one.value for one in test.markdown if one.value.startswith("**Rank")]
    assert "Rank 1 by HD95, shared with 1 other." in rank
    assert "For it HD95 of all frames, of this one too, is taken at the card's own threshold" in rank
    test.segmented_control(key="truth view").set_value("Many").run()
    captions = [one.value.replace("\\", "") for one in test.caption]
    assert "1. Dice 0.00, HD95 not defined, miss" in captions
    test.selectbox(key="truth order").set_value("Area error").run()
    captions = [one.value.replace("\\", "") for one in test.caption]
    assert [words for words in captions if "area error not defined, false alarm" in words]
    assert [words for words in captions if "area error -100%, miss" in words]


class FragmentRuns:
    """Runs of the page's fragment alone, as a browser asks for them when a widget in it changes."""

    def __init__(self, test: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
        self.test, self.patch = test, monkeypatch

    def run(self) -> list[str]:
        """Run the fragment; which files were opened or looked at, and which networks ran."""
        noted: list[str] = []
        with self.patch.context() as patch:
            runs = calls(patch)
            for module, name in ((os, "stat"), (os, "scandir"), (os, "listdir"), (os, "walk")):
                patch.setattr(module, name, _noting(getattr(module, name), noted))
            global _opened
            _opened = noted
            run_fragment(self.test, patch)
            _opened = None
        # Streamlit itself looks at the page's own file and folder.
        return [f"network {name}" for name in runs] + [path for path in noted if not path.startswith(str(ROOT))]


_opened: list[str] | None = None


def _listen(event: str, values: tuple[object, ...]) -> None:
    """Note files that are opened, whoever opens them."""
    if event == "open" and _opened is not None and isinstance(values[0], str):
        _opened.append(values[0])


sys.addaudithook(_listen)


def _noting(function, noted):
    """A function that notes its first argument."""

    def noting(*values, **named):
        noted.append(str(values[0] if values else "."))
        return function(*values, **named)

    return noting


@pytest.mark.parametrize("view", ["One", "Many"])
def test_a_slider_that_moves_touches_neither_model_nor_disk(open_world, monkeypatch, view):
    test = open_world()
    test.selectbox(key="truth second").set_value("shy").run()
    test.segmented_control(key="truth view").set_value(view).run()
    before = order(test)
    fragment = FragmentRuns(test, monkeypatch)
    test.slider(key="threshold blob").set_value(77 / 256)
    assert fragment.run() == []
    assert order(test) != before and not test.exception


def test_the_count_above_sees_a_frame_that_is_read(open_world, monkeypatch):
    test = open_world()
    st.cache_data.clear()
    fragment = FragmentRuns(test, monkeypatch)
    test.button(key="truth next").click()  # which needs another frame
    noted = fragment.run()
    assert "network blob" in noted and [path for path in noted if path.endswith(".png")]


def test_frames_are_scored_once_and_for_all_visitors(open_world, monkeypatch):
    noted = calls(monkeypatch)
    open_world()
    first = len(noted)
    assert first == 10 + 2  # all, one to look at meanwhile, and the worst
    open_world()
    assert len(noted) == first
    st.cache_resource.clear()  # a server that starts anew finds them in the cache folder
    st.cache_data.clear()
    open_world()
    assert len(noted) == first + 1


def test_a_damaged_cache_file_is_made_anew(open_world, tmp_path, monkeypatch):
    names = order(open_world())
    (kept,) = (tmp_path / "cache" / "overlay").glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    st.cache_resource.clear()
    noted = calls(monkeypatch)
    assert order(open_world()) == names and len(noted) == 10
    assert score_store._read(kept) is not None


def test_a_cache_folder_that_takes_no_file_is_no_failure(open_world, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path / "file" / "cache"))
    test = open_world()
    assert not test.exception and len(order(test)) == 10


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the interruption below
def test_a_pass_that_is_interrupted_goes_on_where_it_was(open_world, monkeypatch):
    run, left = Predictor.run, [4]

    def breaking(self, frames):
        if not left[0]:
            raise KeyboardInterrupt  # as a stop of the script does, nothing on the way catches it
        left[0] -= 1
        return run(self, frames)

    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "run", breaking)
        with pytest.raises(BaseException):  # noqa: B017 - whatever the runner makes of it
            open_world()
    noted = calls(monkeypatch)
    assert len(order(open_world())) == 10 and len(noted) == 10 + 2 - 4


def test_a_frame_that_was_asked_for_is_shown_while_all_are_scored(open_world, world, monkeypatch):
    shown = []
    score = split_scores.score

    def looking(*given):
        shown.append(list(pictures))
        return score(*given)

    pictures, show = [], panels.viewer.pictures

    def showing(panels, **options):
        pictures.extend((panel.picture, panel.caption) for panel in panels)
        show(panels, **options)

    monkeypatch.setattr(panels.viewer, "pictures", showing)
    monkeypatch.setattr(split_scores, "score", looking)
    page = open_world(sample="tiny/3_2", model="blob", threshold="0.3")
    assert len(shown) == 10 and all(len(one) == 1 for one in shown), "before the first frame is scored"
    frame, truth = (codecs.read(world / "data" / "tiny" / f"3_2{end}.png")[0].image for end in ("", "_mask"))
    mask = Predictor(world / "weights" / "blob").predict(frame).mask(0.3, 0.6)
    ((image, words),) = shown[0]
    assert np.array_equal(image, overlay.compare(frame, truth > 0, mask)) and words.startswith("Outlines. Expert")
    assert not page.exception and not any("Ranks, curves and lists follow" in one.value for one in page.caption)
    pictures.clear()
    open_world(sample="tiny/3_3")
    assert len(pictures) == 3, "all are scored: at once the panels, and nothing before them"


def test_other_pixels_are_scored_anew(world, open_page, tmp_path, monkeypatch):
    shutil.copytree(world / "data", tmp_path / "data")
    opened = {"data": tmp_path / "data", "weights": world / "weights"}
    before = open_page(PAGE, sample="tiny/2_1", **opened)
    codecs_written = cv2.imwrite(str(tmp_path / "data" / "tiny" / "2_1_mask.png"), np.zeros((120, 160), np.uint8))
    assert codecs_written
    noted = calls(monkeypatch)
    after = open_page(PAGE, sample="tiny/2_1", **opened)
    assert len(noted) == 10 and order(after) != order(before)


def test_many_frames_show_a_mask_that_has_changed(world, open_page, tmp_path):
    shutil.copytree(world / "data", tmp_path / "data")
    test = open_page(PAGE, data=tmp_path / "data", weights=world / "weights")
    test.segmented_control(key=many_frames.VIEW).set_value(many_frames.MANY).run()
    moved = np.zeros((120, 160), np.uint8)
    moved[50:60, 50:60] = 255
    assert cv2.imwrite(str(tmp_path / "data" / "tiny" / "3_1_mask.png"), moved)
    test.run()
    (shown,) = [lens for lens in test.session_state["truth grid"][1] if lens.name == "tiny/3_1"]
    assert not test.exception and np.array_equal(shown.truth, moved > 0)


def test_a_frame_that_cannot_be_read_is_told_of_and_the_others_are_shown(world, open_page, tmp_path):
    shutil.copytree(world / "data", tmp_path / "data")
    opened = {"data": tmp_path / "data", "weights": world / "weights"}
    open_page(PAGE, **opened)
    broken = tmp_path / "data" / "tiny" / "2_2.png"
    broken.write_bytes(broken.read_bytes()[:3000])  # after the data set was read, which would have left it out
    test = open_page(PAGE, **opened)
    assert not test.exception and len(order(test)) == 9
    assert [one for one in test.error if "2\\_2" in one.value]


def test_frames_of_unknown_subjects_alone_of_which_one_is_lost_are_a_sentence(world, open_page, tmp_path):
    for part in ("images", "masks"):
        (tmp_path / "data" / "mine" / part).mkdir(parents=True)
        for number, name in enumerate("ab", 1):
            shutil.copy(world / "data" / "tiny" / f"2_{number}.png", tmp_path / "data" / "mine" / part / f"{name}.png")
    opened = {"data": tmp_path / "data", "weights": world / "weights"}
    assert len(order(open_page(PAGE, **opened))) == 2
    broken = tmp_path / "data" / "mine" / "images" / "b.png"
    broken.write_bytes(broken.read_bytes()[:3000])
    test = open_page(PAGE, **opened)
    assert not test.exception and "Frames of unknown subjects are left out here" in test.error[0].value


def test_without_labelled_frames_the_page_says_what_would_stand_here(world, open_page, tmp_path):
    folder = tmp_path / "data" / "bare"
    folder.mkdir(parents=True)
    shutil.copy(world / "data" / "tiny" / "2_1.png", folder / "2_1.png")
    test = open_page("Home.py", data=tmp_path / "data", weights=world / "weights").switch_page(PAGE).run()
    assert not test.exception and "None of the frames at hand has an expert's mask" in test.info[0].value
    assert "once a data set is at hand" not in test.info[0].value


def test_a_damaged_model_is_told_of(world, open_page, tmp_path):
    shutil.copytree(world / "weights", tmp_path / "weights")
    folder = tmp_path / "weights" / "shy"
    cards.write(replace(cards.read(folder), onnx_sha256="0" * 64), folder)
    test = open_page(PAGE, data=world / "data", weights=tmp_path / "weights")
    assert not test.exception and [one for one in test.error if "shy" in one.value]


REAL = (1, 4, 9, 10, 13, 14, 27, 29, 40, 43)
"""Native frames of UNS subject 1, with a nerve and without; some show one view and are labelled differently."""


def test_real_frames_stand_worst_first_and_contradictory_labels_are_told(real_data, open_page, tmp_path):
    folder, weights = tmp_path / "data" / "uns", tmp_path / "weights"
    folder.mkdir(parents=True)
    for number in REAL:
        for name in (f"1_{number}.tif", f"1_{number}_mask.tif"):
            shutil.copy(real_data / "uns_native" / "train" / name, folder / name)
    own = ROOT / "weights" / "unet"
    if (own / cards.CARD_FILE).is_file():
        shutil.copytree(own, weights / "unet")
    else:
        write_stand_in_model(weights / "unet", subjects={"train": [], "validation": [], "test": ["uns/1"]})
    opened = {"data": tmp_path / "data", "weights": weights}
    card = cards.read(weights / "unet")
    test = open_page(PAGE, sample="uns/1_14", **opened)
    assert test.selectbox(key="truth split").value == "test"
    assert order(test) == worst_first(tmp_path, card.threshold, card.presence_threshold, model="unet", subjects=("1",))
    assert "truth near-duplicates" not in [pills.key for pills in test.pills]  # nobody has looked for them yet

    compute.explore(tmp_path / "data", workers=1)
    test = open_page(PAGE, sample="uns/1_14", **opened)
    assert not test.exception
    pills = test.pills(key="truth near-duplicates")
    assert {option.replace("\\", "").split(" · ")[0] for option in pills.options} == {"uns/1_9", "uns/1_13"}
    pills.set_value("uns/1_9").run()
    assert test.session_state["chosen_sample"] == "uns/1_9"


def test_scores_of_another_label_are_not_taken_from_the_cache_folder(open_page, tmp_path, monkeypatch):
    image, first = stand_in_frame(70, nerve=True)
    labels = first.astype(np.uint8)
    labels[:30, :30] = 2
    for half, values in (("images", image), ("masks", labels)):
        (tmp_path / "data" / "two" / half).mkdir(parents=True)
        picture = PillowImage.fromarray(values, "P" if half == "masks" else "L")
        if half == "masks":
            picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
        picture.save(tmp_path / "data" / "two" / half / "0001.png")
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path / "cache"))
    means = []
    for label in ("1", "2"):
        monkeypatch.setenv("NEUROSCAN_LABEL", label)
        page = open_page(PAGE, data=tmp_path / "data", sample="two/0001")
        assert not page.exception
        means += [one.value for one in [*page.markdown, *page.caption] if "Mean Dice of the 1 frame" in one.value]
        assert page.table[0].value.loc[0, "Dice"].replace("\\", "") in means[-1].replace("\\", "")
    assert len(set(means)) == 2


def test_visitors_at_once_share_the_work(world, monkeypatch):
    card = replace(cards.read(world / "weights" / "blob"), threshold=0.3)
    samples = dataset.load(world / "data").samples
    samples = samples.assign(name=samples["source"] + "/" + samples["frame"]).head(4)
    scored, at, both = [], set(), threading.Barrier(2)

    def score(predict, sample, threshold):
        scored.append(sample["name"])
        at.add(threshold)
        time.sleep(0.05)  # so that the other one comes to the same frame meanwhile
        raise ValueError("none of the test's business")

    monkeypatch.setattr(score_store.split_scores, "score", score)
    monkeypatch.setattr(score_store.cache, "predictor", lambda name: Predictor(world / "weights" / name))

    def visit():
        both.wait()
        score_store._make("blob", card, samples, "frames", "a key of this test")

    visitors = [threading.Thread(target=visit) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert sorted(scored) == sorted(samples["name"]) and at == {0.3}, "HD95 is taken at the card's threshold"
