"""Frames of a data set taken together, from their stored thumbnails: the mean frame, where nerves lie, a map."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from neuroscan.data import duplicates
from neuroscan.explore import record
from neuroscan.types import Image

_STEP = 1024
_MAX_FITTED = 4000


@dataclass(frozen=True, eq=False)
class FrameMap:
    """A map on which frames that look alike lie near each other.

    Attributes:
        places: of the frames, shape (N, 2).
        explained: share of the thumbnails' variance along each axis, in [0, 1].
    """

    places: NDArray[np.float32]
    explained: tuple[float, float]


def mean_frame(thumbnails: Iterable[bytes]) -> Image:
    """Average frames: shape (120, 160); black where there is none.

    Args:
        thumbnails: of `store.pictures`.
    """
    total, count = np.zeros(duplicates.THUMBNAIL, np.int64), 0
    for stored in thumbnails:
        total += decode(stored)
        count += 1
    return np.rint(total / max(count, 1)).astype(np.uint8)


def occupancy_map(nerves: Iterable[bytes]) -> NDArray[np.float32]:
    """Occupancy of each pixel: the share of nerves that cover it, shape (120, 160); frames without one do not count.

    Args:
        nerves: of `store.pictures`.

    Example:
        >>> left, both = np.zeros((2, 120, 160), bool)
        >>> left[:, :80], both[:] = True, True
        >>> occupancy = occupancy_map([record.pack(left), record.pack(both), b""])
        >>> occupancy[0, 0].item(), occupancy[0, 100].item()
        (1.0, 0.5)
    """
    total, count = np.zeros(duplicates.THUMBNAIL, np.int64), 0
    for stored in filter(None, nerves):
        total += record.unpack(stored)
        count += 1
    return (total / max(count, 1)).astype(np.float32)


def frame_map(thumbnails: Sequence[bytes]) -> FrameMap:
    """Lay frames out by the two largest principal components of their thumbnails, at a quarter of their size.

    Of more than 4,000 frames, 4,000 at even steps settle the components, so that memory does not grow with them.

    Args:
        thumbnails: of `store.pictures`; fewer than three all lie at the origin.
    """
    if len(thumbnails) < 3:
        return FrameMap(np.zeros((len(thumbnails), 2), np.float32), (0.0, 0.0))
    step = -(-len(thumbnails) // _MAX_FITTED)
    fitted = np.concatenate(list(_small(thumbnails[::step])))
    # Threads that wait for a busy core cost more than they bring.
    with threadpool_limits(1), np.errstate(invalid="ignore"):
        components = PCA(2, svd_solver="randomized", random_state=0).fit(fitted)
        places = np.concatenate([components.transform(part) for part in _small(thumbnails)])
    # Frames that are all the same vary in nothing.
    first, second = np.nan_to_num(components.explained_variance_ratio_)
    return FrameMap(places.astype(np.float32), (float(first), float(second)))


def decode(thumbnail: bytes, flags: int = cv2.IMREAD_GRAYSCALE) -> Image:
    """Decode a stored thumbnail: shape (120, 160), or smaller where OpenCV's flag says so."""
    return np.asarray(cv2.imdecode(np.frombuffer(thumbnail, np.uint8), flags), np.uint8)


def _small(thumbnails: Sequence[bytes]) -> Iterator[NDArray[np.float32]]:
    """Thumbnails at a quarter of their size as rows (n, 1200) in [0, 1], some at a time."""
    for start in range(0, len(thumbnails), _STEP):
        part = [decode(stored, cv2.IMREAD_REDUCED_GRAYSCALE_4) for stored in thumbnails[start : start + _STEP]]
        yield (np.stack(part).reshape(len(part), -1) / 255).astype(np.float32)
