"""A real server on a free port, and a real Chromium that looks at it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, WebSocket, expect, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.conftest import ROOT, StandIn

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 60_000
_AXE = {
    "resultTypes": ["violations"],
    # Streamlit's tables scroll on phones: browsers let the keyboard into such a region by themselves.
    "rules": {"scrollable-region-focusable": {"enabled": False}},
}
_QUIET_MS = 300
"""Longer than widgets wait before they send (a slider: 200 ms)."""

expect.set_options(timeout=_PATIENCE_MS)


@dataclass(frozen=True)
class Server:
    """A running app.

    Attributes:
        address: such as http://127.0.0.1:40123.
        pid: of its process.
        log: what it wrote, every module that it imported among it.
    """

    address: str
    pid: int
    log: Path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium; without one browser tests skip, but fail where CI=true says that there has to be one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "no Chromium on this machine: install Debian's `chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers: `serve(data=…, weights=…)`; each lives until the tests end.

    `first` is Python that a server runs before the app; `port` is a free one unless told.
    """
    running: list[subprocess.Popen[bytes]] = []

    def started(*, data: Path, weights: Path, first: str = "", port: int = 0, **variables: str) -> Server:
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(("127.0.0.1", port))
            port = found.getsockname()[1]
        own = tmp_path_factory.mktemp("server")
        log = own / "log.txt"
        # What a server keeps goes with the tests.
        kept = {f"NEUROSCAN_{name}": str(own / name.lower()) for name in ("CACHE", "ANNOTATIONS")}
        surroundings = os.environ | kept | {"NEUROSCAN_DATA": str(data), "NEUROSCAN_WEIGHTS": str(weights)} | variables
        start = ["-c", f"{first}\nfrom streamlit.web.cli import main\nmain()"] if first else ["-m", "streamlit"]
        command = [sys.executable, *start, "run", "Home.py", "--server.port", str(port)]
        options = ["--server.headless", "true", "--server.address", "127.0.0.1"]
        with log.open("wb") as file:
            # Each import leaves a line in the log.
            surroundings["PYTHONPROFILEIMPORTTIME"] = "1"
            process = subprocess.Popen(command + options, cwd=ROOT, env=surroundings, stdout=file, stderr=file)
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            if process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    return Server(address, process.pid, log)
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")

    yield started
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def server(serve: Callable[..., Server], stand_in: StandIn) -> Server:
    """The app on the stand-in's data and models."""
    return serve(data=stand_in.data, weights=stand_in.weights)


@pytest.fixture
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open a page as a new visitor, of `server` unless told: `visit("Live_Prediction?sample=tiny/2_1")`."""
    contexts = []

    def visited(path: str = "", *, width: int = 1280, touch: bool = False, at: Server | None = None) -> Page:
        at = at or request.getfixturevalue("server")
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="light", has_touch=touch, accept_downloads=True
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = watched(context.new_page())
        page.goto(f"{at.address}/{path}")
        settled(page)
        return page

    yield visited
    for context in contexts:
        context.close()


class _Wire:
    """What the page and its server say to each other: whether the server has yet to answer, and since when it is still.

    The page's own word, `data-test-script-state`, changes only when a run has begun: too late right after a click.
    """

    def __init__(self) -> None:
        self.waiting = True
        self.last = time.monotonic()

    def listen(self, socket: WebSocket) -> None:
        """Follow a connection; a page that reconnects has several, one after another."""
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, payload: bytes | str) -> None:
        if isinstance(payload, bytes) and BackMsg.FromString(payload).WhichOneof("type") == "rerun_script":
            self.waiting, self.last = True, time.monotonic()

    def _received(self, payload: bytes | str) -> None:
        if not isinstance(payload, bytes):
            return
        self.last = time.monotonic()
        message = ForwardMsg.FromString(payload)
        if message.WhichOneof("type") == "script_finished":
            self.waiting = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


_WIRES: WeakKeyDictionary[Page, _Wire] = WeakKeyDictionary()


def watched(page: Page) -> Page:
    """Follow what a page and its server say, from before it is opened on: `settled` needs it."""
    page.on("websocket", _WIRES.setdefault(page, _Wire()).listen)
    return page


def settled(page: Page) -> None:
    """Wait until the server has answered all that was asked of it, nothing more is asked, and everything is drawn."""
    page.wait_for_selector("h1")
    wire = _WIRES[page]
    until = time.monotonic() + _PATIENCE_MS / 1000
    while wire.waiting or time.monotonic() - wire.last < _QUIET_MS / 1000:
        assert time.monotonic() < until, "the page does not come to rest"
        page.wait_for_timeout(50)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    # Pictures are drawn by a script of their own, a moment later.
    for picture in page.locator(".window img").all():
        expect(picture).to_have_attribute("src", re.compile("^data:"))


def faults(page: Page) -> str:
    """What axe (https://github.com/dequelabs/axe-core) finds wrong with a page for people who read by ear or see little
    contrast; empty when nothing."""
    found = Axe().run(page, options=_AXE)
    return found.generate_report() if found.violations_count else ""


_EDGES = "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right])"


def too_wide(page: Page) -> str:
    """What of a page hangs over the window's edge, so that one has to scroll sideways; empty when nothing."""
    found, seen = page.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
    if found > seen:
        return f"the page is {found} pixels wide, of which {seen} are seen"
    # In one go: those of a tab that was left may be on their way out.
    edges = page.locator(".js-plotly-plot, .window").evaluate_all(_EDGES)
    return "; ".join(f"a picture from {left} to {right}" for left, right in edges if left < 0 or right > seen)
