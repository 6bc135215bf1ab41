"""The table that the explorer's charts are drawn from: one data set or all, with split and filters."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import cache, layout, subject_groups
from neuroscan.app.lists import hold, kept, select
from neuroscan.data import dataset, notices
from neuroscan.data.refusals import reason
from neuroscan.explore.columns import COLUMNS
from neuroscan.explore.results import Explored
from neuroscan.figures.chart import CATEGORIES, NERVE, NO_NERVE, UNLABELLED, label
from neuroscan.inference.card import Card

NUMBERS = tuple(name for name in COLUMNS if name != "present")
"""Columns of numbers."""

_EVERY = "All data sets"
_NO_CARD = "none"
UNKNOWN = "unknown"
_STEPS = 200
_HELP = {
    "nerve": "Whether the expert's mask has a nerve.",
    "source": "Data set.",
    "subject": "Person, by data set and number.",
    "split": "As the chosen model's card has it, by subject.",
}


@dataclass(frozen=True, eq=False)
class Table:
    """What the explorer shows.

    Attributes:
        folder: the data folder.
        explored: all that is known of it.
        every: rows of the chosen data set: those of `Explored.frames`, and `nerve` (what the expert said), `group`
            (subject, or group of near-identical frames), `split` (where a card is chosen), `title` (name for people).
        frames: those of them that pass the filters, numbered from 0.
        card: of the model whose split is shown, or None.
        source: name of the data set, "" for all.
    """

    folder: Path
    explored: Explored
    every: pd.DataFrame
    frames: pd.DataFrame
    card: Card | None
    source: str

    @property
    def numbers(self) -> list[str]:
        """Columns of numbers that have any value here."""
        return [name for name in NUMBERS if self.every[name].notna().any()]

    @property
    def words(self) -> list[str]:
        """Columns of words that tell frames apart here."""
        return [name for name in CATEGORIES if name in self.every and self.every[name].nunique() > 1]


def table(folder: Path, explored: Explored) -> Table:
    """Let the visitor choose data set, split and filters."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = _source(explored.frames)
        card = _card()
        filters = st.container(width="content")
    frames = explored.frames
    if source:
        frames = frames[frames["source"] == source]
    every = _described(frames, card, many=frames["source"].nunique() > 1)
    synthetic = [name for name in every["source"].unique() if notices.is_synthetic(name)]
    if synthetic:
        names = layout.plain(", ".join(synthetic))
        st.markdown(f":material/science: :small[**{names}: synthetic.** Drawn by a simulator; no person was scanned.]")
    whole = Table(folder, explored, every, every, card, source)
    with filters:
        passing = _filtered(whole)
    return Table(folder, explored, every, every[passing].reset_index(drop=True), card, source)


def help_of(column: str) -> str:
    """What a column means, with its unit and source: the one definition of `explore.columns`."""
    if column not in COLUMNS:
        return _HELP[column]
    about = COLUMNS[column]
    where = f" {about.reference}" if about.reference else ""
    return layout.plain(f"{about.meaning} In {about.unit}.{where}")


def column_picker(text: str, columns: list[str], *, key: str, default: str) -> str:
    """Let the visitor choose a column; its meaning stands beside it.

    Args:
        text: label of the widget.
        columns: to choose from, at least one.
        key: of the widget.
        default: chosen at first, if it is among them.
    """
    chosen = kept(key, columns, default)
    return select(text, columns, chosen, key=key, format_func=label, help=help_of(chosen), persist_state="session")


def _source(frames: pd.DataFrame) -> str:
    """Let the visitor choose a data set: the largest real one at first; "" stands for all."""
    sizes = frames["source"].value_counts()
    real = [name for name in sizes.index if not notices.is_synthetic(name)]
    names = sorted(sizes.index)
    options = [*names, _EVERY] if len(names) > 1 else names
    chosen = select(
        "Data set",
        options,
        kept("explorer source", options, (real or names)[0]),
        key="explorer source",
        persist_state="session",
        format_func=lambda name: (
            f"{notices.display_name(name)}, {layout.counted(sizes.get(name, len(frames)), 'frame')}"
        ),
        width=320,
    )
    return "" if chosen == _EVERY else chosen


def _card() -> Card | None:
    """Let the visitor choose a model whose card says which subjects it learnt from, or none."""
    cards = cache.models()[0]
    options = [_NO_CARD, *cards]
    chosen = select(
        "Split of model",
        options,
        kept("explorer card", options, _NO_CARD),
        key="explorer card",
        persist_state="session",
        disabled=not cards,
        width=200,
        help="Shows which frames a model was trained, validated and tested on, and what leaks between them.",
    )
    return cards.get(chosen)


def _described(frames: pd.DataFrame, card: Card | None, *, many: bool) -> pd.DataFrame:
    """Add what the charts need to the rows of a data set."""
    subjects = frames["subject"].astype(object).where(frames["subject"].notna(), UNKNOWN)
    sources = frames["source"].astype(object)
    synthetic = sources.map(notices.is_synthetic)
    present = frames["present"].astype(object)
    nerve = np.select([present.eq(True), present.eq(False)], [NERVE, NO_NERVE], UNLABELLED)
    made = frames.assign(
        nerve=nerve,
        number=subjects,
        group=dataset.subject_keys(frames),
        subject=sources + "/" + subjects if many else subjects,
        title=frames["name"].astype(object) + np.where(synthetic, " (synthetic)", ""),
    )
    if card is not None:
        keys = _keys(frames, card)
        made["group"] = made["group"].where(made["group"].notna(), keys)
        made["split"] = subject_groups.split_of(keys, card).map(subject_groups.SPLITS)
    return made.reset_index(drop=True)


def _keys(frames: pd.DataFrame, card: Card) -> pd.Series:
    """`subject_groups.known_keys`; of subjects alone where a frame cannot be read, which is then said."""
    try:
        return subject_groups.known_keys(frames, card)
    except ValueError as error:
        new = subject_groups.SPLITS[subject_groups.unlisted(card)]
        layout.problem(f'{reason(error)}. Frames of unknown subjects count as "{new}" here.')
        return subject_groups.keys(frames[frames["subject"].notna()], card).reindex(frames.index)


def _filtered(whole: Table) -> pd.Series:
    """Let the visitor narrow any column; returns which rows pass."""
    passing = pd.Series(True, whole.every.index)
    key = f"explorer filter {whole.source}"
    count = len(st.session_state.get(key, []))
    words = f"Filters ({count})" if count else "Filters"
    with st.popover(words, icon=":material/filter_alt:", key="explorer filters"):
        chosen = st.multiselect(
            "Filter by",
            [*whole.words, *whole.numbers],
            key=key,
            format_func=label,
            persist_state="session",
            placeholder="Choose columns",
        )
        for column in chosen:
            passing &= _words(whole, column) if column in CATEGORIES else _numbers(whole, column)
    return passing


def _words(whole: Table, column: str) -> pd.Series:
    """Rows with one of the chosen words; all while none is chosen."""
    values = whole.every[column]
    chosen = st.multiselect(
        label(column),
        list(values.unique()),
        key=f"explorer only {whole.source} {column}",
        persist_state="session",
        help=help_of(column),
        placeholder="All",
    )
    return values.isin(chosen) if chosen else pd.Series(True, values.index)


def _numbers(whole: Table, column: str) -> pd.Series:
    """Rows within the chosen range; an end that was not moved limits nothing."""
    values = whole.every[column].astype(float)
    low, high = float(values.min()), float(values.max())
    if low == high:
        st.caption(layout.plain(f"{label(column)}: {low:.4g} in all frames that have a value."))
        return pd.Series(True, values.index)
    step = 1.0 if (values.dropna() % 1 == 0).all() else (high - low) / _STEPS
    key = f"explorer range {whole.source} {column}"
    _follow(key, (low, high))
    least, most = st.slider(
        label(column),
        low,
        high,
        (low, high),
        step,
        format="%.4g",
        key=key,
        persist_state="session",
        help=f"{help_of(column)} Frames without a value are left out once the range is narrowed.",
    )
    inside = pd.Series(True, values.index)
    if least > low:
        inside &= values >= least
    if most < high:
        inside &= values <= most
    return inside


def _follow(key: str, limits: tuple[float, float]) -> None:
    """Let an end of a range that stood at its limit go with it, as frames come and go."""
    (low, high), before = limits, st.session_state.get(f"{key} limits", limits)
    st.session_state[f"{key} limits"] = limits
    if ends := st.session_state.get(key):
        least = low if ends[0] <= before[0] else ends[0]
        most = high if ends[1] >= before[1] else ends[1]
        hold(key, (least, most) if low <= least <= most <= high else limits)
