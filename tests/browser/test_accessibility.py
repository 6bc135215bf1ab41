"""What axe knows to be wrong for people who read by ear or see little contrast, and whether a page fits a phone.

Model Comparison has such a test beside its others.
"""

import re

import pytest
from playwright.sync_api import expect

from neuroscan import config
from neuroscan.data import codecs
from neuroscan.imaging import overlay
from tests.browser.conftest import faults, settled, too_wide
from tests.conftest import stand_in_frame

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


def test_chosen_filters_can_be_read_on_the_dark_page(visit):
    page = visit("Data_Explorer")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Filter by").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    chosen = page.locator("[data-testid=stMultiSelect] [data-tag]").first
    expect(chosen.locator("span")).to_have_css("color", "rgb(230, 238, 241)")
    expect(chosen).to_have_css("background-color", re.compile(r"0\.9\d* 0\.9\d* 0\.9\d* / 0\.15"))


def test_the_overlay_fits_the_narrowest_page_and_shows_all_its_panels_to_choose_from(visit):
    page = visit(f"Ground_Truth_Overlay?{FRAME}", width=320)
    expect(page.get_by_text("heat map: probability")).to_be_visible()
    assert not too_wide(page)
    for name in ("Outlines", "Agreement", "Heat map", "Plain"):
        box = page.get_by_role("toolbar", name="Show").get_by_role("button", name=name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320, name


def test_a_long_name_of_a_file_fits_a_phone(visit):
    page = visit("Live_Prediction?model=blob", width=390)
    page.get_by_role("radio", name="My own pictures").click()
    name = f"{'a_very_long_name_' * 6}.png"
    picture = {"name": name, "mimeType": "image/png", "buffer": codecs.encode_png(stand_in_frame(9, nerve=True)[0])}
    page.locator("input[type=file]").set_input_files([picture])
    expect(page.locator(".caption", has_text=name)).to_be_visible()
    settled(page)
    assert not too_wide(page)


def test_where_the_system_sets_the_colours_a_slider_and_what_is_chosen_keep_theirs(visit):
    page = visit(f"Live_Prediction?{FRAME}")
    page.emulate_media(forced_colors="active")
    adjusted = [
        page.get_by_role("group", name="Threshold", exact=True),
        page.locator("label", has_text="Presence gate"),
        page.get_by_role("radio", name="Outline"),
    ]
    for one in adjusted:
        expect(one).to_have_css("forced-color-adjust", "none")


def test_a_printed_sheet_holds_what_is_as_wide_as_the_window(visit):
    page = visit("Data_Explorer")
    page.emulate_media(media="print")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_test_id("stPlotlyChart").first).to_have_css("break-inside", "avoid")
    width, height = re.search(rb"/MediaBox \[0 0 (\S+) (\S+)\]", page.pdf(prefer_css_page_size=True)).groups()
    assert float(width) > float(height)


def test_where_the_system_sets_the_colours_the_key_to_a_picture_keeps_its_own_and_the_chosen_tile_is_marked(visit):
    page = visit(f"Ground_Truth_Overlay?{FRAME}")
    page.emulate_media(forced_colors="active")
    key = page.get_by_text("expert (solid)").locator("span")
    expect(key).to_have_css("background-color", f"rgb{overlay.EXPERT}")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Live Prediction").click()
    expect(page.locator(".tiles button[aria-pressed=true]")).to_have_css("border-top-width", "3px")
    expect(page.locator(".tiles button[aria-pressed=false]").first).to_have_css("border-top-width", "1px")


def test_a_picture_is_not_cut_in_two_where_a_printed_sheet_ends(visit):
    page = visit(f"Live_Prediction?{FRAME}")
    expect(page.locator(".panel").first).to_have_css("break-inside", "avoid")
