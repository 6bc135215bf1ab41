"""A first start on a machine without data, in a real browser: gallery, prediction and overlay at once."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from neuroscan.data import codecs
from neuroscan.inference.predictor import Predictor
from tests.browser.conftest import settled, watched

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LONGEST_S = 240
"""A busy machine's half minute."""
SUBJECTS, FRAMES = 4, 10
"""Fewer frames than a first start makes, which is asserted elsewhere, but enough to see them being made."""


def wait_for(folder: Path) -> None:
    """Wait until a folder is there."""
    end = time.monotonic() + LONGEST_S
    while not folder.is_dir():
        assert time.monotonic() < end, f"{folder.name} was not made in {LONGEST_S} seconds"
        time.sleep(0.2)


def test_two_first_visitors_get_gallery_prediction_and_overlay(chromium, serve, visit, tmp_path, stand_in):
    data = tmp_path / "data"
    fewer = f"from neuroscan.app import demo\ndemo.SUBJECTS, demo.FRAMES = {SUBJECTS}, {FRAMES}"
    server = serve(data=data, weights=stand_in.weights, first=fewer, NEUROSCAN_DEMO="1")
    contexts = [chromium.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2)]
    for context in contexts:
        context.set_default_timeout(LONGEST_S * 1000)
    live, home = (watched(context.new_page()) for context in contexts)
    live.goto(f"{server.address}/Live_Prediction?sample=phantom_demo/P588001_3&model=blob")
    expect(live.get_by_text(f"making {SUBJECTS * FRAMES} synthetic frames")).to_be_visible()
    expect(live.get_by_test_id("stProgress")).to_contain_text(re.compile(r"no person is scanned\. [1-9]\d* done"))
    home.goto(server.address)

    wait_for(data / "phantom_demo")
    for page in (live, home):
        page.get_by_text("The data sets at hand are synthetic").wait_for()
        settled(page)
    assert len(list(data.glob("phantom_demo/train/*_mask.tif"))) == SUBJECTS * FRAMES
    assert sorted(path.name for path in data.iterdir()) == [".phantom_demo.lock", "phantom_demo"]
    expect(home.get_by_text(re.compile(f"phantom_demo, {SUBJECTS * FRAMES} frames, synthetic"))).to_be_visible()

    expect(live.get_by_role("button", name="Frame P588001_3")).to_be_visible()  # the gallery
    expect(live.get_by_text("P588001_3.tif (synthetic), 580 × 420 px")).to_be_visible()
    image = codecs.read(data / "phantom_demo" / "train" / "P588001_3.tif")[0].image
    card = Predictor(stand_in.weights / "blob").card
    mask = Predictor(stand_in.weights / "blob").predict(image).mask(card.threshold, card.presence_threshold)
    area = live.get_by_test_id("stMetric").filter(has_text="Area").first.get_by_test_id("stMetricValue")
    expect(area).to_have_text(f"{np.count_nonzero(mask):,} px")

    overlay = visit("Ground_Truth_Overlay?sample=phantom_demo/P588001_3&model=blob", at=server)
    expect(overlay.get_by_text("The data sets at hand are synthetic")).to_be_visible()
    expect(overlay.get_by_text(re.compile("P588001_3.*synthetic"))).to_be_visible()
    expect(overlay.locator(".window img").first).to_have_attribute("src", re.compile("^data:"))

    explorer = visit("Data_Explorer", at=server)
    chosen = explorer.get_by_role("combobox", name="Data set")
    expect(chosen).to_have_value(f"phantom_demo (synthetic), {SUBJECTS * FRAMES} frames")
    assert chosen.evaluate("box => box.scrollWidth <= box.clientWidth"), "cut off"
    for context in contexts:
        context.close()
