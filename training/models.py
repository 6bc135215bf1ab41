"""The models that a command is told to use."""

from pathlib import Path

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
