"""Near-duplicate frames whose masks contradict each other, or that leak across a split."""

from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.data import dataset, duplicates
from neuroscan.evaluation.counts import dice
from neuroscan.explore import record
from neuroscan.explore.parallel import parallel_map
from neuroscan.imaging import preprocess
from neuroscan.types import Image, Mask

CONTRADICTION_DICE = 0.2
"""Near-duplicates contradict each other where the Dice of their masks is below this; one empty mask makes it 0."""

MIN_LOCAL_NCC = 0.8
"""Normalised cross-correlation (NCC) that two frames must reach where their masks lie: of the pairs that it lets
through on UNS twenty were looked at, and all twenty show the same view (training/README.md, What the labels allow)."""

PAIR_COLUMNS = ["first", "second", "distance", "ncc"]
CONTRADICTION_COLUMNS = [*PAIR_COLUMNS, "local_ncc", "dice", "kind"]

_SIZE = (192, 256)
_MARGIN = 8
_SHIFT = 6
_MIN_BOX = 40  # A smaller box is found in any picture.
_ROUGH_DICE = 0.45  # At thumbnail size; leaves room for what small masks lose there.
_STEP = 4096


def near_duplicates(names: pd.Series, features: NDArray[np.float32], patterns: NDArray[np.int8]) -> pd.DataFrame:
    """List the pairs of near-duplicate frames.

    Args:
        names: of the frames, N of them.
        features, patterns: shapes (N, 768) and (N, 60, 80), of `duplicates`.

    Returns:
        One row a pair: `first`, `second` (names), `distance` (Hellinger, in [0, 1]), `ncc` (normalised
        cross-correlation, up to 1); the most alike first.
    """
    pairs, distance, ncc = duplicates.near_duplicate_pairs(features, patterns)
    frames = names.to_numpy(object)
    table = pd.DataFrame(
        {"first": frames[pairs[:, 0]], "second": frames[pairs[:, 1]], "distance": distance, "ncc": ncc}
    )
    return table.sort_values("ncc", ascending=False, kind="stable", ignore_index=True)


def check(
    pairs: pd.DataFrame,
    frames: pd.DataFrame,
    nerves: pd.Series,
    *,
    scheduler: str | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Find the near-duplicates whose masks cannot both be right.

    A pair contradicts itself if the Dice of its masks is under CONTRADICTION_DICE, and the pictures are as alike where
    the masks lie as they are elsewhere: a nerve that comes into view changes little of a whole frame. Unlabelled frames
    contradict nothing.

    Args:
        pairs: of `near_duplicates`.
        frames: of `results.Explored`.
        nerves: of the same frames, the masks that `record.pack` packed.
        scheduler, workers: as `compute.explore`.

    Returns:
        One row a contradiction: the columns of `pairs`, `local_ncc` (NCC where the masks lie, up to 1), `dice`, and
        `kind`, 'one empty' or 'elsewhere'; the most alike first.
    """
    jobs = {
        row.name: record.Job(row.key, row.image, row.mask, row.rle, row.label) for row in frames.itertuples(index=False)
    }
    candidates = pairs[_may_contradict(pairs, frames, nerves)]
    work = [
        (jobs[first], jobs[second]) for first, second in zip(candidates["first"], candidates["second"], strict=True)
    ]
    results = parallel_map(_compare, work, scheduler=scheduler, workers=workers)
    scores = {(first.key, second.key): row for (first, second), row in results}
    rows = [scores[first.key, second.key] or {} for first, second in work]
    table = candidates.reset_index(drop=True).join(pd.DataFrame(rows, columns=CONTRADICTION_COLUMNS[-3:]))
    return table[(table["dice"] < CONTRADICTION_DICE) & (table["local_ncc"] >= MIN_LOCAL_NCC)].reset_index(drop=True)


def cross_split_pairs(pairs: pd.DataFrame, split: pd.Series) -> pd.DataFrame:
    """List the near-duplicates that leak across a split: what is learned on one is known on the other.

    Args:
        pairs: of `near_duplicates`.
        split: side of each frame by its name, such as 'train' and 'test', or subjects where there is no split yet.

    Returns:
        The rows of `pairs` whose sides differ, with `first_split` and `second_split`. Frames without a side are left
        out.

    Example:
        >>> pairs = pd.DataFrame({"first": ["a", "a"], "second": ["b", "c"], "ncc": [0.9, 0.8]})
        >>> cross_split_pairs(pairs, pd.Series({"a": "train", "b": "train", "c": "test"})).values.tolist()
        [['a', 'c', 0.8, 'train', 'test']]
    """
    sides = pairs.assign(first_split=pairs["first"].map(split), second_split=pairs["second"].map(split))
    known = sides.dropna(subset=["first_split", "second_split"])
    return known[known["first_split"] != known["second_split"]].reset_index(drop=True)


def local_ncc(first: Image, second: Image, mask: Mask) -> float:
    """Normalised cross-correlation (NCC) of two frames around a mask, in finer detail than whole frames are compared.

    Args:
        first, second: shapes (H, W) uint8, brought to 256x192.
        mask: any shape (H, W), not empty; its bounding box and 8 px around it, 40x40 or more, are compared.

    Returns:
        The largest NCC, in [-1, 1], over shifts of up to 6 px of 256.

    Example:
        >>> picture = np.random.default_rng(1).integers(0, 256, (192, 256), dtype=np.uint8)
        >>> round(local_ncc(picture, np.roll(picture, 3, axis=1), picture[:, :] > 250), 2)
        1.0
    """
    filtered = [duplicates.band_pass(preprocess.resize(image, *_SIZE), fine=0.7, coarse=6) for image in (first, second)]
    coverage = cv2.resize(mask.astype(np.uint8) * np.uint8(255), _SIZE[::-1], interpolation=cv2.INTER_AREA)
    left, top, width, height = cv2.boundingRect((coverage > 0).astype(np.uint8))
    top, bottom = _span(top, height, _SIZE[0])
    left, right = _span(left, width, _SIZE[1])
    search_window = filtered[0][top - _SHIFT : bottom + _SHIFT, left - _SHIFT : right + _SHIFT]
    return float(cv2.matchTemplate(search_window, filtered[1][top:bottom, left:right], cv2.TM_CCOEFF_NORMED).max())


def _span(start: int, length: int, size: int) -> tuple[int, int]:
    """Where the box that is compared starts and ends; it stays so far inside that it can move over the other frame."""
    half = min(max(length // 2 + _MARGIN, _MIN_BOX // 2), size // 2 - _SHIFT)
    middle = min(max(start + length // 2, half + _SHIFT), size - half - _SHIFT)
    return middle - half, middle + half


def _may_contradict(pairs: pd.DataFrame, frames: pd.DataFrame, nerves: pd.Series) -> NDArray[np.bool_]:
    """Which pairs are worth reading: labelled, and the Dice of their small masks is not far from contradiction."""
    position = pd.Series(range(len(frames)), index=frames["name"])
    blank = bytes(int(np.prod(duplicates.THUMBNAIL)) // 8)
    packed = np.frombuffer(b"".join(nerve or blank for nerve in nerves), np.uint8).reshape(len(frames), -1)
    labelled = frames["present"].notna().to_numpy()
    candidates = np.zeros(len(pairs), bool)
    for start in range(0, len(pairs), _STEP):
        span = slice(start, start + _STEP)
        first, second = (position[pairs[side].iloc[span]].to_numpy() for side in ("first", "second"))
        area = np.bitwise_count(packed[first]).sum(axis=1) + np.bitwise_count(packed[second]).sum(axis=1)
        both = np.bitwise_count(packed[first] & packed[second]).sum(axis=1)
        candidates[span] = (2 * both < _ROUGH_DICE * area) & labelled[first] & labelled[second]
    return candidates


def _compare(pair: tuple[record.Job, record.Job]) -> dict[str, Any] | None:
    """Read two frames and their masks and compare them; None where one has become unreadable since it was measured."""
    try:
        (first, first_mask), (second, second_mask) = (_read(job) for job in pair)
    except ValueError:
        return None
    second_mask = preprocess.resize_mask(second_mask, *first_mask.shape)
    kind = "elsewhere" if first_mask.any() and second_mask.any() else "one empty"
    return {
        "local_ncc": local_ncc(first, second, first_mask | second_mask),
        "dice": dice(first_mask, second_mask),
        "kind": kind,
    }


def _read(job: record.Job) -> tuple[Image, Mask]:
    """Read a labelled frame and its mask."""
    sample = pd.Series(asdict(job), dtype=object)
    image = dataset.read_image(sample)
    mask = dataset.read_mask(sample, image.shape)
    return image, np.zeros(image.shape, bool) if mask is None else mask
