"""Uncertainty by test-time augmentation: how far a model's predictions differ between views of one frame.

The prepared frame is flipped, shifted and zoomed, all views go through ONNX Runtime in one batch, and each map is
transformed back onto the frame's pixels; so is the window that a small nerve is enlarged in. What a model says of a
nerve should not depend on a few pixels more or less of tissue; where it does, it is unsure. Predictions that agree can
be wrong all the same.

References:
    G. Wang et al. (2019), "Aleatoric uncertainty estimation with test-time augmentation for medical image segmentation
    with convolutional neural networks", doi:10.1016/j.neucom.2019.01.103.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from neuroscan.imaging import preprocess
from neuroscan.inference import presence
from neuroscan.inference.predictor import Output, Predictor
from neuroscan.types import Image, Probability


@dataclass(frozen=True)
class View:
    """One test-time transform of a frame.

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
        """Affine matrix from frame to view, (x, y) to (x, y): shape (2, 3), as OpenCV takes it."""
        across = -self.zoom if self.flipped else self.zoom
        x, y = (width - 1) / 2, (height - 1) / 2
        return np.array(
            [
                [across, 0, x - across * x + round(self.across * width)],
                [0, self.zoom, y - self.zoom * y + round(self.down * height)],
            ]
        )


_UNFLIPPED = (
    View(),
    View(down=0.04),
    View(down=-0.04),
    View(across=0.04),
    View(across=-0.04),
    View(zoom=0.92),
    View(zoom=1.08),
)
VIEWS = _UNFLIPPED + tuple(replace(view, flipped=True) for view in _UNFLIPPED)
"""The views by default: as given, shifted by 4 %, zoomed by 8 %, and each of them flipped; all within what training
augments by. Never upside down: the probe is above, and no model here has learnt it otherwise."""


UNSTEADY, WAVERING, STEADY = "unsteady", "wavering", "steady"
UNSTEADY_BELOW, STEADY_FROM = 0.3, 0.6
"""Shares of the outlined area that all views have in common, below and from which an outline is called so."""
WRONG_BELOW = 0.5
"""Dice below which an outline is called wrong."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Statistics over the views, pixel by pixel, at the frame's own size (H, W).

    Attributes:
        mean: mean probability.
        std: standard deviation of the probability, 0 where all agree, at most 0.5.
        lowest, highest: minimum and maximum of the probability.
        presence: presence score of each view.
    """

    mean: Probability
    std: Probability
    lowest: Probability
    highest: Probability
    presence: tuple[float, ...]

    def intersection_union(self, threshold: float) -> tuple[int, int]:
        """Areas of the intersection and the union of the views' thresholded masks.

        Args:
            threshold: on probability, in [0, 1]; at or over it a pixel is nerve.

        Returns:
            Both in pixels, to within the resizing of the maps; the first is never the larger one.
        """
        level = np.float32(threshold)
        return int((self.lowest >= level).sum()), int((self.highest >= level).sum())

    def steadiness(self, threshold: float) -> str | None:
        """Call the outline steady, wavering or unsteady, by how much of the views' union is in their intersection.

        Args:
            threshold: as of `intersection_union`.

        Returns:
            UNSTEADY under UNSTEADY_BELOW, STEADY from STEADY_FROM on, else WAVERING; None where no view has an outline.
        """
        every, some = self.intersection_union(threshold)
        if not some:
            return None
        return UNSTEADY if every / some < UNSTEADY_BELOW else WAVERING if every / some < STEADY_FROM else STEADY


def predict(predictor: Predictor, image: Image, views: Sequence[View] = VIEWS) -> Uncertainty:
    """Predict several views of a frame in one batch, and where it gets a second pass, those of its window in another.

    A pixel that was shifted or zoomed out of a view, or of that view of the window, is left out of that view's
    statistics; padding reflects, as in training.

    Args:
        predictor: the model. No view is averaged with its mirror image, whatever its `flip_tta`; with `coarse_to_fine`
            the window is that of the plain prediction.
        image: shape (H, W) uint8, any size.
        views: the transforms; the first one should show the whole frame, so that every pixel is seen once.

    Raises:
        ValueError: there is no view, or a pixel that none of them shows.
    """
    prepared, box = preprocess.to_network(image, predictor.card.preprocess)
    if not views:
        raise ValueError("got 0 views; expected 1 or more. Leave them out for flipped, shifted and zoomed ones.")
    maps, heads = _run(predictor, prepared, views)
    scores = [presence.score(predictor.card, map_, head) for map_, head in zip(maps, heads, strict=True)]
    aligned = np.stack([invert(map_, view) for map_, view in zip(maps, views, strict=True)])
    if second := predictor.infer(image).fine:
        window = second[1]
        enlarged, _ = preprocess.to_network(image, predictor.card.preprocess, window)
        fine_maps, _ = _run(predictor, enlarged, views)
        grid, part = preprocess.Box(0, prepared.shape[0], 0, prepared.shape[1]), _on_grid(window, box, prepared.shape)
        aligned = np.stack(
            [
                Output(map_, grid, 0.0, (invert(fine_map, view), part)).at(prepared.shape).probability
                for map_, fine_map, view in zip(aligned, fine_maps, views, strict=True)
            ]
        )
    if (unseen := np.isnan(aligned).all(axis=0)).any():
        raise ValueError(f"{int(unseen.sum())} pixels are in none of {len(views)} views; add View(), the whole frame.")
    mean, std, lowest, highest = (
        preprocess.to_frame(np.asarray(statistic(aligned, axis=0), np.float32), box, image.shape)
        for statistic in (np.nanmean, np.nanstd, np.nanmin, np.nanmax)
    )
    return Uncertainty(mean, std, lowest, highest, tuple(scores))


def _run(
    predictor: Predictor, prepared: NDArray[np.float32], views: Sequence[View]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Run the network on views, without flip TTA: with it, a view and its flipped twin would get the same answer."""
    return predictor.with_flip_tta(False).run(np.stack([apply(prepared, view) for view in views]))


def _on_grid(window: preprocess.Box, box: preprocess.Box, shape: tuple[int, ...]) -> preprocess.Box:
    """Where a window of the frame lies in a map (h, w) of the box, to the nearest pixel."""
    down, across = shape[0] / (box.bottom - box.top), shape[1] / (box.right - box.left)
    rows = (round((edge - box.top) * down) for edge in (window.top, window.bottom))
    columns = (round((edge - box.left) * across) for edge in (window.left, window.right))
    return preprocess.Box(*rows, *columns)


def apply(prepared: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Transform a prepared frame, shape (h, w), into a view; padding reflects."""
    height, width = prepared.shape
    moved = cv2.warpAffine(prepared, view.matrix(height, width), (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.float32)


def invert(probability: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Transform a view's map, shape (h, w), back onto the frame; NaN where the view does not show the frame."""
    height, width = probability.shape
    matrix, flags = view.matrix(height, width), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved, shown = (
        np.asarray(cv2.warpAffine(picture, matrix, (width, height), flags=flags), np.float32)
        for picture in (probability, np.ones_like(probability))
    )
    # A pixel whose neighbours lie partly outside would be interpolated with nothing.
    return np.where(shown > 0.999, moved, np.float32(np.nan))
