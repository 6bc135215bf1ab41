"""Training that goes on from a finished model's weights, as long as the split lets it."""

from pathlib import Path

import keras
import pandas as pd

from neuroscan.inference import card as cards
from neuroscan.learning import foreign
from neuroscan.learning.config import Config


def check(config: Config, samples: pd.DataFrame) -> None:
    """Refuse a start that may have learnt from subjects which this run is judged by.

    Of a data set that the start knows, each subject of validation and test must stand on its card as one that it was
    not trained on; of another, any will do.

    Args:
        config: the run, with a `start`.
        samples: labelled, with the columns `source`, `group` and `split`.

    Raises:
        ValueError: the start has no card, or may have seen what this run is judged by.
    """
    card = cards.read(Path(config.start))
    judged = set(samples["group"][(samples["split"] != "train") & samples["source"].isin(card.sources)])
    if seen := sorted(judged - set(card.subjects["validation"]) - set(card.subjects["test"])):
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
    weights = foreign.load(path).get_weights()
    try:
        model.set_weights(weights)
    except ValueError as error:
        raise ValueError(f"{path} does not fit {config.architecture} of {config.channels} channels: {error}") from error


def note(config: Config) -> dict[str, str]:
    """What the new card says of the start; nothing where there is none."""
    if not config.start:
        return {}
    card = cards.read(Path(config.start))
    return {"start": f"the weights of {card.name}, commit {card.commit}, ONNX file {card.onnx_sha256[:12]}"}
