"""Near-duplicate frames: candidates by block histograms, confirmed by normalised cross-correlation (NCC)."""

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

import cv2
import numpy as np
import sklearn
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from neuroscan.types import Image

THUMBNAIL = (120, 160)
"""Size (H, W) at which frames are compared."""

PATTERN = (60, 80)
"""Size (H, W) at which they are correlated."""

_BLOCK = 20
_BINS = 16
_STEP = 512
_SHIFT = 2

HELLINGER_RADIUS = 0.25
"""Hellinger distance under which two frames are candidates, and in one group (README, Decisions).

Of the 2,021 frames of UNS at hand no two of different people lie nearer (the nearest 0.252), but two in three pairs of
one person's lie farther: such groups join no people there, by a small margin, and do not hold a person together.
"""

NCC_THRESHOLD = 0.8
"""NCC from which two candidates are one view: the probe stood still, or nearly so."""


def thumbnail(image: Image) -> Image:
    """Bring a frame to the size at which frames are compared: (H, W) uint8 in, THUMBNAIL out."""
    return np.asarray(cv2.resize(image, THUMBNAIL[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def block_counts(image: Image) -> NDArray[np.uint16]:
    """Count the grey levels of each block of a frame, as `block_histograms` needs them: shape (768,)."""
    small = thumbnail(image)
    rows, columns = small.shape[0] // _BLOCK, small.shape[1] // _BLOCK
    level = (small.astype(np.int64) * _BINS) // 256
    block = np.arange(rows).repeat(_BLOCK)[:, None] * columns + np.arange(columns).repeat(_BLOCK)[None, :]
    return np.bincount((block * _BINS + level).ravel(), minlength=rows * columns * _BINS).astype(np.uint16)


def from_counts(counts: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Turn block counts, shape (..., 768), into the vectors of `block_histograms`."""
    blocks = counts.shape[-1] // _BINS
    return np.sqrt(counts / (_BLOCK**2 * 2 * blocks)).astype(np.float32)


def block_histograms(image: Image) -> NDArray[np.float32]:
    """Describe a frame by the grey-level histograms of its blocks.

    The frame is brought to 160x120 and cut in 48 blocks of 20x20. The vector holds the square root of each block's
    16-bin histogram, scaled so that the Euclidean distance of two vectors is the root mean square of the blocks'
    Hellinger distances: 0 for equal frames, 1 for frames that share no grey level anywhere. Within a block, where
    a pixel lies does not count, so that a shift of a few pixels stays near.

    Args:
        image: shape (H, W) uint8.

    Returns:
        Shape (768,) float32.

    Example:
        >>> black, white = np.zeros((120, 160), np.uint8), np.full((120, 160), 255, np.uint8)
        >>> round(float(np.linalg.norm(block_histograms(black) - block_histograms(white))), 4)
        1.0
    """
    return from_counts(block_counts(image))


def candidate_pairs(features: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Find all pairs of frames within `HELLINGER_RADIUS`.

    Args:
        features: shape (N, 768), rows from `block_histograms`.

    Returns:
        Pairs, shape (P, 2), the smaller index first, and their distances, shape (P,).
    """
    with threadpool_limits(1):
        batches = [(np.empty((0, 2), np.intp), np.empty(0, np.float32)), *_radius_neighbours(features)]
    return np.concatenate([pairs for pairs, _ in batches]), np.concatenate([distance for _, distance in batches])


def groups(images: Iterable[Image]) -> NDArray[np.intp]:
    """Cluster frames into groups of near-duplicates: the connected components of the candidate pairs.

    Args:
        images: frames (H, W) uint8, read one at a time.

    Returns:
        A group's number for each frame, shape (N,), 0 for the first group met.
    """
    features = np.stack([block_histograms(image) for image in images])
    pairs, _ = candidate_pairs(features)
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(features),) * 2)
    return connected_components(links, directed=False)[1].astype(np.intp)


def band_pass(image: Image, *, fine: float, coarse: float) -> NDArray[np.float32]:
    """Band-pass filter a picture by a difference of Gaussians: noise and slow shading go.

    Args:
        image: shape (H, W) uint8.
        fine, coarse: Gaussian standard deviations in px; what is smaller than the first is smoothed away, what is
            larger than the second taken off.

    Returns:
        Shape (H, W), around 0.
    """
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), fine)
    return smooth - cv2.GaussianBlur(smooth, (0, 0), coarse)


def pattern(image: Image) -> NDArray[np.int8]:
    """Describe where a frame's structures lie: its thumbnail, band-passed between 1 and 12 px, at half size.

    Args:
        image: shape (H, W) uint8.

    Returns:
        Shape (60, 80), around 0; 127 stands for four standard deviations. An even frame gives zeros.
    """
    small = thumbnail(image)
    half = cv2.resize(band_pass(small, fine=1, coarse=12), PATTERN[::-1], interpolation=cv2.INTER_AREA)
    return np.rint(np.clip(half * (127 / 4 / max(half.std(), 1e-3)), -127, 127)).astype(np.int8)


def near_duplicate_pairs(
    features: NDArray[np.float32], patterns: NDArray[np.int8]
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """Near-duplicate pairs: candidates within a Hellinger radius, confirmed by normalised cross-correlation.

    Candidates are near by their block histograms. A pair is confirmed by the largest normalised cross-correlation of
    its patterns over small shifts, of up to 2.5 % of the frame's width. Histograms alone find too much: frames of one
    subject share them while the probe moves on.

    Args:
        features: shape (N, 768), rows from `block_histograms`.
        patterns: shape (N, 60, 80), from `pattern`, of the same frames in the same order.

    Returns:
        Pairs, shape (P, 2), the smaller index first; their distances, shape (P,); their NCC, shape (P,).
    """
    core = (PATTERN[0] - 2 * _SHIFT, PATTERN[1] - 2 * _SHIFT)
    batches = [(np.empty((0, 2), np.intp), np.empty(0, np.float32), np.empty(0, np.float32))]
    # Threads that wait for a busy core cost far more than they bring on products this small.
    with threadpool_limits(1):
        for pairs, distances in _radius_neighbours(features):
            ncc = np.empty(len(pairs), np.float32)
            # Pairs come sorted by their first frame: its shifted copies meet all its candidates in one product.
            starts = np.unique(pairs[:, 0], return_index=True)[1]
            for start, end in pairwise([*starts, len(pairs)]):
                span = slice(start, end)
                shifted = np.lib.stride_tricks.sliding_window_view(patterns[pairs[start, 0]], core).reshape(-1, *core)
                cores = patterns[pairs[span, 1], _SHIFT:-_SHIFT, _SHIFT:-_SHIFT]
                ncc[span] = (_standardise(shifted) @ _standardise(cores).T).max(axis=0)
            confirmed = ncc >= NCC_THRESHOLD
            batches.append((pairs[confirmed], distances[confirmed], ncc[confirmed]))
    pairs, distances, ncc = (np.concatenate(part) for part in zip(*batches, strict=True))
    return pairs, distances, np.minimum(ncc, 1)  # Rounding goes a little beyond.


def _standardise(patterns: NDArray[np.int8]) -> NDArray[np.float32]:
    """Flatten patterns (N, H, W) to vectors of mean 0 and length 1, so that their products are correlations."""
    flat = patterns.reshape(len(patterns), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def _radius_neighbours(features: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
    """Candidate pairs and their distances, some frames at a time, so that memory does not grow with them."""
    if len(features) < 2:
        return
    search = NearestNeighbors(radius=HELLINGER_RADIUS).fit(features)
    for start in range(0, len(features), _STEP):
        with sklearn.config_context(working_memory=64):
            neighbour_distances, indices = search.radius_neighbors(features[start : start + _STEP], sort_results=False)
        rows = np.repeat(np.arange(start, start + len(indices)), [len(row) for row in indices])
        columns, distances = np.fromiter(chain(*indices), np.intp, len(rows)), np.concatenate(neighbour_distances)
        upper = rows < columns
        yield np.stack([rows[upper], columns[upper]], axis=1), distances[upper].astype(np.float32)
