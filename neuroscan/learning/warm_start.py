"""Training that goes on from a finished model's weights, as long as the split lets it."""

from pathlib import Path

import keras
import pandas as pd

from neuroscan.inference import card as cards
from neuroscan.learning import safe_load
from neuroscan.learning.config import Config


def check(config: Config, samples: pd.DataFrame) -> None:
    """Refuse a start that may have learnt from subjects which this run is judged by.

    None may stand among the training subjects of its card, which names those of its own start too, and no test subject
    among those that chose its weights; and of a data set that it was split by, each must stand on the card.

    Args:
        config: the run, with a `start`.
        samples: labelled, with the columns `source`, `group` and `split`.

    Raises:
        ValueError: the start has no card, or one that does not say whom it learnt from, or may have seen what this
            run is judged by.
    """
    card = cards.read(Path(config.start))
    if not card.subjects["train"]:
        raise ValueError(
            f"start = {config.start} was trained elsewhere: its card does not say on whom, so it may have seen whom "
            "this run is judged by; start from a model that was trained here"
        )
    judged = samples[samples["split"] != "train"]
    known = judged["group"][judged["source"].isin(card.sources)]
    strange = set(known) - set(card.subjects["validation"]) - set(card.subjects["test"])
    chose = set(judged["group"][judged["split"] == "test"]) & set(card.subjects["validation"])
    if seen := sorted(strange | chose | (set(judged["group"]) & set(card.subjects["train"]))):
        raise ValueError(
            f"start = {config.start} may have learnt from {', '.join(seen)}, which this run is judged by; "
            "start from a model of the same split"
        )


def load(model: keras.Model, config: Config) -> None:
    """Give a network the start's weights.

    Raises:
        ValueError: the start has no network that can be read, or another one.
    """
    path = Path(config.start) / cards.KERAS_FILE
    weights = safe_load.load_model(path).get_weights()
    try:
        model.set_weights(weights)
    except ValueError as error:
        network = f"{config.architecture} of {config.base_filters} base filters"
        raise ValueError(f"{path} does not fit {network}: {error}") from error


def subjects(config: Config, split: dict[str, list[str]]) -> dict[str, list[str]]:
    """The subjects of each split for the new card: who taught the start has taught the new network too.

    Args:
        config: the run.
        split: its own lists, by split.
    """
    taught = cards.read(Path(config.start)).subjects["train"] if config.start else []
    return split | {"train": sorted({*split["train"], *taught})}


def note(config: Config) -> dict[str, str]:
    """What the new card says of the start; nothing where there is none."""
    if not config.start:
        return {}
    card = cards.read(Path(config.start))
    return {"start": f"the weights of {card.name}, commit {card.commit}, ONNX file {card.onnx_sha256[:12]}"}
