"""Two devices learn what one learns: the processor, taken for two, in a process of its own."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from neuroscan import models
from neuroscan.imaging.preprocess import Settings
from neuroscan.learning import devices, fit
from neuroscan.learning.config import Config
from tests import own_data
from tests.learning.test_fit import weights
from training import frames

pytestmark = pytest.mark.usefixtures("quick")
CONFIG = Config(
    sources={"own": 1.0}, epochs=1, steps_per_epoch=2, batch_size=2, learning_rate=0.05, preprocess=Settings(32, 48)
)


def smallest(shape, *, base_filters):
    """A network without batch normalisation, which counts each device's frames apart."""
    image = keras.Input(shape)
    x = layers.Conv2D(2, 3, padding="same", activation="relu")(image)
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x)
    presence = layers.Dense(1, activation="sigmoid", name="presence")(layers.GlobalMaxPooling2D()(x))
    return keras.Model(image, {"mask": mask, "presence": presence})


def learn(folder, count):
    """Train on some devices; the last validation batch holds one frame, which is fewer than there are devices."""
    samples = frames.grouped(folder / "data")
    run = folder / f"run-{count}"
    run.mkdir()
    replicas, callbacks = [], fit._callbacks

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            replicas.append(self.model.distribute_strategy.num_replicas_in_sync)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "_callbacks", lambda *args: [Watch(), *callbacks(*args)])
        patch.setitem(models.ARCHITECTURES, "unet", smallest)
        patch.setattr("neuroscan.learning.precise_bn.FRAMES", 4)
        found = fit.train(replace(CONFIG, devices=count), samples, samples.head(3), run)
    assert replicas == [count]
    return [values.tolist() for values in weights(found)], pd.read_csv(run / fit.LOG).iloc[0].to_dict()


def test_two_devices_learn_what_one_learns(tmp_path):
    own_data.write(tmp_path / "data" / "own", dict.fromkeys(range(1, 5), (True,)))
    code = (
        "import json, sys, tensorflow as tf; from pathlib import Path\n"
        "one = tf.config.list_physical_devices('CPU')[0]\n"
        "tf.config.set_logical_device_configuration(one, 2 * [tf.config.LogicalDeviceConfiguration()])\n"
        "from tests.learning import test_devices\n"
        "print(json.dumps(test_devices.learn(Path(sys.argv[1]), 2)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    other = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)
    expected, log = learn(tmp_path, 1)
    shown, _ = other.communicate(timeout=240)
    assert other.returncode == 0
    found, other_log = json.loads(shown.splitlines()[-1])
    for values, wanted in zip(found, expected, strict=True):
        assert np.allclose(values, wanted, atol=1e-5)
    for name in ("loss", "mask_dice", "val_mask_dice"):
        assert other_log[name] == pytest.approx(log[name], rel=1e-4)


def test_one_device_changes_nothing_and_too_many_are_refused():
    with devices.parallel(1):
        pass
    with (
        pytest.raises(ValueError, match=r"devices = 9, but only \d are at hand \(.*CPU.*\); lower it"),
        devices.parallel(9),
    ):
        pass


def test_a_backend_without_a_way_is_named(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with (
        pytest.raises(ValueError, match="devices = 2 needs TensorFlow or JAX under Keras, not torch"),
        devices.parallel(2),
    ):
        pass
