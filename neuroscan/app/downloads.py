"""Files that leave the app: exact masks, probabilities, pictures and tables, each with the disclaimer in it."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import PurePath

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.data import codecs, notices
from neuroscan.data.layout import bare_name
from neuroscan.imaging import captions
from neuroscan.types import ColorImage, Mask, Probability

_FULL = 65535
_KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".csv": "text/csv", ".zip": "application/zip"}


def button(label: str, name: str, make: Callable[[], bytes], *, key: str | None = None) -> None:
    """Offer a file, which is made once it is asked for.

    Args:
        label: on the button.
        name: of the file, ending with .png, .svg, .csv or .zip.
        make: its bytes.
        key: of the button, where the label is not enough.
    """
    icon = ":material/folder_zip:" if name.endswith(".zip") else ":material/download:"
    st.download_button(label, make, name, _KINDS[PurePath(name).suffix], key=key, on_click="ignore", icon=icon)


def mask_png(mask: Mask) -> bytes:
    """Write a mask as an 8-bit PNG of 0 and 255, at its own size; the disclaimer stands in the file's comment."""
    return codecs.encode_png(mask.astype(np.uint8) * 255, comment=config.DISCLAIMER)


def probability_png(probability: Probability) -> bytes:
    """Write a probability map as a 16-bit PNG, 65,535 = 1; the disclaimer stands in the file's comment."""
    levels = np.rint(np.clip(probability, 0, 1) * _FULL).astype(np.uint16)
    return codecs.encode_png(levels, comment=config.DISCLAIMER)


def overlay_png(picture: ColorImage, words: str) -> bytes:
    """Write what is on screen as a PNG with a strip of words and the disclaimer under it.

    Args:
        picture: shape (H, W, 3).
        words: what the picture shows: frame, model, thresholds.
    """
    return codecs.encode_png(captions.stamp(picture, f"{words} {config.DISCLAIMER}"))


def mask_names(frames: Sequence[str]) -> list[str]:
    """Name the files of many masks, each `<stem>_mask.png`; equal ones are told apart by a number.

    Args:
        frames: names of the frames.

    Example:
        >>> mask_names(["a.png", "a.jpg", "b.png"])
        ['a_mask.png', 'a_2_mask.png', 'b_mask.png']
    """
    found: list[str] = []
    used: set[str] = set()
    for frame in frames:
        stem, number = bare_name(frame), 1
        name = f"{stem}_mask.png"
        # Some disks do not tell capitals from small letters.
        while name.lower() in used:
            number += 1
            name = f"{stem}_{number}_mask.png"
        used.add(name.lower())
        found.append(name)
    return found


def masks_zip(masks: Sequence[tuple[str, Mask]]) -> bytes:
    """Write many masks into one ZIP file.

    Args:
        masks: name of the file, see `mask_names`, and the mask.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, mask in masks:
            archive.writestr(name, mask_png(mask))
    return data.getvalue()


def table_csv(rows: Sequence[dict[str, object]] | pd.DataFrame) -> bytes:
    """Write rows as CSV with the disclaimer in a last column `note`; spreadsheets read no formula from names.

    Args:
        rows: equal keys, at least one; or a table.
    """
    # As objects, whole numbers beside unknown ones stay whole.
    table = notices.with_disclaimer(pd.DataFrame(rows, dtype=object))
    return table.to_csv(index=False, lineterminator="\n").encode()
