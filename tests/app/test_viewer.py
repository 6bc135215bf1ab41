"""Pictures reach the browser without loss, names reach it as data."""

import base64
import json

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest


def one_picture() -> None:
    """A page with one picture."""
    import streamlit as st

    from neuroscan.app import viewer

    viewer.picture(st.session_state["image"], "<b>caption</b>", alt="words", group="g", key="p")


def two_tiles() -> None:
    """A page with a gallery."""
    from neuroscan.app import viewer

    tiles = [viewer.Tile("a", "<i>A</i>", b"png", "alt a"), viewer.Tile("b", "B", None, "")]
    viewer.gallery(tiles, chosen="b", on_pick=lambda name: None, key="g")


def sent(page: AppTest):
    """Data that goes to the browser, and the markup around it."""
    assert not page.exception
    proto = page.get("bidi_component")[0].proto
    return json.loads(proto.json), proto.html_content


@pytest.mark.parametrize("shape", [(1, 1), (30, 50), (30, 50, 3)])
def test_pictures_arrive_exactly(shape):
    image = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    page = AppTest.from_function(one_picture, default_timeout=60)
    page.session_state["image"] = image
    data, html = sent(page.run())
    (data,) = data["pictures"]
    stored = cv2.imdecode(np.frombuffer(base64.b64decode(data["png"]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(stored[..., ::-1] if image.ndim == 3 else stored, image)
    assert (data["height"], data["width"]) == shape[:2]
    assert data["caption"] == "<b>caption</b>" and data["alt"] == "words" and "caption</b>" not in html


def test_huge_pictures_are_shrunk_and_the_caption_says_so():
    page = AppTest.from_function(one_picture, default_timeout=60)
    page.session_state["image"] = np.zeros((4000, 4000), np.uint8)
    data, _ = sent(page.run())
    (data,) = data["pictures"]
    assert data["caption"].endswith("(shown at 2000 × 2000)")
    assert (data["height"], data["width"]) == (4000, 4000)


def test_galleries_hand_names_over_as_data():
    data, html = sent(AppTest.from_function(two_tiles, default_timeout=60).run())
    assert data["chosen"] == "b"
    assert [(tile["name"], tile["label"]) for tile in data["tiles"]] == [("a", "<i>A</i>"), ("b", "B")]
    assert "<i>" not in html
