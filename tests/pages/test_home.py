"""The front door, with and without anything behind it."""

import base64
import json
import shutil

import cv2
import numpy as np
import pytest

from neuroscan import config
from neuroscan.data import codecs, dataset
from neuroscan.imaging import overlay
from neuroscan.inference.predictor import Predictor
from tests.conftest import ROOT, write_stand_in_model


def words(page) -> str:
    """All text of a page, as it is handed to the browser."""
    kinds = ("title", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(element.value for kind in kinds for element in getattr(page, kind)).replace("\\", "")


def test_says_what_is_at_hand(open_page):
    page = open_page("Home.py")
    assert not page.exception
    text = words(page)
    assert config.DISCLAIMER in text
    assert "**tiny**, 6 frames" in text and "4 with a nerve, 2 without. 2 subjects." in text
    assert "**pairs**, 1 frame" in text and "Subjects unknown" in text
    assert "**blob**, 2 parameters" in text and "**shy**, 2 parameters" in text
    assert "Nothing they learnt from was labelled normal or abnormal, so **no diagnosis is made**" in text
    assert "an unusual area is shown against the range seen in training, no more" in text


def test_every_page_has_its_way_in_by_name(open_page):
    ways = {one.proto.page: one.proto.label for one in open_page("Home.py").get("page_link")[:5]}
    files = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
    assert ways == {name[2:]: f"**{name[2:].replace('_', ' ')}**" for name in files}


def test_models_stand_by_their_dice_on_real_test_subjects(open_page, tmp_path):
    def scores(uns, phantom):
        return [
            {"split": "test", "source": source, "gate": False, "dice_subjects": dice}
            for source, dice in (("phantom", phantom), ("uns", uns))
        ]

    write_stand_in_model(tmp_path / "fair", scores=scores(0.614, 0.99))
    write_stand_in_model(tmp_path / "good", scores=scores(0.746, 0.81))
    write_stand_in_model(tmp_path / "any")
    text = words(open_page("Home.py", weights=tmp_path))
    assert "Dice 0.75 on uns, 0.81 on phantom (synthetic)" in text
    places = [text.index(f"**{name}**, 2 parameters") for name in ("good", "fair", "any")]
    assert places == sorted(places)


def test_false_alarms_stand_with_the_model_limits_of_all_above_them_and_those_of_some_below(open_page, tmp_path):
    alarms = [
        {"split": "test", "source": source, "gate": True, "n_absent": count, "presence_specificity": refused}
        for source, count, refused in (("uns", 26, 0.1154), ("phantom", 4, 0.75))
    ]
    write_stand_in_model(tmp_path / "one", scores=alarms, limits=["For research.", "Knows no feet."])
    write_stand_in_model(tmp_path / "two", limits=["For research."])
    captions = [one.value.replace("\\", "") for one in open_page("Home.py", weights=tmp_path).caption]
    first = captions.index("For research.")
    told = "It found a nerve in test frames without one: 23 of 26 of uns, 1 of 4 of phantom (synthetic)."
    assert captions[first + 1 : first + 4] == [f"{told} Trained on tiny.", "Trained on tiny.", "one: Knows no feet."]


def example(page) -> tuple[np.ndarray, dict[str, object]]:
    """The one picture of the page, (H, W, 3), and what else is sent with it."""
    (sent,) = [json.loads(one.proto.json) for one in page.get("bidi_component") if one.proto.json]
    (panel,) = sent["pictures"]
    return cv2.imdecode(np.frombuffer(base64.b64decode(panel["png"]), np.uint8), cv2.IMREAD_COLOR_RGB), panel


def test_the_example_is_the_frame_that_live_prediction_opens_on_outlined_by_expert_and_model(open_page, stand_in):
    page = open_page("Home.py")
    picture, panel = example(page)
    samples = dataset.load(stand_in.data).samples
    row = samples[(samples["source"] == "tiny") & (samples["frame"] == "2_1")].iloc[0]
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    model = Predictor(stand_in.weights / "blob").predict(image).mask(0.5, 0.6)
    assert np.array_equal(picture, overlay.compare(image, dataset.read_mask(row, image.shape), model))
    assert panel["caption"] == "2_1.tif" and "expert (solid) and model blob (dashed)" in panel["alt"]
    assert "sample=tiny%2F2_1&model=blob" in page.get("page_link")[-1].proto.query_string


def test_the_example_of_a_frame_without_a_mask_is_the_models_alone(open_page, stand_in, tmp_path):
    shutil.copytree(stand_in.data / "tiny", tmp_path / "data" / "tiny")
    for mask in (tmp_path / "data" / "tiny").glob("*_mask.tif"):
        mask.unlink()
    page = open_page("Home.py", data=tmp_path / "data")
    picture, panel = example(page)
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    model = Predictor(stand_in.weights / "blob").predict(image).mask(0.5, 0.6)
    assert np.array_equal(picture, overlay.outline(image, model)) and "expert" not in panel["alt"]


def test_no_example_without_a_model_or_frames(open_page, tmp_path):
    for page in (open_page("Home.py", weights=tmp_path / "none"), open_page("Home.py", data=tmp_path / "none")):
        assert not page.exception and not page.error and not any(one.proto.json for one in page.get("bidi_component"))


def test_first_start_is_an_invitation_not_an_error(open_page, tmp_path):
    page = open_page("Home.py", data=tmp_path / "none", weights=tmp_path / "none")
    assert not page.exception and not page.error and not page.warning
    text = words(page)
    assert "none needed to outline pictures of your own" in text
    assert "python -m training.train" in text
    assert "kaggle competitions download" in "\n".join(code.value for code in page.code)


def test_problems_are_listed_and_names_are_harmless(open_page, tmp_path):
    folder = tmp_path / "data" / "<script>alert(1)<_script>"
    folder.mkdir(parents=True)
    frame = np.full((40, 50), 90, np.uint8)
    cv2.imwrite(str(folder / "1_1.png"), frame)
    cv2.imwrite(str(folder / "1_1_mask.png"), np.zeros((20, 20), np.uint8))
    cv2.imwrite(str(folder / "1_2.png"), frame)
    page = open_page("Home.py", data=tmp_path / "data")
    assert not page.exception
    listed = page.dataframe[0].value
    assert set(listed["file"]) == {"1_1.png", "1_2.png"}
    assert "sizes differ" in listed.set_index("file").loc["1_1.png", "problem"]
    raw = "\n".join(element.value for element in [*page.markdown, *page.caption])
    assert "<script>" not in raw and r"\<script\>alert\(1\)" in raw


@pytest.mark.parametrize("path", ["Home.py", "pages/1_Live_Prediction.py"])
def test_broken_models_get_a_sentence_each_and_others_work(open_page, tmp_path, path):
    for name in ("fine", "broken_card", "no_card", "other_weights", "no_weights"):
        write_stand_in_model(tmp_path / name)
    (tmp_path / "broken_card" / "card.json").write_text("{not json")
    (tmp_path / "no_card" / "card.json").unlink()
    (tmp_path / "other_weights" / "model.onnx").write_bytes(b"other")
    (tmp_path / "no_weights" / "model.onnx").unlink()
    page = open_page(path, weights=tmp_path)
    assert not page.exception
    said = sorted(error.value.replace("\\", "") for error in page.error)
    assert len(said) == 4
    assert said[0].startswith("broken_card/card.json is no model card")
    assert said[1].startswith("no_card/card.json is no model card")
    assert said[2].startswith("no_weights has a card but no model.onnx")
    assert said[3].startswith("other_weights/model.onnx is not the file that its card describes")
    text = words(page)
    assert "Nerve found" in text if path.startswith("pages") else "**fine**" in text
