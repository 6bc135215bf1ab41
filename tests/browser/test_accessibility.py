"""What axe knows to be wrong for people who read by ear or see little contrast; Model Comparison: its own tests."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import faults, settled

pytestmark = pytest.mark.browser
FRAME = "sample=tiny/2_1&model=blob"


@pytest.mark.parametrize(
    ("path", "pressed"),
    [
        ("", []),
        (
            f"Live_Prediction?{FRAME}",
            ["How steady is this outline?", "All models on this frame", "What the model sees"],
        ),
        (f"Ground_Truth_Overlay?{FRAME}", ["Every score, explained"]),
        ("Data_Explorer", ["What is wrong"]),
        (f"Annotate?{FRAME}", []),
        (f"Annotate?{FRAME}", ["Challenge"]),
    ],
)
def test_a_page_has_no_fault_that_axe_knows(path, pressed, visit):
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
