"""Warm start: training from a finished model's weights, as long as the split lets it."""

from pathlib import Path

import keras
import pandas as pd

from neuroscan.inference import card as cards
from neuroscan.learning import safe_load
from neuroscan.learning.config import Config


def check(config: Config, samples: pd.DataFrame) -> None:
    """Refuse initial weights that leak held-out subjects, those of validation and test.

    No validation or test subject may be in the start's training set (its own starts included), no test subject in its
    validation set, and every held-out subject of a shared source must be listed on its card.

    Args:
        config: the run, with a `start`.
        samples: labelled, with the columns `source`, `group` and `split`.

    Raises:
        ValueError: the start has no card, or one that lists no training subjects, or held-out subjects leak.
    """
    card = cards.read(Path(config.start))
    if not card.is_training_known:
        raise ValueError(
            f"start = {config.start} was trained elsewhere: its card does not say on whom, so it may have seen whom "
            "this run is judged by; start from a model that was trained here"
        )
    held_out = samples[samples["split"] != "train"]
    of_shared_source = held_out["group"][held_out["source"].isin(card.sources)]
    unlisted = set(of_shared_source) - set(card.subjects["validation"]) - set(card.subjects["test"])
    used_for_selection = set(held_out["group"][held_out["split"] == "test"]) & set(card.subjects["validation"])
    trained_on = set(held_out["group"]) & set(card.subjects["train"])
    if leaked := sorted(unlisted | used_for_selection | trained_on):
        raise ValueError(
            f"start = {config.start} may have learnt from {', '.join(leaked)}, which this run is judged by; "
            "start from a model of the same split"
        )


def load(model: keras.Model, config: Config) -> None:
    """Set a network's weights to the start's.

    Raises:
        ValueError: the start has no network that can be read, or one of another shape.
    """
    path = Path(config.start) / cards.KERAS_FILE
    weights = safe_load.load_model(path).get_weights()
    try:
        model.set_weights(weights)
    except ValueError as error:
        network = f"{config.architecture} of {config.base_filters} base filters"
        raise ValueError(f"{path} does not fit {network}: {error}") from error


def subjects(config: Config, split: dict[str, list[str]]) -> dict[str, list[str]]:
    """List the subjects of each split for the new card: the start's training subjects are the new network's too.

    Args:
        config: the run.
        split: its own lists, by split.
    """
    inherited = cards.read(Path(config.start)).subjects["train"] if config.start else []
    return split | {"train": sorted({*split["train"], *inherited})}


def note(config: Config) -> dict[str, str]:
    """Note the start on the new card; nothing where there is none."""
    if not config.start:
        return {}
    card = cards.read(Path(config.start))
    return {"start": f"the weights of {card.name}, commit {card.commit}, ONNX file {card.onnx_sha256[:12]}"}
