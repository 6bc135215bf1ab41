"""How much a model's answer depends on the way the frame was held: the same frame, moved a little, asked again.

Test-time augmentation: the prepared frame is flipped, shifted and zoomed, all views go through ONNX Runtime in one
batch, and each answer is moved back to where the frame's pixels lie. What a model says of a nerve should not hang on
a few pixels more or less of tissue; where it does, it is unsure. A steady answer can be wrong all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from neuroscan.imaging import preprocess
from neuroscan.inference import presence
from neuroscan.inference.predictor import Predictor
from neuroscan.types import Image, Probability


@dataclass(frozen=True)
class View:
    """One way to look at a frame.

    Attributes:
        flipped: left to right.
        down, across: by how much of its height and width the frame is shifted, rounded to whole pixels.
        zoom: about the middle; over 1 enlarges.
    """

    flipped: bool = False
    down: float = 0.0
    across: float = 0.0
    zoom: float = 1.0

    def matrix(self, height: int, width: int) -> NDArray[np.float64]:
        """Where a place (x, y) of the frame lies in the view: shape (2, 3), as OpenCV takes it."""
        across = -self.zoom if self.flipped else self.zoom
        x, y = (width - 1) / 2, (height - 1) / 2
        return np.array(
            [
                [across, 0, x - across * x + round(self.across * width)],
                [0, self.zoom, y - self.zoom * y + round(self.down * height)],
            ]
        )


_MOVES = (
    View(),
    View(down=0.04),
    View(down=-0.04),
    View(across=0.04),
    View(across=-0.04),
    View(zoom=0.92),
    View(zoom=1.08),
)
VIEWS = _MOVES + tuple(View(True, view.down, view.across, view.zoom) for view in _MOVES)
"""The views asked by default: as given, shifted by 4 %, zoomed by 8 %, and each of them flipped; all lie within what
training moves frames by. Never upside down: the probe is above, and no model here has learnt it otherwise."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What the views say together, at the frame's own size (H, W).

    Attributes:
        mean: mean probability.
        spread: standard deviation between the views, 0 where all agree, at most 0.5.
        lowest, highest: least and greatest probability that any view gives.
        presence: presence score of each view.
    """

    mean: Probability
    spread: Probability
    lowest: Probability
    highest: Probability
    presence: tuple[float, ...]

    def areas(self, threshold: float) -> tuple[int, int]:
        """Count, to within the resizing of the map, the pixels that every view outlines, and those that any view does.

        Args:
            threshold: on probability, in [0, 1]; at or over it a pixel is nerve.

        Returns:
            Both numbers of pixels, the first never the larger one.
        """
        level = np.float32(threshold)
        return int((self.lowest >= level).sum()), int((self.highest >= level).sum())


def predict(predictor: Predictor, image: Image, views: Sequence[View] = VIEWS) -> Uncertainty:
    """Ask a model about several views of a frame, in one batch.

    A pixel that a view does not show, because it was shifted or zoomed out of the picture, is left out of that view's
    say; what moves into the picture is mirrored tissue, as in training.

    Args:
        predictor: the model; its own `flip_tta` does not matter here.
        image: shape (H, W) uint8, any size.
        views: how to look at it; the first one should show the whole frame, so that every pixel is seen once.

    Raises:
        ValueError: there is no view, or a pixel that none of them shows.
    """
    ready, box = preprocess.to_network(image, predictor.card.preprocess)
    if not views:
        raise ValueError("got 0 views; expected 1 or more. Leave them out for flipped, shifted and zoomed ones.")
    # Without flip TTA: with it, a view and its flipped twin would always get the same answer.
    maps, heads = predictor.with_flip_tta(False).run(np.stack([look(ready, view) for view in views]))
    scores = [presence.score(predictor.card, map_, head) for map_, head in zip(maps, heads, strict=True)]
    placed = np.stack([back(map_, view) for map_, view in zip(maps, views, strict=True)])
    if (unseen := np.isnan(placed).all(axis=0)).any():
        raise ValueError(f"{int(unseen.sum())} pixels are in none of {len(views)} views; add View(), the whole frame.")
    found = [
        preprocess.to_frame(np.asarray(of_views, np.float32), box, image.shape)
        for of_views in (np.nanmean(placed, 0), np.nanstd(placed, 0), np.nanmin(placed, 0), np.nanmax(placed, 0))
    ]
    return Uncertainty(found[0], found[1], found[2], found[3], tuple(scores))


def look(ready: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Move a prepared frame, shape (h, w), as a view has it; mirrored tissue moves in."""
    height, width = ready.shape
    moved = cv2.warpAffine(ready, view.matrix(height, width), (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.float32)


def back(probability: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Move a view's map, shape (h, w), back onto the frame; NaN where the view does not show the frame."""
    height, width = probability.shape
    matrix, flags = view.matrix(height, width), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved, shown = (
        np.asarray(cv2.warpAffine(picture, matrix, (width, height), flags=flags), np.float32)
        for picture in (probability, np.ones_like(probability))
    )
    # A pixel whose neighbours lie partly outside would mix with the nothing out there.
    return np.where(shown > 0.999, moved, np.float32(np.nan))
