"""What an interrupted run has left: its log, Keras' backup, and what that backup does not hold."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import keras
import pandas as pd

LOG = "log.csv"
MONITOR = "val_mask_dice"
WEIGHTS = "latest.weights.h5"
"""Of Keras' backup."""


def backup_of(run: Path, end: int) -> Path:
    """Folder of the backup of the stage that ends with an epoch."""
    return run / f"backup-{end}"


def completed(run: Path, start: int, backup: Path) -> pd.DataFrame:
    """Log rows of the epochs that are done; what was logged after the last backup is cut off."""
    path, done = run / LOG, epochs_in(backup) or start
    if not done or not path.is_file():
        path.unlink(missing_ok=True)
        return pd.DataFrame({MONITOR: []})
    log = pd.read_csv(path).head(done)
    log.to_csv(path, index=False)
    return log


def epochs_in(backup: Path) -> int:
    """Epochs that a backup holds, 0 when there is none."""
    state = backup / "training_metadata.json"
    try:
        return int(json.loads(state.read_text())["epoch"])
    except FileNotFoundError:
        return 0
    except ValueError:
        # Killed while writing it, when the weights are an epoch ahead: both lie beside as they were before, unless this
        # was the first.
        state.unlink()
        for path in (state, backup / WEIGHTS):
            previous = path.with_name(f"{path.name}.bkp")
            if previous.is_file():
                previous.replace(path)
        return epochs_in(backup)


def stopped(values: pd.Series, patience: int) -> bool:
    """Whether early stopping has ended a stage of these values: Keras would train on for an epoch to find out."""
    return len(values) > 1 and len(values) - 1 - int(values.argmax()) >= patience


def whole(path: Path) -> bool:
    """Whether a weights file can be read; one that a kill cut short must make way for those of the next epoch."""
    try:
        with h5py.File(path):
            return True
    except OSError:
        return False


def recall(callbacks: Sequence[keras.callbacks.Callback], done: pd.Series) -> keras.callbacks.Callback:
    """Let callbacks that wait for a better value go through the epochs that are done: no backup of Keras' holds them.

    To come before the backup, which brings back the learning rate after them.
    """
    waiting = (keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau)

    def tell(_: Any) -> None:
        for callback in (one for one in callbacks if isinstance(one, waiting)):
            for epoch, value in enumerate(done):
                callback.on_epoch_end(epoch, {MONITOR: value})

    return keras.callbacks.LambdaCallback(on_train_begin=tell)
