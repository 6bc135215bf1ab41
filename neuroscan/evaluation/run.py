"""A model over many frames: one row a frame and gate, and the counts behind every curve."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.data import dataset
from neuroscan.data.codecs import Frame
from neuroscan.evaluation.calibration import bin_sums
from neuroscan.evaluation.frame import score_frame
from neuroscan.evaluation.thresholds import threshold_counts
from neuroscan.types import Image, Mask, Probability, Spacing


class Predicted(Protocol):
    """What is scored: a prediction of one frame."""

    @property
    def probability(self) -> Probability:
        """Shape (H, W), in [0, 1]."""

    @property
    def presence(self) -> float:
        """In [0, 1]."""

    def mask(self, threshold: float, presence_threshold: float) -> Mask:
        """The outlined nerve, empty when presence lies under its threshold."""


@dataclass(frozen=True)
class Results:
    """What a pass over the frames leaves.

    Attributes:
        rows: two rows a frame, `gate` False and True: `model`, `source`, `subject`, `frame`, `gate`,
            `present_pred`, and the columns of `frame.COLUMNS`. `subject` is the group where it is unknown.
        counts: tp, fp and fn at each of 256 thresholds, shape (N, 3, 256), one for each frame.
        bins: reliability sums of each frame, as `calibration.bin_sums` gives them, shape (N, 3, 15).
    """

    rows: pd.DataFrame
    counts: NDArray[np.int64]
    bins: NDArray[np.float64]

    @property
    def frames(self) -> pd.DataFrame:
        """The gate-off rows: one a frame, in the order of `counts` and `bins`."""
        return self.rows[~self.rows["gate"]].reset_index(drop=True)


def evaluate(
    predict: Callable[[Image], Predicted],
    samples: pd.DataFrame,
    *,
    name: str,
    threshold: float,
    presence_threshold: float,
    spacing: Spacing | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Score a model on labelled samples, frame by frame at the frame's own size.

    Args:
        predict: the model: a frame (H, W) uint8 to its prediction.
        samples: labelled rows of `dataset.Dataset.samples`, with the column `group` of `splits.by_subject`.
        name: of the model, for the rows.
        threshold: on probability, in [0, 1].
        presence_threshold: on presence, in [0, 1]; the gate-off rows have it for `present_pred` alone.
        spacing: mm per pixel (row, column) of the frames whose files do not hold it, or None where it is unknown.
        progress: called with the frames done and their number.

    Raises:
        ValueError: there is no sample, or a file cannot be read.
    """
    rows, over_thresholds, bins = [], [], []
    for number, (sample, frame, truth, prediction) in enumerate(_predictions(predict, samples), start=1):
        lengths = frame.spacing or spacing
        present = prediction.presence >= presence_threshold
        for gate in (False, True):
            predicted = prediction.mask(threshold, presence_threshold if gate else 0.0)
            rows.append(
                {
                    "model": name,
                    "source": sample["source"],
                    "subject": sample["group"].partition("/")[2],
                    "frame": sample["frame"],
                    "gate": gate,
                    "present_pred": present,
                }
                | score_frame(truth, predicted, spacing=lengths, presence=prediction.presence)
            )
        over_thresholds.append(threshold_counts(truth, prediction.probability))
        bins.append(bin_sums(truth, prediction.probability))
        if progress:
            progress(number, len(samples))
    return Results(pd.DataFrame(rows), np.stack(over_thresholds), np.stack(bins))


def counts(predict: Callable[[Image], Predicted], samples: pd.DataFrame) -> NDArray[np.int64]:
    """Count true and false positives and false negatives at every threshold, as `Results.counts` holds them.

    Args:
        predict: a frame (H, W) uint8 to its prediction.
        samples: labelled rows of `dataset.Dataset.samples`.

    Returns:
        tp, fp and fn at each of 256 thresholds, shape (N, 3, 256).

    Raises:
        ValueError: there is no sample, or a file cannot be read.
    """
    return np.stack(
        [threshold_counts(truth, prediction.probability) for *_, truth, prediction in _predictions(predict, samples)]
    )


def reliability_bins(predict: Callable[[Image], Predicted], samples: pd.DataFrame) -> NDArray[np.float64]:
    """Sum up the reliability bins of each frame, as `Results.bins` holds them, and nothing else.

    Args:
        predict: a frame (H, W) uint8 to its prediction.
        samples: labelled rows of `dataset.Dataset.samples`.

    Returns:
        Shape (N, 3, 15).

    Raises:
        ValueError: there is no sample, or a file cannot be read.
    """
    return np.stack(
        [bin_sums(truth, prediction.probability) for *_, truth, prediction in _predictions(predict, samples)]
    )


def _predictions(
    predict: Callable[[Image], Predicted], samples: pd.DataFrame
) -> Iterator[tuple[pd.Series, Frame, Mask, Predicted]]:
    """Each sample with its frame, the expert's mask and the prediction, one in memory at a time."""
    if samples.empty:
        raise ValueError("got 0 samples; expected 1 or more. Name a folder with labelled frames of the split.")
    for _, sample in samples.iterrows():
        frame = dataset.read_frame(sample)
        truth = dataset.read_mask(sample, frame.image.shape)
        if truth is None:
            raise ValueError(f"{sample['frame']} has no mask; score labelled frames only")
        yield sample, frame, truth, predict(frame.image)
