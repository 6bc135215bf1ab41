"""Leaving a page for another one while the first still has something to tell the server."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.conftest import Server, settled, watched

pytestmark = pytest.mark.browser


@pytest.fixture
def home(chromium: Browser, server: Server) -> Iterator[Page]:
    """Home; once it or another page was left, what the page told last from a part of it is told again, too late."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    of_a_part: list[bytes] = []

    def told(socket: WebSocketRoute) -> None:
        to_server = socket.connect_to_server()

        def forward(message: bytes) -> None:
            to_server.send(message)
            asked = BackMsg.FromString(message).rerun_script
            if asked.fragment_id:
                of_a_part[:] = [message]
            elif of_a_part and asked.page_script_hash != BackMsg.FromString(of_a_part[0]).rerun_script.page_script_hash:
                to_server.send(of_a_part.pop())

        socket.on_message(forward)

    page.route_web_socket(re.compile("/_stcore/stream"), told)
    watched(page)
    page.goto(server.address)
    settled(page)
    yield page
    context.close()


def draw(page: Page) -> None:
    """Take another tool: the canvas tells what is on it."""
    expect(page.locator(".upper-canvas").last).to_have_attribute("aria-label", re.compile("pixels"))
    page.get_by_role("radio", name="Freehand").click()


def slide(page: Page) -> None:
    """Move the threshold by a step."""
    page.get_by_role("group", name="Threshold", exact=True).locator("input[type=range]").press("ArrowRight")


def by_link(page: Page) -> None:
    """Go to Home by its link."""
    page.get_by_test_id("stSidebar").get_by_role("link", name="Home").click()


def by_history(page: Page) -> None:
    """Go to Home by the browser's Back, in one press: whatever a page wrote to its address, it is one page."""
    page.go_back()


@pytest.mark.parametrize(
    ("title", "tell", "leave"),
    [
        ("Annotate", draw, by_link),
        ("Live Prediction", slide, by_link),
        ("Live Prediction", slide, by_history),
        ("Ground Truth Overlay", slide, by_link),
    ],
)
def test_a_page_that_a_late_word_of_the_one_before_would_leave_blank_is_drawn(
    title: str, tell: Callable[[Page], None], leave: Callable[[Page], None], home: Page
) -> None:
    home.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
    expect(home.get_by_role("heading", name=title, level=1)).to_be_visible()
    settled(home)
    tell(home)
    home.wait_for_timeout(1500)
    leave(home)
    home.wait_for_timeout(1500)  # Home stands there for a moment before it goes.
    expect(home.get_by_role("heading", name="Data sets")).to_be_visible()
