"""What lies in the models' folders beside network and card: scores, curves, logs. Read once, and never trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout
from neuroscan.data import json_files, notices
from neuroscan.data.refusals import reason
from neuroscan.data.stamps import stamp
from neuroscan.evaluation import summary
from neuroscan.inference import card as cards
from neuroscan.inference.card import Card

LEAKY_FILE = "leaky.json"
LEAKY = ("claimed_dice_frames", "honest_dice_frames", "split", "command", "note")

_ROUNDED = 1e-3
"""Difference of two scores that rounding explains."""

_NAMES = dict.fromkeys(("source", "subject", "frame", "model", "stage"), str)
_YES_NO = ("gate", "present_true", "present_pred")


@dataclass(frozen=True, eq=False)
class Scored:
    """The models at hand that were scored, and their scores.

    Attributes:
        cards: by folder name.
        rows: one row a frame, gate and model, as `evaluation.summary` wants them; `model` is the folder's name.
        baselines: the same of the baselines; empty where there are none.
        problems: a sentence for each file that is missing or cannot be used.
        stamp: changes when a file of scores does, or a card lets other scores in; keys caches.
    """

    cards: dict[str, Card]
    rows: pd.DataFrame
    baselines: pd.DataFrame
    problems: tuple[str, ...]
    stamp: str

    @property
    def sources(self) -> list[str]:
        """Sources with scores: real ones by number of frames, then synthetic ones."""
        sizes = self.rows["source"].value_counts()
        return sorted(sizes.index, key=lambda source: (notices.is_synthetic(source), -sizes[source]))


def scored() -> Scored:
    """Read the scores of every model at hand; ends the page with a sentence when there is no model."""
    found, problems = cache.models()
    if not found:
        layout.no_model()
    problems = list(problems)
    parts = []
    for name in found:
        try:
            rows = _scores(name, cards.FRAMES_FILE)
            if rows is None:
                raise ValueError(f"{name} has no {cards.FRAMES_FILE}; {rescoring([name])} scores it")
            _check_own(rows, found[name])
            parts.append(rows.assign(model=name))
        except ValueError as error:
            problems.append(str(error))
    baselines = None
    try:
        baselines = _scores("", cards.BASELINES_FILE)
    except ValueError as error:
        problems.append(str(error))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=summary.NEEDED)
    files = [_path(name, cards.FRAMES_FILE) for name in found] + [_path("", cards.BASELINES_FILE)]
    return Scored(
        found,
        rows,
        rows.iloc[:0] if baselines is None else baselines,
        tuple(problems),
        " ".join([*(f"{path} {stamp(path)}" for path in files), *rows["model"].unique()]),
    )


def table(model: str, file: str, columns: Sequence[str]) -> pd.DataFrame | None:
    """Read a table of a model's folder.

    Args:
        model: folder name, or nothing for the folder of all models.
        file: its name.
        columns: that it must have.

    Returns:
        The table, None where there is no such file.

    Raises:
        ValueError: it is no such table.
    """
    path = _path(model, file)
    return _table(str(path), stamp(path), tuple(columns)) if path.is_file() else None


def _scores(model: str, file: str) -> pd.DataFrame | None:
    """Read rows of scores in which each frame stands once for one model and gate; None where there is no such file."""
    rows = table(model, file, summary.NEEDED)
    if rows is not None and (twice := rows.duplicated(["model", "gate", *summary.FRAME])).any():
        first = "/".join(rows.loc[twice, ["source", "frame"]].iloc[0])
        raise ValueError(
            f"{model}/{file} has {first} more than once; make it anew: {rescoring([model] if model else [])}"
        )
    return rows


def _check_own(rows: pd.DataFrame, card: Card) -> None:
    """Refuse scores that are another network's than the card's: one of the two was put in place by hand.

    Raises:
        ValueError: Dice over subjects, gate off, differs in a source that both have.
    """
    positive = rows[rows["present_true"] & ~rows["gate"]]
    dice = positive.groupby(["source", "subject"])["dice"].mean().groupby("source").mean()
    told = pd.Series(card.test_dice, dtype=float)
    if ((dice - told).abs() > _ROUNDED).any():
        raise ValueError(
            f"{card.name}/{cards.FRAMES_FILE} holds other scores than its card; {rescoring([card.name])} scores it anew"
        )


def leaky(model: str) -> dict[str, object] | None:
    """Read what a split that leaks would have claimed for a model's network; None where nobody measured it.

    Returns:
        The entries of `LEAKY`: both Dice numbers, the rest text.

    Raises:
        ValueError: the file does not hold them.
    """
    path = _path(model, LEAKY_FILE)
    if not path.is_file():
        return None
    try:
        values = json_files.read(path)
        numbers: dict[str, object] = {name: float(values[name]) for name in LEAKY[:2]}
        return numbers | {name: str(values[name]) for name in LEAKY[2:]}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{model}/{LEAKY_FILE} cannot be used ({reason(error)}); expected {', '.join(LEAKY)}"
        ) from error


def rescoring(models: Sequence[str]) -> str:
    """The command that writes the scores of models, and of the baselines beside them, anew."""
    return f"python -m training.evaluate --weights {' '.join(models) or 'NAME'} --update"


def megabytes(model: str) -> float:
    """Size of the network that the app runs, in megabytes (10^6 bytes)."""
    return _path(model, cards.ONNX_FILE).stat().st_size / 1e6


def _path(model: str, file: str) -> Path:
    """A file of a model's folder, or, of no model, of the folder of all."""
    return config.weights_dir() / model / file


@st.cache_data(max_entries=64, show_spinner="Reading scores…")
def _table(path: str, stamp: str, columns: tuple[str, ...]) -> pd.DataFrame:
    place = "/".join(Path(path).parts[-2:])
    try:
        read = pd.read_csv(path, dtype=_NAMES)
    except (OSError, ValueError) as error:
        raise ValueError(f"{place} is no table: {reason(error)}") from error
    if missing := [name for name in columns if name not in read.columns]:
        folder = Path(path).parent
        owner = [folder.name] if folder != config.weights_dir() else []
        raise ValueError(f"{place} lacks the columns {', '.join(missing)}; make it anew: {rescoring(owner)}")
    for name in columns:
        expected = "bool" if name in _YES_NO else "text" if name in _NAMES else "number"
        # A baseline may give no presence score: NaN. All else has to be there.
        bad = read[name].isna().any() and name not in ("presence", "mean_probability", "observed")
        kinds = {"bool": pd.api.types.is_bool_dtype, "number": pd.api.types.is_numeric_dtype, "text": lambda _: True}
        bad |= expected == "number" and pd.api.types.is_numeric_dtype(read[name]) and np.isinf(read[name]).any()
        if bad or not kinds[expected](read[name]):
            raise ValueError(f"{place}: the column {name} does not hold a {expected} in every row; make it anew")
    if texts := sorted(set(read.select_dtypes(["object", "string"])) - {*_NAMES, *_YES_NO}):
        raise ValueError(f"{place}: the column {texts[0]} does not hold a number in every row; make it anew")
    return read
