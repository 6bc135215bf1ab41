"""The models that a command is told to use, or makes."""

from pathlib import Path

import pandas as pd

from neuroscan.data import notices
from neuroscan.inference import card as cards

NO_KERAS = "Keras cannot be loaded ({}); set KERAS_BACKEND to what is installed, such as tensorflow"


def find(models: Path, name: str) -> Path:
    """Find the folder of a model.

    Args:
        models: folder of models.
        name: as the command was given it.

    Raises:
        ValueError: there is no such model.
    """
    folder = models / name
    if not (folder / cards.CARD_FILE).is_file():
        at_hand = ", ".join(cards.find(models)[0]) or "none"
        raise ValueError(f"--weights {name}: no such model lies in {models}; at hand: {at_hand}")
    return folder


def tell(folder: Path, card: cards.Card) -> None:
    """Print where a finished model lies, what its thresholds were chosen on, and its scores."""
    print(f"{folder}: {card.chosen_on}")
    scores = pd.DataFrame(card.scores)
    print(scores.assign(source=scores["source"].map(notices.display_name)).to_string(index=False))
