"""Training as it is done: tiny runs to the end, cut off, and gone on with."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from neuroscan import models
from neuroscan.imaging.preprocess import Settings
from neuroscan.learning import fit, resume
from neuroscan.learning.config import Config
from neuroscan.learning.precise_bn import update_bn_statistics
from neuroscan.models.blocks import mask_head, presence_head
from neuroscan.models.mobilenet import ENCODER

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(scope="module")
def parts(samples):
    return [samples[samples["split"] == name] for name in ("train", "validation")]


@pytest.fixture(scope="module")
def whole(quick, config, parts, tmp_path_factory):
    """A run from beginning to end: its folder and the network it gives."""
    run = tmp_path_factory.mktemp("run")
    return run, fit.train(config, *parts, run)


def weights(model):
    return [keras.ops.convert_to_numpy(value) for value in model.weights]


def test_a_run_leaves_its_log_its_best_weights_and_a_backup(whole, config):
    run, model = whole
    log = pd.read_csv(run / fit.LOG)
    assert log["epoch"].tolist() == [0, 1]
    assert {"loss", "val_loss", "mask_dice", fit.MONITOR, "presence_auc", "val_presence_auc"} <= set(log.columns)
    assert log.notna().all(axis=None) and log[fit.MONITOR].between(0, 1).all()
    assert (run / f"backup-{config.epochs}" / "latest.weights.h5").is_file()
    best = fit.build(config)
    best.load_weights(run / fit.BEST)
    last = fit.build(config)
    last.compile(optimizer=keras.optimizers.Adam(clipnorm=1.0), loss={"mask": "mse", "presence": "mse"})
    last.optimizer.build(last.trainable_variables)
    last.load_weights(run / f"backup-{config.epochs}" / "latest.weights.h5")
    assert any(same_kernels(model, other) for other in (last, best))
    told = pd.read_csv(run / fit.CANDIDATES)
    assert len(told) == 4 and told["dice"].is_monotonic_decreasing
    assert same_kernels(model, best if "best" in told["weights"][0] else last)


def test_a_run_needs_no_standard_output(config, parts, tmp_path, monkeypatch):
    """Closed, as by >&-, it is None."""
    monkeypatch.setattr("sys.stdout", None)
    fit.train(replace(config, epochs=1, steps_per_epoch=1), *parts, tmp_path)
    assert len(pd.read_csv(tmp_path / fit.LOG)) == 1


def same_kernels(one, other):
    """Whether all that was learnt is equal; BN statistics may be recomputed after training."""
    pairs = zip(one.trainable_weights, other.trainable_weights, strict=True)
    return all(np.array_equal(*map(keras.ops.convert_to_numpy, pair)) for pair in pairs)


def test_running_statistics_are_those_of_frames_as_they_are(whole, config, parts):
    _, model = whole
    training, _ = parts
    one, other = keras.models.clone_model(model), keras.models.clone_model(model)
    for number, again in enumerate((one, other)):
        again.set_weights(model.get_weights())
        for layer in again.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.moving_mean.assign(layer.moving_mean + 3 * number)
        update_bn_statistics(again, training, config)
    for found, expected in zip(weights(one), weights(other), strict=True):
        assert np.allclose(found, expected, atol=1e-4)


def test_statistics_are_the_mean_over_all_batches(config, parts, monkeypatch):
    model, means = fit.build(config), []
    (layer,) = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
    call = type(layer).call

    def told(self, inputs, training=None, **more):
        means.append(keras.ops.convert_to_numpy(keras.ops.mean(inputs, axis=(0, 1, 2))))
        return call(self, inputs, training=training, **more)

    monkeypatch.setattr(type(layer), "call", told)
    monkeypatch.setattr("neuroscan.learning.precise_bn.FRAMES", 3 * config.batch_size)
    update_bn_statistics(model, parts[0], config)
    assert len(means) == 3 and not np.allclose(means[2], np.mean(means, axis=0), atol=1e-4)
    assert keras.ops.convert_to_numpy(layer.moving_mean) == pytest.approx(np.mean(means, axis=0), rel=1e-3, abs=1e-5)


def test_a_run_cut_off_and_gone_on_with_ends_where_it_would_have(whole, config, parts, tmp_path, monkeypatch):
    begun = []

    class CutOff(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            begun.append(epoch)

        def on_train_batch_end(self, batch, logs=None):
            if begun == [0, 1] and batch == 1:
                raise KeyboardInterrupt

    callbacks = fit._callbacks
    monkeypatch.setattr(fit, "_callbacks", lambda *args: [CutOff(), *callbacks(*args)])
    with pytest.raises(KeyboardInterrupt):
        fit.train(config, *parts, tmp_path)
    assert pd.read_csv(tmp_path / fit.LOG)["epoch"].tolist() == [0]
    model = fit.train(config, *parts, tmp_path)
    assert begun == [0, 1, 1]
    run, expected = whole
    # The same batches, learning rates and momenta as without the break.
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / fit.LOG), pd.read_csv(run / fit.LOG), rtol=1e-3, atol=1e-4)
    for found, value in zip(weights(model), weights(expected), strict=True):
        assert found == pytest.approx(value, rel=1e-3, abs=1e-4)


def test_patience_and_a_halved_rate_outlive_a_break(config, parts, tmp_path, monkeypatch):
    """Dice stands still: the rate is halved after five epochs, the run is cut off after six and ends after seven."""
    monkeypatch.setattr(fit.PositiveDice, "result", lambda self: keras.ops.convert_to_tensor(0.5))
    plateau = replace(config, epochs=12, steps_per_epoch=1, schedule="plateau", patience=6)
    rates, last = {}, [5]

    class Told(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch > last[0]:
                raise KeyboardInterrupt
            rates[epoch] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))

    callbacks = fit._callbacks
    monkeypatch.setattr(fit, "_callbacks", lambda *args: [Told(), *callbacks(*args)])
    with pytest.raises(KeyboardInterrupt):
        fit.train(plateau, *parts, tmp_path)
    before = list(rates.values())
    assert before == pytest.approx([before[0]] * 5 + [before[0] / 2])
    last[0] = 99
    fit.train(plateau, *parts, tmp_path)
    assert list(rates) == list(range(7)) and rates[6] == before[5]


def test_what_waits_for_a_better_value_goes_on_waiting(tmp_path):
    """Keras' backup does not hold how long patience has lasted."""
    config = Config(schedule="plateau", patience=9)
    values = [0.2, 0.5, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3]
    none = pd.DataFrame({fit.MONITOR: []})
    stop, rate = told = resumed(fit._callbacks(config, tmp_path, none, tmp_path), pd.Series(values))
    assert (stop.best, stop.wait) == (0.5, 6)
    assert (rate.best, rate.wait) == (0.5, 2)  # halved after four
    assert [(one.best, one.wait) for one in told] == [
        (one.best, one.wait) for one in lived(fit._callbacks(config, tmp_path, none, tmp_path), values)
    ]


def waiting(callbacks):
    kinds = (keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau)
    return [one for one in callbacks if isinstance(one, kinds)]


def begun(callbacks):
    """The callbacks that wait, once training has begun."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    for one in waiting(callbacks):
        one.set_model(model)
        one.on_train_begin()
    return waiting(callbacks)


def resumed(callbacks, done):
    """The callbacks that wait, once a run that is gone on with has begun."""
    begun(callbacks)
    resume.restore_patience(callbacks, done).on_train_begin(None)
    return waiting(callbacks)


def lived(callbacks, values):
    """The same after as many epochs of Keras' own."""
    for one in begun(callbacks):
        for epoch, value in enumerate(values):
            one.on_epoch_end(epoch, {fit.MONITOR: value})
    return waiting(callbacks)


def test_a_run_killed_while_making_its_first_backup_begins_anew_and_gives_the_same_dice(whole, config, parts, tmp_path):
    run, model = whole
    half = tmp_path / f"backup-{config.epochs}" / "latest.weights.h5"
    half.parent.mkdir()
    half.write_bytes((run / f"backup-{config.epochs}" / "latest.weights.h5").read_bytes()[:1000])
    (tmp_path / fit.LOG).write_text((run / fit.LOG).read_text())
    again = fit.train(config, *parts, tmp_path)
    assert len(pd.read_csv(tmp_path / fit.LOG)) == config.epochs
    for name in ("mask_dice", fit.MONITOR):
        found, expected = (pd.read_csv(folder / fit.LOG)[name] for folder in (tmp_path, run))
        assert np.allclose(found, expected, atol=1e-3, rtol=0)
    for found, value in zip(weights(again), weights(model), strict=True):
        assert found == pytest.approx(value, rel=1e-3, abs=1e-4)


def with_encoder(shape, *, base_filters, encoder_weights=None):
    """A network whose encoder is one convolution, named as mobilenet's is."""
    image, inner = keras.Input(shape), keras.Input(shape)
    encoder = keras.Model(inner, keras.layers.Conv2D(base_filters, 3, padding="same")(inner), name=ENCODER)
    x = keras.layers.BatchNormalization()(encoder(image))
    return keras.Model(image, {"mask": mask_head(x), "presence": presence_head(x)})


@pytest.mark.filterwarnings("ignore:Skipping variable loading")  # the best epoch is one of fewer weights
def test_a_run_cut_off_after_its_encoder_was_freed_goes_on_in_its_second_stage(config, parts, tmp_path, monkeypatch):
    """Patience and learning rate are the stage's own: the first stage's better Dice does not end the second."""
    dice, epochs, spans, loaded = [0.9, 0.1, 0.2, 0.3, 0.4], [], [], []

    class Told(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epochs == [0, 1, 2]:
                epochs.append("cut off")
                raise KeyboardInterrupt
            epochs.append(epoch)

    def told_encoder(shape, *, base_filters, encoder_weights=None):
        loaded.append(encoder_weights)
        return with_encoder(shape, base_filters=base_filters)

    callbacks, rate = fit._callbacks, fit._learning_rate
    monkeypatch.setattr(fit, "_callbacks", lambda *args: [Told(), *callbacks(*args)])
    monkeypatch.setattr(fit, "_learning_rate", lambda config, epochs: spans.append(epochs) or rate(config, epochs))
    monkeypatch.setattr(fit.PositiveDice, "result", lambda _: keras.ops.convert_to_tensor(dice[epochs[-1]]))
    monkeypatch.setitem(models.ARCHITECTURES, "mobilenet", told_encoder)
    staged = replace(config, architecture="mobilenet", frozen_epochs=2, epochs=5, steps_per_epoch=1, patience=2)
    staged = replace(staged, encoder_weights="of photographs")
    with pytest.raises(KeyboardInterrupt):
        fit.train(staged, *parts, tmp_path)
    fit.train(staged, *parts, tmp_path)
    assert epochs == [0, 1, 2, "cut off", 3, 4] and spans == [2, 3, 3]
    assert pd.read_csv(tmp_path / fit.LOG)["epoch"].tolist() == [0, 1, 2, 3, 4]
    assert loaded[0] == "of photographs"


def test_every_epoch_has_batches_of_its_own_in_order(config, parts, tmp_path, monkeypatch):
    drawn, draw = [], fit.TrainBatches.__getitem__

    def told(self, index):
        drawn.append((self.epoch, index))
        return draw(self, index)

    monkeypatch.setattr(fit.TrainBatches, "__getitem__", told)
    fit.train(config, *parts, tmp_path)
    # Before them Keras draws two to see what they look like.
    assert drawn[-6:] == [(epoch, index) for epoch in (0, 1) for index in (0, 1, 2)]


def test_a_frozen_encoder_learns_only_once_it_is_free(config, parts, tmp_path, monkeypatch):
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append([weights(self.model.get_layer(ENCODER))[0], weights(self.model.get_layer("presence"))[0]])

    callbacks = fit._callbacks
    monkeypatch.setattr(fit, "_callbacks", lambda *args: [Watch(), *callbacks(*args)])
    monkeypatch.setitem(models.ARCHITECTURES, "mobilenet", with_encoder)
    staged = replace(config, architecture="mobilenet", frozen_epochs=2, epochs=3, steps_per_epoch=1)
    fit.train(staged, *parts, tmp_path)
    (first, head), (second, later), (third, last) = seen
    assert np.array_equal(first, second) and not np.array_equal(second, third)
    assert not np.array_equal(head, later) and not np.array_equal(later, last)
    assert pd.read_csv(tmp_path / fit.LOG)["epoch"].tolist() == [0, 1, 2]


def test_a_run_that_is_done_is_not_trained_further(whole, config, parts):
    run, model = whole
    log = (run / fit.LOG).read_text()
    again = fit.train(config, *parts, run)
    assert (run / fit.LOG).read_text() == log
    for found, expected in zip(weights(again), weights(model), strict=True):
        assert np.array_equal(found, expected)


def test_mixed_precision_trains_and_gives_a_network_in_single_precision(config, parts, tmp_path, monkeypatch):
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append({layer.compute_dtype for layer in self.model.layers if isinstance(layer, keras.layers.Conv2D)})

    callbacks = fit._callbacks
    monkeypatch.setattr(fit, "_callbacks", lambda *args: [Watch(), *callbacks(*args)])
    made = replace(config, precision="mixed_bfloat16", schedule="plateau", epochs=1, steps_per_epoch=1)
    model = fit.train(made, *parts, tmp_path)
    ((*inner,),) = seen
    assert "bfloat16" in inner
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_best_weights_that_a_kill_cut_short_make_way_for_the_next(whole, config, tmp_path):
    run, _ = whole
    log, written = pd.read_csv(run / fit.LOG), (run / fit.BEST).read_bytes()
    for content, known in ((written, True), (written[: len(written) // 2], False), (b"", False)):
        (tmp_path / fit.BEST).write_bytes(content)
        keeper = fit._callbacks(config, tmp_path, log, tmp_path)[0]
        assert (keeper.best == log[fit.MONITOR].max()) == known


def test_a_run_that_stopped_early_is_not_trained_further(config, parts, tmp_path):
    impatient = replace(config, epochs=9, steps_per_epoch=1, patience=1, learning_rate=1e-12)
    first = fit.train(impatient, *parts, tmp_path)
    log = (tmp_path / fit.LOG).read_text()
    assert 2 <= len(log.splitlines()) - 1 < 9
    again = fit.train(impatient, *parts, tmp_path)
    assert (tmp_path / fit.LOG).read_text() == log
    for found, value in zip(weights(again), weights(first), strict=True):
        assert np.array_equal(found, value)


def test_learning_rate_warms_up_and_falls_to_nothing():
    config = Config(epochs=10, steps_per_epoch=20, warmup_epochs=2.0, learning_rate=1e-2)
    rate = fit._learning_rate(config, config.epochs)
    steps = np.arange(0, 201)
    rates = np.array([float(rate(step)) for step in steps])
    assert rates[0] == pytest.approx(1e-4) and rates[40] == pytest.approx(1e-2) and rates[200] == pytest.approx(0)
    assert rates.argmax() == 40 and (np.diff(rates[:41]) > 0).all() and (np.diff(rates[40:]) <= 0).all()
    assert fit._learning_rate(replace(config, schedule="plateau"), 10) == 1e-2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"architecture": "unit"}, "architecture must be one of unet, .*, got 'unit'"),
        ({"architecture": "cnn", "preprocess": Settings(100, 176)}, "multiple of 8, got 100x176"),
    ],
)
def test_what_cannot_be_built_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        fit.build(Config(**options))
