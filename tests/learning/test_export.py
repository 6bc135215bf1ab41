"""Files that are shipped: both give what the network gives, and neither carries an optimizer."""

import zipfile

import h5py
import keras
import numpy as np
import onnxruntime
import pytest
from keras import layers

from neuroscan.inference import card as cards
from neuroscan.learning import export
from neuroscan.models.unet import unet


@pytest.fixture(scope="module")
def trained():
    """A compiled network, trained for a step, so that running means and momenta are not what they begin with."""
    keras.utils.set_random_seed(3)
    model = unet((32, 48, 1), base_filters=2)
    losses = {"mask": "binary_crossentropy", "presence": "binary_crossentropy"}
    model.compile("adam", loss=losses, run_eagerly=True)  # tracing costs more than one step
    random = np.random.default_rng(0)
    frames = random.standard_normal((4, 32, 48, 1)).astype(np.float32)
    model.train_on_batch(frames, {"mask": frames > 1, "presence": np.ones((4, 1))})
    return model


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "export"
    assert export.write(trained, folder) <= 1e-4
    return folder


@pytest.fixture(scope="module")
def session(folder):
    return onnxruntime.InferenceSession(folder / cards.ONNX_FILE, providers=["CPUExecutionProvider"])


def numbers(outputs):
    return {name: keras.ops.convert_to_numpy(values) for name, values in outputs.items()}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
def test_onnx_equals_keras_within_a_ten_thousandth(trained, session, count, scale):
    frames = (np.random.default_rng(7).standard_normal((count, 32, 48, 1)) * scale).astype(np.float32)
    expected = numbers(trained(frames, training=False))
    found = dict(zip(expected, session.run(list(expected), {session.get_inputs()[0].name: frames}), strict=True))
    assert set(found) == {"mask", "presence"}
    for name, values in expected.items():
        assert found[name].shape == values.shape
        assert np.abs(found[name] - values).max() < 1e-4


def test_keras_file_is_uncompiled_and_the_same_network(trained, folder):
    loaded = keras.saving.load_model(folder / cards.KERAS_FILE)
    assert not loaded.compiled
    frames = np.random.default_rng(8).standard_normal((2, 32, 48, 1)).astype(np.float32)
    for name, values in numbers(trained(frames, training=False)).items():
        assert numbers(loaded(frames))[name] == pytest.approx(values, abs=1e-6)


def test_files_hold_weights_and_little_else(trained, folder):
    with zipfile.ZipFile(folder / cards.KERAS_FILE) as file, file.open("model.weights.h5") as weights:
        stored: list[str] = []
        with h5py.File(weights) as table:
            table.visit(stored.append)
    assert stored and not any("optimizer" in name for name in stored)
    assert (folder / cards.ONNX_FILE).stat().st_size < 4 * trained.count_params() + 60_000


def test_under_another_backend_a_process_with_tensorflow_writes_the_same(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert export.write(trained, tmp_path / "export") <= 1e-4
    outputs = onnxruntime.InferenceSession(tmp_path / "export" / cards.ONNX_FILE).get_outputs()
    assert {output.name for output in outputs} == {"mask", "presence"}


def test_without_tensorflow_the_network_is_kept_and_the_way_on_is_told(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr("sys.executable", "false")
    with pytest.raises(ValueError, match=r"go on by --resume with KERAS_BACKEND=tensorflow"):
        export.write(trained, tmp_path / "export")
    assert (tmp_path / "export" / cards.KERAS_FILE).is_file()


def test_a_file_that_differs_is_refused(trained, tmp_path, monkeypatch):
    class Wrong:
        def __init__(self, *_, **__):
            pass

        def get_inputs(self):
            return [type("Input", (), {"name": "image"})]

        def run(self, names, frames):
            (frames,) = frames.values()
            outputs = numbers(trained(frames, training=False))
            return [outputs[name] + 2e-4 * (name == "presence") for name in names]

    monkeypatch.setattr(export.onnxruntime, "InferenceSession", Wrong)
    monkeypatch.setattr(keras.Model, "export", lambda *_, **__: None)
    with pytest.raises(ValueError, match=r"export: ONNX differs from Keras by 2\.0e-04"):
        export.write(trained, tmp_path / "export")


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Conv2D(5, 3, padding="same"), 3 * 3 * 2 * 5 * 8 * 6),
        (layers.Conv2D(5, 3, padding="same", strides=2), 3 * 3 * 2 * 5 * 4 * 3),
        (layers.Conv2DTranspose(5, 2, strides=2), 2 * 2 * 2 * 5 * 8 * 6),
        (layers.DepthwiseConv2D(3, padding="same"), 3 * 3 * 2 * 8 * 6),
        (layers.SeparableConv2D(5, 3, padding="same"), (3 * 3 * 2 + 2 * 5) * 8 * 6),
        (layers.Dense(7), 2 * 7 * 8 * 6),
        (layers.MaxPooling2D(), 0),
    ],
    ids=["convolution", "strided", "transposed", "depthwise", "separable", "dense", "pooling"],
)
def test_multiply_adds_by_hand(layer, expected):
    shape = (8, 6, 2)
    image = keras.Input(shape)
    inner = keras.Model(image, layer(image))
    assert export.multiply_adds(inner) == expected
    outer_image = keras.Input(shape)
    outer = keras.Model(outer_image, inner(outer_image))  # an encoder inside a model counts too
    assert export.multiply_adds(outer) == expected
