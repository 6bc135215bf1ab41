"""Demo data: on a first start without data the app makes synthetic frames, and never lets them pass for real."""

import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import streamlit as st

from neuroscan import config
from neuroscan.app import cache
from neuroscan.data import notices

SUBJECTS, FRAMES = 10, 15
"""Of the demo: so many made-up people, so many frames of each."""

_LOOK_S = 0.2


def first_start() -> str | None:
    """Make the demo's frames if no data set is at hand, with a progress bar; say so when all data is synthetic.

    Every page calls this, so that a link to any of them works on a fresh machine. Visitors who come meanwhile see the
    same bar.

    Returns:
        A sentence why the frames could not be made, or None.
    """
    found = cache.data_sets()
    problem = None
    if config.demo_wanted() and found.samples.empty and found.problems.empty:
        problem = _wait(_making(config.demo_places(), SUBJECTS, FRAMES))
        found = cache.data_sets()
    names = found.samples["source"].unique()
    if len(names) and all(map(notices.is_synthetic, names)):
        st.markdown(
            ":material/science: :small[**The data sets at hand are synthetic:** their frames are drawn by NeuroScan's "
            "simulator. Your own data can take their place (Home, Bring your own data).]"
        )
    return problem


def try_again() -> None:
    """Forget that the frames could not be made."""
    _making.clear()


def _wait(making: "_Making") -> str | None:
    """Show how far the maker is, until it has ended; returns why it failed."""
    words = (
        f"**No data set is at hand: making {making.total} synthetic frames**, once, in about half a minute. "
        "They are simulated; no person is scanned."
    )
    bar = st.progress(0.0, words)
    while not making.ended.wait(_LOOK_S):
        bar.progress(making.done / making.total, f"{words} {making.done} done.")
    bar.empty()
    if making.problem is None:
        _making.clear()  # Should somebody remove the frames, they are made again.
    return making.problem


class _Making:
    """A run of the maker, followed by a thread.

    Attributes:
        done, total: frames.
        problem: why it failed, None while it has not.
        ended: set once the frames are there, or cannot be made.
    """

    def __init__(self, places: tuple[Path, ...], subjects: int, frames: int) -> None:
        self.done, self.total = 0, subjects * frames
        self.problem: str | None = None
        self.ended = Event()
        command = [sys.executable, "-m", "neuroscan.app.demo_maker", *(str(place.absolute()) for place in places)]
        options = ["--subjects", str(subjects), "--frames", str(frames)]
        # A session of its own: Ctrl-C at the server ends it in order, as nobody reads on, and leaves nothing behind.
        self._process = subprocess.Popen(
            command + options, cwd=config.ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        """Read what the maker says, to its end."""
        try:
            with self._process as process:
                for line in process.stdout or ():
                    first = line.split(maxsplit=1)[:1]
                    if line.startswith("!"):
                        self.problem = line[1:].strip()
                    elif first and first[0].isdecimal():
                        self.done = int(first[0])
            if process.returncode and self.problem is None:
                self.problem = "The program that makes synthetic frames failed; the server's log says why."
        finally:
            self.ended.set()  # Pages wait for it.


@st.cache_resource(max_entries=4, show_spinner=False)
def _making(places: tuple[Path, ...], subjects: int, frames: int) -> _Making:
    return _Making(places, subjects, frames)
