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
class Locked:
    """A model as it is scored: nothing of it is chosen any more.

    Attributes:
        name: for the rows.
        predict: a frame (H, W) uint8 to its prediction.
        threshold, presence_threshold: as locked before the test; the gate-off rows ignore the second.
    """

    name: str
    predict: Callable[[Image], Predicted]
    threshold: float
    presence_threshold: float


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
    model: Locked,
    samples: pd.DataFrame,
    *,
    spacing: Spacing | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Score a model on labelled samples, frame by frame at the frame's own size.

    Args:
        model: at its thresholds.
        samples: labelled rows of `dataset.Dataset.samples`, with the column `group` of `splits.by_subject`.
        spacing: mm per pixel (row, column) of the frames whose files do not tell it, or None where it is unknown.
        progress: called with the frames done and their number.

    Raises:
        ValueError: there is no sample, or a file cannot be read.
    """
    if samples.empty:
        raise ValueError("got 0 samples; expected 1 or more. Name a folder with labelled frames of the split.")
    rows, counts, bins = [], [], []
    for number, (sample, frame, truth, prediction) in enumerate(_predictions(model.predict, samples), start=1):
        lengths = frame.spacing or spacing
        present = prediction.presence >= model.presence_threshold
        for gate in (False, True):
            predicted = prediction.mask(model.threshold, model.presence_threshold if gate else 0.0)
            rows.append(
                {
                    "model": model.name,
                    "source": sample["source"],
                    "subject": sample["group"].partition("/")[2],
                    "frame": sample["frame"],
                    "gate": gate,
                    "present_pred": present,
                }
                | score_frame(truth, predicted, spacing=lengths, presence=prediction.presence)
            )
        counts.append(threshold_counts(truth, prediction.probability))
        bins.append(bin_sums(truth, prediction.probability))
        if progress:
            progress(number, len(samples))
    return Results(pd.DataFrame(rows), np.stack(counts), np.stack(bins))


def reliability_bins(predict: Callable[[Image], Predicted], samples: pd.DataFrame) -> NDArray[np.float64]:
    """Sum up how often what a model calls likely is nerve, as `Results.bins` holds it, and nothing else.

    Args:
        predict: a frame (H, W) uint8 to its prediction.
        samples: labelled rows of `dataset.Dataset.samples`, one or more.

    Returns:
        Shape (N, 3, 15).
    """
    return np.stack([bin_sums(truth, found.probability) for *_, truth, found in _predictions(predict, samples)])


def _predictions(
    predict: Callable[[Image], Predicted], samples: pd.DataFrame
) -> Iterator[tuple[pd.Series, Frame, Mask, Predicted]]:
    """Each sample with its frame, the expert's mask and the prediction, one in memory at a time."""
    for _, sample in samples.iterrows():
        frame = dataset.read_frame(sample)
        truth = dataset.read_mask(sample, frame.image.shape)
        if truth is None:
            raise ValueError(f"{sample['frame']} has no mask; score labelled frames only")
        yield sample, frame, truth, predict(frame.image)
