"""What all pages have in common: title, question, disclaimer, and words for what is missing."""

import functools
import gc
import re
import sys
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import streamlit as st

from neuroscan import config
from neuroscan.app import cache, demo, state, viewer

P = ParamSpec("P")
T = TypeVar("T")

NO_TOOL_BAR = {"displayModeBar": False}
"""Of charts to look at: it would lie over the legend, and offer a picture without the disclaimer."""

_ICON = viewer.frontend("icon.svg")
_STYLE = f"<style>{viewer.frontend('page.css')}</style>"
_page = st.components.v2.component("neuroscan_page", js=viewer.frontend("page.js"))
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def page(title: str, question: str) -> None:
    """Begin a page: the first call of each page.

    Sets up the browser's tab, shows title, question and disclaimer, sees that there is data to show, and takes over
    what the page's link says.

    Args:
        title: of the page.
        question: that the page answers.
    """
    _freeze_modules(len(sys.modules))
    st.set_page_config(page_title=f"{title} · NeuroScan", page_icon=_ICON, layout="wide")
    st.logo(_ICON, size="large")
    st.html(_STYLE)
    st.title(title, anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(question, width="content")
        st.markdown(f":material/info: :small[**{config.DISCLAIMER}**]", width="content")
        _page(key="page", on_connected_change=lambda: None)
    if complaint := demo.first_start():
        problem(f"There is no data, and no synthetic frames could be made: {complaint}")
        st.button("Try again", icon=":material/refresh:", on_click=demo.try_again)
    for complaint in state.adopt_link():
        st.warning(plain(complaint), icon=":material/link_off:")


@functools.lru_cache(maxsize=1)
def _freeze_modules(modules: int) -> None:
    """Keep what libraries hold out of the garbage collection that Streamlit does after each run of a page.

    Going through it takes longer than the page itself, and what was drawn waits for it. Done anew when modules came in.
    """
    gc.unfreeze()  # Of what was kept so far, some may have become garbage.
    gc.collect()
    gc.freeze()


def plain(text: str) -> str:
    r"""Make words from files and people harmless in Streamlit's Markdown: they show as they were written.

    Args:
        text: any.

    Returns:
        Markdown that shows the text, on one line.

    Example:
        >>> print(plain("*S_1*.png"))
        \*S\_1\*\.png
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def listed(words: Sequence[str]) -> str:
    """Write a list out: "a", "a and b", "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def counted(count: float, noun: str) -> str:
    """Write a number with its noun: "1 frame" and "2,021 frames"."""
    return f"{int(count):,} {noun}{'' if count == 1 else 's'}"


def problem(text: str) -> None:
    """Show what went wrong with a file or a model, as it was worded: no Markdown is read from it."""
    st.error(plain(text), icon=":material/error:")


def tried(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Ask for a frame, a mask or a model's answer; None where its file cannot be read, which is then said.

    Args:
        ask: such as `cache.frame` or `cache.prediction`; `args` and `kwargs` are handed to it.
    """
    try:
        return ask(*args, **kwargs)
    except ValueError as error:
        problem(str(error))
        return None


def no_model() -> None:
    """Say that no model is at hand and what to do, with what is wrong with those that were found; ends the page."""
    st.info(
        "**No trained model is at hand yet.** Models live in `weights/`, one folder each. "
        "Train one with `python -m training.train --config training/configs/unet.toml --sources NAME=1` on a data set "
        "NAME, or name another folder of models by `NEUROSCAN_WEIGHTS`.",
        icon=":material/model_training:",
    )
    for sentence in cache.models()[1]:
        problem(sentence)
    st.stop()


def no_masks(what: str) -> None:
    """Say, where no frame has an expert's mask, what is missing: masks, or all data, as `no_data` does.

    Args:
        what: what would stand here, such as "A challenge".
    """
    if cache.data_sets().samples.empty:
        no_data(what)
        return
    st.info(
        f"**None of the frames at hand has an expert's mask. {what} will stand here once some have.** Bring the masks "
        "of your frames, or make synthetic frames, which have masks: `python -m training.phantom --out data/phantom`.",
        icon=":material/folder_open:",
    )
    st.page_link("Home.py", label="How to bring masks", icon=":material/arrow_forward:")


def no_data(what: str) -> None:
    """Say, on a page or a part of one that needs a data set, how to get one.

    Args:
        what: what would stand here, such as "Frames to compare with an expert".
    """
    st.info(
        f"**{what} will stand here once a data set is at hand.** Put one into `data/`, name a folder of data sets by "
        "`NEUROSCAN_DATA`, or make synthetic frames: `python -m training.phantom --out data/phantom`.",
        icon=":material/folder_open:",
    )
    st.page_link("Home.py", label="How to bring data", icon=":material/arrow_forward:")
