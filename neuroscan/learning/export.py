"""Export a trained network to the files that are shipped: model.keras, uncompiled, and model.onnx, equal to it.

Keras names a network's outputs in ONNX under TensorFlow alone: under PyTorch or JAX a process with TensorFlow writes
it, python -m neuroscan.learning.export FOLDER.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import onnxruntime
from keras import layers

from neuroscan import config
from neuroscan.inference import card as cards
from neuroscan.learning import safe_load

MAX_DIFFERENCE = 1e-4


def write(model: keras.Model, folder: Path) -> float:
    """Write both files and compare them.

    Args:
        model: takes (N, height, width, 1), gives `mask` and `presence`.
        folder: a model's folder; made if need be.

    Returns:
        Largest difference between Keras' and ONNX Runtime's outputs on seeded noise.

    Raises:
        ValueError: the two differ by more than 1e-4, or TensorFlow, which writes ONNX, is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A copy without optimizer: a compiled file is three times as large, and `clone_model` copies that, too.
    bare = keras.Model.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    bare.save(folder / cards.KERAS_FILE)
    frames = np.random.default_rng(0).standard_normal((2, *model.input_shape[1:])).astype(np.float32)
    expected = {name: keras.ops.convert_to_numpy(value) for name, value in bare(frames).items()}
    _write_onnx(bare, folder)
    session = onnxruntime.InferenceSession(folder / cards.ONNX_FILE, providers=["CPUExecutionProvider"])
    outputs = session.run(list(expected), {session.get_inputs()[0].name: frames})
    difference = max(float(np.abs(o - expected[name]).max()) for name, o in zip(expected, outputs, strict=True))
    if not difference <= MAX_DIFFERENCE:
        raise ValueError(f"{folder.name}: ONNX differs from Keras by {difference:.1e}, at most 1e-4 is allowed")
    return difference


def _write_onnx(model: keras.Model, folder: Path) -> None:
    """Write `model.onnx` into a folder that holds the network's `model.keras`."""
    if keras.backend.backend() == "tensorflow":
        model(np.zeros((1, *model.input_shape[1:]), np.float32))  # Keras exports only what has been called.
        model.export(folder / cards.ONNX_FILE, format="onnx", verbose=False)
        return
    command = [sys.executable, "-m", "neuroscan.learning.export", str(folder.resolve())]
    ended = subprocess.run(command, cwd=config.ROOT, env=os.environ | {"KERAS_BACKEND": "tensorflow"}, check=False)
    if ended.returncode:
        raise ValueError(
            f"{folder / cards.KERAS_FILE} is trained and kept, but no ONNX file could be made of it, which takes "
            "TensorFlow; go on by --resume with KERAS_BACKEND=tensorflow on a machine that has it"
        )


def multiply_adds(model: keras.Model) -> int:
    """Count the multiply-adds of one pass in convolutions and dense layers."""
    return sum(_layer_multiply_adds(layer) for layer in model._flatten_layers(include_self=False, recursive=True))


def _layer_multiply_adds(layer: layers.Layer) -> int:
    """Kernel size times the positions that it is applied at."""
    if isinstance(layer, layers.Conv2DTranspose):
        return int(np.prod(layer.kernel.shape) * np.prod(layer.input.shape[1:3]))
    if isinstance(layer, layers.SeparableConv2D):
        kernels = np.prod(layer.depthwise_kernel.shape) + np.prod(layer.pointwise_kernel.shape)
        return int(kernels * np.prod(layer.output.shape[1:-1]))
    if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return int(np.prod(layer.kernel.shape) * np.prod(layer.output.shape[1:-1]))
    return 0


if __name__ == "__main__":
    _write_onnx(safe_load.load_model(Path(sys.argv[1]) / cards.KERAS_FILE), Path(sys.argv[1]))
