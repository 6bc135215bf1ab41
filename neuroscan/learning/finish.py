"""From a trained network to a folder under weights/: export, calibration, thresholds, scores, and the card last."""

import inspect
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from neuroscan import models
from neuroscan.data import notices, splits
from neuroscan.imaging.preprocess import Settings
from neuroscan.inference import card as cards
from neuroscan.inference.publish import publish
from neuroscan.learning import export, fit, score, warm_start
from neuroscan.learning.config import Config
from neuroscan.learning.pipeline import load

LIMITS = [
    "For research and teaching only; not a medical device; makes no diagnosis.",
    "Outlines nerves; nothing in its training data was labelled normal or abnormal.",
    "Unknown on machines, body regions and patients other than those of its sources.",
]

LEAKY = "Split by frames, to show what that claims: it was trained on the people it was tested on. Not for use."


def finish(
    model: keras.Model,
    config: Config,
    samples: pd.DataFrame,
    folder: Path,
    *,
    commit: str,
    output: Path,
    progress: Callable[[int, int], None] | None = None,
) -> cards.Card:
    """Export a network, tune it on validation subjects, score it on test subjects, write its card.

    Args:
        model: trained.
        config: of its training.
        samples: labelled, with the columns `group` and `split` of `splits.by_subject`.
        folder: the run's; the files are made in its `export/` first.
        commit: of the code.
        output: such as weights/; gets the folder `config.name`.
        progress: as of `score.judge`.

    Raises:
        ValueError: a subject stands in two splits, a split is empty, or ONNX differs from Keras.
    """
    check_disjoint(samples)
    staging = folder / "export"
    export.write(model, staging)
    parts = {name: samples[samples["split"] == name] for name in splits.SPLITS}
    card = cards.Card(
        name=config.name,
        architecture=config.architecture,
        parameters=model.count_params(),
        multiply_adds=export.multiply_adds(model),
        preprocess=config.preprocess,
        sources=config.sources,
        subjects=warm_start.subjects(config, splits.lists(samples)),
        seed=config.seed,
        commit=commit,
        threshold=0.5,
        presence_threshold=0.5,
        onnx_sha256=cards.sha256(staging / cards.ONNX_FILE),
        limits=[*LIMITS, presence_limit(parts["test"]), *([LEAKY] if config.split == "frames" else [])],
        area_share=area_shares(parts["train"]),
        terms={source: notices.terms(source) for source in config.sources},
        notes={"architecture": describe(config.architecture)}
        | _training_notes(config, folder)
        | warm_start.note(config),
    )
    card, _ = score.judge(card, staging, parts["validation"], parts["test"], progress=progress)
    shutil.copy(folder / fit.LOG, staging / cards.LOG_FILE)
    publish(staging, output / config.name)
    return card


def _training_notes(config: Config, folder: Path) -> dict[str, Any]:
    """Notes for the card: frames drawn in training, which candidate the weights are, reader and label of the masks.

    Args:
        config: of the run.
        folder: the run's, with its log and `fit.CANDIDATES`.
    """
    frames_seen = len(pd.read_csv(folder / fit.LOG)) * config.steps_per_epoch * config.batch_size
    if config.start:
        frames_seen += cards.read(Path(config.start)).frames_seen or 0
    notes = {"frames_seen": frames_seen, "weights": pd.read_csv(folder / fit.CANDIDATES)["weights"].iloc[0]}
    mask_options = {"reader": config.reader, "label": config.label}
    return notes | {name: value for name, value in mask_options.items() if value != getattr(Config(), name)}


def describe(architecture: str) -> str:
    """Describe an architecture by the first line of its builder's docstring."""
    return (inspect.getdoc(models.ARCHITECTURES[architecture]) or "").partition("\n")[0].removeprefix("Build ")


def check_disjoint(samples: pd.DataFrame) -> None:
    """Refuse splits that share a subject.

    Raises:
        ValueError: names the subjects.
    """
    counts = samples.groupby("group")["split"].nunique()
    if shared := sorted(counts.index[counts > 1]):
        names = ", ".join(shared)
        raise ValueError(f"subjects in more than one split: {names}; every frame of a subject goes together")


def presence_limit(test: pd.DataFrame) -> str:
    """Say on how many negatives presence was tested; synthetic frames are counted apart."""
    absent = test[test["present"].eq(False)]  # None, unlabelled, is left out
    is_synthetic = absent["source"].map(notices.is_synthetic).astype(bool)
    real, synthetic = sorted(set(absent["group"][~is_synthetic])), absent["group"][is_synthetic].nunique()
    parts = []
    if real:
        of_whom = f"all of {real[0]}: one subject, no interval" if len(real) == 1 else f"of {len(real)} subjects"
        parts.append(f"{(~is_synthetic).sum()} frames without a nerve, {of_whom}")
    if synthetic:
        parts.append(f"{is_synthetic.sum()} synthetic frames without a nerve, of {synthetic} made-up subjects")
    if not parts:
        return "Presence was not tested: every test frame has a nerve."
    return f"Presence was tested on {'; and on '.join(parts)}."


def area_shares(training: pd.DataFrame) -> dict[str, list[float]]:
    """2.5th, 50th and 97.5th percentile of the nerve's share of the scanned area, by source."""
    shares: dict[str, list[float]] = {}
    for source, rows in training[training["present"].eq(True)].groupby("source"):
        areas = [float(load(row, Settings())[1].mean()) for _, row in rows.iterrows()]
        shares[str(source)] = [round(float(v), 5) for v in np.percentile(areas, [2.5, 50, 97.5])]
    return shares
