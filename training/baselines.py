"""What every model must beat, scored on the frames that it is scored on, and kept beside the models."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from neuroscan.data import dataset, headers, notices
from neuroscan.evaluation import baselines, run
from neuroscan.inference.predictor import Prediction
from neuroscan.types import Image, Mask


def score(training: pd.DataFrame, samples: pd.DataFrame) -> list[pd.DataFrame]:
    """Score what a model must beat: nothing anywhere, and each source's average mask, where its subjects are at hand.

    One average a source, as strong as can be: nerves lie elsewhere on another machine's frames.
    """
    scored = [_baseline(baselines.nothing_anywhere(), samples)]
    positive = training[training["present"].eq(True)]  # None, unlabelled, is left out too
    for source, rows in positive.groupby("source"):
        source_samples = samples[samples["source"] == source]
        if len(source_samples):
            scored.append(_baseline(baselines.average_mask(_masks(rows)), source_samples))
    return scored


def keep(rows: pd.DataFrame, path: Path) -> None:
    """Write the baselines of the sources that were scored; those of others stay.

    A source has its average mask only where its training subjects are at hand: without it the rows written before stay.
    """
    complete = rows.loc[rows["model"] != baselines.nothing_anywhere().name, "source"].unique()
    tables = [notices.mark_synthetic(rows[rows["source"].isin(complete)])]
    if path.is_file():
        previous = pd.read_csv(path, dtype={"subject": str, "frame": str})
        tables.insert(0, previous[~previous["source"].isin(complete)])
    pd.concat(tables).to_csv(path, index=False, float_format="%.5g")


def _masks(samples: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    """Subject and mask of each sample that is labelled."""
    for _, row in tqdm(samples.iterrows(), "average mask", len(samples), unit="frame"):
        mask = dataset.read_mask(row, headers.read(Path(row["image"])).shape)
        if mask is not None:
            yield row["group"], mask


def _baseline(baseline: baselines.Baseline, samples: pd.DataFrame) -> pd.DataFrame:
    """Score a baseline like a model; it says the same of every frame."""
    presence = float(baseline.template.max() >= baseline.threshold)

    def predict(image: Image) -> Prediction:
        return Prediction(baseline(image.shape), presence)

    return run.evaluate(predict, samples, name=baseline.name, threshold=baseline.threshold, presence_threshold=0.5).rows
