"""Data Explorer in a real browser: pick in a chart, filter, download just those rows."""

import csv
import io
import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from neuroscan import config
from neuroscan.explore import compute, results
from tests import own_data
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
SUBJECTS = {1: (True, True, True, False), 2: (True, False), 3: (True, True, True, True, False)}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Eleven frames of three subjects, and what the explorer knows of them."""
    folder = tmp_path_factory.mktemp("explorer") / "data"
    own_data.write(folder / "own", SUBJECTS, shape=(90, 120))
    compute.explore(folder)
    return folder


@pytest.fixture(scope="module")
def own_server(serve, data, stand_in):
    """The app on these frames."""
    return serve(data=data, weights=stand_in.weights)


@pytest.fixture
def explorer(visit, own_server):
    """Open the page as a new visitor."""
    return lambda: visit("Data_Explorer", at=own_server)


def names(page: Page) -> list[str]:
    """Names of the frames in the gallery."""
    return [text.split(" · ")[0] for text in page.locator(".tiles button").all_inner_texts()]


def expect_frames(page: Page, count: int) -> None:
    """Wait until the gallery holds so many frames."""
    expect(page.get_by_role("heading", name=re.compile(rf"^{count} frames?$"))).to_be_visible()
    expect(page.locator(".tiles button")).to_have_count(count)
    settled(page)


def section(page: Page, name: str) -> None:
    """Go to a section."""
    page.get_by_role("radio", name=name, exact=True).click()
    settled(page)


def click_bar(page: Page, subject: int) -> None:
    """Click the bar of a subject's frames with a nerve."""
    bar = page.locator(".js-plotly-plot .trace.bars").first.locator(".point path").nth(subject - 1)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # Plotly takes a click for the mark that the mouse was seen over.
    expect(page.locator(".hovertext")).to_be_visible()
    page.mouse.down()
    page.mouse.up()


def download(page: Page) -> list[dict[str, str]]:
    """Rows of the table that the visitor downloads."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("^Table of th")).click()
    return list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))


def test_pick_a_bar_filter_and_download_just_those_rows(explorer, data):
    page = explorer()
    expect_frames(page, 11)
    click_bar(page, 3)
    expect_frames(page, 4)
    assert names(page) == [f"own/3_{number}" for number in (1, 2, 3, 4)]
    expect(page.get_by_text("4 frames selected")).to_be_visible()

    # Narrow the mean from below, to where some of the four fall out: into their widest gap.
    frames = results.read(data).frames
    means = sorted(frames.loc[(frames["subject"] == "3") & frames["present"].eq(True), "mean"])
    _, limit = max((high - low, (high + low) / 2) for low, high in pairwise(means))
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("combobox", name="Filter by").click()
    page.get_by_role("option", name="Mean (grey levels)").click()
    page.keyboard.press("Escape")
    thumb = page.locator("input[type=range]").first
    thumb.fill(str(limit))
    thumb.press("ArrowRight")  # A key lets the page hear of it.
    limit = float(thumb.input_value())
    expected = frames[(frames["subject"] == "3") & frames["present"].eq(True) & (frames["mean"] >= limit)]
    assert 0 < len(expected) < 4
    expect_frames(page, len(expected))
    page.keyboard.press("Escape")

    rows = download(page)
    assert [row["frame"] for row in rows] == expected["frame"].tolist()
    assert [float(row["mean"]) for row in rows] == pytest.approx(expected["mean"].tolist())
    assert {row["note"] for row in rows} == {config.DISCLAIMER}

    page.get_by_role("button", name="Clear selection").click()
    expect_frames(page, int((frames["mean"] >= limit).sum()))


def test_a_box_around_points_picks_them_and_another_section_keeps_the_pick(explorer, data):
    page = explorer()
    section(page, "Intensity")
    # The bars of the section before may stand a moment longer.
    plot = page.locator(".js-plotly-plot").filter(has=page.locator(".scatterlayer .trace")).first
    expect(plot).to_be_visible()
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 4, steps=6)
    page.mouse.up()
    expect(page.get_by_text("frames selected")).to_be_visible()
    settled(page)
    picked = names(page)
    means = results.read(data).frames.set_index("name")["mean"]
    assert 0 < len(picked) < 11 and means[picked].max() < means.drop(picked).min()
    section(page, "Class balance")
    assert names(page) == picked


def test_a_thumbnail_opens_its_frame_which_leads_to_the_overlay(explorer):
    page = explorer()
    page.locator(".tiles button").nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("own/1_2", exact=True)).to_be_visible()
    expect(dialog.locator(".window img").first).to_have_attribute("alt", re.compile("own/1_2, 120 × 90 px, outlined"))
    dialog.get_by_role("link", name="Open in Ground Truth Overlay").click()
    expect(page).to_have_url(re.compile(r"Ground_Truth_Overlay\?sample=own%2F1_2"))
    expect(page.get_by_role("heading", name="Ground Truth Overlay")).to_be_visible()


def test_on_a_phone_the_tool_bar_of_a_chart_leaves_its_legend_free(explorer):
    page = explorer()
    page.set_viewport_size({"width": 390, "height": 900})
    section(page, "Class balance")
    chart = page.locator(".js-plotly-plot").first
    chart.hover()
    tools, legend = (chart.locator(name).first.bounding_box() for name in (".modebar", ".legend .traces"))
    assert tools["y"] + tools["height"] <= legend["y"] + 1
