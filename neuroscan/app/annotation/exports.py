"""Drawings out of the app: one as a file, all of a reader in their data set's layout and as run lengths."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image as PillowImage

from neuroscan import config
from neuroscan.app import downloads, layout
from neuroscan.app.annotation import readers
from neuroscan.app.pickers import Chosen
from neuroscan.data import annotations, codecs, notices, rle
from neuroscan.data.layout import KAGGLE_STEM, bare_name, is_pair
from neuroscan.data.safe_names import file_name
from neuroscan.types import Mask


def single(mask: Mask, chosen: Chosen) -> None:
    """Offer the drawing of one frame as files, saved or not."""
    stem = bare_name(chosen.frame.name)
    row = _rle_row(mask, stem, None if chosen.row is None else chosen.row["source"])
    with st.container(horizontal=True):
        for label, name, make in (
            ("Mask", f"{stem}_mask.png", lambda: downloads.mask_png(mask)),
            ("Run lengths", f"{stem}_rle.csv", lambda: downloads.table_csv([row])),
        ):
            downloads.button(label, name, make, key=f"annotate {label}")


def export(samples: pd.DataFrame, source: str, reader: str) -> None:
    """Offer all drawings of a reader in a data set that has some, in its layout and as run lengths.

    Args:
        samples: rows of the samples table.
        source: data set.
        reader: who draws, and is offered first; "" while unknown.
    """
    names = annotations.readers(config.annotations_dir(), source)
    # For another name another widget: it begins with that name's own drawings.
    at = names.index(reader) if reader in names else 0
    reader = st.selectbox("Reader", names, at, key=f"annotate export reader {reader}")
    own = samples[samples["source"] == source]
    frames = {file_name(row.frame): Path(row.image) for row in own.itertuples()}
    found = annotations.masks(config.annotations_dir(), source, reader)
    # Once a file is asked for nothing can be told any more: whether all can be read is seen to before.
    found = {name: path for name, path in found.items() if readers.read(path, reader) is not None}
    stem = f"{file_name(source)}_{reader}"
    with st.container(horizontal=True):
        downloads.button("Masks of a data set (ZIP)", f"{stem}.zip", lambda: masks_zip(found, frames, source=source))
        downloads.button(
            "Run lengths (CSV)",
            f"{stem}_rle.csv",
            lambda: downloads.table_csv(rle_rows(found, frames, source=source)),
        )
    st.caption(
        f"{layout.counted(len(found), 'frame')} drawn by {layout.plain(reader)}. "
        "The ZIP holds masks, and for Kaggle's frames `train_masks.csv`. Unpack it over a copy of the data set that "
        "holds frames alone: masks and run lengths that lie there would stand against these. The frames themselves "
        "stay here: their terms are those of whoever gave them."
    )


def masks_zip(masks: dict[str, Path], frames: dict[str, Path], *, source: str) -> bytes:
    """Write drawings as their data set holds masks, of 0 and 255.

    In Kaggle's layout `train/S_N_mask.tif` and `train_masks.csv`, in the other `masks/NAME.png`.

    Args:
        masks: of `annotations.masks`.
        frames: pictures of the frames by `file_name`; of a frame that is missing the drawing's name tells the layout.
        source: name of the data set, for the note.

    Returns:
        A ZIP file.
    """
    data, table = io.BytesIO(), io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in masks.items():
            mask = codecs.read_mask(path)
            match = KAGGLE_STEM.match(frame := _frame(name, frames))
            if match and not (name in frames and is_pair(frames[name])):
                archive.writestr(f"train/{frame}_mask.tif", _tiff(mask))
                rows.writerow([match["subject"], match["number"], rle.encode(mask)])
            else:
                archive.writestr(f"masks/{frame}.png", downloads.mask_png(mask))
        if table.getvalue():
            archive.writestr("train_masks.csv", "subject,img,pixels\n" + table.getvalue())
        note = f"Masks drawn by hand in NeuroScan, on frames of {notices.display_name(source)}.\n{config.DISCLAIMER}\n"
        archive.writestr("README.txt", note)
    return data.getvalue()


def rle_rows(masks: dict[str, Path], frames: dict[str, Path], *, source: str) -> list[dict[str, object]]:
    """Write drawings as run lengths, one row a frame: `source`, `frame`, `height`, `width`, `pixels` ("": no nerve)."""
    return [_rle_row(codecs.read_mask(path), _frame(name, frames), source) for name, path in masks.items()]


def _rle_row(mask: Mask, frame: str, source: str | None) -> dict[str, object]:
    """One drawing as run lengths; an upload is of no data set."""
    return {
        "source": None if source is None else notices.display_name(source),
        "frame": frame,
        "height": mask.shape[0],
        "width": mask.shape[1],
        "pixels": rle.encode(mask),
    }


def _frame(name: str, frames: dict[str, Path]) -> str:
    """A drawing's frame as the data set calls it; as the drawing's file does, where it is gone or names a folder."""
    found = frames[name].stem if name in frames else name
    return name if "\\" in found else found


def _tiff(mask: Mask) -> bytes:
    """A mask as an 8-bit TIFF of 0 and 255, with the disclaimer as its description."""
    data = io.BytesIO()
    picture = PillowImage.fromarray(mask.astype(np.uint8) * 255)
    picture.save(data, "TIFF", compression="tiff_lzw", tiffinfo={270: config.DISCLAIMER})
    return data.getvalue()
