"""Whose frame is whose, and that Live Prediction tells of frames that a model learnt from, whoever they are of."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest
import streamlit as st

from neuroscan.app import subject_groups
from neuroscan.data import dataset, splits
from neuroscan.data.codecs import encode_png
from neuroscan.inference import card as cards
from tests.conftest import write_stand_in_model
from tests.data.test_duplicates import near_duplicate, texture

PAGE = "pages/1_Live_Prediction.py"


@pytest.fixture
def data(stand_in, tmp_path):
    """The stand-in's data sets, with `pairs` of two frames that are one view, `a` and `b`, and another one, `c`."""
    st.cache_data.clear()
    shutil.copytree(stand_in.data, tmp_path / "data")
    for name, image in (("a", texture(1)), ("b", near_duplicate(texture(1))), ("c", texture(2))):
        (tmp_path / "data" / "pairs" / "images" / f"{name}.png").write_bytes(encode_png(image))
        (tmp_path / "data" / "pairs" / "masks" / f"{name}.png").write_bytes(encode_png(image // 200 * 255))
    (tmp_path / "data" / "pairs" / "images" / "0001.png").unlink()
    return tmp_path / "data"


def test_keys_are_those_that_frames_are_split_by_in_whatever_order_they_come(data, stand_in):
    samples, card = dataset.load(data).samples, cards.read(stand_in.weights / "blob")
    assert subject_groups.keys(samples, card).equals(splits.group_keys(samples))
    some = samples.iloc[::-2]
    assert subject_groups.keys(some, card).equals(subject_groups.keys(samples, card)[some.index])
    assert set(subject_groups.keys(samples, card)) == {"tiny/1", "tiny/2", "pairs/like-a", "pairs/like-c"}


def test_a_group_is_the_cards_whichever_of_its_frames_came_later(data, stand_in):
    samples, card = dataset.load(data).samples, cards.read(stand_in.weights / "blob")
    knows = replace(card, subjects={"train": ["pairs/like-b"], "validation": ["pairs/like-c"]})
    found = subject_groups.keys(samples, knows).groupby(samples["frame"]).first()
    assert found[["a", "b", "c"]].tolist() == ["pairs/like-b", "pairs/like-b", "pairs/like-c"]
    both = replace(card, subjects={"train": ["pairs/like-b"], "test": ["pairs/like-a"]})
    assert set(subject_groups.keys(samples, both)[samples["frame"].isin(["a", "b"])]) == {"pairs/like-b"}


def test_one_frame_is_of_its_group_only_where_the_card_names_such(data, stand_in):
    samples = dataset.load(data).samples.set_index("frame", drop=False)
    card = cards.read(stand_in.weights / "blob")
    assert subject_groups.of(samples.loc["2_1"], samples, card) == "tiny/2"
    assert subject_groups.of(samples.loc["b"], samples, card) is None
    knows = replace(card, subjects={"train": ["pairs/like-a"]})
    assert subject_groups.of(samples.loc["b"], samples, knows) == "pairs/like-a"


def test_nobody_is_new_to_a_network_trained_elsewhere(stand_in):
    card, keys = cards.read(stand_in.weights / "blob"), pd.Series(["tiny/1", "tiny/2", "tiny/3"])
    assert subject_groups.split_of(keys, card).tolist() == ["train", "test", "outside"]
    elsewhere = replace(card, subjects={"validation": ["tiny/2"]})
    assert subject_groups.split_of(keys, elsewhere).tolist() == ["unknown", "validation", "unknown"]
    assert subject_groups.SPLITS["unknown"] == "Perhaps trained on"


def test_one_person_under_two_numbers_has_one_key(data, stand_in):
    samples = dataset.load(data).samples
    samples = samples[samples["source"] == "tiny"].assign(source="uns", subject="17")
    card = cards.read(stand_in.weights / "blob")
    assert set(subject_groups.keys(samples, card)) == {"uns/18"} == {subject_groups.of(samples.iloc[0], samples, card)}


def told(page) -> str:
    """What the page says of its frame and the model's training."""
    assert not page.exception
    return "\n".join(one.value for one in page.caption if "school" in one.value)


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("train", "was trained on this frame or ones nearly like it: expect better outlines"),
        ("validation", "and its thresholds were chosen with the help of this frame or ones nearly like it"),
        ("test", ""),
    ],
)
def test_a_frame_of_an_unknown_subject_is_told_of_as_the_card_has_its_group(open_page, data, tmp_path, split, words):
    write_stand_in_model(tmp_path / "weights" / "blob", subjects={split: ["pairs/like-a"]})
    page = open_page(PAGE, data=data, weights=tmp_path / "weights", sample="pairs/b")
    assert words in told(page) and bool(words) == bool(told(page))
    page.selectbox(key="frame").set_value("pairs/c").run()
    assert told(page) == ""


def test_a_frame_that_is_lost_meanwhile_is_a_sentence(open_page, data, tmp_path):
    write_stand_in_model(tmp_path / "weights" / "blob", subjects={"train": ["pairs/like-a"]})
    page = open_page(PAGE, data=data, weights=tmp_path / "weights", sample="pairs/b")
    (data / "pairs" / "images" / "c.png").write_bytes(b"no picture")
    page.run()
    assert not page.exception and "Whether the model learnt from this frame is not known" in page.error[0].value
    assert str(tmp_path) not in page.error[0].value and page.metric
