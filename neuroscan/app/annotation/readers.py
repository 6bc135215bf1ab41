"""How well two readers agree over all frames that both have drawn."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import layout
from neuroscan.data import annotations, codecs
from neuroscan.data.refusals import reason
from neuroscan.data.safe_names import file_name
from neuroscan.evaluation.frame import score_frame
from neuroscan.evaluation.intervals import bootstrap_mean
from neuroscan.types import Mask


def pair(samples: pd.DataFrame, source: str) -> None:
    """Let the visitor choose two readers, and show how well they agree over all frames that both have drawn.

    Args:
        samples: rows of the samples table.
        source: data set.
    """
    names = annotations.readers(config.annotations_dir(), source)
    if len(names) < 2:
        st.caption(f"Agreement between readers stands here once two have drawn frames of {layout.plain(source)}.")
        return
    left, right = st.columns(2)
    one = left.selectbox("Reader", names, key="annotate pair one")
    two = right.selectbox("and reader", [name for name in names if name != one], key="annotate pair two")
    own = samples[samples["source"] == source]
    subjects = dict(zip(own["frame"].map(file_name), own["subject"], strict=True))
    rows = pair_rows(config.annotations_dir(), source, one, two, subjects=subjects)
    if rows.empty:
        st.caption("They have not drawn the same frame yet.")
        return
    st.markdown(pair_words(rows, one, two))
    one_empty = (rows["area_one"] > 0) != (rows["area_two"] > 0)
    st.dataframe(
        rows.drop(columns="subject")
        .assign(hd95=rows["hd95"].mask(one_empty))  # the diagonal is no distance between two outlines
        .rename(columns={"area_one": f"{one}, px", "area_two": f"{two}, px"}),
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in ("dice", "iou")}
        | {"hd95": st.column_config.NumberColumn("hd95, px", format="%.1f")},
    )


def pair_rows(folder: Path, source: str, one: str, two: str, *, subjects: Mapping[str, str | None]) -> pd.DataFrame:
    """Score two readers against each other on every frame that both have drawn.

    Args:
        folder: of all annotations.
        source: data set.
        one, two: readers.
        subjects: by `file_name` of the frame; a frame of an unknown subject counts as its own.

    Returns:
        One row a frame: `frame`, `subject`, `dice`, `iou`, `hd95` (px), `area_one`, `area_two` (px). Frames drawn at
        different sizes are left out, and what cannot be read, which is told.
    """
    mine, theirs = annotations.masks(folder, source, one), annotations.masks(folder, source, two)
    rows = []
    for frame in sorted(set(mine) & set(theirs)):
        first, second = read(mine[frame], one), read(theirs[frame], two)
        if first is None or second is None or first.shape != second.shape:
            continue
        row = score_frame(first, second)
        rows.append(
            {"frame": frame, "subject": subjects.get(frame) or frame}
            | {name: row[name] for name in ("dice", "iou", "hd95")}
            | {"area_one": row["area_true_px"], "area_two": row["area_pred_px"]}
        )
    return pd.DataFrame(rows, columns=["frame", "subject", "dice", "iou", "hd95", "area_one", "area_two"])


def read(path: Path, reader: str) -> Mask | None:
    """Read a drawing, of `annotations.masks`; None where that fails, which is then told."""
    try:
        return codecs.read_mask(path)
    except ValueError as error:
        layout.problem(f"{reason(error)}. This drawing by {reader} is left out.")
        return None


def pair_words(rows: pd.DataFrame, one: str, two: str) -> str:
    """The agreement of two readers in a sentence or two, Markdown."""
    either = rows[(rows["area_one"] > 0) | (rows["area_two"] > 0)]
    alike = int(((rows["area_one"] > 0) == (rows["area_two"] > 0)).sum())
    words = (
        f"{layout.plain(one)} and {layout.plain(two)} have both drawn "
        f"**{layout.counted(len(rows), 'frame')}**, and agree in {alike:,} of them on whether there is a nerve."
    )
    if either.empty:
        return words
    mean = bootstrap_mean(either["dice"], list(either["subject"]))
    interval = "" if np.isnan(mean.low) else f", 95 % interval {mean.low:.3f} to {mean.high:.3f} by subject"
    return (
        f"{words} Where at least one outlines a nerve ({len(either):,}): mean **Dice {mean.value:.3f}**{interval}; one "
        "outline alone counts as 0."
    )
