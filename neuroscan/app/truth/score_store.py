"""Keeps a model's scores of a split: computed once with a progress bar, then taken from memory or the cache folder.

A pass that is interrupted (the visitor chose something else, the server was stopped by a reload) goes on where it was.
"""

import hashlib
import io
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache
from neuroscan.app.truth import split_scores
from neuroscan.app.truth.split_scores import FrameScores, Scores
from neuroscan.data import atomic
from neuroscan.data.stamps import stamp
from neuroscan.inference.card import Card

_VERSION = "2"
"""Goes up when the numbers or their layout change, so that older files are left alone."""

_KEPT, _FILES = 32, 128
"""Most passes kept in memory and on disk; the oldest goes first. A pass over 500 frames takes 1.5 MB of memory."""

_log = logging.getLogger(__name__)


def scores(model: str, card: Card, samples: pd.DataFrame, *, before: Callable[[], None]) -> Scores:
    """Score frames with a model, each once, whoever asks; HD95 is taken at the card's threshold.

    Args:
        model: folder name, one of `cache.models()`.
        card: of the model.
        samples: labelled rows with the columns `name`, `split` and those of the samples table, at least one.
        before: called before each split of a source that is not kept, and will take a while.

    Returns:
        Scores of the frames that could be read, in the order of the samples.

    Raises:
        ValueError: the model cannot be loaded.
    """
    units = samples.groupby(["source", "split"], sort=False)
    parts = [_unit(model, card, rows, f"frames of {source}", before) for (source, _), rows in units]
    return split_scores.join(parts, list(samples["name"]))


def _unit(model: str, card: Card, samples: pd.DataFrame, words: str, before: Callable[[], None]) -> Scores:
    """Scores of one split of one source, which are its words: from memory, from disk, or made."""
    key = _key(card, samples)
    shelf = _shelf()
    found = shelf.get(key)  # once: another visitor's pass may push it out
    if found is None:
        path = config.cache_dir() / "overlay" / f"{key}.npz"
        found = _read(path)
        if found is None:
            before()
            found = _make(model, card, samples, words, key)
            _write(found, path)
        while len(shelf) >= _KEPT:
            shelf.pop(next(iter(shelf)), None)
        found = shelf[key] = replace(found, key=key)
    return found


def _make(model: str, card: Card, samples: pd.DataFrame, words: str, key: str) -> Scores:
    """Run the model over the frames, and show how far it is."""
    predictor = cache.predictor(model)
    done, alone = _unfinished().setdefault(key, {}), _one_at_a_time(key)
    text = f"Scoring {len(samples):,} {words} with model {model}, once"
    bar = st.progress(0.0, text)
    for number, (_, sample) in enumerate(samples.iterrows()):
        name = sample["name"]
        with alone:  # Several visitors may go through the same frames: each is scored by one of them.
            if name not in done:
                try:
                    done[name] = split_scores.score(predictor.predict, sample, card.threshold)
                except ValueError as error:
                    done[name] = f"{name}: {error}"
        bar.progress((number + 1) / len(samples), f"{text}: {number + 1:,} done")
    bar.empty()
    _unfinished().pop(key, None)
    read = {name: row for name, row in done.items() if isinstance(row, FrameScores)}
    return _stacked(read, [row for row in done.values() if isinstance(row, str)])


def _stacked(rows: dict[str, FrameScores], problems: Sequence[str]) -> Scores:
    """One array of each column; none of the arrays has rows where no frame could be read."""
    values = list(rows.values())
    return Scores(
        tuple(rows),
        np.array([row.counts for row in values], np.int32).reshape(-1, 3, split_scores.LEVELS),
        np.array([row.shape for row in values], np.int64).reshape(-1, 2),
        np.array([row.presence for row in values], np.float64),
        np.array([row.hd95 for row in values], np.float64),
        tuple(problems),
    )


def _key(card: Card, samples: pd.DataFrame) -> str:
    """Digest of all that the numbers hang on: the model with its settings, and the frames and masks as they are."""
    settings = [card.prediction_key, card.threshold]
    lines = [_VERSION, json.dumps(settings)]
    for row in samples[["name", "image", "mask", "rle", "label"]].itertuples(index=False):
        lines.append(f"{row.name} {stamp(row.image)} {stamp(row.mask)} {row.rle} {row.label}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


@st.cache_resource(show_spinner=False)
def _shelf() -> dict[str, Scores]:
    """Finished passes of this server, oldest first."""
    return {}


@st.cache_resource(show_spinner=False)
def _unfinished() -> dict[str, dict[str, FrameScores | str]]:
    """Frames done of passes that are under way, by name: their scores, or a sentence why there are none."""
    return {}


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _one_at_a_time(key: str) -> threading.Lock:
    """The lock of one pass."""
    return threading.Lock()


def _read(path: Path) -> Scores | None:
    """Scores from a file, None where there is none or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return Scores(
                tuple(file["names"].tolist()),
                file["counts"],
                file["shapes"],
                file["presence"],
                file["hd95"],
                tuple(file["problems"].tolist()),
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        _log.warning("cached scores %s are unreadable and are made anew: %s", path.name, error)
        return None


def _write(made: Scores, path: Path) -> None:
    """Keep scores for the next start of the server, whole or not at all; a folder that takes none is no failure."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        names=np.array(made.names, str),
        counts=made.counts,
        shapes=made.shapes,
        presence=made.presence,
        hd95=made.hd95,
        problems=np.array(made.problems, str),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, file.getbuffer())
        for old in sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)[:-_FILES]:
            old.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("scores are not kept on disk: %s", error)
