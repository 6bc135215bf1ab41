"""What a finished model scores: the tables in its folder, and the figures on its card. Needs no Keras."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from neuroscan import config
from neuroscan.evaluation import run, summary, tables
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.types import Spacing


def evaluate(
    predictor: Predictor,
    samples: pd.DataFrame,
    *,
    spacing: Spacing | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> run.Results:
    """Score a model at its card's thresholds.

    Args:
        predictor: the model.
        samples: labelled, with the column `group`.
        spacing: mm per pixel (row, column) of the frames whose files do not tell it, or None where it is unknown.
        progress: called with the frames done and their number.
    """
    card = predictor.card
    model = run.Locked(card.name, predictor.predict, card.threshold, card.presence_threshold)
    return run.evaluate(model, samples, spacing=spacing, progress=progress)


def write(predictor: Predictor, samples: pd.DataFrame, results: run.Results, folder: Path) -> None:
    """Leave in a model's folder one row a frame, the curves of all thresholds, and reliability.

    Args:
        predictor: the model.
        samples: test samples.
        results: of `evaluate` on them.
        folder: gets `evaluation.csv`, `curves.csv` and `reliability.csv`.
    """
    before = results.bins
    if predictor.card.is_scaled:
        before = run.reliability_bins(predictor.scaled().predict, samples)
    stages = {"before": before, "after": results.bins}
    reliability = tables.reliability_stages(results.frames["source"], stages)
    # All digits of presence: scores near 1 would tie, and their AUC be another.
    exact = results.rows["presence"].map("{:.9g}".format)
    written = {
        cards.FRAMES_FILE: results.rows.assign(presence=exact),
        cards.CURVES_FILE: tables.curves(results),
        cards.RELIABILITY_FILE: reliability.round({"count": 0}).astype({"count": int}),
    }
    for name, table in written.items():
        config.marked(table).to_csv(folder / name, index=False, float_format="%.5g")


def card_rows(rows: pd.DataFrame, split: str) -> list[dict[str, Any]]:
    """Headline figures by source and gate, as the card keeps them: numbers rounded, what is unknown left out."""
    table = summary.headline(rows, by=("model", "source", "gate")).drop(columns="model")
    table.insert(0, "split", split)
    return [
        {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items() if pd.notna(v)}
        for row in table.to_dict("records")
    ]
