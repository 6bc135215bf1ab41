"""Tune on validation subjects only: flip TTA, calibration, coarse-to-fine, threshold, presence and its threshold.

Sources weigh equally, so that a large one does not outvote a small one.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neuroscan.data import notices, splits
from neuroscan.evaluation import calibration, run, thresholds
from neuroscan.imaging import preprocess
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.learning.choose_presence import choose_presence
from neuroscan.learning.pipeline import load, resize_to_input

_PIXELS = 200_000
"""Pixels of each source that the calibration is fitted on."""

_TEMPERATURE_RANGE = (0.05, 10.0)
"""Temperatures beyond are those of a network that has learnt nothing: 256 thresholds would no longer resolve it."""


def choose(card: cards.Card, folder: Path, validation: pd.DataFrame) -> dict[str, Any]:
    """Decide on flip TTA, then on calibration with it, then on coarse-to-fine with both, then on the thresholds.

    Flip TTA and coarse-to-fine are used where they raise the best mean Dice on positive frames. The threshold is the
    one of best mean Dice on positive frames. Presence score and its threshold are chosen by `choose_presence`.

    Args:
        card: of the model; `notes["presence_head"]` is False for a network without a head of its own.
        folder: of its ONNX file; gets the card, so that it is no folder that the app lists.
        validation: labelled samples with the column `group`; some show a nerve.

    Returns:
        Entries for the card.
    """
    cards.write(card, folder)
    positive = validation[validation["present"].eq(True)]  # None, unlabelled, is left out too
    plain = Predictor(folder).with_calibration().with_coarse_to_fine(False)
    best_dice = {flip_tta: _best_threshold(plain.with_flip_tta(flip_tta), positive)[1] for flip_tta in (False, True)}
    flip_tta = best_dice[True] > best_dice[False]
    temperature, bias, calibration_note = choose_calibration(plain.with_flip_tta(flip_tta), validation)
    coarse = plain.with_flip_tta(flip_tta).with_calibration(temperature, bias)
    best = {fine: _best_threshold(coarse.with_coarse_to_fine(fine), positive) for fine in (False, True)}
    coarse_to_fine = best[True][1] > best[False][1]
    threshold = round(best[coarse_to_fine][0], 4)
    entries, presence_note = choose_presence(coarse, validation, threshold)
    return entries | {
        "flip_tta": flip_tta,
        "coarse_to_fine": coarse_to_fine,
        "temperature": temperature,
        "bias": bias,
        "threshold": threshold,
        "chosen_on": (
            f"{len(positive)} positive validation frames – {_counted(positive)} –, each source weighing the same; "
            f"{presence_note}; best mean Dice {best_dice[False]:.3f} without mirror images and {best_dice[True]:.3f} "
            f"with them; {calibration_note}; best mean Dice then {best[False][1]:.3f} with small nerves "
            f"as all others and {best[True][1]:.3f} with them enlarged in a second pass"
        ),
    }


def _counted(positive: pd.DataFrame) -> str:
    """Count frames and subjects by source: synthetic ones are called so, and groups where subjects are unknown."""
    parts = []
    for source, rows in positive.groupby("source"):
        groups = rows["group"].nunique()
        unit = "made-up subjects" if notices.is_synthetic(str(source)) else "subjects"
        if rows["group"].str.contains(splits.GROUP_PREFIX).all():
            unit = "groups of near-identical frames"
        parts.append(f"{notices.display_name(str(source))}: {len(rows)} of {groups} {unit}")
    return ", ".join(parts)


def _best_threshold(predictor: Predictor, positive: pd.DataFrame) -> tuple[float, float]:
    """Find the threshold of best mean Dice on positive frames, sources weighing equally, and that Dice."""
    counts = run.counts(predictor.predict, positive)
    curve = thresholds.mean_curve(thresholds.dice_curve(counts), groups=positive["source"])
    return thresholds.best_threshold(curve)


def choose_calibration(predictor: Predictor, validation: pd.DataFrame) -> tuple[float, float, str]:
    """Fit a temperature and a bias (Platt scaling) to validation pixels; keep them only if they lower the ECE.

    They are fitted by maximum likelihood at input resolution. The expected calibration error is taken at the frames'
    own size and averaged over sources.

    Args:
        predictor: the model; its own calibration does not matter.
        validation: labelled samples.

    Returns:
        Temperature and bias, 1 and 0 where they are not kept, and a sentence on them for the card.
    """
    plain = predictor.with_calibration()
    single = plain.with_flip_tta(False)  # Each view is calibrated before frame and flipped frame are averaged.
    labels, probability = zip(*(_pixels(single, rows) for _, rows in validation.groupby("source")), strict=True)
    logits, nerve = calibration.to_logits(np.concatenate(probability)), np.concatenate(labels)
    if nerve.all() or not nerve.any():
        return 1.0, 0.0, f"not calibrated: at network size {'all' if nerve.any() else 'no'} drawn pixels are nerve"
    temperature, bias = (round(one, 3) for one in calibration.fit_platt(nerve, logits))
    if not _TEMPERATURE_RANGE[0] <= temperature <= _TEMPERATURE_RANGE[1]:
        return 1.0, 0.0, f"not calibrated: the temperature fitted, {temperature:.3g}, is beyond reason"
    before, after = (_mean_ece(model, validation) for model in (plain, plain.with_calibration(temperature, bias)))
    errors = f"expected calibration error on validation {before:.4f} without and {after:.4f} with it"
    if after >= before:
        return 1.0, 0.0, f"not calibrated: {errors}"
    return temperature, bias, f"calibrated by temperature {temperature} and bias {bias}: {errors}"


def _pixels(predictor: Predictor, samples: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Draw pixels of one source, equally many from each frame: labels and probabilities."""
    random, settings = np.random.default_rng(0), predictor.card.preprocess
    labels, probability = [], []
    for _, row in samples.iterrows():
        image, mask = resize_to_input(*load(row, settings), settings)
        drawn = random.integers(mask.size, size=max(1, _PIXELS // len(samples)))
        maps, _ = predictor.run(preprocess.normalise(image[None]))
        labels.append(mask.ravel()[drawn])
        probability.append(maps.ravel()[drawn])
    return np.concatenate(labels), np.concatenate(probability)


def _mean_ece(predictor: Predictor, samples: pd.DataFrame) -> float:
    """Average the expected calibration error over sources; within each, frames weigh equally."""
    bins = run.reliability_bins(predictor.predict, samples)
    rows_of_sources = samples.reset_index(drop=True).groupby("source").groups.values()
    return float(np.mean([calibration.ece(calibration.pooled(bins[rows])) for rows in rows_of_sources]))
