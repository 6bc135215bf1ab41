"""Networks that somebody else saved: read without running anything from the file, and given the outputs used here.

A Keras file can hold code: a lambda's bytes, or names of things to import and call. Keras' safe mode refuses what it
knows of; here the description is read first, as text, and whatever it names must be a plain layer of Keras.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import h5py
import keras
import numpy as np
from keras import layers

_ARCHIVE = {"metadata.json", "config.json", "model.weights.h5"}
_MODULES = {None, "builtins", "keras", "keras.src.models.functional", "keras.src.models.sequential"}
_MODULES |= {f"keras.{part}" for part in ("layers", "models", "activations")}
_PARTS = (keras.initializers, keras.regularizers, keras.constraints, keras.dtype_policies)
_MODULES |= {f"keras.{part.__name__.rpartition('.')[2]}" for part in _PARTS}
_FRAME = {"Functional", "Sequential", "Model", "InputLayer", "DTypePolicy", "Policy", "__keras_tensor__"}
_LAYERS = {"Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D", "Dense"}
_LAYERS |= {"AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D", "UpSampling2D"}
_LAYERS |= {"BatchNormalization", "GroupNormalization", "LayerNormalization", "Normalization", "Rescaling"}
_LAYERS |= {"Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"}
_LAYERS |= {"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"}
_LAYERS |= {"Cropping2D", "Flatten", "Identity", "Permute", "Reshape", "ZeroPadding2D"}
_LAYERS |= {"Dropout", "GaussianNoise", "SpatialDropout2D"}
_NAMES = _FRAME | _LAYERS | {n for part in _PARTS for n in dir(part) if isinstance(getattr(part, n), type)}


def load(path: Path) -> keras.Model:
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
        described = _in_archive(path) if path.suffix == ".keras" else _in_h5(path)
    except (OSError, KeyError, AttributeError, RecursionError, json.JSONDecodeError, UnicodeError, BadZipFile) as error:
        raise ValueError(f"{path.name} is damaged, or no network that Keras saved whole ({error})") from error
    if strange := sorted(set(_strange(described))):
        raise ValueError(
            f"{path.name} names {', '.join(strange)}: code of its own, or none of the plain layers that are let in, so "
            "nothing of it was run; build it from layers of Keras and save it again"
        )
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Whatever is wrong with the file, and Keras has many classes for it.
        raise ValueError(f"{path.name} cannot be read by Keras {keras.__version__}: {_first_line(error)}") from error


def adapt(model: keras.Model, *, height: int, width: int) -> tuple[keras.Model, bool]:
    """Give a network the outputs that a model here has: `mask` and `presence`, probabilities both.

    Args:
        model: takes grey frames, normalised one by one to mean 0 and standard deviation 1; gives a mask, and perhaps
            a presence.
        height, width: for a network that takes any size.

    Returns:
        The network, and whether it tells presence itself; where it does not, presence is the map's largest value.

    Raises:
        ValueError: its input or outputs are others, or no probabilities.
    """
    shapes = [tuple(tensor.shape) for tensor in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] != 1:
        raise ValueError(f"the network takes {_told(shapes)}; expected one grey frame, (height, width, 1)")
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
        found = _told([tuple(tensor.shape) for tensor in outputs])
        raise ValueError(
            f"the network gives {found}; expected a mask {size} of probabilities, and perhaps a presence (1,)"
        )
    presence = heads[0] if heads else layers.GlobalMaxPooling2D(name="largest")(masks[0])
    named = {"mask": masks[0], "presence": presence}
    named = {name: layers.Identity(dtype="float32", name=name)(tensor) for name, tensor in named.items()}
    adapted = keras.Model(image, named, name="own")
    _check_probabilities(adapted)
    return adapted, bool(heads)


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


def _in_archive(path: Path) -> Any:
    """The description in a .keras file, without what compiles it, which is not read."""
    with ZipFile(path) as archive:
        if more := sorted(set(archive.namelist()) - _ARCHIVE):
            raise ValueError(f"{path.name} holds {', '.join(more)} beside the network; save it without")
        described = json.loads(archive.read("config.json"))
    return {name: value for name, value in described.items() if name != "compile_config"}


def _in_h5(path: Path) -> Any:
    """The description in an .h5 file."""
    with h5py.File(path) as file:
        text = file.attrs["model_config"]
    return json.loads(text.decode() if isinstance(text, bytes) else text)


def _strange(described: Any) -> Iterator[str]:
    """Whatever a description names that is not let in."""
    if isinstance(described, list):
        for value in described:
            yield from _strange(value)
    if not isinstance(described, dict):
        return
    if "class_name" in described:
        # As text, whatever the file holds there.
        name, module = str(described["class_name"]), described.get("module") and str(described["module"])
        function = name == "function" and module in ("builtins", "keras.activations")
        registered = described.get("registered_name")
        if module not in _MODULES or not (function or name in _NAMES):
            yield f"{module}.{name}" if module else name
        elif registered not in (None, name, described.get("config")):
            yield str(registered)
    for value in described.values():
        yield from _strange(value)


def _told(shapes: list[tuple[int | None, ...]]) -> str:
    """Shapes of one frame, for a sentence."""
    return " and ".join(str(shape[1:]) for shape in shapes) or "nothing"


def _first_line(error: Exception) -> str:
    """What an error says first."""
    return str(error).partition("\n")[0]
