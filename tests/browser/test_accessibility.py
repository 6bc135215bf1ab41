"""What axe knows to be wrong for people who read by ear or see little contrast, and whether a page fits a phone.

Model Comparison has such a test beside its others.
"""

import pytest
from playwright.sync_api import expect

from neuroscan import config
from tests.browser.conftest import faults, settled, too_wide

pytestmark = pytest.mark.browser
FRAME = "sample=tiny/2_1&model=blob"
SECTIONS = ["Class balance", "Distributions", "Nerves", "Correlation", "Map"]


@pytest.mark.parametrize(
    ("path", "pressed", "pressed_on_a_phone"),
    [
        ("", [], []),
        (
            f"Live_Prediction?{FRAME}",
            ["How steady is this outline?", "All models on this frame", "What the model sees"],
            [],
        ),
        (f"Ground_Truth_Overlay?{FRAME}", ["Every score, explained"], []),
        ("Data_Explorer", ["What is wrong"], SECTIONS),
        (f"Annotate?{FRAME}", [], []),
        (f"Annotate?{FRAME}", ["Challenge"], []),
    ],
)
def test_a_page_has_no_fault_that_axe_knows_and_fits_a_phone(path, pressed, pressed_on_a_phone, visit):
    page = visit(path)
    for label in pressed:
        page.get_by_text(label, exact=True).first.click()
        settled(page)
    assert not faults(page), "light"
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 900})
    settled(page)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(15, 23, 27)")
    assert not faults(page), "dark, on a phone"
    expect(page.get_by_text(config.DISCLAIMER)).to_be_visible()
    assert not too_wide(page)
    for label in pressed_on_a_phone:
        page.get_by_role("radio", name=label, exact=True).click()
        settled(page)
        assert not too_wide(page), label


def test_words_on_primary_buttons_can_be_read_on_the_dark_page(visit):
    page = visit(f"Annotate?{FRAME}")
    page.emulate_media(color_scheme="dark")
    page.get_by_text("Challenge", exact=True).click()
    settled(page)
    page.get_by_role("button", name="No nerve here").click()
    expect(page.get_by_role("button", name="Next frame")).to_have_css("background-color", "rgb(79, 179, 196)")
    settled(page)
    assert not faults(page)
