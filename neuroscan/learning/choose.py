"""What validation subjects decide, before any test frame is seen: mirror images, scaling, thresholds, presence.

Each source weighs the same, so that a large one does not outvote a small one.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan import config
from neuroscan.data import splits
from neuroscan.evaluation import calibration, presence, run, thresholds
from neuroscan.imaging import preprocess
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor, presence_from_map
from neuroscan.learning.absence import vary
from neuroscan.learning.pipeline import fit_size, load
from neuroscan.types import Image

SENSITIVITY = 0.9
"""Share of positive validation frames that the presence threshold calls present."""

WHOLE = preprocess.Settings(crop=False)
"""Reads frames as they are."""

_PIXELS = 200_000
"""Pixels of each source that the scaling is fitted on."""

_SANE = (0.05, 10.0)
"""Temperatures beyond are those of a network that has learnt nothing: 256 thresholds would no longer resolve it."""


def choose(card: cards.Card, folder: Path, validation: pd.DataFrame) -> dict[str, Any]:
    """Decide on mirror images, fit the scaling on validation subjects, and choose thresholds with both.

    Frames are asked about with their mirror image where that raises the best mean Dice on positive frames.
    The threshold is the one of best mean Dice on positive frames. Presence comes from the head or from the map,
    whichever tells frames varied by `absence.vary` that kept their nerve better from those that lost it (AUC, mean over
    the sources); its threshold is the highest that still calls 90 % of the positive frames, as they are, present.

    Args:
        card: of the model; `notes["presence_head"]` is False for a network without a head of its own.
        folder: of its ONNX file; gets the card, so that it is no folder that the app lists.
        validation: labelled samples with the column `group`; some show a nerve.

    Returns:
        Entries for the card.
    """
    cards.write(card, folder)
    positive = validation[validation["present"].eq(True)]  # None, unlabelled, is left out too
    plain = Predictor(folder).scaled()
    reached = {mirror: _best(plain.mirrored(mirror), positive)[1] for mirror in (False, True)}
    mirror = reached[True] > reached[False]
    temperature, bias, reliable = choose_scaling(plain.mirrored(mirror), validation)
    predictor = plain.mirrored(mirror).scaled(temperature, bias)
    threshold, _ = _best(predictor, positive)

    scored = pd.DataFrame([_presence_scores(predictor, row, i) for i, (_, row) in enumerate(positive.iterrows())])
    ways = ("head", "map") if card.notes.get("presence_head", True) else ("map",)
    sources = positive["source"].to_numpy()
    auc = {way: _mean_auc(scored[f"{way}_kept"], scored[f"{way}_lost"], sources) for way in ways}
    way = max(ways, key=lambda name: np.nan_to_num(auc[name]))
    kept = presence.choose_presence_threshold(
        np.ones(len(scored), bool),
        scored[way],
        sensitivity=SENSITIVITY,
        groups=positive["source"],
    )
    return {
        "mirror": mirror,
        "temperature": temperature,
        "bias": bias,
        "threshold": round(threshold, 4),
        "presence_threshold": float(np.floor(kept * 1e4) / 1e4),
        "presence_from": way,
        "chosen_on": (
            f"{len(positive)} positive validation frames – {_counted(positive)} –, each source "
            f"weighing the same; presence AUC on {scored['head_lost'].count()} of them, cropped or patched to keep "
            f"and to lose the nerve: {', '.join(f'{name} {auc[name]:.3f}' for name in ways)}; best mean Dice "
            f"{reached[False]:.3f} without mirror images and {reached[True]:.3f} with them; {reliable}"
        ),
    }


def _counted(positive: pd.DataFrame) -> str:
    """How many frames of how many people: synthetic ones apart, and groups where subjects are unknown."""
    parts = []
    for source, rows in positive.groupby("source"):
        groups = rows["group"].nunique()
        whose = "made-up subjects" if config.is_synthetic(str(source)) else "subjects"
        if rows["group"].str.contains(splits.LIKE).all():
            whose = "groups of near-identical frames"
        parts.append(f"{config.described(str(source))}: {len(rows)} of {groups} {whose}")
    return ", ".join(parts)


def _best(predictor: Predictor, positive: pd.DataFrame) -> tuple[float, float]:
    """Threshold of best mean Dice on positive frames, each source weighing the same, and that Dice."""
    found = run.evaluate(predictor.predict, positive, model="", threshold=0.5, presence_threshold=0)
    curve = thresholds.mean_curve(thresholds.dice_curve(found.counts), groups=positive["source"])
    return thresholds.best_threshold(curve)


def choose_scaling(predictor: Predictor, validation: pd.DataFrame) -> tuple[float, float, str]:
    """Fit temperature and bias to the pixels of validation frames; keep them where they make probabilities more honest.

    They are fitted by likelihood at network size, and kept if the expected calibration error at the frames' own size,
    mean over the sources, falls too.

    Args:
        predictor: the model; its own scaling does not matter.
        validation: labelled samples.

    Returns:
        Temperature and bias, 1 and 0 where none helps, and a sentence on them for the card.
    """
    plain = predictor.scaled()
    single = plain.mirrored(False)  # Each view is scaled before frame and mirror image are averaged.
    labels, probability = zip(*(_pixels(single, rows) for _, rows in validation.groupby("source")), strict=True)
    logits = calibration.to_logits(np.concatenate(probability))
    temperature, bias = (round(one, 3) for one in calibration.fit_scaling(np.concatenate(labels), logits))
    if not _SANE[0] <= temperature <= _SANE[1]:
        return 1.0, 0.0, f"no scaling: the temperature fitted, {temperature:.3g}, is beyond reason"
    before, after = (_mean_ece(model, validation) for model in (plain, plain.scaled(temperature, bias)))
    errors = f"expected calibration error on validation {before:.4f} without and {after:.4f} with it"
    if after >= before:
        return 1.0, 0.0, f"no scaling: {errors}"
    return temperature, bias, f"scaling by temperature {temperature} and bias {bias}: {errors}"


def _pixels(predictor: Predictor, samples: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Truth and probability of some pixels of one source, each frame giving as many."""
    random, settings = np.random.default_rng(0), predictor.card.preprocess
    labels, probability = [], []
    for _, row in samples.iterrows():
        image, mask = fit_size(*load(row, settings), settings)
        drawn = random.integers(mask.size, size=max(1, _PIXELS // len(samples)))
        maps, _ = predictor.run(preprocess.normalise(image[None]))
        labels.append(mask.ravel()[drawn])
        probability.append(maps.ravel()[drawn])
    return np.concatenate(labels), np.concatenate(probability)


def _mean_ece(predictor: Predictor, samples: pd.DataFrame) -> float:
    """Expected calibration error over the pixels of each source, mean over the sources."""
    bins = run.reliability_bins(predictor.predict, samples)
    places = samples.reset_index(drop=True).groupby("source").groups.values()
    return float(np.mean([calibration.ece(bins[rows].sum(axis=0)) for rows in places]))


def _presence_scores(predictor: Predictor, sample: pd.Series, number: int) -> dict[str, float]:
    """Presence from head and map: of the frame, and of it varied so that the nerve was kept, and lost.

    Varied alike, so that it is the nerve that is told and not the crop; NaN where the nerve cannot be lost.
    """
    image, mask = load(sample, WHOLE)
    scores = dict(zip(("head", "map"), _presence(predictor, image), strict=True))
    varied = [vary(image, mask, absent=absent, random=np.random.default_rng([0, number])) for absent in (False, True)]
    for name, (frame, _) in zip(("kept", "lost"), varied, strict=True):
        both = (np.nan, np.nan) if varied[1][1].any() else _presence(predictor, frame)
        scores |= {f"head_{name}": both[0], f"map_{name}": both[1]}
    return scores


def _presence(predictor: Predictor, image: Image) -> tuple[float, float]:
    """Presence of one frame from head and map."""
    ready, _ = preprocess.to_network(np.ascontiguousarray(image), predictor.card.preprocess)
    maps, heads = predictor.run(ready[None])
    return float(heads[0]), presence_from_map(maps[0])


def _mean_auc(kept: pd.Series, lost: pd.Series, sources: NDArray[Any]) -> float:
    """Chance that a frame with its nerve scores above one of its source without, mean over the sources.

    Missing scores are left out; NaN when there are no others.
    """
    found = []
    for source in sorted({*sources[kept.notna()]}):
        both = [scores[sources == source].dropna() for scores in (kept, lost)]
        labels = np.repeat([True, False], [len(scores) for scores in both])
        found.append(presence.presence_scores(labels, np.concatenate(both), threshold=0).auc)
    return float(np.mean(found)) if found else float("nan")
