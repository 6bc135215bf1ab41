"""What one pass of a model over labelled frames leaves: enough to score and order all of them at any threshold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.data import dataset
from neuroscan.evaluation.surface import hausdorff
from neuroscan.evaluation.thresholds import LEVELS, dice_curve, precision_recall_curve, threshold_counts
from neuroscan.inference.predictor import Prediction
from neuroscan.types import Image

MISS, ALARM, ELSEWHERE, OVERLAP, EMPTY = "miss", "false alarm", "elsewhere", "overlap", "rightly empty"


class FrameScores(NamedTuple):
    """What is kept of one frame.

    Attributes:
        counts: tp, fp, fn at 256 thresholds, shape (3, 256), of `thresholds.threshold_counts`.
        shape: the frame's own size (H, W).
        presence: the model's presence score.
        hd95: in pixels, at the threshold of the pass, without the presence gate.
    """

    counts: NDArray[np.int32]
    shape: tuple[int, int]
    presence: float
    hd95: float


@dataclass(frozen=True, eq=False)
class Scores:
    """What is kept of many frames; row n of each array belongs to the n-th name.

    Attributes:
        names: `source/frame` of each frame, (N,).
        counts: tp, fp, fn at 256 thresholds, (N, 3, 256).
        shapes: each frame's own size (H, W), (N, 2).
        presence: presence scores, (N,).
        hd95: in pixels, at the threshold of the pass, without the presence gate, (N,).
        problems: a sentence for each frame that could not be scored.
        key: changes as the model, the frames or their masks do.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int32]
    shapes: NDArray[np.int64]
    presence: NDArray[np.float64]
    hd95: NDArray[np.float64]
    problems: tuple[str, ...] = ()
    key: str = ""


def score(predict: Callable[[Image], Prediction], sample: pd.Series, threshold: float) -> FrameScores:
    """Score one labelled frame at all thresholds.

    Args:
        predict: a frame (H, W) uint8 to its prediction.
        sample: a labelled row of the samples table.
        threshold: at which HD95 is taken, in [0, 1].

    Raises:
        ValueError: frame or mask cannot be read, or there is no mask.
    """
    image = dataset.read_image(sample)
    truth = dataset.read_mask(sample, image.shape)
    if truth is None:
        raise ValueError(f"{sample['frame']} has no mask; expected a labelled frame. Score labelled frames only.")
    prediction = predict(image)
    return FrameScores(
        threshold_counts(truth, prediction.probability).astype(np.int32),
        image.shape,
        prediction.presence,
        hausdorff(truth, prediction.mask(threshold), percentile=95),
    )


def join(parts: Sequence[Scores], names: Sequence[str]) -> Scores:
    """Put the scores of several passes of one model together.

    Args:
        parts: at least one.
        names: in the order wanted; those that no part has are left out.
    """
    place = {name: number for number, name in enumerate(name for part in parts for name in part.names)}
    kept = [name for name in names if name in place]
    order = np.array([place[name] for name in kept], np.intp)
    return Scores(
        tuple(kept),
        np.concatenate([part.counts for part in parts])[order],
        np.concatenate([part.shapes for part in parts])[order],
        np.concatenate([part.presence for part in parts])[order],
        np.concatenate([part.hd95 for part in parts])[order],
        tuple(problem for part in parts for problem in part.problems),
        " ".join(part.key for part in parts),
    )


def level(threshold: float) -> int:
    """Find the nearest of the 256 thresholds that were counted: its number, 0 to 255.

    Example:
        >>> level(0.5), level(0.45), level(1.0)
        (128, 115, 255)
    """
    return min(round(threshold * LEVELS), LEVELS - 1)


def at(scores: Scores, threshold: float, presence_threshold: float) -> pd.DataFrame:
    """Score every frame at one threshold: no model, no file, one look into the counts.

    Args:
        scores: of one pass.
        threshold: on probability, in [0, 1]; the nearest of the 256 thresholds counts.
        presence_threshold: below it a frame's mask is emptied; 0 switches the gate off.

    Returns:
        One row a frame, in the order of `scores.names`: `name`; `dice`, `iou`, `precision`, `recall`, `area_error`,
        `tp`, `fp`, `fn`, `tn`, `presence` as `evaluation.frame.COLUMNS` has them; `hd95` in px, at the threshold of
        the pass, gate as given; `hd95_share`, of the frame's diagonal, 1 where one outline alone is empty;
        `presence_error` (how far presence lies from the expert's 1 or 0);
        `disagreement` (share of the frame's pixels that only one of expert and model marks); `kind` (one of
        `MISS`, `ALARM`, `ELSEWHERE` (both marked, nothing shared), `OVERLAP`, `EMPTY`).
    """
    counts = scores.counts[:, :, [level(threshold)]].astype(np.int64)
    absent = scores.presence < presence_threshold
    counts[absent, 2] += counts[absent, 0]
    counts[absent, :2] = 0
    tp, fp, fn = counts[:, :, 0].T
    pixels = scores.shapes.prod(axis=1)
    area_true, area_pred = tp + fn, tp + fp
    precision, recall = precision_recall_curve(counts)
    dice = dice_curve(counts)[:, 0]
    diagonal = np.hypot(*scores.shapes.T)
    distance = np.where(absent, np.where(area_true > 0, diagonal, 0.0), scores.hd95)
    return pd.DataFrame(
        {
            "name": scores.names,
            "dice": dice,
            # Jaccard from Dice, so that both follow one rule for empty masks.
            "iou": dice / (2 - dice),
            "precision": precision[:, 0],
            "recall": recall[:, 0],
            # 1 for a false alarm, as `evaluation.frame.score_frame` has it; a test holds the two together.
            "area_error": np.where(area_true > 0, (area_pred - area_true) / np.maximum(area_true, 1), area_pred > 0),
            "hd95": distance,
            "hd95_share": distance / diagonal,
            "presence": scores.presence,
            "presence_error": np.where(area_true > 0, 1 - scores.presence, scores.presence),
            "disagreement": (fp + fn) / pixels,
            "tp": tp,
            "fp": fp,
            "fn": fn,
            "tn": pixels - tp - fp - fn,
            "kind": np.select(
                [tp > 0, area_true + area_pred == 0, area_pred == 0, area_true == 0],
                [OVERLAP, EMPTY, MISS, ALARM],
                ELSEWHERE,
            ),
        }
    )
