"""Score a finished model: tables in its folder, figures on its card.

Needs no Keras, unless thresholds are chosen too.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from neuroscan.data import dataset, notices
from neuroscan.evaluation import run, summary, tables
from neuroscan.inference import card as cards
from neuroscan.inference import latency, uncertainty
from neuroscan.inference.predictor import Predictor
from neuroscan.types import Spacing

_TIMED = 20
"""Frames that a model is timed on: of the test samples, or of validation where there are none. Of so many some
usually have a small nerve, which may cost a second pass."""


def judge(
    card: cards.Card,
    folder: Path,
    validation: pd.DataFrame,
    test: pd.DataFrame,
    *,
    choose: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[cards.Card, pd.DataFrame]:
    """Tune a model on validation subjects, score and time it, and write tables and card.

    Args:
        card: of the model.
        folder: of its ONNX file; gets the card and, where there are test samples, the tables of `write`.
        validation: labelled samples with the column `group`; not scored unless `choose`.
        test: likewise; there may be none.
        choose: False keeps calibration, thresholds and validation scores as the card has them.
        progress: called with the frames done and their number; real test frames with a nerve count twice, once scored
            and once asked about in views.

    Returns:
        The card as it was written, with calibration, thresholds, scores, steadiness and latency; and the rows of the
        test samples.
    """
    if choose:
        # Keras takes seconds to import: only where it is needed.
        from neuroscan.learning import choose as choices

        card = replace(card, **choices.choose(card, folder, validation))
    cards.write(card, folder)
    predictor = Predictor(folder)
    real = test["present"].eq(True).to_numpy() & ~test["source"].map(notices.is_synthetic).to_numpy(bool)
    ahead = len(validation) if choose else 0
    scored = ahead + len(test)
    total = scored + int(real.sum())
    report = progress or (lambda *_: None)

    scores = [row for row in card.scores if row["split"] != "test"]
    if choose:
        rows = evaluate(predictor, validation, progress=lambda done, _: report(done, total)).rows
        scores = card_rows(rows, "validation")
    rows, steadiness = pd.DataFrame(), {}
    if len(test):
        results = evaluate(predictor, test, progress=lambda done, _: report(ahead + done, total))
        write(predictor, test, results, folder)
        rows = results.rows
        scores += card_rows(rows, "test")
        steadiness = count_steadiness(
            predictor, test[real], results.frames["dice"][real], progress=lambda done, _: report(scored + done, total)
        )
    timed = (test if len(test) else validation).head(_TIMED)
    took = latency.measure(predictor, [dataset.read_image(row) for _, row in timed.iterrows()])
    card = replace(card, scores=scores, steadiness=steadiness, latency=took)
    cards.write(card, folder)
    return card, rows


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
    return run.evaluate(
        predictor.predict,
        samples,
        name=card.name,
        threshold=card.threshold,
        presence_threshold=card.presence_threshold,
        spacing=spacing,
        progress=progress,
    )


def count_steadiness(
    predictor: Predictor,
    positive: pd.DataFrame,
    dice: pd.Series,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, list[int]]:
    """Count how often a model's outlines are wrong, by how far its views of the frame agree.

    Args:
        predictor: the model; its outlines are those at its card's threshold.
        positive: samples with a nerve.
        dice: of these outlines, gate off.
        progress: called with the frames done and their number.

    Returns:
        Wrong outlines, and all, by what `Uncertainty.steadiness` calls them; frames that no view has an outline of are
        left out.
    """
    counts = {kind: [0, 0] for kind in (uncertainty.UNSTEADY, uncertainty.WAVERING, uncertainty.STEADY)}
    for number, ((_, sample), overlap) in enumerate(zip(positive.iterrows(), dice, strict=True), start=1):
        found = uncertainty.predict(predictor, dataset.read_image(sample))
        if kind := found.steadiness(predictor.card.threshold):
            counts[kind][0] += int(overlap < uncertainty.WRONG_BELOW)
            counts[kind][1] += 1
        if progress:
            progress(number, len(positive))
    return counts


def write(predictor: Predictor, samples: pd.DataFrame, results: run.Results, folder: Path) -> None:
    """Write to a model's folder one row a frame, the curves over all thresholds, and reliability.

    Reliability before calibration is that of the model without it: where it is coarse-to-fine, the windows are those
    of the uncalibrated map.

    Args:
        predictor: the model.
        samples: test samples.
        results: of `evaluate` on them.
        folder: gets `evaluation.csv`, `curves.csv` and `reliability.csv`.
    """
    before = results.bins
    if predictor.card.is_calibrated:
        before = run.reliability_bins(predictor.with_calibration().predict, samples)
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
        notices.mark_synthetic(table).to_csv(folder / name, index=False, float_format="%.5g")


def card_rows(rows: pd.DataFrame, split: str) -> list[dict[str, Any]]:
    """Headline figures by source and gate, as the card keeps them: numbers rounded, what is unknown left out."""
    table = summary.headline(rows, by=("model", "source", "gate")).drop(columns="model")
    table.insert(0, "split", split)
    return [
        {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items() if pd.notna(v)}
        for row in table.to_dict("records")
    ]
