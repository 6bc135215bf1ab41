"""The main job in a real browser: choose or upload a frame, see its outline, move the threshold, download its files."""

import base64
import csv
import io
import re
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from playwright.sync_api import Page, expect

from neuroscan import config
from neuroscan.data import codecs
from neuroscan.inference.predictor import Predictor
from tests.browser.conftest import settled
from tests.conftest import stand_in_frame

pytestmark = pytest.mark.browser


def metric(page: Page, label: str):
    """The box of a number."""
    return page.get_by_test_id("stMetric").filter(has_text=label).first


def area(page: Page) -> int:
    """Outlined pixels, as the page says."""
    text = metric(page, "Area").get_by_test_id("stMetricValue").inner_text()
    return int(re.sub(r"\D", "", text))


def expect_area(page: Page, mask: np.ndarray) -> None:
    """Wait until the page says how many pixels a mask has."""
    expect(metric(page, "Area").get_by_test_id("stMetricValue")).to_have_text(f"{int(mask.sum()):,} px")


def threshold_slider(page: Page):
    """The threshold's slider, as the keyboard meets it."""
    return page.get_by_role("group", name="Threshold", exact=True).locator("input[type=range]")


def picture(page: Page, place: int):
    """The window of a zoomable picture: 0 the overlay, 1 the plain frame."""
    return page.locator(".window").nth(place)


def pixels(page: Page, place: int) -> np.ndarray:
    """The picture in a window, as the browser received it."""
    source = picture(page, place).locator("img").get_attribute("src")
    data = base64.b64decode(source.split(",", 1)[1])
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def download(page: Page, label: str) -> tuple[str, bytes]:
    """Press a download button; name and bytes of the file."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_choose_a_sample_move_the_slider_download_the_mask(visit, stand_in):
    page = visit("Live_Prediction")
    page.get_by_role("button", name="Frame 2_1").wait_for()  # thumbnails of a subject that the model was tested on
    for source, first in (("pairs", "pairs%2F0001"), ("tiny", "tiny%2F1_1")):
        page.get_by_test_id("stSelectbox").filter(has_text="Data set").get_by_role("combobox").click()
        page.get_by_role("option", name=source).click()
        expect(page).to_have_url(re.compile(f"sample={first}"))
    settled(page)
    page.get_by_role("button", name="Frame 1_2").click()
    expect(page).to_have_url(re.compile("sample=tiny%2F1_2"))
    settled(page)

    image = codecs.read(stand_in.data / "tiny" / "1_2.tif")[0].image
    prediction = Predictor(stand_in.weights / "blob").predict(image)
    expect_area(page, prediction.mask(0.5))
    assert np.array_equal(pixels(page, 1), image)
    shown = pixels(page, 0)
    changed = (shown != image[..., None]).any(-1)
    assert 50 < changed.sum() < 2000 and not changed[prediction.mask(0.5)].any()

    slider = threshold_slider(page)
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    mask = prediction.mask(0.6)
    assert mask.sum() < prediction.mask(0.5).sum()
    expect_area(page, mask)
    expect(page).to_have_url(re.compile("threshold=0.6"))
    settled(page)

    name, data = download(page, "Mask")
    assert name == "1_2_mask.png"
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(stored, mask.astype(np.uint8) * 255)
    assert config.DISCLAIMER.encode() in data

    name, data = download(page, "Probability")
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    assert np.abs(stored / 65535 - prediction.probability).max() < 1e-5

    name, data = download(page, "Overlay")
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert stored.shape[0] > image.shape[0] and np.array_equal(
        stored[: image.shape[0], : image.shape[1]], pixels(page, 0)
    )

    name, data = download(page, "Numbers")
    row = next(csv.DictReader(io.StringIO(data.decode())))
    assert name == "1_2.csv" and row["file"] == "1_2.tif" and row["present"] == "true"
    assert int(row["area_px"]) == int(mask.sum()) and float(row["threshold"]) == 0.6
    assert row["note"] == config.DISCLAIMER


def test_uploads_are_outlined_picked_by_thumbnail_and_stay_out_of_the_link(visit, tmp_path, stand_in):
    frames = [stand_in_frame(seed, nerve=True)[0] for seed in (3, 4)]
    for name, frame in zip(("own.tif", "b.png"), frames, strict=True):
        cv2.imwrite(str(tmp_path / name), frame)
    (tmp_path / "<b>bad & ..png").write_text("no picture")
    predictor = Predictor(stand_in.weights / "blob")
    page = visit("Live_Prediction?sample=tiny/2_2&model=blob")
    page.get_by_text("My own pictures").click()
    page.locator("input[type=file]").set_input_files(
        [tmp_path / "own.tif", tmp_path / "<b>bad & ..png", tmp_path / "b.png"]
    )
    page.get_by_text("found text; accepted are").wait_for()
    expect(metric(page, "Area")).to_be_visible()
    settled(page)
    expect_area(page, predictor.predict(frames[0]).mask(0.5))
    assert "sample" not in page.url
    assert page.locator("b", has_text="bad").count() == 0
    page.get_by_role("button", name="Frame 2: b.png").click()
    page.get_by_text("b.png, 160 × 120 px").wait_for()
    settled(page)
    expect_area(page, predictor.predict(frames[1]).mask(0.5))
    expect(page.get_by_role("combobox", name="Frame", exact=True)).to_have_value("2: b.png")


def test_what_was_set_is_still_set_after_looking_elsewhere(visit, tmp_path):
    cv2.imwrite(str(tmp_path / "own.png"), stand_in_frame(3, nerve=True)[0])
    page = visit("Live_Prediction?sample=tiny/2_2&model=blob&threshold=0.7&presence=0.1")
    page.get_by_role("button", name="Frame 2_2").and_(page.locator('[aria-pressed="true"]')).wait_for()
    page.get_by_text("Heat map").click()
    settled(page)
    before, shown = area(page), pixels(page, 0)
    page.get_by_text("My own pictures").click()
    page.locator("input[type=file]").wait_for(state="attached")
    settled(page)
    page.locator("input[type=file]").set_input_files(tmp_path / "own.png")
    page.get_by_text("own.png, 160 × 120 px").wait_for()
    settled(page)
    assert float(threshold_slider(page).input_value()) == 0.7
    assert page.url.endswith("threshold=0.7&presence=0.1")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Home").click()
    page.get_by_text("Bring your own data").wait_for()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Live Prediction").click()
    page.get_by_text("A data set", exact=True).click()
    page.get_by_text("2_2.tif, 160 × 120 px").wait_for()
    settled(page)
    assert float(threshold_slider(page).input_value()) == 0.7
    assert area(page) == before and np.array_equal(pixels(page, 0), shown)


def test_a_file_of_300_mb_is_refused_in_a_sentence(visit, tmp_path):
    large = tmp_path / "large.tif"
    with large.open("wb") as file:
        file.truncate(300 * 2**20)
    page = visit("Live_Prediction")
    page.get_by_text("My own pictures").click()
    page.locator("input[type=file]").set_input_files(large)
    sentence = page.get_by_text(re.compile("must be 200.*MB or smaller"))
    sentence.wait_for()
    assert sentence.bounding_box()["width"] > 100  # seen, and not for screen readers alone
    small = tmp_path / "own.png"
    cv2.imwrite(str(small), stand_in_frame(3, nerve=True)[0])
    page.locator("input[type=file]").set_input_files(small)
    expect(metric(page, "Area")).to_be_visible()


def test_both_pictures_zoom_in_pace_and_stay_zoomed_as_the_threshold_moves(visit):
    page = visit("Live_Prediction?sample=tiny/2_1&model=blob")
    first, second = picture(page, 0), picture(page, 1)
    for window, words in (
        (first, f"2_1.tif: Outline by model blob, {area(page):,} px"),
        (second, "Plain frame 2_1.tif"),
    ):
        assert window.locator("img").get_attribute("alt").startswith(words)  # for those who cannot see them
    page.get_by_role("button", name="Zoom in").first.click()
    page.get_by_role("button", name="Zoom in").nth(1).click()
    view = first.get_attribute("data-view")
    assert float(view.split()[0]) == pytest.approx(2.25)
    assert second.get_attribute("data-view") == view
    second.focus()
    second.press("ArrowRight")
    moved = first.get_attribute("data-view")
    assert moved != view and second.get_attribute("data-view") == moved
    slider = threshold_slider(page)
    slider.focus()
    before = area(page)
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("threshold=0.51"))
    settled(page)
    assert area(page) < before
    assert first.get_attribute("data-view") == moved
    first.dblclick()
    assert float(first.get_attribute("data-view").split()[0]) == pytest.approx(4.5)
    page.get_by_role("button", name="1×: show the whole picture").first.click()
    assert second.get_attribute("data-view").startswith("1.00")


def test_a_real_tif_gives_the_servers_own_mask(visit, real_data, stand_in):
    path = sorted((real_data / "uns_native" / "test").glob("*.tif"))[0]
    page = visit("Live_Prediction?model=blob")
    page.get_by_text("My own pictures").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text(f"{path.name}, 580 × 420 px").wait_for()
    settled(page)
    image = codecs.read(path)[0].image
    assert np.array_equal(pixels(page, 1), image)
    name, data = download(page, "Mask")
    card = Predictor(stand_in.weights / "blob").card
    expected = Predictor(stand_in.weights / "blob").predict(image).mask(card.threshold, card.presence_threshold)
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert name == f"{path.stem}_mask.png" and np.array_equal(stored, expected.astype(np.uint8) * 255)
    expect_area(page, expected)


def test_the_app_never_imports_tensorflow(visit, server):
    page = visit()
    for name in ("Data Explorer", "Annotate", "Model Comparison", "Ground Truth Overlay", "Live Prediction"):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        settled(page)
    expect(metric(page, "Area")).to_be_visible()
    imported = set(re.findall(r"^import time:.*\| +([\w.]+)$", server.log.read_text(errors="replace"), re.M))
    assert {"streamlit", "onnxruntime", "neuroscan.inference.predictor"} <= imported
    assert not {name for name in imported if name.split(".")[0] in ("tensorflow", "keras", "torch", "jax")}
    libraries = [entry.path for entry in psutil.Process(server.pid).memory_maps()]
    assert any("onnxruntime" in library for library in libraries)
    assert not any("tensorflow" in library for library in libraries)


def test_what_was_opened_stays_open_when_the_page_above_it_changes(visit):
    page = visit("Live_Prediction?sample=tiny/2_1&model=blob")
    page.get_by_text("How steady is this outline?").click()
    inside = page.get_by_text("views of this frame")
    inside.wait_for()
    page.get_by_text("Heat map", exact=True).click()
    page.get_by_text("1, clear at 0").wait_for()
    settled(page)
    expect(inside).to_be_visible()
    page.get_by_text("Presence gate", exact=True).click()
    page.get_by_text("Presence gate off.").wait_for()
    settled(page)
    expect(inside).to_be_visible()


def test_a_page_outlives_its_server(serve, visit, stand_in):
    first = serve(data=stand_in.data, weights=stand_in.weights)
    page = visit("Live_Prediction?sample=tiny/2_1&model=blob&threshold=0.4", at=first)
    process = psutil.Process(first.pid)
    process.terminate()
    process.wait(20)
    expect(page.get_by_test_id("stApp")).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    serve(data=stand_in.data, weights=stand_in.weights, port=int(first.address.rpartition(":")[2]))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")
    settled(page)
    threshold_slider(page).press("ArrowRight")
    expect(page).to_have_url(re.compile("threshold=0.41"))
