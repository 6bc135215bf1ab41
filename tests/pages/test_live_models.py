"""Live Prediction, one frame under several models and in several views: right in numbers, and free until asked for."""

import base64
import json

import cv2
import numpy as np
import pytest
from streamlit.runtime.scriptrunner import ScriptRunner

from neuroscan.app import controls
from neuroscan.app.live import steadiness
from neuroscan.app.state import Thresholds
from neuroscan.data import codecs
from neuroscan.imaging import overlay
from neuroscan.inference import ensemble, uncertainty
from neuroscan.inference.predictor import Predictor
from neuroscan.inference.uncertainty import Uncertainty
from tests.conftest import stand_in_frame, write_stand_in_model
from tests.pages.test_live_prediction import area, png, text_of

PAGE = "pages/1_Live_Prediction.py"
ALL, STEADY = "show_all_models", "show_steadiness"


@pytest.fixture
def three(tmp_path):
    """Three models that outline the same place, one wider, one narrower."""
    for name, threshold in (("wide", 0.3), ("middle", 0.5), ("narrow", 0.7)):
        write_stand_in_model(tmp_path / "weights" / name, threshold=threshold)
    return tmp_path / "weights"


def shown(page, key) -> list[str]:
    """What the pictures say whose key holds a word."""
    return [element.proto.json for element in page.get("bidi_component") if key in element.proto.id]


def drawn(page, key) -> dict[str, np.ndarray]:
    """The pictures whose key holds a word, by the first word of their caption."""
    sent = [picture for one in shown(page, key) for picture in json.loads(one)["pictures"]]
    return {one["caption"].split()[0].strip(":"): pixels(one["png"]) for one in sent}


def pixels(png: str) -> np.ndarray:
    """Decode what is sent to the screen, red first."""
    return cv2.imdecode(np.frombuffer(base64.b64decode(png), np.uint8), cv2.IMREAD_COLOR_RGB)


def test_closed_they_ask_no_model(open_page, monkeypatch):
    asked = []
    run = Predictor.run
    monkeypatch.setattr(Predictor, "run", lambda self, frames: asked.append(len(frames)) or run(self, frames))
    page = open_page(PAGE, sample="tiny/1_2", model="blob")
    page.toggle(key=ALL).set_value(False).run()
    assert sum(asked) <= 1 and not page.exception  # the frame itself, unless an earlier test has asked
    assert not shown(page, "all-models") and not shown(page, "all models") and not shown(page, "views")


def test_all_models_the_majority_and_where_they_differ(open_page, stand_in, three):
    page = open_page(PAGE, weights=three, sample="tiny/2_1", model="middle")
    page.toggle(key=ALL).set_value(True).run()
    assert not page.exception and not page.error
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    predictions = {name: Predictor(three / name).predict(image) for name in ("middle", "narrow", "wide")}
    masks = {name: found.mask(Predictor(three / name).card.threshold, 0.6) for name, found in predictions.items()}
    words = text_of(page.markdown)
    assert "3 of 3 models outline a nerve." in words
    assert f"All outline {masks['narrow'].sum():,} px" in words
    assert f"{masks['wide'].sum() - masks['narrow'].sum():,} px more only some do" in words
    pictures = "".join(shown(page, "all models"))
    for name, mask in masks.items():
        assert f"{name}: {mask.sum():,} px outlined" in pictures
    most = ensemble.majority(list(masks.values()))
    assert f"Majority: {most.sum():,} px" in pictures and most.sum() == masks["middle"].sum()
    assert len(shown(page, "all models")) == 3 + 2
    pictures = drawn(page, "all models")
    differ = ensemble.disagreement(list(masks.values()))
    assert np.array_equal(pictures["Majority"], overlay.outline(image, most, color=overlay.BOTH))
    assert np.array_equal(pictures["Disagreement"], overlay.heat(image, differ, opacity=0.95)) and differ.any()
    for name, mask in masks.items():
        assert np.array_equal(pictures[name], overlay.outline(image, mask))


def test_each_model_stands_at_the_sessions_own_thresholds(open_page, stand_in, three):
    page = open_page(PAGE, weights=three, sample="tiny/2_1", model="middle")
    page.toggle(key=ALL).set_value(True).run()
    page.slider(key="threshold middle").set_value(0.9).run()
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    area = Predictor(three / "middle").predict(image).mask(0.9).sum()
    assert f"middle: {area:,} px outlined" in "".join(shown(page, "all models"))


def test_all_are_cleaned_up_as_the_outline_of_the_page_is(open_page, three):
    page = open_page(PAGE, weights=three, sample="tiny/2_1", model="middle")
    page.toggle(key=ALL).set_value(True).run()
    assert f"middle: {area(page):,} px outlined" in "".join(shown(page, "all models")) and area(page) > 500
    page.number_input(key="smallest_area").set_value(area(page) + 1).run()
    assert area(page) == 0 and "middle: nothing outlined" in "".join(shown(page, "all models"))
    assert "1 of 3 models outline a nerve: wide." in text_of(page.markdown)
    assert "cleaned up as the outline above" in text_of(page.caption)


def test_a_model_that_finds_nothing_is_counted_as_such(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    page.toggle(key=ALL).set_value(True).run()
    words = text_of(page.markdown)
    assert "1 of 2 models outline a nerve: blob." in words and "All outline 0 px" in words
    assert "shy: nothing outlined" in "".join(shown(page, "all models"))
    page.toggle(key="gate blob").set_value(True).run()
    page.selectbox(key="frame").set_value("tiny/2_3").run()  # which has no nerve
    assert not page.exception
    page.slider(key="presence threshold blob").set_value(1.0).run()
    assert "None of 2 models outlines a nerve." in text_of(page.markdown) and not shown(page, "all models")


def test_with_one_model_there_is_nothing_to_set_side_by_side(open_page, tmp_path):
    write_stand_in_model(tmp_path / "weights" / "alone")
    page = open_page(PAGE, weights=tmp_path / "weights", sample="tiny/2_1")
    assert ALL not in [toggle.key for toggle in page.toggle]
    assert STEADY in [toggle.key for toggle in page.toggle]


def test_the_sentence_counts_what_the_views_outline(open_page, stand_in):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    page.toggle(key=STEADY).set_value(True).run()
    assert not page.exception and not page.error
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    found = uncertainty.predict(Predictor(stand_in.weights / "blob"), image)
    every, some = found.intersection_union(0.5)
    assert 0 < every < some
    assert f"{every:,} of {some:,} px" in text_of(page.markdown)
    assert "present in 14 of 14 views" in text_of(page.markdown)
    assert f"up to {found.std.max():.2f} of at most 0.5" in "".join(shown(page, "views"))
    words = "each of these mirrored. How often such outlines of this model are wrong was not measured."
    assert words in text_of(page.caption)  # and nothing of a second pass, which this model does not have
    pictures = drawn(page, "views")
    outlined = found.mean >= np.float32(0.5)
    spread, mean = overlay.heat(image, 2 * found.std, opacity=0.9), overlay.heat(image, found.mean)
    assert np.array_equal(pictures["Spread"], overlay.outline(spread, outlined))
    assert np.array_equal(pictures["Mean"], overlay.outline(mean, outlined))
    page.slider(key="threshold blob").set_value(0.7).run()
    every, some = found.intersection_union(0.7)
    assert f"{every:,} of {some:,} px" in text_of(page.markdown)


def test_the_page_says_how_often_outlines_of_this_model_were_wrong(open_page, tmp_path):
    counts = {"unsteady": [13, 25], "wavering": [0, 95], "steady": [6, 1363]}
    write_stand_in_model(tmp_path / "weights" / "another")
    write_stand_in_model(tmp_path / "weights" / "known", steadiness=counts, coarse_to_fine=True)
    page = open_page(PAGE, weights=tmp_path / "weights", sample="tiny/2_1", model="known")
    page.toggle(key=STEADY).set_value(True).run()
    unsteady, others = "13 of 25 with under 30 % in common", "0 of 95 with 30 to 60 %, 6 of 1,363 with 60 % or more."
    whose = "Of this model's outlines of real test frames with a nerve, at its own threshold, "
    assert f"once more. {whose}{unsteady} had a Dice under 0.5, {others} A steady" in text_of(page.caption)


def test_views_of_a_frame_are_asked_for_once(open_page, monkeypatch):
    page = open_page(PAGE, sample="tiny/2_2", model="blob")
    asked = []
    monkeypatch.setattr(
        uncertainty, "predict", lambda *a, _predict=uncertainty.predict: asked.append(1) or _predict(*a)
    )
    page.toggle(key=STEADY).set_value(True).run()
    for threshold in (0.4, 0.6):
        page.slider(key="threshold blob").set_value(threshold).run()
    assert len(asked) <= 1


@pytest.mark.parametrize("key", [ALL, STEADY, "outline_all"])
def test_a_model_that_is_removed_while_the_page_is_open_is_a_sentence(open_page, three, monkeypatch, key):
    page = open_page(PAGE, weights=three, model="middle")
    page.segmented_control(key="way").set_value("My own pictures").run()
    files = [(f"{seed}.png", png(stand_in_frame(seed, nerve=True)[0]), "image/png") for seed in (5, 6)]
    page.file_uploader(key="uploads").set_value(files).run()
    drawn = controls.thresholds

    def removed(model, card):
        (three / "middle" / "card.json").unlink()  # once the page has found its model
        monkeypatch.setattr(controls, "thresholds", drawn)
        return drawn(model, card)

    monkeypatch.setattr(controls, "thresholds", removed)
    page.toggle(key=key).set_value(True).run()
    assert not page.exception and page.metric
    if key == ALL:
        assert not page.error and "2 of 2 models outline a nerve." in text_of(page.markdown)
    else:
        assert text_of(page.error) == "middle/card.json is no model card: No such file or directory"


def test_uploads_work_too(open_page):
    page = open_page(PAGE, model="blob")
    page.segmented_control(key="way").set_value("My own pictures").run()
    page.file_uploader(key="uploads").upload("own.png", png(stand_in_frame(5, nerve=True)[0])).run()
    page.toggle(key=ALL).set_value(True).run()
    page.toggle(key=STEADY).set_value(True).run()
    assert not page.exception and not page.error
    assert "own.png. Spread" in "".join(shown(page, "views"))


def views(lowest, highest, presence=(0.2, 0.9)):
    """An uncertainty of one row of pixels."""
    low, high = (np.array([values], np.float32) for values in (lowest, highest))
    return Uncertainty((low + high) / 2, high - low, low, high, presence)


@pytest.mark.parametrize(
    ("found", "gate", "words"),
    [
        (views([0.6, 0.7, 0.1], [0.9, 0.8, 0.2]), 0.0, "Steady: 100 %** of the area that any of 2 views outlines"),
        (views([0.6, 0.1, 0.1], [0.9, 0.8, 0.7]), 0.0, "Wavering: 33 %**"),
        (views([0.6] * 59 + [0.1] * 41, [0.9] * 100), 0.0, "Wavering: 59 %**"),
        (views([0.6] * 596 + [0.1] * 404, [0.9] * 1000), 0.0, "Wavering: 59 %**"),  # steady from 60 %
        (views([0.6] * 30 + [0.1] * 70, [0.9] * 100), 0.0, "Wavering: 30 %**"),
        (views([0.6] * 299 + [0.1] * 701, [0.9] * 1000), 0.0, "Unsteady: 29 %**"),  # under 30 %
        (views([0.1, 0.2], [0.9, 0.3]), 0.0, "Unsteady: 0 %** of the area that any of 2 views outlines"),
        (views([0.1], [0.2]), 0.0, "None of 2 views has an outline"),
        (views([0.9], [0.9]), 0.5, "present in 1 of 2 views (presence score 0.200 to 0.900, presence threshold 0.500)"),
    ],
)
def test_sentences_by_hand(found, gate, words):
    said = steadiness.sentence(found, Thresholds(0.5, gate))
    assert words in said and ("presence" in said) == (gate > 0)


@pytest.mark.parametrize("opened", [None, "outline_all", ALL, STEADY])
def test_nothing_of_an_upload_is_kept_for_another_visitor(opened, open_page, monkeypatch):
    """Two visitors bring the same pictures: whatever they ask for is computed for each of them."""
    calls, begin, run = [], ScriptRunner.__init__, Predictor.run
    monkeypatch.setattr(Predictor, "run", lambda self, frames: calls.append(len(frames)) or run(self, frames))
    seeds = {None: 300, "outline_all": 310, ALL: 320, STEADY: 330}
    files = [(f"{n}.png", png(stand_in_frame(seeds[opened] + n, nerve=True)[0]), "image/png") for n in (1, 2)]
    asked = []
    for visitor in ("first", "second"):
        monkeypatch.setattr(
            ScriptRunner, "__init__", lambda self, session_id, *a, _who=visitor, **k: begin(self, _who, *a, **k)
        )
        page = open_page(PAGE, model="blob")
        page.segmented_control(key="way").set_value("My own pictures").run()
        calls.clear()
        page.file_uploader(key="uploads").set_value(files).run()
        if opened:
            page.toggle(key=opened).set_value(True).run()
        assert not page.exception
        asked.append(sum(calls))
    assert asked[0] == asked[1] > 0


def test_steadiness_is_of_the_frame_and_of_the_card_as_they_are(open_page, stand_in, tmp_path):
    sentences = []
    for sample, bias in (("1_1", 0.0), ("2_2", 0.0), ("2_2", -1.0)):
        write_stand_in_model(tmp_path / "blob", bias=bias)
        page = open_page(PAGE, weights=tmp_path, sample=f"tiny/{sample}", model="blob")
        page.toggle(key=STEADY).set_value(True).run()
        image = codecs.read(stand_in.data / "tiny" / f"{sample}.tif")[0].image
        found = uncertainty.predict(Predictor(tmp_path / "blob"), image)
        sentences.append(steadiness.sentence(found, Thresholds(0.5, 0.6)))
        assert sentences[-1].replace("*", "") in text_of(page.markdown).replace("*", "")
    assert len(set(sentences)) == 3
