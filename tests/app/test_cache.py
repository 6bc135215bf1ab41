"""What is kept, when it is read again, and for whom."""

import os
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image as PillowImage
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.testing.v1 import AppTest

from neuroscan.app import cache
from neuroscan.data.dataset import NATIVE_SHAPE, RLE_FILE
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from tests.conftest import stand_in_frame, write_stand_in_model


def table() -> None:
    """A page that lists the frames at hand."""
    import streamlit as st

    from neuroscan.app import cache

    found = cache.data_sets()
    st.text(" ".join(found.samples["frame"]))


def predicted() -> None:
    """A page that predicts the same frame twice."""
    import streamlit as st

    from neuroscan.app import cache

    for _ in range(2):
        found = cache.prediction("blob", st.session_state["image"], private=st.session_state["private"])
    st.text(f"{found.presence:.6f} {int((found.probability > 0.5).sum())}")


@pytest.fixture
def places(stand_in, monkeypatch, tmp_path):
    """Folders of the app: own data, the stand-in's models."""
    monkeypatch.setenv("NEUROSCAN_DEMO", "0")
    monkeypatch.setenv("NEUROSCAN_DATA", str(tmp_path))
    monkeypatch.setenv("NEUROSCAN_WEIGHTS", str(stand_in.weights))
    return tmp_path


@pytest.mark.parametrize("is_link", [False, True])
def test_data_sets_are_read_again_when_a_frame_comes_or_goes(places, tmp_path_factory, is_link):
    folder = tmp_path_factory.mktemp("large disk") if is_link else places / "own"
    if is_link:
        (places / "own").symlink_to(folder)
    else:
        folder.mkdir()
    for number in (1, 2):
        cv2.imwrite(str(folder / f"1_{number}.png"), stand_in_frame(number, nerve=True)[0])
    page = AppTest.from_function(table, default_timeout=60).run()
    assert page.text[0].value == "1_1 1_2"
    cv2.imwrite(str(folder / "1_3.png"), stand_in_frame(3, nerve=True)[0])
    os.utime(folder, (1, 1))  # clocks of file systems may be coarser than this test
    assert page.run().text[0].value == "1_1 1_2 1_3"
    (folder / "1_1.png").unlink()
    os.utime(folder, (2, 2))
    assert page.run().text[0].value == "1_2 1_3"


def test_a_frame_is_read_again_when_its_file_changes(places):
    folder = places / "own"
    folder.mkdir()
    path = folder / "1_1.png"
    cv2.imwrite(str(path), np.full((20, 30), 50, np.uint8))
    sample = cache.data_sets().samples.iloc[0]
    assert cache.frame(sample).image[0, 0] == 50
    cv2.imwrite(str(path), np.full((20, 30), 60, np.uint8))
    os.utime(path, (1, 1))
    assert cache.frame(sample).image[0, 0] == 60


def test_a_mask_is_made_again_when_its_run_lengths_change(places):
    folder = places / "own"
    folder.mkdir()
    cv2.imwrite(str(folder / "1_1.png"), np.zeros(NATIVE_SHAPE, np.uint8))
    for time, (runs, area) in enumerate([("1 5", 5), ("1 8 20 2", 10), ("", 0)], 1):
        (folder / RLE_FILE).write_text(f"subject,img,pixels\n1,1,{runs}\n")
        os.utime(folder / RLE_FILE, (time, time))
        assert cache.expert_mask(cache.data_sets().samples.iloc[0], NATIVE_SHAPE).sum() == area


def test_a_mask_is_that_of_the_label_that_is_asked_for(places):
    PillowImage.fromarray(np.array([[0, 1, 2, 2]], np.uint8)).save(places / "labels.png")
    sample = pd.Series({"image": "frame.png", "mask": str(places / "labels.png"), "label": 1, "rle": None})
    assert cache.expert_mask(sample, (1, 4)).tolist() == [[False, True, False, False]]
    assert cache.expert_mask(pd.Series({**sample, "label": 2}), (1, 4)).tolist() == [[False, False, True, True]]


def test_another_label_may_be_the_nerve(places, monkeypatch):
    for part, values in (("images", [[9, 9, 9, 9]]), ("masks", [[0, 1, 2, 2]])):
        (places / "own" / part).mkdir(parents=True)
        PillowImage.fromarray(np.array(values, np.uint8)).save(places / "own" / part / "0001.png")
    for label, expected in (("1", [[False, True, False, False]]), ("2", [[False, False, True, True]])):
        monkeypatch.setenv("NEUROSCAN_LABEL", label)
        assert cache.expert_mask(cache.data_sets().samples.iloc[0], (1, 4)).tolist() == expected


@pytest.mark.parametrize(("private", "times"), [(True, 2), (False, 1)])
def test_what_one_visitor_uploads_is_not_kept_for_another(places, monkeypatch, private, times):
    image = stand_in_frame(60 + private, nerve=True)[0]
    calls, begin, run = [], ScriptRunner.__init__, Predictor.run
    monkeypatch.setattr(Predictor, "run", lambda *a: calls.append(1) or run(*a))
    for visitor in ("first", "second"):
        monkeypatch.setattr(
            ScriptRunner, "__init__", lambda self, session_id, *a, _who=visitor, **k: begin(self, _who, *a, **k)
        )
        page = AppTest.from_function(predicted, default_timeout=60)
        page.session_state["image"], page.session_state["private"] = image, private
        page.run()
        assert not page.exception and page.text
    assert len(calls) == times


@pytest.mark.parametrize("private", [True, False])
def test_a_frame_is_predicted_once(places, monkeypatch, stand_in, private):
    image = stand_in_frame(40 + private, nerve=True)[0]
    expected = Predictor(stand_in.weights / "blob").predict(image)
    calls = []
    run = Predictor.run
    monkeypatch.setattr(Predictor, "run", lambda *a: calls.append(1) or run(*a))
    page = AppTest.from_function(predicted, default_timeout=60)
    page.session_state["image"], page.session_state["private"] = image, private
    page.run()
    assert not page.exception
    assert page.text[0].value == f"{expected.presence:.6f} {int((expected.probability > 0.5).sum())}"
    assert len(calls) == 1
    page.run()
    assert len(calls) == 1


def test_frames_that_differ_in_one_pixel_or_in_shape_alone_have_other_names():
    image = np.zeros((1000, 1000), np.uint8)
    other = image.copy()
    other[500, 500] = 1
    names = {cache.digest(each) for each in (image, other, image.reshape(500, 2000), image.T.copy()[:999])}
    assert len(names) == 4
    assert cache.digest(image) == cache.digest(image.copy())


def test_a_model_trained_anew_is_loaded_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROSCAN_WEIGHTS", str(tmp_path))
    write_stand_in_model(tmp_path / "own")
    first = cache.predictor("own")
    with monkeypatch.context() as patch:
        patch.setattr(cards, "read", None)  # every prediction asks for its model: no card is parsed again for that
        assert cache.predictor("own") is first
    write_stand_in_model(tmp_path / "own", presence_shift=-3.0)
    os.utime(tmp_path / "own" / "model.onnx", (1, 1))
    second = cache.predictor("own")
    assert second is not first
    cards.write(replace(second.card, temperature=3.0), tmp_path / "own")
    assert cache.predictor("own").card.temperature == 3.0  # calibrated anew, the same network
    assert list(cache.models()[0]) == ["own"] and cache.models()[1] == []
    (tmp_path / "own" / "model.onnx").write_bytes(b"something else")
    os.utime(tmp_path / "own" / "model.onnx", (2, 2))
    assert cache.models()[0] == {} and "is not the file that its card describes" in cache.models()[1][0]


def test_the_folder_that_is_shown_is_the_demos_where_the_own_one_holds_nothing(places, monkeypatch):
    spare = places.parent / "spare"
    monkeypatch.setattr(cache.config, "demo_places", lambda: (places / "phantom_demo", spare))
    spare.mkdir()
    for wanted, folder in (("0", places), ("1", spare)):
        monkeypatch.setenv("NEUROSCAN_DEMO", wanted)
        assert cache.at_hand()[0] == folder
    (places / "own").mkdir()
    cv2.imwrite(str(places / "own" / "1_1.png"), stand_in_frame(1, nerve=True)[0])
    assert cache.at_hand()[0] == places


def test_data_sets_are_not_read_again_while_the_explorer_keeps_its_progress(places, monkeypatch):
    (places / "own").mkdir()
    (places / "README.md").write_text("How to bring one's own data.")
    os.utime(places, (0, 0))
    cv2.imwrite(str(places / "own" / "1_1.png"), stand_in_frame(1, nerve=True)[0])
    calls, load = [], cache.dataset.load
    monkeypatch.setattr(cache.dataset, "load", lambda *a, **k: calls.append(1) or load(*a, **k))
    page = AppTest.from_function(table, default_timeout=60).run()
    assert page.text[0].value == "1_1"
    (places / ".neuroscan").mkdir()
    for second in (1, 2, 3):
        os.utime(places, (second, second))
        (places / ".neuroscan" / f"{second}.json").write_text("{}")
        os.utime(places / ".neuroscan", (second, second))
        page.run()
    assert len(calls) == 1


def test_an_edited_mask_and_a_new_picture_under_an_old_name_are_read_again(places):
    folder = places / "own"
    folder.mkdir()
    mask, picture = folder / "1_1_mask.png", folder / "1_1.png"
    cv2.imwrite(str(picture), np.full((20, 30), 50, np.uint8))
    found = []
    for time, rows in ((1, 2), (2, 5)):
        drawn = np.zeros((20, 30), np.uint8)
        drawn[:rows] = 255
        cv2.imwrite(str(mask), drawn)
        cv2.imwrite(str(picture), np.full((20, 30), 50 * time, np.uint8))
        for path in (mask, picture):
            os.utime(path, (time, time))
        sample = cache.data_sets().samples.iloc[0]
        found.append((int(cache.expert_mask(sample, (20, 30)).sum()), cache.thumbnail(sample)))
    assert [area for area, _ in found] == [60, 150] and found[0][1] != found[1][1]


def test_looking_again_reads_folders_cards_and_pictures_anew(places, monkeypatch, stand_in):
    (places / "own").mkdir()
    cv2.imwrite(str(places / "own" / "1_1.png"), stand_in_frame(1, nerve=True)[0])
    read = []
    for owner, name in ((cache.dataset, "load"), (cache.cards, "find"), (cache.codecs, "read")):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, _real=real, _name=name, **k: read.append(_name) or _real(*a, **k))

    def look():
        cache.models()
        sample = cache.data_sets().samples.iloc[0]
        cache.frame(sample)
        cache.thumbnail(sample)

    cache.forget()
    look()
    first = sorted(read)
    assert first == ["find", "load", "read", "read"]
    look()
    assert sorted(read) == first
    cache.forget()
    look()
    assert sorted(read) == sorted(first * 2)
