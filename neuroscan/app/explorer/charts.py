"""What is in a data set, in charts: each draws the table's frames and leads back to them."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from neuroscan.app import viewer
from neuroscan.app.explorer import filtered, picks
from neuroscan.app.explorer.filtered import Table, column_picker, help_of
from neuroscan.app.subject_groups import OUTSIDE, PERHAPS, SPLITS, TEST, TRAINING, VALIDATION
from neuroscan.explore import correlation as correlations
from neuroscan.explore import results, store, views
from neuroscan.explore.views import FrameMap
from neuroscan.figures import balance, distribution, place, relation
from neuroscan.figures.chart import MAX_MARKS, label
from neuroscan.types import Image

_SPLITS = tuple(SPLITS[split] for split in (TRAINING, VALIDATION, TEST, OUTSIDE, PERHAPS))
_STRONGEST = 10
_NO_NERVE = "No frame here has a nerve that an expert outlined."


def hint(table: Table) -> None:
    """Say how charts are used, and how many of very many frames they draw as points."""
    words = "Click a bar where there are bars, or drag a box around points: the frames below are narrowed to those."
    if len(table.frames) > MAX_MARKS:
        words += f" Points and boxes show {MAX_MARKS:,} frames, drawn at random; bars and numbers all of them."
    st.caption(words)


def class_balance(table: Table) -> None:
    """Frames with and without nerve: in all, per subject, per split."""
    hint(table)
    counts = table.frames["nerve"].value_counts()
    shares = [f"**{count:,}** {kind} ({count / len(table.frames):.1%})" for kind, count in counts.items()]
    st.markdown(", ".join(shares))
    left, right = st.columns([2, 5], gap="medium") if table.card is not None else (None, st.container())
    with right:
        _heading("Per subject", "subject")
        chart = balance.bars(table.frames, "subject", _subjects(table.frames))
        picks.chart(chart, table.frames, "Frames per subject")
    if left is not None and table.card is not None:
        with left:
            _heading("Per split", "split")
            chart = balance.bars(table.frames, "split", _SPLITS)
            picks.chart(chart, table.frames, "Frames per split", table.card.name)


def distributions(table: Table) -> None:
    """Histogram and boxes of any column."""
    hint(table)
    left, right = st.columns(2)
    with left:
        column = column_picker("Column", table.numbers, key="explorer column", default="mean")
    with right:
        words = table.words or ["nerve"]
        by = column_picker("Boxes by", words, key="explorer boxes by", default="nerve")
    st.caption(help_of(column))
    left, right = st.columns(2, gap="medium")
    with left:
        picks.chart(distribution.histogram(table.frames, column), table.frames, "Histogram", column)
    with right:
        picks.chart(distribution.boxes(table.frames, column, by), table.frames, "Boxes", column, by)


def intensity(table: Table) -> None:
    """Mean and variance of the grey levels."""
    _two(table, "Intensity", "mean", "variance", ("p05", "p95"))


def sharpness(table: Table) -> None:
    """Edges and sharpness."""
    _two(table, "Edges and sharpness", "edge_density", "sharpness", ("entropy", "speckle_snr"))


def nerves(table: Table) -> None:
    """Size, shape and position of nerves."""
    if not (table.frames["area_share"] > 0).any():
        st.info(_NO_NERVE)
        return
    hint(table)
    inside = table.frames[table.frames["area_share"] > 0].reset_index(drop=True)
    left, right = st.columns(2, gap="medium")
    with left:
        _heading("Size", "area_share")
        picks.chart(distribution.histogram(inside, "area_share"), inside, "Size of nerves")
    with right:
        _heading("Shape: how long, how ragged", "eccentricity", "solidity")
        picks.chart(relation.scatter(inside, "eccentricity", "solidity", "cnr"), inside, "Shape of nerves")
    _heading("Position", "centroid_row_rel", "centroid_column_rel")
    mean, occupancy = _together(str(table.folder), results.stamp(table.folder), tuple(inside["key"]))
    most = f"{occupancy.max():.0%} of the nerves in these {len(inside):,} frames"
    left, right = st.columns(2, gap="medium")
    with left:
        words = f"Where nerves lie, on the mean frame; where it is brightest, {most} cover the place"
        viewer.picture(place.heat(mean, occupancy), words, alt=words, group="explorer heat", key="explorer heat")
    with right:
        picks.chart(place.centres(inside, mean), inside, "Position of nerves")
        st.caption(
            "The centre of each frame's nerve, all its parts together, on the mean frame. Frames of all sizes are "
            "brought to one."
        )


def correlation(table: Table) -> None:
    """Rank correlations of all columns, and any two of them as points."""
    _heading("Spearman's rank correlation, ρ")
    found = correlations.ranks(table.frames, table.numbers)
    st.plotly_chart(
        relation.correlation(found),
        key=picks.key("correlation", len(table.frames)),
        alt=f"Heat map of Spearman's correlation of {len(found)} columns.",
        config=picks.CONFIG,
    )
    if not (pairs := correlations.strongest(found, _STRONGEST)).empty:
        _heading("The strongest pairs")
        named = pairs.assign(first=pairs["first"].map(label), second=pairs["second"].map(label))
        st.dataframe(named, hide_index=True, column_config=_PAIRS)
        st.caption("Some columns measure the same thing in another unit, or one is reckoned from the other.")
    _heading("Two columns")
    hint(table)
    first, second, third = st.columns(3)
    with first:
        across = column_picker("Across", table.numbers, key="explorer across", default="centroid_row_rel")
    with second:
        up = column_picker("Up", table.numbers, key="explorer up", default="contrast")
    with third:
        color = column_picker("Colour", [*table.words, *table.numbers], key="explorer pair color", default="nerve")
    picks.chart(relation.scatter(table.frames, across, up, color), table.frames, "Two columns", across, up, color)


def frame_map(table: Table) -> None:
    """Frames laid out by what they look like, in the colours of any column."""
    hint(table)
    color = column_picker("Colour", [*table.words, *table.numbers], key="explorer map color", default="nerve")
    # Laid out once for the whole data set: filters take frames away and move none.
    laid = _map(str(table.folder), results.stamp(table.folder), tuple(table.every["key"]))
    places = pd.DataFrame(laid.places, table.every["name"], columns=["first", "second"])
    frames = table.frames.assign(**{name: places[name].loc[table.frames["name"]].to_numpy() for name in places})
    names = tuple(
        f"{which} component ({share:.0%})" for which, share in zip(("first", "second"), laid.explained, strict=True)
    )
    chart = relation.scatter(frames, "first", "second", color, names=(names[0], names[1]))
    picks.chart(chart, frames, "Map of frames", color)
    st.caption(
        "Frames that look alike lie near each other: the two largest principal components of their thumbnails, with "
        "the share of the variance that each explains."
    )


def _two(table: Table, name: str, across: str, up: str, more: tuple[str, str]) -> None:
    """Two columns as points, and two more as histograms."""
    hint(table)
    color = column_picker("Colour", [*table.words, *table.numbers], key=f"explorer {name} color", default="nerve")
    _heading(f"{label(across)} and {label(up)}", across, up)
    picks.chart(relation.scatter(table.frames, across, up, color), table.frames, name, color)
    for place_, column in zip(st.columns(2, gap="medium"), more, strict=True):
        with place_:
            _heading(label(column), column)
            picks.chart(distribution.histogram(table.frames, column), table.frames, f"Histogram of {label(column)}")


def _subjects(frames: pd.DataFrame) -> list[str]:
    """Subjects in the order of the table, but the unknown of each data set after its known ones."""
    unknown = frames["number"].eq(filtered.UNKNOWN)
    return list(frames.assign(unknown=unknown).sort_values(["source", "unknown"], kind="stable")["subject"].unique())


def _heading(words: str, *columns: str) -> None:
    """Words above a chart, with what its columns mean."""
    meanings = [f"**{label(column)}**: {filtered.help_of(column)}" for column in columns]
    st.markdown(f"**{words}**", help="\n\n".join(meanings) or None)


@st.cache_data(max_entries=16, show_spinner="Laying frames over one another…")
def _together(folder: str, state: int, keys: tuple[str, ...]) -> tuple[Image, NDArray[np.float32]]:
    found = store.pictures(Path(folder), keys, columns=["thumbnail", "nerve"])
    return views.mean_frame(found["thumbnail"]), views.occupancy_map(found["nerve"])


@st.cache_data(max_entries=4, show_spinner="Laying out the map…")
def _map(folder: str, state: int, keys: tuple[str, ...]) -> FrameMap:
    return views.frame_map(list(store.pictures(Path(folder), keys, columns=["thumbnail"])["thumbnail"]))


_PAIRS = {
    "first": st.column_config.TextColumn("One column"),
    "second": st.column_config.TextColumn("The other"),
    "rho": st.column_config.NumberColumn("ρ", format="%.2f", help="Spearman's rank correlation, -1 to 1."),
}
