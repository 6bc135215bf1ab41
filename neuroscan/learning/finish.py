"""From a trained network to a folder under weights/: export, thresholds, scores, and the card last."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from neuroscan.data import splits
from neuroscan.evaluation import presence, run, summary, thresholds
from neuroscan.imaging import preprocess
from neuroscan.inference import card as cards
from neuroscan.inference import latency
from neuroscan.inference.predictor import Predictor, presence_from_map
from neuroscan.learning import export
from neuroscan.learning.absence import vary
from neuroscan.learning.config import Config
from neuroscan.learning.pipeline import load
from neuroscan.types import Image

SENSITIVITY = 0.9
"""Share of positive validation frames that the presence threshold calls present."""

LIMITS = [
    "For research and teaching only; not a medical device; makes no diagnosis.",
    "Outlines nerves; nothing in its training data was labelled normal or abnormal.",
    "Unknown on machines, body regions and patients other than those of its sources.",
]

TERMS = {
    "uns": 'Kaggle "Ultrasound Nerve Segmentation" (2016), competition terms; no licence known; pictures not shipped.',
    "usgra": "Images: usgra-seg data set, Timm Kandaouroff (github.com/tmkand/usgra-seg), CC BY 4.0.",
}


def finish(
    model: keras.Model, config: Config, samples: pd.DataFrame, folder: Path, *, commit: str, output: Path
) -> cards.Card:
    """Export a network, choose its thresholds on validation subjects, score it on test subjects, write its card.

    Args:
        model: trained.
        config: of its training.
        samples: labelled, with the columns `group` and `split` of `splits.by_subject`.
        folder: the run's; the files are made in its `export/` first.
        commit: of the code.
        output: such as weights/; gets the folder `config.name`.

    Raises:
        ValueError: a subject stands in two splits, a split is empty, or ONNX differs from Keras.
    """
    check_apart(samples)
    made = folder / "export"
    export.write(model, made)
    part = {name: samples[samples["split"] == name] for name in splits.SPLITS}
    card = cards.Card(
        name=config.name,
        architecture=config.architecture,
        parameters=model.count_params(),
        multiply_adds=export.multiply_adds(model),
        preprocess=config.preprocess,
        sources=config.sources,
        subjects=splits.lists(samples),
        seed=config.seed,
        commit=commit,
        threshold=0.5,
        presence_threshold=0.5,
        onnx_sha256=cards.sha256(made / cards.ONNX_FILE),
        limits=[*LIMITS, presence_limit(part["test"])],
        area_share=_area_shares(part["train"]),
        terms={source: TERMS.get(source, "the owner's own data") for source in config.sources},
    )
    card = _rewrite(card, made, **choose_thresholds(card, made, part["validation"]))
    predictor = Predictor(made)
    results = {name: _evaluate(predictor, part[name]) for name in ("validation", "test") if len(part[name])}
    card = _rewrite(
        card,
        made,
        scores=[row for name, rows in results.items() for row in score_rows(rows, name)],
        latency=latency.measure(predictor, [load(row, _WHOLE)[0] for _, row in part["train"].head(5).iterrows()]),
    )
    results["test"].to_csv(made / cards.FRAMES_FILE, index=False, float_format="%.5g")
    shutil.copy(folder / "log.csv", made / cards.LOG_FILE)
    _publish(made, output / config.name)
    return card


def check_apart(samples: pd.DataFrame) -> None:
    """Refuse samples in which a subject stands on two sides of the split.

    Raises:
        ValueError: names the subjects.
    """
    sides = samples.groupby("group")["split"].nunique()
    if torn := sorted(sides.index[sides > 1]):
        raise ValueError(f"subjects in more than one split: {', '.join(torn)}; every frame of a subject goes together")


def choose_thresholds(card: cards.Card, folder: Path, validation: pd.DataFrame) -> dict[str, Any]:
    """Choose both thresholds, and where presence comes from, on validation subjects; each source weighs the same.

    The threshold is the one of best mean Dice on positive frames. Presence comes from the head or from the map,
    whichever tells frames varied by `absence.vary` that kept their nerve better (AUC) from those that lost it; its
    threshold is the highest that still calls 90 % of the positive frames, as they are, present.

    Returns:
        Entries for the card.
    """
    cards.write(card, folder)
    predictor = Predictor(folder)
    positive = validation[validation["present"] == True]  # noqa: E712 - the column holds None too
    results = run.evaluate(predictor.predict, positive, model=card.name, threshold=0.5, presence_threshold=0)
    curve = thresholds.mean_curve(thresholds.dice_curve(results.counts), groups=positive["source"])
    threshold, _ = thresholds.best_threshold(curve)

    scored = pd.DataFrame([_presence_scores(predictor, row, i) for i, (_, row) in enumerate(positive.iterrows())])
    auc = {way: _auc(scored[f"{way}_kept"].dropna(), scored[f"{way}_lost"].dropna()) for way in ("head", "map")}
    way = "map" if auc["map"] > auc["head"] else "head"
    kept = presence.choose_presence_threshold(
        np.ones(len(scored), bool),
        scored[way],
        sensitivity=SENSITIVITY,
        groups=positive["source"],
    )
    return {
        "threshold": round(threshold, 4),
        "presence_threshold": float(np.floor(kept * 1e4) / 1e4),
        "presence_from": way,
        "chosen_on": (
            f"{len(positive)} positive frames of {positive['group'].nunique()} validation subjects, each source "
            f"weighing the same; presence AUC on {scored['head_lost'].count()} of them, cropped or patched to keep "
            f"and to lose the nerve: head {auc['head']:.3f}, map {auc['map']:.3f}"
        ),
    }


def presence_limit(test: pd.DataFrame) -> str:
    """Say on how much the presence verdict was tested."""
    absent = test[test["present"] == False]  # noqa: E712 - the column holds None too
    groups = sorted(set(absent["group"]))
    if not groups:
        return "Presence was not tested: every test frame has a nerve."
    whose = f"all of {groups[0]}: one subject, no interval" if len(groups) == 1 else f"of {len(groups)} subjects"
    return f"Presence was tested on {len(absent)} frames without a nerve, {whose}."


def score_rows(rows: pd.DataFrame, split: str) -> list[dict[str, Any]]:
    """Headline figures by source and gate, as the card keeps them: numbers rounded, what is unknown left out."""
    table = summary.headline(rows, by=("model", "source", "gate")).drop(columns="model")
    table.insert(0, "split", split)
    return [
        {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items() if pd.notna(v)}
        for row in table.to_dict("records")
    ]


_WHOLE = preprocess.Settings(crop=False)


def _evaluate(predictor: Predictor, samples: pd.DataFrame) -> pd.DataFrame:
    """Score at the card's thresholds."""
    card = predictor.card
    return run.evaluate(
        predictor.predict,
        samples,
        model=card.name,
        threshold=card.threshold,
        presence_threshold=card.presence_threshold,
    ).rows


def _presence_scores(predictor: Predictor, sample: pd.Series, number: int) -> dict[str, float]:
    """Presence from head and map: of the frame, and of it varied so that the nerve was kept, and lost.

    Varied alike, so that it is the nerve that is told and not the crop; NaN where the nerve cannot be lost.
    """
    image, mask = load(sample, _WHOLE)
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


def _auc(kept: pd.Series, lost: pd.Series) -> float:
    """Chance that a frame with its nerve scores above one without; NaN when there are none."""
    if kept.empty:
        return float("nan")
    labels = np.repeat([True, False], [len(kept), len(lost)])
    return presence.presence_scores(labels, np.concatenate([kept, lost]), threshold=0).auc


def _area_shares(training: pd.DataFrame) -> dict[str, list[float]]:
    """2.5th, 50th and 97.5th percentile of the nerve's share of the frame, by source."""
    shares: dict[str, list[float]] = {}
    for source, rows in training[training["present"] == True].groupby("source"):  # noqa: E712 - None too
        areas = [float(load(row, _WHOLE)[1].mean()) for _, row in rows.iterrows()]
        shares[str(source)] = [round(float(v), 5) for v in np.percentile(areas, [2.5, 50, 97.5])]
    return shares


def _rewrite(card: cards.Card, folder: Path, **changes: Any) -> cards.Card:
    """Write the card with other values."""
    changed = replace(card, **changes)
    cards.write(changed, folder)
    return changed


def _publish(made: Path, target: Path) -> None:
    """Copy a finished model to where the app looks; the card goes first and comes last."""
    target.mkdir(parents=True, exist_ok=True)
    (target / cards.CARD_FILE).unlink(missing_ok=True)
    for path in sorted(made.iterdir(), key=lambda p: p.name == cards.CARD_FILE):
        shutil.copy(path, target / path.name)
