"""What is known of the data folder: found out by a process of its own, which a page can leave and return to."""

from pathlib import Path

import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout
from neuroscan.data import notices
from neuroscan.data.dataset import Dataset
from neuroscan.explore import background, results
from neuroscan.explore.background import Status
from neuroscan.explore.results import Explored

_LOOK_S = 1.0


def explored() -> tuple[Path, Explored]:
    """Read what is known of the data folder; starts to find out where nothing is, and ends the page until it is.

    Returns:
        The folder, and its tables, which all visitors share: to be read, not to be changed.
    """
    folder, data = _at_hand()
    found = _read(str(folder), results.stamp(folder))
    status = background.status(folder)
    if found is None and not status.is_running and not status.error:
        _start(folder)
        status = background.status(folder)
    if status.error:
        layout.problem(f"The frames could not all be looked at. {status.error}")
        st.button("Go on", icon=":material/play_arrow:", on_click=_start, args=(folder,), key="explorer go")
    elif status.is_running:
        _progress(folder)
    elif not is_current(folder):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(":material/update: Files have changed since these frames were looked at.")
            look_again(folder, key="explorer again")
    if found is None:
        _known_already(data)
        st.stop()
    if found.frames.empty:
        if len(found.problems):
            layout.problem("None of the frames could be read; what is wrong with them stands here.")
            st.dataframe(found.problems, hide_index=True)
            look_again(folder, key="explorer mended")
        st.stop()
    return folder, found


def _start(folder: Path) -> None:
    """Begin to look through the data folder, in a process of its own; says why where that cannot be done."""
    try:
        background.start(folder, label=config.nerve_label())
    except ValueError as error:
        layout.problem(str(error))


def is_current(folder: Path) -> bool:
    """Tell whether the files are as they were when they were looked at; asked of the disk every ten seconds at most."""
    return _is_current(str(folder), results.stamp(folder))


def look_again(folder: Path, *, key: str) -> None:
    """Offer to look through the data folder once more."""
    st.button(
        "Look again",
        icon=":material/refresh:",
        on_click=_start,
        args=(folder,),
        key=key,
        help="Only frames that are new, have changed or could not be read are measured.",
    )


def _at_hand() -> tuple[Path, Dataset]:
    """The folder whose data sets the app shows, and what it holds; ends the page when there is none."""
    folder, found = cache.at_hand()
    if found.samples.empty and found.problems.empty:
        layout.no_data("What is in a data set, and what is wrong with it,")
        st.stop()
    return folder, found


def _known_already(found: Dataset) -> None:
    """What labels and files say before any frame is measured."""
    st.markdown("**Known already**, from labels and files alone:")
    present = found.samples["present"]
    kinds = found.samples.assign(nerve=present.eq(True), none=present.eq(False), unlabelled=present.isna())
    table = kinds.groupby("source").agg(
        **{
            "Frames": ("frame", "size"),
            "Subjects": ("subject", "nunique"),
            "With a nerve": ("nerve", "sum"),
            "Without": ("none", "sum"),
            "Unlabelled": ("unlabelled", "sum"),
        }
    )
    # 0 subjects: nobody wrote down whose frames these are.
    table = table.astype(object).assign(
        Subjects=table["Subjects"].map(lambda count: f"{count:,}" if count else "unknown")
    )
    table = table.rename(index=lambda source: layout.plain(notices.display_name(source)))
    st.table(table.rename_axis("Data set").reset_index(), hide_index=True)
    if len(found.problems):
        st.markdown(f"**{layout.counted(len(found.problems), 'problem')}** with files of this data:")
        st.dataframe(found.problems, hide_index=True)


@st.fragment(run_every=_LOOK_S)
def _progress(folder: Path) -> None:
    """Say how far the run is, until it has ended."""
    status = background.status(folder)
    if not status.is_running:
        st.rerun()
    st.progress(status.done / max(status.total, 1), _words(status))
    st.caption("It goes on when you leave this page; what it has measured is kept.")


def _words(status: Status) -> str:
    """How far a run is."""
    if not status.total:
        return "Looking through the folder…"
    if status.done == status.total:
        return "All frames are measured; looking for near-duplicates that contradict each other…"
    return f"Measured {status.done:,} of {status.total:,} frames"


@st.cache_resource(max_entries=2, show_spinner="Reading what is known of the frames…")
def _read(folder: str, stamp: int) -> Explored | None:
    return results.read(Path(folder), label=config.nerve_label())


@st.cache_data(ttl=10, max_entries=4, show_spinner=False)
def _is_current(folder: str, stamp: int) -> bool:
    return results.is_current(Path(folder), label=config.nerve_label())
