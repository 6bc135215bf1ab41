"""Model Comparison in a real browser: a click on a curve sets the threshold, a tile opens its frame, columns sort."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import scored_models
from tests.browser.conftest import faults, settled, too_wide

pytestmark = pytest.mark.browser
PATH = "Model_Comparison"
TABS = ("Thresholds", "Presence", "Subjects and sizes", "Cost", "Frames", "Training", "Card")


@pytest.fixture(scope="module")
def own_server(serve, stand_in, tmp_path_factory):
    """A server with three scored models, the middle one the best."""
    folder = tmp_path_factory.mktemp("weights")
    scored_models.write(folder, {"a": 0.7, "b": 0.8, "c": 0.6}, data=stand_in.data)
    return serve(data=stand_in.data, weights=folder)


@pytest.fixture
def opened(visit, own_server):
    """Open the page: `opened(width=390)`."""
    return lambda **options: visit(PATH, at=own_server, **options)


def chart(page: Page, place: int = 0):
    """One of the charts, once it is drawn."""
    found = page.get_by_test_id("stPlotlyChart").nth(place)
    expect(found.locator(".scatterlayer .trace").first).to_be_attached()
    return found


def click_point(page: Page, trace: int, point: int) -> None:
    """Click a point of the curve as a visitor does; traces come in threes: line, points, the point in use."""
    mark = chart(page).locator(".scatterlayer .trace").nth(trace).locator(".points path").nth(point)
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart(page).locator(".hoverlayer .hovertext")).to_be_visible()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def in_use(page: Page, model: str):
    """The sentence on a model's threshold."""
    return page.get_by_text(re.compile(rf"^{model}: "))


def test_a_click_on_the_curve_sets_the_threshold_that_live_prediction_then_has(opened):
    page = opened()
    expect(in_use(page, "c")).to_contain_text("0.500 in use")
    click_point(page, 3 * 2 + 1, 23)  # model c, threshold 24/32
    expect(in_use(page, "c")).to_contain_text("0.750 in use, Dice 0.537")
    expect(in_use(page, "a")).to_contain_text("0.500 in use")
    settled(page)
    page.get_by_role("link", name="Live Prediction").last.click()
    page.get_by_role("button", name="Mask", exact=True).wait_for()
    settled(page)
    expect(page).to_have_url(re.compile(r"model=c&threshold=0\.75"))
    slider = page.get_by_role("group", name="Threshold", exact=True).locator("input[type=range]")
    assert float(slider.input_value()) == 0.75

    page.get_by_test_id("stSidebarNavLink").filter(has_text="Model Comparison").click()
    expect(in_use(page, "c")).to_contain_text("0.750 in use")
    settled(page)
    click_point(page, 3 * 2 + 1, 3)
    expect(in_use(page, "c")).to_contain_text("0.125 in use")
    settled(page)
    click_point(page, 3 * 2 + 1, 23)  # the first one again
    expect(in_use(page, "c")).to_contain_text("0.750 in use")
    settled(page)
    page.get_by_role("button", name="Reset").click()
    expect(in_use(page, "c")).to_contain_text("0.500 in use")


def column(page: Page, number: int) -> list[str]:
    """A column of the headline table, from above, as screen readers have it."""
    return page.get_by_test_id("stDataFrame").locator(f'td[aria-colindex="{number}"]').all_text_contents()


def test_a_click_on_a_columns_head_sorts_by_the_number(opened):
    page = opened()
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator('td[aria-colindex="1"]')).to_have_text(["b", "a", "c", "baseline: nothing anywhere"])
    assert [float(text) for text in column(page, 2)] == pytest.approx([0.8055, 0.7055, 0.6055, 0])
    box = table.bounding_box()
    page.mouse.click(box["x"] + 260, box["y"] + 18)  # the head of "Dice, frames" is drawn on a canvas
    expect(table.locator('td[aria-colindex="1"]')).to_have_text(["baseline: nothing anywhere", "c", "a", "b"])


def test_a_tile_opens_its_frame_in_the_overlay_page(opened):
    page = opened()
    page.get_by_text("tiny", exact=True).click()
    settled(page)
    page.get_by_role("tab", name="Frames").click()
    tile = page.get_by_role("button", name=re.compile("^tiny.2_2, expert's and model's outlines: Dice"))
    tile.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ground Truth Overlay")).to_be_visible()
    expect(page).to_have_url(re.compile("sample=tiny%2F2_2&model=a"))


def test_on_a_phone_nothing_hangs_over_the_edge_and_axe_knows_no_fault(opened):
    page = opened(width=390)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for tab in TABS:
            page.get_by_role("tab", name=tab, exact=True).click()
            expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute("aria-selected", "true")
            settled(page)
            assert not too_wide(page), tab
            assert not faults(page), (tab, scheme)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(15, 23, 27)")
