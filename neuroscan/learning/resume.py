"""Resume an interrupted run: its log, Keras' backup, and the callback state that the backup does not hold."""

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
    """Read the log of the finished epochs; rows after the last backup are cut off."""
    path, epochs_done = run / LOG, epochs_in(backup) or start
    if not epochs_done or not path.is_file():
        path.unlink(missing_ok=True)
        return pd.DataFrame({MONITOR: []})
    log = pd.read_csv(path).head(epochs_done)
    log.to_csv(path, index=False)
    return log


def epochs_in(backup: Path) -> int:
    """Count the epochs that a backup holds, 0 when there is none."""
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


def stopped_early(values: pd.Series, patience: int) -> bool:
    """Tell whether early stopping has ended a stage of these values: Keras would train another epoch to find out."""
    return len(values) > 1 and len(values) - 1 - int(values.argmax()) >= patience


def is_readable(path: Path) -> bool:
    """Tell whether a weights file can be read; one that a kill cut short is overwritten after the next epoch."""
    try:
        with h5py.File(path):
            return True
    except OSError:
        return False


def restore_patience(callbacks: Sequence[keras.callbacks.Callback], values: pd.Series) -> keras.callbacks.Callback:
    """Restore the state of early stopping and of the plateau schedule, which Keras' backup does not hold.

    They are shown the monitored values of the finished epochs again when training begins. To come before the backup,
    which restores the learning rate after them.
    """
    waiting = (keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau)

    def replay(_: Any) -> None:
        for callback in callbacks:
            if isinstance(callback, waiting):
                for epoch, value in enumerate(values):
                    callback.on_epoch_end(epoch, {MONITOR: value})

    return keras.callbacks.LambdaCallback(on_train_begin=replay)
