"""How far a frame lies from those that a model was trained on: an honest heuristic, not a test of anything.

Twelve statistics are taken of the frame as the network gets it, and compared with those of the training frames of each
source. A photograph, an inverted frame or another machine's lies far from all of them; a neck that differs in nothing
but its anatomy does not.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
"""What is compared, and what a low and a high value is called."""

QUANTILE = 0.95
"""Share of frames of unseen training subjects that count as like the others."""

_RANKS = (("mean", "contrast"), ("edges", "sharpness", "speckle_snr"))  # Named first: contrast brings edges with it.
_FOLDS = 6
_LEAST = 1e-6
"""Smallest distance that counts as far: where all training frames are alike, all distances are 0."""
_FAR = 2.0
_MOST_WORDS = 3
_MOST_FRAMES = 2000
_DIGITS = 6


@dataclass(frozen=True)
class Reference:
    """The training frames of one source, as plain numbers.

    Attributes:
        centre, scale: median and robust standard deviation of each of WORDS.
        offset: mean of the standardised values.
        precision: inverse of their shrunk covariance.
        threshold: distance under which QUANTILE of the frames lie when their own subject is left out of all this.
        frames, subjects: how many there were.
    """

    centre: list[float]
    scale: list[float]
    offset: list[float]
    precision: list[list[float]]
    threshold: float
    frames: int
    subjects: int


@dataclass(frozen=True)
class Likeness:
    """How a frame compares with the training frames.

    Attributes:
        distance: to the nearest source, in units of its threshold: 5 % of unseen training subjects' frames lie over 1.
        source: which one is nearest.
        words: what is different, at most three, brightness and contrast first; empty when the frame is not unlike.
    """

    distance: float
    source: str
    words: tuple[str, ...]

    @property
    def is_unlike(self) -> bool:
        """Whether a user should be warned."""
        return self.distance > 1

    @property
    def sentence(self) -> str:
        """The warning, "" when there is none."""
        return f"Unlike the frames this model was trained on: {', '.join(self.words)}." if self.is_unlike else ""


def features(image: Image, settings: preprocess.Settings) -> NDArray[np.float64]:
    """Take the statistics that are compared: shape (12,), in the order of WORDS.

    The frame is cut and resized as the network gets it; grey levels are taken at half that size, edges and sharpness
    at a third: finer detail, and contrast with it, tells of the resampling that a file has been through rather than of
    the picture.

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


def of_training(
    samples: pd.DataFrame, groups: pd.Series, settings: preprocess.Settings, *, seed: int = 0
) -> dict[str, Reference]:
    """Describe the training frames of each source; of large sources, 2,000 frames drawn at random.

    Args:
        samples: training rows of `dataset.Dataset`.
        groups: subject (or group of near-identical frames) of each, index as in samples.
        settings: the model's own.
        seed: of the draw.

    Returns:
        A reference by source.

    Raises:
        ValueError: a frame cannot be read, or a source has fewer than two.
    """
    found = {}
    for source, rows in samples.groupby("source", sort=True):
        drawn = rows.sample(min(len(rows), _MOST_FRAMES), random_state=seed).sort_index()
        values = np.stack([features(dataset.read_image(row), settings) for _, row in drawn.iterrows()])
        found[str(source)] = fit(values, groups[drawn.index].to_numpy())
    return found


def fit(values: NDArray[np.float64], groups: NDArray[Any]) -> Reference:
    """Describe the frames of one source.

    Args:
        values: shape (N, 12), rows from `features`.
        groups: subject of each row, shape (N,). The threshold is taken while the frame's own subject is left out, six
            parts of the subjects in turn; with one subject it is taken with it.

    Returns:
        The reference.

    Raises:
        ValueError: there are fewer than two rows.
    """
    if len(values) < 2:
        raise ValueError(f"Expected two frames or more of a source; received {len(values)}. Leave the source out.")
    names = np.random.default_rng(0).permutation(np.unique(groups))
    parts = [np.isin(groups, part) for part in np.array_split(names, min(_FOLDS, len(names)))]
    away = np.empty(len(values))
    for part in parts:
        rest = values[~part] if len(parts) > 1 and (~part).sum() > 1 else values
        away[part] = _distances(values[part], _describe(rest))
    return _describe(values, threshold=max(float(np.quantile(away, QUANTILE)), _LEAST), subjects=len(names))


def compare(image: Image, settings: preprocess.Settings, references: Mapping[str, Reference]) -> Likeness:
    """Say how far a frame lies from a model's training frames.

    Args:
        image: shape (H, W) uint8, any size.
        settings: the model's own.
        references: of the sources that it was trained on, one or more.

    Returns:
        Distance to the nearest source, and what is different.
    """
    values = features(image, settings)
    far = {name: float(_distances(values[None], one)[0]) / one.threshold for name, one in references.items()}
    source = min(far, key=lambda name: far[name])
    nearest = references[source]
    z = (values - nearest.centre) / np.array(nearest.scale)
    return Likeness(far[source], source, _words(z) if far[source] > 1 else ())


def to_card(references: Mapping[str, Reference]) -> dict[str, Any]:
    """Plain values for a card's `notes["domain"]`."""
    return {"statistics": list(WORDS), "sources": {name: asdict(one) for name, one in references.items()}}


def from_card(noted: Mapping[str, Any]) -> dict[str, Reference]:
    """References from what `to_card` made.

    Raises:
        ValueError: it holds other statistics than those compared here, numbers that no frame can be compared with, or
            is no such thing.
    """
    try:
        if noted["statistics"] != list(WORDS):
            raise ValueError(f"statistics {noted['statistics']}, expected {list(WORDS)}")
        references = {name: Reference(**values) for name, values in noted["sources"].items()}
        _check(references)
        return references
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(
            f"The card's domain statistics cannot be used: {error}. Write them anew: "
            "python -m training.domain --weights NAME --data FOLDER."
        ) from error


def _check(references: Mapping[str, Reference]) -> None:
    """Refuse numbers that no frame can be compared with: a card is a file that anybody can write."""
    if not references:
        raise ValueError("no source")
    count = len(WORDS)
    shapes = {"centre": (count,), "scale": (count,), "offset": (count,), "precision": (count, count), "threshold": ()}
    for source, reference in references.items():
        for name, shape in shapes.items():
            values = np.array(getattr(reference, name))
            if values.shape != shape or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
                raise ValueError(f"{name} of {source} must be finite numbers of shape {shape}")
            if name in ("scale", "threshold") and (values <= 0).any():
                raise ValueError(f"{name} of {source} must be over 0")


def _describe(values: NDArray[np.float64], *, threshold: float = 1.0, subjects: int = 0) -> Reference:
    """Centre, scale and shrunk covariance; rounded, so that a card holds no more digits than there is to tell."""
    centre = np.median(values, axis=0)
    low, high = np.percentile(values, [25, 75], axis=0)
    # A quarter of a standard deviation at the least: half of the frames may be equal in one of them.
    scale = np.maximum((high - low) / 1.349, values.std(axis=0) / 4)
    scale = np.where(scale > 1e-9, scale, 1.0)  # The deviation of equal numbers is not always 0.
    shrunk = LedoitWolf().fit((values - centre) / scale)
    return Reference(
        centre=_rounded(centre),
        scale=_rounded(scale),
        offset=_rounded(shrunk.location_),
        precision=_rounded(np.linalg.pinv(shrunk.covariance_)),
        threshold=threshold,
        frames=len(values),
        subjects=subjects,
    )


def _distances(values: NDArray[np.float64], reference: Reference) -> NDArray[np.float64]:
    """Mahalanobis distance of rows (N, 12) from the centre of a source."""
    z = (values - reference.centre) / np.array(reference.scale) - reference.offset
    return np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", z, np.array(reference.precision), z), 0))


def _words(z: NDArray[np.float64]) -> tuple[str, ...]:
    """Name the statistics that are farthest off, at most three, brightness and contrast first."""
    names = list(WORDS)
    rank = {name: place for place, group in enumerate(_RANKS) for name in group}
    order = sorted(range(len(z)), key=lambda i: (rank.get(names[i], len(_RANKS)), -abs(z[i])))
    far = [i for i in order if abs(z[i]) > _FAR] or [int(np.abs(z).argmax())]
    return tuple(WORDS[names[i]][int(z[i] > 0)] for i in far[:_MOST_WORDS])


def _rounded(values: NDArray[np.float64]) -> Any:
    """Nested lists of numbers with six digits."""
    return np.vectorize(lambda x: float(f"{x:.{_DIGITS}g}"))(values).tolist()
