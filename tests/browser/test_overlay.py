"""Ground Truth Overlay in a real browser: keys, slider, pictures to the pixel."""

import base64
import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from neuroscan.data import codecs
from neuroscan.evaluation.counts import count
from neuroscan.imaging import overlay
from neuroscan.inference.predictor import Predictor
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
PATH = "Ground_Truth_Overlay"
OPACITY = 0.6
"""What the page begins with."""


@pytest.fixture
def opened(visit):
    """Open the page: `opened("sample=tiny/2_1&model=blob")`."""
    return lambda query="": visit(f"{PATH}?{query}")


def frame_shown(page: Page) -> str:
    """Name of the frame, from the page's address."""
    return re.search(r"sample=([^&]+)", page.url)[1].replace("%2F", "/")


def expect_frame(page: Page, name: str) -> None:
    """Wait until the address names a frame and the page has drawn it."""
    expect(page).to_have_url(re.compile(f"sample={re.escape(name.replace('/', '%2F'))}"))
    settled(page)


def names_in_order(page: Page) -> list[str]:
    """The list of frames, as the visitor finds it."""
    page.get_by_role("combobox", name=re.compile(r"^Frame \d")).click()
    labels = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return [re.search(r"\d+\. (\S+)", label)[1] for label in labels]


def panel(page: Page, place: int):
    """The window of a panel: 0 outlines, 1 agreement, 2 heat map."""
    return page.locator(".window").nth(place)


def picture(source: str) -> np.ndarray:
    """A picture that the browser received, red first."""
    data = np.frombuffer(base64.b64decode(source.split(",", 1)[1]), np.uint8)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def pixels(page: Page, place: int) -> np.ndarray:
    """What a panel shows."""
    return picture(panel(page, place).locator("img").get_attribute("src"))


def threshold_slider(page: Page):
    """The threshold's slider, as the keyboard meets it."""
    return page.get_by_role("group", name="Threshold", exact=True).locator("input[type=range]")


def test_the_agreement_maps_counts_equal_the_scores_and_follow_the_slider(opened, stand_in):
    page = opened("sample=tiny/2_1&model=blob")
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    truth = codecs.read_mask(stand_in.data / "tiny" / "2_1_mask.tif")
    prediction = Predictor(stand_in.weights / "blob").predict(image)
    everywhere = np.ones(image.shape, bool)
    for place in range(3):  # for those who cannot see them
        assert re.search(r"\d", panel(page, place).locator("img").first.get_attribute("alt"))
    for presses, threshold in ((0, 0.5), (3, 0.53)):
        threshold_slider(page).focus()
        for _ in range(presses):
            page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"threshold={threshold}"))
        settled(page)
        expected = count(truth, prediction.mask(threshold))
        words = f"both {expected.tp:,} px, only expert {expected.fn:,} px, only model {expected.fp:,} px"
        expect(panel(page, 1).locator("img")).to_have_attribute("alt", f"tiny/2_1. blob: {words}")
        shown = pixels(page, 1)
        for color, pixel_count in (
            (overlay.BOTH, expected.tp),
            (overlay.EXPERT, expected.fn),
            (overlay.MODEL, expected.fp),
        ):
            tinted = overlay.fill(image, everywhere, color=color, opacity=OPACITY)
            assert int((shown == tinted).all(-1).sum()) == pixel_count
        assert int((shown == image[..., None]).all(-1).sum()) == expected.tn
        # Keys that move the slider do not step through the frames.
        assert frame_shown(page) == "tiny/2_1"
        expect(page.get_by_role("cell", name=f"{expected.dice:.3f}").first).to_be_visible()


def test_arrow_keys_step_through_the_frames_and_a_zoomed_picture_keeps_them(opened):
    page = opened("model=blob")
    names = names_in_order(page)
    assert len(names) == 3
    page.locator("h1").click()  # the focus is nowhere
    page.keyboard.press("ArrowRight")
    expect_frame(page, names[1])
    page.keyboard.press("ArrowRight")
    expect_frame(page, names[2])
    page.keyboard.press("ArrowRight")  # the end holds
    page.keyboard.press("ArrowLeft")
    expect_frame(page, names[1])

    panel(page, 0).focus()
    page.keyboard.press("+")
    expect(panel(page, 0)).to_have_attribute("data-view", re.compile("^1.50"))
    before = panel(page, 0).get_attribute("data-view")
    page.keyboard.press("ArrowRight")
    expect(panel(page, 0)).not_to_have_attribute("data-view", before)
    for place in (1, 2):  # and all panels keep pace
        expect(panel(page, place)).to_have_attribute("data-view", panel(page, 0).get_attribute("data-view"))
    assert frame_shown(page) == names[1]


def test_buttons_lists_and_tiles_lead_to_frames_by_keyboard_alone(opened):
    page = opened("model=blob")
    names = names_in_order(page)
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    expect_frame(page, names[1])
    page.get_by_role("radio", name="Many").focus()
    page.keyboard.press("Enter")
    tile = page.get_by_role("button", name=names[2], exact=True)
    expect(page.get_by_test_id("stImage").locator("img")).to_have_count(3)
    for picture in page.get_by_test_id("stImage").locator("img").all():
        assert re.search(r"Dice \d\.\d\d", picture.get_attribute("alt"))
    tile.focus()
    page.keyboard.press("Enter")
    expect_frame(page, names[2])
    expect(panel(page, 0)).to_be_visible()
