"""Out-of-distribution detection: the Mahalanobis distance of a frame from those that a model was trained on.

A heuristic, not a test. Twelve statistics are taken of the frame as the network gets it, and compared with those of the
training frames of each source. A photograph, an inverted frame or another machine's lies far from all of them; a neck
that differs in nothing but its anatomy does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from neuroscan.data import dataset
from neuroscan.explore.statistics import frame_statistics
from neuroscan.imaging import preprocess
from neuroscan.types import Image

WORDS = {
    "mean": ("darker", "brighter"),
    "contrast": ("lower in contrast", "higher in contrast"),
    "p05": ("darker shadows", "paler shadows"),
    "p50": ("darker mid-tones", "brighter mid-tones"),
    "p95": ("duller highlights", "brighter highlights"),
    "edges": ("fewer edges", "more edges"),
    "sharpness": ("blurrier", "sharper"),
    "speckle_snr": ("grainier", "smoother"),
    "depth1": ("darker near the skin", "brighter near the skin"),
    "depth2": ("darker in the second quarter of depth", "brighter in the second quarter of depth"),
    "depth3": ("darker in the third quarter of depth", "brighter in the third quarter of depth"),
    "depth4": ("darker in the depth", "brighter in the depth"),
}
"""The statistics that are compared, and the words for a low and a high value."""

QUANTILE = 0.95
"""Share of the frames of left-out training subjects that lie within the threshold."""

_RANKS = (("mean", "contrast"), ("edges", "sharpness", "speckle_snr"))  # Named first: contrast brings edges with it.
_FOLDS = 6
_MIN_THRESHOLD = 1e-6
"""Where all training frames are alike all distances are 0, and the threshold must not be."""
_Z_THRESHOLD = 2.0
_MAX_WORDS = 3
_MAX_FRAMES = 2000
_DIGITS = 6


@dataclass(frozen=True)
class SourceStatistics:
    """Distribution of the statistics over the training frames of one source, as plain numbers.

    Attributes:
        centre, scale: median and robust standard deviation of each of WORDS.
        offset: mean of the standardised values.
        precision: inverse of their shrunk covariance.
        threshold: Mahalanobis distance under which QUANTILE of the frames lie, cross-validated by subject.
        frames, subjects: their numbers.
    """

    centre: list[float]
    scale: list[float]
    offset: list[float]
    precision: list[list[float]]
    threshold: float
    frames: int
    subjects: int


@dataclass(frozen=True)
class OodResult:
    """Whether a frame is out of distribution (OOD), and by what.

    Attributes:
        distance: Mahalanobis distance to the nearest source over its threshold: 5 % of left-out training subjects'
            frames lie over 1.
        words: what is different, at most three, brightness and contrast first; empty when the frame is not OOD.
    """

    distance: float
    words: tuple[str, ...]

    @property
    def is_ood(self) -> bool:
        """Whether the frame is out of distribution, and a user should be warned."""
        return self.distance > 1

    @property
    def sentence(self) -> str:
        """The warning, "" when there is none."""
        return f"Unlike the frames this model was trained on: {', '.join(self.words)}." if self.is_ood else ""


def features(image: Image, settings: preprocess.Settings) -> NDArray[np.float64]:
    """Compute the statistics that are compared: shape (12,), in the order of WORDS.

    The frame is cut and resized as the network gets it; grey levels are taken at half that size, edges and sharpness
    at a third: finer detail, and contrast with it, depends on the resampling that a file has been through rather than
    on the picture.

    Args:
        image: shape (H, W) uint8.
        settings: the model's own.
    """
    small = preprocess.steps(image, settings)["resized"]
    half, third = (
        frame_statistics(preprocess.resize(small, settings.height // part, settings.width // part)) for part in (2, 3)
    )
    snr = frame_statistics(small)["speckle_snr"]
    depths = [float(part.mean()) for part in np.array_split(small, 4)]
    return np.array(
        [
            half["mean"],
            np.sqrt(half["variance"]),
            *(half[name] for name in ("p05", "p50", "p95")),
            np.sqrt(third["edge_density"]),
            np.log1p(third["sharpness"]),
            # An even frame has no speckle: as smooth as can be.
            np.log(snr if np.isfinite(snr) else 255.0),
            *depths,
        ]
    )


def of_training(samples: pd.DataFrame, groups: pd.Series, settings: preprocess.Settings) -> dict[str, SourceStatistics]:
    """Fit the training frames of each source; of large sources, 2,000 frames drawn at random, the same every time.

    Args:
        samples: training rows of `dataset.Dataset`.
        groups: subject (or group of near-identical frames) of each, index as in samples.
        settings: the model's own.

    Returns:
        Statistics by source.

    Raises:
        ValueError: a frame cannot be read, or a source has fewer than two.
    """
    references = {}
    for source, rows in samples.groupby("source", sort=True):
        drawn = rows.sample(min(len(rows), _MAX_FRAMES), random_state=0).sort_index()
        values = np.stack([features(dataset.read_image(row), settings) for _, row in drawn.iterrows()])
        references[str(source)] = fit(values, groups[drawn.index].to_numpy())
    return references


def fit(values: NDArray[np.float64], groups: NDArray[Any]) -> SourceStatistics:
    """Fit the distribution of the frames of one source.

    Args:
        values: shape (N, 12), rows from `features`.
        groups: subject of each row, shape (N,). The threshold is found by cross-validation over subjects, six folds at
            the most; with one subject, on the frames that were fitted.

    Returns:
        The statistics.

    Raises:
        ValueError: there are fewer than two rows.
    """
    if len(values) < 2:
        raise ValueError(f"Expected two frames or more of a source; received {len(values)}. Leave the source out.")
    names = np.random.default_rng(0).permutation(np.unique(groups))
    folds = [np.isin(groups, fold) for fold in np.array_split(names, min(_FOLDS, len(names)))]
    distances = np.empty(len(values))
    for fold in folds:
        others = values[~fold] if len(folds) > 1 and (~fold).sum() > 1 else values
        distances[fold] = _distances(values[fold], _describe(others))
    return _describe(
        values, threshold=max(float(np.quantile(distances, QUANTILE)), _MIN_THRESHOLD), subjects=len(names)
    )


def compare(image: Image, settings: preprocess.Settings, references: Mapping[str, SourceStatistics]) -> OodResult:
    """Compare a frame with a model's training frames.

    Args:
        image: shape (H, W) uint8, any size.
        settings: the model's own.
        references: statistics of the sources that it was trained on, one or more.

    Returns:
        Distance to the nearest source, and what is different.
    """
    values = features(image, settings)
    distances = {
        name: float(_distances(values[None], statistics)[0]) / statistics.threshold
        for name, statistics in references.items()
    }
    source = min(distances, key=lambda name: distances[name])
    nearest = references[source]
    z = (values - nearest.centre) / np.array(nearest.scale)
    return OodResult(distances[source], _words(z) if distances[source] > 1 else ())


def _describe(values: NDArray[np.float64], *, threshold: float = 1.0, subjects: int = 0) -> SourceStatistics:
    """Centre, scale and shrunk covariance; rounded, so that a card holds significant digits alone."""
    centre = np.median(values, axis=0)
    low, high = np.percentile(values, [25, 75], axis=0)
    # A quarter of a standard deviation at the least: half of the frames may be equal in one of them.
    scale = np.maximum((high - low) / 1.349, values.std(axis=0) / 4)
    scale = np.where(scale > 1e-9, scale, 1.0)  # The deviation of equal numbers is not always 0.
    shrunk = LedoitWolf().fit((values - centre) / scale)
    return SourceStatistics(
        centre=_rounded(centre),
        scale=_rounded(scale),
        offset=_rounded(shrunk.location_),
        precision=_rounded(np.linalg.pinv(shrunk.covariance_)),
        threshold=threshold,
        frames=len(values),
        subjects=subjects,
    )


def _distances(values: NDArray[np.float64], reference: SourceStatistics) -> NDArray[np.float64]:
    """Mahalanobis distances of rows (N, 12) from the centre of a source."""
    z = (values - reference.centre) / np.array(reference.scale) - reference.offset
    return np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", z, np.array(reference.precision), z), 0))


def _words(z: NDArray[np.float64]) -> tuple[str, ...]:
    """Name the statistics that are farthest off, at most three, brightness and contrast first."""
    names = list(WORDS)
    rank_of = {name: rank for rank, group in enumerate(_RANKS) for name in group}
    order = sorted(range(len(z)), key=lambda i: (rank_of.get(names[i], len(_RANKS)), -abs(z[i])))
    unusual = [i for i in order if abs(z[i]) > _Z_THRESHOLD] or [int(np.abs(z).argmax())]
    return tuple(WORDS[names[i]][int(z[i] > 0)] for i in unusual[:_MAX_WORDS])


def _rounded(values: NDArray[np.float64]) -> Any:
    """Nested lists of numbers with six digits."""
    return np.vectorize(lambda x: float(f"{x:.{_DIGITS}g}"))(values).tolist()
