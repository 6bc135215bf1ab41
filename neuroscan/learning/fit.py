"""Keras training from a config: compile, fit, checkpoint on validation Dice."""

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import pandas as pd
from numpy.typing import NDArray

from neuroscan import models
from neuroscan.learning import resume, warm_start
from neuroscan.learning.config import Config
from neuroscan.learning.devices import parallel
from neuroscan.learning.losses import PositiveDice, dice_cross_entropy
from neuroscan.learning.pipeline import TrainBatches, ValidationBatches
from neuroscan.learning.precise_bn import update_bn_statistics
from neuroscan.learning.resume import LOG, MONITOR
from neuroscan.models.mobilenet import ENCODER

BEST = "best.weights.h5"
CANDIDATES = "candidates.csv"
"""Candidates that validation chose among, best first: `weights`, which, and `dice`."""

_ALPHAS = {"a third of {}, the rest the start's": 1 / 3, "half of {}, half the start's": 1 / 2}
"""WiSE-FT: names of the candidates, and alpha, the share of the trained weights against the initial ones."""


def build(config: Config, *, encoder_weights: str = "") -> keras.Model:
    """Build the config's network, untrained.

    Args:
        config: the run.
        encoder_weights: initial weights of mobilenet's encoder, as of `Config`.

    Raises:
        ValueError: the architecture is not known, or does not take the input size.
    """
    if config.architecture not in models.ARCHITECTURES:
        known = ", ".join(models.ARCHITECTURES)
        raise ValueError(f"architecture must be one of {known}, got {config.architecture!r}")
    shape = (config.preprocess.height, config.preprocess.width, 1)
    options = {"encoder_weights": encoder_weights} if encoder_weights else {}
    return models.ARCHITECTURES[config.architecture](shape, base_filters=config.base_filters, **options)


def check(config: Config, training: pd.DataFrame) -> None:
    """Build the config's network and batches as training would, and discard them.

    Raises:
        ValueError: it could not be trained: the network, its encoder's weights, its start, its precision, its number
            of devices or frames of a source are not to be had.
    """
    TrainBatches(training, config)
    keras.DTypePolicy(config.precision)
    with parallel(config.devices):
        _initial_model(config)


def _initial_model(config: Config) -> keras.Model:
    """Build the network that the first epoch starts from."""
    model = build(config, encoder_weights=config.encoder_weights)
    if config.start:
        warm_start.load(model, config)
    return model


def train(config: Config, training: pd.DataFrame, validation: pd.DataFrame, run: Path) -> keras.Model:
    """Train to the end, or resume an interrupted run in the same folder.

    Each epoch is backed up, so that a kill loses at most one. The folder also gets the best weights by validation
    Dice, a CSV log, TensorBoard's where TensorFlow is the backend, and, at the end, CANDIDATES.

    Args:
        config: the run.
        training, validation: samples of disjoint subjects.
        run: folder of the run.

    Returns:
        The candidate of highest validation Dice: last or best epoch; with a start also their interpolation with the
        initial weights (WiSE-FT), each with and without Precise BN. In float32.

    References:
        M. Wortsman et al. (2022), "Robust fine-tuning of zero-shot models" (WiSE-FT), arXiv:2109.01903.
    """
    keras.utils.set_random_seed(config.seed)
    batches = (TrainBatches(training, config), ValidationBatches(validation, config))
    with parallel(config.devices):
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy(config.precision)
        try:
            model = _initial_model(config)
        finally:
            keras.config.set_dtype_policy(policy)
        if config.frozen_epochs and not resume.epochs_in(resume.backup_of(run, config.epochs)):
            model.get_layer(ENCODER).trainable = False
            _fit(model, config, batches, run, span=(0, config.frozen_epochs))
            model.get_layer(ENCODER).trainable = True
        _fit(model, config, batches, run, span=(config.frozen_epochs, config.epochs))
    weights = {"the last epoch": model.get_weights()}
    model.load_weights(run / BEST)
    weights["the best epoch"] = model.get_weights()
    if config.start:
        initial = _initial_model(config).get_weights()
        weights |= {
            words.format(name): [(1 - alpha) * a + alpha * b for a, b in zip(initial, trained, strict=True)]
            for name, trained in weights.items()
            for words, alpha in _ALPHAS.items()
        }
    return _choose(weights, config, training, batches[1], run)


def _choose(
    weights: dict[str, list[NDArray[Any]]],
    config: Config,
    training: pd.DataFrame,
    validation: ValidationBatches,
    run: Path,
) -> keras.Model:
    """Choose by validation Dice among networks of these weights, with and without Precise BN; writes CANDIDATES."""
    candidates = {name: _candidate(config, values) for name, values in weights.items()}
    for name, values in weights.items():
        precise = candidates[f"{name}; BN statistics recomputed"] = _candidate(config, values)
        update_bn_statistics(precise, training, config)
    dice = {}
    for name, candidate in candidates.items():
        dice[name] = _validation_dice(candidate, validation)
        print(f"validation Dice {dice[name]:.4f} with the weights of {name}", flush=True)
    ranking = sorted(dice, key=lambda name: dice[name], reverse=True)
    scores = pd.DataFrame({"weights": ranking, "dice": [dice[name] for name in ranking]})
    scores.to_csv(run / CANDIDATES, index=False, float_format="%.4f")
    return candidates[ranking[0]]


def _candidate(config: Config, weights: list[NDArray[Any]]) -> keras.Model:
    """Build the network in float32, with weights."""
    model = build(config)
    model.set_weights(weights)
    return model


def _validation_dice(model: keras.Model, validation: ValidationBatches) -> float:
    """Score a network on validation."""
    model.compile(loss={"mask": dice_cross_entropy}, weighted_metrics={"mask": [PositiveDice(name="dice")]})
    return float(model.evaluate(validation, verbose=0, return_dict=True)["mask_dice"])


def _fit(
    model: keras.Model,
    config: Config,
    batches: tuple[TrainBatches, ValidationBatches],
    run: Path,
    *,
    span: tuple[int, int],
) -> None:
    """Train from one epoch up to another, or resume in between; the optimizer starts anew at the first."""
    start, end = span
    log = resume.completed(run, start, resume.backup_of(run, end))
    if not resume.epochs_in(resume.backup_of(run, end)):
        # Killed while making its first backup: there is nothing to resume from, and Keras would fail on the half of it.
        shutil.rmtree(resume.backup_of(run, end), ignore_errors=True)
    model.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(config, end - start), clipnorm=1.0),
        loss={"mask": dice_cross_entropy, "presence": "binary_crossentropy"},
        loss_weights={"mask": 1.0, "presence": config.presence_weight},
        weighted_metrics={"mask": [PositiveDice(name="dice")], "presence": [keras.metrics.AUC(name="auc")]},
    )
    if resume.stopped_early(log[MONITOR].iloc[start:], config.patience):
        model.load_weights(resume.backup_of(run, end) / resume.WEIGHTS)
        return
    training, validation = batches
    # Set by Keras, not counted: to build the network, some backends draw before the first epoch.
    set_epoch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: setattr(training, "epoch", epoch))
    *callbacks, backup = _callbacks(config, run, log, resume.backup_of(run, end))
    model.fit(
        training,
        validation_data=validation,
        initial_epoch=len(log),
        epochs=end,
        shuffle=False,  # Batches are drawn at random already, and a resumed run must meet them in the same order.
        callbacks=[set_epoch, *callbacks, resume.restore_patience(callbacks, log[MONITOR].iloc[start:]), backup],
        # Closed, as by >&-, standard output is None, and Keras would fail on it.
        verbose=0 if sys.stdout is None else 1 if sys.stdout.isatty() else 2,
    )


def _learning_rate(config: Config, epochs: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Build the schedule: linear warm-up and cosine decay, or constant where the plateau callback lowers it."""
    if config.schedule == "plateau":
        return config.learning_rate
    warmup_steps = int(config.warmup_epochs * config.steps_per_epoch)
    return keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 100,
        max(1, epochs * config.steps_per_epoch - warmup_steps),
        warmup_target=config.learning_rate,
        warmup_steps=warmup_steps,
    )


def _callbacks(config: Config, run: Path, log: pd.DataFrame, backup: Path) -> Sequence[keras.callbacks.Callback]:
    """Build the callbacks; the backup comes last, so that what it holds is also logged."""
    best = float(log[MONITOR].max()) if len(log) and resume.is_readable(run / BEST) else None
    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.ModelCheckpoint(
            run / BEST,
            monitor=MONITOR,
            mode="max",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=best,
        ),
        keras.callbacks.EarlyStopping(monitor=MONITOR, mode="max", patience=config.patience),
        keras.callbacks.CSVLogger(str(run / LOG), append=True),
    ]
    if config.schedule == "plateau":
        callbacks.append(keras.callbacks.ReduceLROnPlateau(MONITOR, mode="max", factor=0.5, patience=4))
    if keras.backend.backend() == "tensorflow" and importlib.util.find_spec("tensorboard"):
        callbacks.append(keras.callbacks.TensorBoard(str(run / "tensorboard"), write_graph=False))
    callbacks.append(keras.callbacks.BackupAndRestore(str(backup), double_checkpoint=True, delete_checkpoint=False))
    return callbacks
