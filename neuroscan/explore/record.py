"""One sample, read and measured: the work that a process or a Dask worker does."""

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.data import dataset, duplicates
from neuroscan.explore.statistics import frame_statistics, mask_statistics
from neuroscan.types import Mask

PICTURES = ("thumbnail", "nerve", "signature", "pattern")
"""What is kept of a frame beside its statistics, as bytes: a JPEG of 160x120; the mask at that size, a bit a pixel;
and what `duplicates` compares."""

_QUALITY = 80


@dataclass(frozen=True)
class Job:
    """One sample to measure, in plain values that travel between machines.

    Attributes:
        key: what the result is stored under.
        image: path of the frame.
        mask: path of its mask, or None.
        rle: its run lengths, or None; counts where there is no mask file.
        label: which label is the nerve, in masks that hold labels.
    """

    key: str
    image: str
    mask: str | None
    rle: str | None
    label: int


def measure(job: Job) -> dict[str, Any]:
    """Read a sample and compute its row.

    Args:
        job: the sample.

    Returns:
        `key`, each of `columns.COLUMNS` and each of PICTURES; or `key` and `problem`, a sentence, where frame or
        mask cannot be read: a broken file is a finding about the data set, not an error of the run.
    """
    try:
        sample = pd.Series(asdict(job), dtype=object)
        frame = dataset.read_frame(sample)
        mask = dataset.read_mask(sample, frame.image.shape)
    except ValueError as error:
        return {"key": job.key, "problem": str(error)}
    small = duplicates.thumbnail(frame.image)
    _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return {
        "key": job.key,
        **frame_statistics(frame.image),
        **mask_statistics(frame.image, mask, spacing=frame.spacing),
        "thumbnail": jpeg.tobytes(),
        "nerve": pack(mask),
        "signature": duplicates.block_counts(small).tobytes(),
        "pattern": duplicates.pattern(small).tobytes(),
    }


def pack(mask: Mask | None) -> bytes:
    """Shrink a mask to thumbnail size, a bit a pixel; b"" without a nerve or a label.

    Args:
        mask: shape (H, W), or None.

    Returns:
        2,400 bytes, or none; a pixel is set where any of it is nerve, so that no nerve is too small to be seen.
    """
    if mask is None or not mask.any():
        return b""
    share = cv2.resize(mask.view(np.uint8) * np.uint8(255), duplicates.THUMBNAIL[::-1], interpolation=cv2.INTER_AREA)
    return np.packbits(share > 0).tobytes()


def unpack(nerve: bytes) -> Mask:
    """Turn packed bits back into a mask of thumbnail size: the inverse of `pack`.

    Example:
        >>> mask = np.zeros((120, 160), bool)
        >>> mask[40:60, 30:50] = True
        >>> bool((unpack(pack(mask)) == mask).all()), unpack(b"").any()
        (True, np.False_)
    """
    if not nerve:
        return np.zeros(duplicates.THUMBNAIL, bool)
    return np.unpackbits(np.frombuffer(nerve, np.uint8)).astype(bool).reshape(duplicates.THUMBNAIL)


def features(signatures: pd.Series) -> NDArray[np.float32]:
    """Turn stored signatures into the vectors of `duplicates.block_histograms`: shape (N, 768)."""
    counts = np.frombuffer(b"".join(signatures), np.uint16).reshape(len(signatures), -1)
    return duplicates.from_counts(counts)


def patterns(stored: pd.Series) -> NDArray[np.int8]:
    """Turn stored patterns into those of `duplicates.pattern`: shape (N, 60, 80)."""
    return np.frombuffer(b"".join(stored), np.int8).reshape(len(stored), *duplicates.PATTERN)
