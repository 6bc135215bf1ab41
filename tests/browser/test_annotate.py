"""Annotate in a real browser: what the hand draws on the canvas is what is saved, to the pixel."""

import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from neuroscan.data import annotations, codecs
from neuroscan.evaluation.counts import dice
from neuroscan.phantom import dataset as phantoms
from tests.browser.conftest import Server, settled, too_wide

pytestmark = pytest.mark.browser

SHAPE = (420, 580)
KITE = [(174, 168), (290, 147), (348, 210), (260, 252)]
"""Corners in pixels of the frame."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A data set of three phantoms, and where drawings are kept."""
    root = tmp_path_factory.mktemp("annotate")
    folder = root / "data" / "phantom_small"
    folder.mkdir(parents=True)
    for number in (1, 2, 3):
        image, mask = phantoms.frame(5, number=number, nerve=number < 3)
        cv2.imwrite(str(folder / f"1_{number}.tif"), image)
        cv2.imwrite(str(folder / f"1_{number}_mask.tif"), mask.astype(np.uint8) * 255)
    return root


@pytest.fixture(scope="module")
def annotate_server(serve, place, stand_in) -> Server:
    """The app on the phantoms."""
    return serve(data=place / "data", weights=stand_in.weights, NEUROSCAN_ANNOTATIONS=str(place / "annotations"))


@pytest.fixture
def annotate(visit, annotate_server):
    """Open the page as a new visitor: `annotate("1_1", reader="Ann", width=390)`."""

    def opened(frame="1_1", *, reader="", **kwargs) -> Page:
        page = visit(f"Annotate?sample=phantom_small/{frame}&model=blob", at=annotate_server, **kwargs)
        ready(page)
        if reader:
            sign(page, reader)
        return page

    return opened


def sign(page: Page, reader: str) -> None:
    """Give a name."""
    field = page.get_by_role("textbox", name="Reader", exact=True)
    field.fill(reader)
    field.press("Enter")
    expect(page.get_by_text("Give your name above to save.")).to_have_count(0)
    ready(page)


def canvas(page: Page):
    """The canvas that takes the mouse; while another frame comes in, the last one's is there as well."""
    return page.locator(".upper-canvas").last


def ready(page: Page) -> None:
    """Wait until the canvas is there, named, and as wide as it is going to be."""
    settled(page)
    expect(canvas(page)).to_have_attribute("aria-label", re.compile("pixels"))
    last = None
    for _ in range(100):
        page.wait_for_timeout(300)
        box = canvas(page).bounding_box()
        if box == last:
            return
        last = box
    pytest.fail("the canvas does not come to rest")


def expect_words(page: Page, words: str) -> None:
    """Wait until the canvas is named so for screen readers, which comes from the server."""
    settled(page)
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(re.escape(words)))


def places(page: Page, points) -> list[tuple[float, float]]:
    """Where points of the frame lie in the window."""
    canvas(page).scroll_into_view_if_needed()
    box = canvas(page).bounding_box()
    return [(box["x"] + x * box["width"] / SHAPE[1], box["y"] + y * box["height"] / SHAPE[0]) for x, y in points]


def to_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the frame lies in the window."""
    return places(page, [(x, y)])[0]


def click_round(page: Page, points) -> None:
    """Click a polygon and close it."""
    for x, y in [*points, points[0]]:
        page.mouse.click(*to_screen(page, x, y))
        page.wait_for_timeout(60)


def drag_round(page: Page, points) -> None:
    """Draw a line in one go."""
    first, *others = places(page, points)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place)
    page.mouse.up()


def button(page: Page, name: str):
    """A button by its name, to which Streamlit adds its shortcut, if it has one."""
    return page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( Shortcut|$)"))


def choose(page: Page, name: str) -> None:
    """Choose a tool or a zoom, or switch something on."""
    page.get_by_text(name, exact=True).click()
    ready(page)


def save(page: Page, label: str = "Save drawing") -> None:
    """Save and see that it is told."""
    button(page, label).click()
    expect(page.get_by_test_id("stAlert").filter(has_text="Saved as version")).to_be_visible()


def kept(place, reader: str, frame: str = "1_1"):
    """The newest drawing on the disk."""
    return annotations.latest(place / "annotations", "phantom_small", reader, frame)


def filled(points) -> np.ndarray:
    """The pixels whose centres a polygon holds, by OpenCV at eight times the size: another hand than the app's."""
    large = np.zeros((SHAPE[0] * 8, SHAPE[1] * 8), np.uint8)
    cv2.fillPoly(large, [np.round(np.array(points) * 8).astype(np.int32)], 1)
    return large[4::8, 4::8] > 0


def expect_saved(place, reader: str, points) -> None:
    """A polygon, and nothing else, is what the disk has of a reader's drawing."""
    mask = codecs.read_mask(place / "annotations" / "phantom_small" / reader / "1_1_mask.png")
    assert mask.shape == SHAPE
    assert dice(filled(points), mask) >= 0.98
    (outline,) = kept(place, reader).outlines
    assert np.array(outline.points) == pytest.approx(np.array(points), abs=1)


def test_a_polygon_by_mouse_is_saved_as_it_was_drawn_and_is_there_after_a_reload(annotate, place):
    page = annotate(reader="Stays")
    click_round(page, KITE)
    expect_words(page, "1 outline")
    save(page)
    expect_saved(place, "Stays", KITE)
    assert "Stays" not in page.url, "a link names the frame, and nobody"
    page.reload()
    ready(page)
    expect(page.get_by_role("textbox", name="Reader", exact=True)).to_have_value("Stays")
    expect_words(page, f"1 outline, {kept(place, 'Stays').mask().sum():,} px")
    expect(page.get_by_text("Saved: version 1.")).to_be_visible()


def test_a_polygon_on_an_enlarged_frame_is_saved_as_it_was_drawn(annotate, place):
    page = annotate(reader="Near")
    choose(page, "2×")
    points = [(x / 2, y / 2) for x, y in KITE]  # what of the enlarged frame is in sight
    click_round(page, points)
    expect_words(page, "1 outline")
    save(page)
    expect_saved(place, "Near", points)


def test_a_freehand_line_and_a_cut(annotate, place):
    page = annotate(reader="Free")
    choose(page, "Freehand")
    turn = np.linspace(0, 2 * np.pi, 60)
    drag_round(page, list(zip(290 + 80 * np.cos(turn), 210 + 80 * np.sin(turn), strict=True)))
    expect_words(page, "1 outline")
    choose(page, "Cut away")
    drag_round(page, list(zip(290 + 30 * np.cos(turn), 210 + 30 * np.sin(turn), strict=True)))
    expect_words(page, "2 outlines")
    save(page)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    far = np.hypot(columns - 290, rows - 210)
    assert dice((far < 80) & (far >= 30), kept(place, "Free").mask()) >= 0.98
    assert [outline.cut for outline in kept(place, "Free").outlines] == [False, True]


def test_undo_redo_clear_and_their_keys(annotate):
    page = annotate()
    click_round(page, KITE)
    expect_words(page, "1 outline")
    click_round(page, [(400, 100), (450, 100), (450, 150)])
    expect_words(page, "2 outlines")
    button(page, "Undo").click()
    expect_words(page, "1 outline")
    page.keyboard.press("Control+z")
    expect_words(page, "nothing yet")
    page.keyboard.press("Control+y")
    expect_words(page, "1 outline")
    button(page, "Clear").click()
    expect_words(page, "nothing yet")
    # A line that is not closed yet goes as well: three clicks after it make a new polygon.
    for point in [(50, 50), (90, 50)]:
        page.mouse.click(*to_screen(page, *point))
    button(page, "Clear").click()
    ready(page)
    click_round(page, [(400, 100), (450, 100), (450, 150)])
    expect_words(page, "1 outline, 1,2")


def test_editing_moves_an_outline_and_deletes_it(annotate, place):
    page = annotate(reader="Editor")
    click_round(page, [(100, 100), (200, 100), (200, 200), (100, 200)])
    expect_words(page, "1 outline")
    choose(page, "Edit")
    expect(page.locator('.dc-icon-button[title="Edit"]')).to_have_attribute("aria-pressed", "true")
    corner = page.get_by_test_id("stDataFrame").locator("td").nth(1)
    before = corner.inner_text()
    page.mouse.move(*to_screen(page, 150, 150))
    page.mouse.down()
    page.mouse.move(*to_screen(page, 180, 170), steps=5)
    page.mouse.up()
    # The canvas tells of a move a moment after it.
    expect(corner).not_to_have_text(before)
    settled(page)
    save(page)
    expected = filled([(130, 120), (230, 120), (230, 220), (130, 220)])
    assert dice(expected, kept(place, "Editor").mask()) >= 0.98
    page.mouse.click(*to_screen(page, 180, 170))
    page.locator('.dc-icon-button[title="Delete selected"]').click()
    expect_words(page, "nothing yet")
    save(page, "Save: no nerve")
    assert kept(place, "Editor").outlines == ()


def test_arrow_keys_step_through_frames_and_drawings_wait(annotate):
    page = annotate()
    click_round(page, KITE)
    expect_words(page, "1 outline")
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    expect_words(page, "1_2.tif")
    expect_words(page, "nothing yet")
    page.keyboard.press("ArrowLeft")
    expect_words(page, "1_1.tif")
    expect_words(page, "1 outline")
    ready(page)
    # The canvas shows it again too: clicking on its line is editing, so it is really there.
    choose(page, "Edit")
    page.mouse.click(*to_screen(page, 270, 200))
    page.locator('.dc-icon-button[title="Delete selected"]').click()
    expect_words(page, "nothing yet")


def test_by_keyboard_alone_an_outline_is_made_moved_and_saved(annotate, place):
    page = annotate(reader="Keys")
    button(page, "Add outline").focus()
    page.keyboard.press("Enter")
    expect_words(page, "1 outline, 3,4")  # eight corners at 35 pixels from the middle: 3,465 px
    before = kept(place, "Keys")
    assert before is None
    page.locator("canvas[data-testid=data-grid-canvas]").focus()
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    # The first corner, (325, 210), goes to the right edge.
    page.keyboard.press("Enter")
    field = page.locator(".gdg-input, #portal input").first
    expect(field).to_be_focused()
    field.fill("580")
    field.press("Enter")
    expect(canvas(page)).not_to_have_attribute("aria-label", re.compile("1 outline, 3,4"))
    button(page, "Save drawing").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved as version 1 by Keys.")).to_be_visible()
    (outline,) = kept(place, "Keys").outlines
    assert len(outline.points) == 8
    assert [point for point in outline.points if point[0] == 580]
    others = [point for point in outline.points if point[0] != 580]
    assert len(others) == 7 and max(x for x, _ in others) < 330


def test_the_frame_on_the_canvas_is_sharp(annotate, place):
    page = annotate()
    choose(page, "1×")
    sent = page.evaluate(
        """() => {
          for (const element of document.querySelectorAll(".st-key-drawing *")) {
            const canvas = element.shadowRoot?.querySelector(".dc-background-canvas");
            if (canvas) {
              const found = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              return { width: found.width, height: found.height, red: [...found.data].filter((_, i) => i % 4 == 0) };
            }
          }
        }"""
    )
    image = cv2.imread(str(place / "data" / "phantom_small" / "1_1.tif"), cv2.IMREAD_UNCHANGED)
    shown = np.array(sent["red"], np.uint8).reshape(sent["height"], sent["width"])
    assert np.array_equal(shown, image), "every pixel as in the file"


def test_on_a_phone_the_whole_frame_fits_and_is_drawn_on_by_touch(annotate, place):
    page = annotate(reader="Finger", width=390, touch=True)
    box = canvas(page).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert box["width"] > 300
    assert not too_wide(page)
    for x, y in [*KITE, KITE[0]]:
        page.touchscreen.tap(*to_screen(page, x, y))
        page.wait_for_timeout(100)
    expect_words(page, "1 outline")
    save(page)
    assert dice(filled(KITE), kept(place, "Finger").mask()) >= 0.98


def swipe(page: Page, start, end) -> None:
    """Move a finger from one place in the window to another, and let it rest there so that nothing slides on."""
    finger = page.context.new_cdp_session(page)
    along = np.linspace(start, end, 20).tolist()
    for kind, way in (("touchStart", along[:1]), ("touchMove", along[1:] + along[-1:] * 10), ("touchEnd", [None])):
        for place in way:
            points = [] if place is None else [{"x": place[0], "y": place[1]}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            page.wait_for_timeout(20)


def test_by_touch_an_enlarged_frame_is_moved_and_a_polygon_is_where_it_was_tapped(annotate, place):
    page = annotate(reader="Tablet", width=500, touch=True)
    choose(page, "2×")
    x, y = to_screen(page, 165, 100)
    before = canvas(page).bounding_box()
    swipe(page, (x, y), (x - 300, y))
    assert 250 < before["x"] - canvas(page).bounding_box()["x"] <= 310
    taps = places(page, KITE)
    assert all(0 < left < 500 for left, _ in taps), "all is in sight now"
    for tap in [*taps, taps[0]]:
        page.touchscreen.tap(*tap)
        page.wait_for_timeout(100)
    expect_words(page, "1 outline")
    save(page)
    expect_saved(place, "Tablet", KITE)
    choose(page, "Freehand")
    before = canvas(page).bounding_box()
    swipe(page, (x, y), (x - 300, y))
    assert canvas(page).bounding_box() == before, "with other tools a finger draws"


def test_what_a_drawing_starts_from_is_saved_without_complaint(annotate, place):
    page = annotate(reader="Starter")
    button(page, "Start from").click()
    page.get_by_role("button", name="Model blob").click()
    expect_words(page, "outline")
    page.keyboard.press("Escape")
    save(page)
    settled(page)
    assert kept(place, "Starter").outlines
    expect(page.get_by_text("The canvas sent no drawing")).to_have_count(0)


def test_a_drawing_stays_when_the_window_is_resized_and_one_comes_back_from_another_page(annotate):
    page = annotate(reader="Walker")
    click_round(page, KITE)
    expect_words(page, "1 outline")
    words = canvas(page).get_attribute("aria-label")
    for tool, width, hasty in (("Freehand", 1000, False), ("Edit", 1280, True)):
        choose(page, tool)
        before = canvas(page).bounding_box()["width"]
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_function(
            "before => Math.abs(document.querySelector('.st-key-drawing').clientWidth - before) > 9", arg=before
        )
        settled(page)
        expect_words(page, words)
        page.get_by_test_id("stSidebar").get_by_role("link", name="Home").click()
        if not hasty:
            expect(page.get_by_role("heading", name="Data sets")).to_be_visible()
        page.get_by_test_id("stSidebar").get_by_role("link", name="Annotate").click()
        ready(page)
        expect_words(page, words)


def test_the_browser_asks_before_a_drawing_is_lost_and_at_no_other_time(annotate):
    page = annotate(reader="Leaver")
    outcomes: list[str] = []
    page.on("dialog", lambda dialog: (outcomes.append(f"asks: {dialog.type}"), dialog.dismiss()))
    page.on("load", lambda: outcomes.append("leaves"))

    def reload() -> str:
        outcomes.clear()
        page.evaluate("() => void setTimeout(() => location.reload())")
        while not outcomes:
            page.wait_for_timeout(50)
        settled(page)
        return outcomes[0]

    page.mouse.click(*to_screen(page, 50, 50))
    assert reload() == "asks: beforeunload", "a polygon that is not closed yet"
    button(page, "Clear").click()
    ready(page)
    assert reload() == "leaves", "nothing is drawn any more"
    ready(page)
    click_round(page, KITE)
    expect_words(page, "1 outline")
    assert reload() == "asks: beforeunload"
    expect_words(page, "1 outline")
    button(page, "Next").click()
    expect_words(page, "1_2.tif")
    assert reload() == "asks: beforeunload", "the drawing of another frame"
    page.get_by_test_id("stSidebar").get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Data sets")).to_be_visible()
    assert reload() == "asks: beforeunload", "on another page"
    page.get_by_test_id("stSidebar").get_by_role("link", name="Annotate").click()
    expect_words(page, "1_2.tif")
    button(page, "Previous").click()
    expect_words(page, "1 outline")
    save(page)
    settled(page)
    assert reload() == "leaves", "it is saved"
    ready(page)
    page.get_by_text("Challenge", exact=True).click()
    expect(page.get_by_role("heading", name="Frame 1")).to_be_visible()
    ready(page)
    click_round(page, KITE)
    expect_words(page, "1 outline")
    assert reload() == "asks: beforeunload"
    button(page, "This is the nerve").click()
    button(page, "Next frame").click()
    expect(page.get_by_role("heading", name="Frame 2")).to_be_visible()
    ready(page)
    assert reload() == "leaves", "the answer was given"


def test_what_a_link_asks_for_in_vain_stays_said_once_the_browser_has_spoken(annotate):
    page = annotate("9_9&threshold=2")
    expect(page.get_by_text("The link's threshold is no number")).to_be_visible()
    sentence = page.get_by_text("The sample phantom_small/9_9 is not at hand here; another one is shown.")
    expect(sentence).to_be_visible()
    sign(page, "Returner")
    page.goto(page.url.replace("1_1", "9_9"))
    expect(page.get_by_role("textbox", name="Reader", exact=True)).to_have_value("Returner")
    ready(page)
    expect(sentence).to_be_visible()
    button(page, "Next").click()
    expect(sentence).to_have_count(0)


def test_a_challenge_by_mouse(annotate):
    page = annotate()
    page.get_by_text("Challenge", exact=True).click()
    expect(page.get_by_role("heading", name="Frame 1")).to_be_visible()
    ready(page)
    click_round(page, KITE)
    expect_words(page, "1 outline")
    assert page.locator(".window img").count() == 0
    button(page, "This is the nerve").click()
    expect(page.get_by_role("heading", name="Tally")).to_be_visible()
    expect(page.locator(".window img").first).to_have_attribute(
        "alt", re.compile(r"Outlines: you .* Simulator .* \(solid\), Model blob .* \(dashed\)")
    )
    button(page, "Next frame").click()
    expect(page.get_by_role("heading", name="Frame 2")).to_be_visible()
    expect_words(page, "nothing yet")
    button(page, "No nerve here").click()
    expect(page.get_by_text("2 frames.")).to_be_visible()
