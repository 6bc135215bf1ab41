"""Load a Keras network that somebody else saved, without running anything from its file, and give it our outputs.

A Keras file can hold code: a lambda's bytes, or names of things to import and call. Keras' safe mode refuses what it
knows of; here the model config is read first, as text, and whatever it names must be on an allow-list of plain layers.
"""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import h5py
import keras
import numpy as np
from keras import layers

_BROKEN_ARCHIVE = (OSError, BadZipFile, zlib.error, RuntimeError)  # The last of one with a password.
_NO_DESCRIPTION = (KeyError, AttributeError, TypeError, json.JSONDecodeError, UnicodeError, RecursionError)
_ARCHIVE_FILES = {"metadata.json", "config.json", "model.weights.h5"}
_ALLOWED_MODULES = {None, "builtins", "keras", "keras.src.models.functional", "keras.src.models.sequential"}
_ALLOWED_MODULES |= {f"keras.{part}" for part in ("layers", "models", "activations")}
_PARTS = (keras.initializers, keras.regularizers, keras.constraints, keras.dtype_policies)
_ALLOWED_MODULES |= {f"keras.{part.__name__.rpartition('.')[2]}" for part in _PARTS}
_STRUCTURE = {"Functional", "Sequential", "Model", "InputLayer", "DTypePolicy", "Policy", "__keras_tensor__"}
_ALLOWED_LAYERS = {"Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D", "Dense"}
_ALLOWED_LAYERS |= {"AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D", "UpSampling2D"}
_ALLOWED_LAYERS |= {"BatchNormalization", "GroupNormalization", "LayerNormalization", "Normalization", "Rescaling"}
_ALLOWED_LAYERS |= {"Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"}
_ALLOWED_LAYERS |= {"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"}
_ALLOWED_LAYERS |= {"Cropping2D", "Flatten", "Identity", "Permute", "Reshape", "ZeroPadding2D"}
_ALLOWED_LAYERS |= {"Dropout", "GaussianNoise", "SpatialDropout2D"}
_ALLOWED_NAMES = _STRUCTURE | _ALLOWED_LAYERS
_ALLOWED_NAMES |= {n for part in _PARTS for n in dir(part) if isinstance(getattr(part, n), type)}


def load_model(path: Path) -> keras.Model:
    """Read a network from a .keras or .h5 file, and run nothing from it.

    Args:
        path: of the file.

    Returns:
        The network, uncompiled.

    Raises:
        ValueError: it is no such file, is damaged, or names anything but plain layers, such as a lambda.
    """
    if path.suffix not in (".keras", ".h5"):
        raise ValueError(f"{path.name}: expected a .keras or .h5 file; save the whole network with model.save")
    if not path.is_file():
        raise ValueError(f"{path.name}: there is no such file")
    try:
        model_config = _config_of_keras_file(path) if path.suffix == ".keras" else _config_of_h5_file(path)
    except (*_BROKEN_ARCHIVE, *_NO_DESCRIPTION) as error:
        raise ValueError(f"{path.name} is damaged, or no network that Keras saved whole ({error})") from error
    if disallowed := sorted(set(_disallowed(model_config))):
        raise ValueError(
            f"{path.name} names {', '.join(disallowed)}: code of its own, or none of the plain layers that are let in, "
            "so nothing of it was run; build it from layers of Keras and save it again"
        )
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Whatever is wrong with the file, and Keras has many classes for it.
        raise ValueError(f"{path.name} cannot be read by Keras {keras.__version__}: {_first_line(error)}") from error


def wrap_outputs(model: keras.Model, *, height: int, width: int) -> tuple[keras.Model, bool]:
    """Wrap a network so that it gives `mask` and `presence`, probabilities both, as those trained here do.

    Args:
        model: takes grey frames, normalised one by one to mean 0 and standard deviation 1; gives a mask, and perhaps
            a presence.
        height, width: for a network that takes any size.

    Returns:
        The network, and whether it has a presence output itself; where not, presence is the map's maximum.

    Raises:
        ValueError: its input or outputs have other shapes, or are no probabilities.
    """
    shapes = [tuple(tensor.shape) for tensor in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] != 1:
        raise ValueError(f"the network takes {_shapes_text(shapes)}; expected one grey frame, (height, width, 1)")
    size = (shapes[0][1] or height, shapes[0][2] or width, 1)
    if size != shapes[0][1:]:
        weights = model.get_weights()
        model = keras.models.clone_model(model, input_tensors=keras.Input(size))
        model.set_weights(weights)
    image = keras.Input(size, name="image")
    outputs = keras.tree.flatten(model(image))
    masks = [tensor for tensor in outputs if tuple(tensor.shape[1:]) == size]
    heads = [tensor for tensor in outputs if tuple(tensor.shape[1:]) == (1,)]
    if len(masks) != 1 or len(heads) > 1 or len(outputs) != len(masks) + len(heads):
        output_shapes = _shapes_text([tuple(tensor.shape) for tensor in outputs])
        raise ValueError(
            f"the network gives {output_shapes}; expected a mask {size} of probabilities, and perhaps a presence (1,)"
        )
    presence = heads[0] if heads else layers.GlobalMaxPooling2D(name="largest")(masks[0])
    unnamed = {"mask": masks[0], "presence": presence}
    named = {name: layers.Identity(dtype="float32", name=name)(tensor) for name, tensor in unnamed.items()}
    wrapped = keras.Model(image, named, name="own")
    _check_probabilities(wrapped)
    return wrapped, bool(heads)


def _check_probabilities(model: keras.Model) -> None:
    """Refuse outputs outside [0, 1] on noise, faint and strong."""
    noise = np.random.default_rng(0).standard_normal((2, *model.input_shape[1:])).astype(np.float32)
    for name, values in model(noise * np.array([1, 10], np.float32).reshape(2, 1, 1, 1), training=False).items():
        numbers = keras.ops.convert_to_numpy(values)
        if not (numbers.min() >= 0 and numbers.max() <= 1):  # NaN fails both
            raise ValueError(
                f"the network's {name} runs from {numbers.min():.3g} to {numbers.max():.3g}; expected probabilities in "
                "[0, 1]: end it with a sigmoid"
            )


def _config_of_keras_file(path: Path) -> Any:
    """Read the model config in a .keras file, without what compiles it."""
    with ZipFile(path) as archive:
        if extra := sorted(set(archive.namelist()) - _ARCHIVE_FILES):
            raise ValueError(f"{path.name} holds {', '.join(extra)} beside the network; save it without")
        model_config = json.loads(archive.read("config.json"))
    return {name: value for name, value in model_config.items() if name != "compile_config"}


def _config_of_h5_file(path: Path) -> Any:
    """Read the model config in an .h5 file."""
    with h5py.File(path) as file:
        text = file.attrs["model_config"]
    return json.loads(text.decode() if isinstance(text, bytes) else text)


def _disallowed(config: Any) -> Iterator[str]:
    """Names in a model config that are not on the allow-list."""
    if isinstance(config, list):
        for value in config:
            yield from _disallowed(value)
    if not isinstance(config, dict):
        return
    if "class_name" in config:
        # As text, whatever the file holds there.
        name, module = str(config["class_name"]), config.get("module") and str(config["module"])
        function = name == "function" and module in ("builtins", "keras.activations")
        registered = config.get("registered_name")
        if module not in _ALLOWED_MODULES or not (function or name in _ALLOWED_NAMES):
            yield f"{module}.{name}" if module else name
        elif registered not in (None, name, config.get("config")):
            yield str(registered)
    for value in config.values():
        yield from _disallowed(value)


def _shapes_text(shapes: list[tuple[int | None, ...]]) -> str:
    """Shapes without the batch axis, for a sentence."""
    return " and ".join(str(shape[1:]) for shape in shapes) or "nothing"


def _first_line(error: Exception) -> str:
    """First line of an error's message."""
    return str(error).partition("\n")[0]
