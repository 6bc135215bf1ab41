"""A folder of scored models, made for tests: every file that the comparison page reads, with numbers to count on."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from neuroscan.data import dataset, splits
from neuroscan.evaluation import run
from neuroscan.evaluation.thresholds import THRESHOLDS
from neuroscan.inference.card import BASELINES_FILE
from neuroscan.inference.predictor import Predictor
from tests.conftest import write_stand_in_model

SUBJECTS = 10
"""Of the invented source `many`, each with two frames with a nerve and one without."""


def frames(model: str, dice: float, *, source: str = "many", subjects: int = SUBJECTS) -> pd.DataFrame:
    """Rows of an evaluation: subject n has Dice `dice` plus n thousandths; absent frames are called rightly."""
    rows = []
    for subject in range(1, subjects + 1):
        for number, present in ((1, True), (2, True), (3, False)):
            for gate in (False, True):
                # Without the gate a false alarm on each absent frame; small nerves have odd numbers.
                score = dice + subject / 1000 if present else float(gate)
                area = 1000 * number if present else 0
                found = {"present_true": present, "presence": 0.9 if present else 0.1, "present_pred": present}
                own = {"model": model, "source": source, "subject": str(subject), "frame": f"{subject}_{number}"}
                counts = {"area_true_px": area, "tp": area, "fp": 0, "fn": 0, "tn": 50_000 - area}
                rows.append(own | {"gate": gate, "dice": score, "accuracy": 0.98} | found | counts)
    return pd.DataFrame(rows)


def curves(highest: float, *, source: str = "many") -> pd.DataFrame:
    """Curves whose Dice is highest at threshold 0.5, and falls by the square of the distance."""
    dice = highest - (THRESHOLDS - 0.5) ** 2
    table = pd.DataFrame({"source": source, "threshold": THRESHOLDS, "dice": dice})
    return table.assign(precision=0.5 + THRESHOLDS / 2, recall=1 - THRESHOLDS**2)


def reliability(*, source: str = "many") -> pd.DataFrame:
    """Two bins, half the pixels in each: called 0.25 and 0.75; off by 0.1 before and by 0 after."""
    columns = ["source", "stage", "bin_low", "bin_high", "count", "mean_probability", "observed"]
    rows = [
        (source, stage, low, low + 0.5, 500, called, called + off)
        for stage, off in (("before", 0.1), ("after", 0.0))
        for low, called in ((0.0, 0.25), (0.5, 0.75))
    ]
    return pd.DataFrame(rows, columns=columns)


def log(epochs: int = 5) -> pd.DataFrame:
    """A training log."""
    rising = np.linspace(0.1, 0.7, epochs)
    return pd.DataFrame(
        {"epoch": range(epochs), "loss": 1 - rising, "mask_dice": rising, "val_mask_dice": rising - 0.05}
    )


def write(folder: Path, models: Mapping[str, float], *, data: Path | None = None, **card: object) -> Path:
    """Write models with everything that the page reads.

    Args:
        folder: of models.
        models: folder name and Dice on the source `many` of each.
        data: data sets of the stand-in; with it the models are scored on subject 2 of `tiny` as well.
        card: entries of every card.
    """
    for name, dice in models.items():
        write_stand_in_model(
            folder / name,
            **({"latency": {"p50_ms": 20.0, "p95_ms": 30.0, "real_time": True, "height": 420, "width": 580}} | card),
        )
        parts = [frames(name, dice)]
        if data is not None:
            samples = dataset.load(data).samples
            samples = samples[samples["source"] == "tiny"]
            samples = samples.assign(group=splits.group_keys(samples))
            predictor = Predictor(folder / name)
            own = samples[samples["group"] == "tiny/2"]
            parts.append(run.evaluate(predictor.predict, own, name=name, threshold=0.5, presence_threshold=0.6).rows)
        tables = {
            "evaluation": pd.concat(parts),
            "curves": curves(dice),
            "reliability": reliability(),
            "training": log(),
        }
        for file, table in tables.items():
            table.to_csv(folder / name / f"{file}.csv", index=False)
    baseline = frames("nothing anywhere", 0.0).assign(present_pred=False, presence=0.0)
    baseline.loc[baseline["present_true"], "dice"] = 0.0
    baseline.loc[~baseline["present_true"], "dice"] = 1.0
    baseline.to_csv(folder / BASELINES_FILE, index=False)
    return folder


def write_leaky(folder: Path, model: str, **values: object) -> None:
    """Write what a leaky split would have claimed for a model."""
    known = {
        "claimed_dice_frames": 0.85,
        "honest_dice_frames": 0.73,
        "split": "random",
        "command": "train",
        "note": "x",
    }
    (folder / model / "leaky.json").write_text(json.dumps(known | values))
