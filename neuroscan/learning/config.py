"""Options of a training run, from a TOML file or flags."""

import inspect
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from neuroscan.data.safe_names import file_name
from neuroscan.imaging.preprocess import Settings

_AUGMENTATION_RANGES = {
    **dict.fromkeys(("identity_share", "flip", "gain", "amplitude_mix", "random_convolution"), (0, 1)),
    **dict.fromkeys(("aspect", "translation", "elastic"), (0, 0.9)),
    "zoom_out": (0, 0.5),  # Keras takes no more.
    **dict.fromkeys(("zoom_in", "gamma", "speckle", "bias_field"), (0, 10)),
    "rotation": (0, 180),
    "blur": (0, 100),
}
_OPTION_RANGES = {
    **dict.fromkeys(("unaltered_share", "crop_share", "subject_balance"), (0, 1)),
    "absent_share": (0, 0.99),  # Masks are learnt from the others.
    "learning_rate": (1e-12, 10),
    "warmup_epochs": (0, 1000),
    "presence_weight": (0, 1000),
}
_SIZE_RANGES = dict.fromkeys(("height", "width"), (1, 4096))
"""Lowest and highest value of an option."""


@dataclass(frozen=True)
class Augmentation:
    """Strengths of the augmentation of training frames; 0 switches a kind off.

    Attributes:
        identity_share: share of the frames that no spatial transform is applied to. Each resamples, which smooths
            speckle; a network trained on resampled frames alone meets nothing sharp before inference.
        flip: anything but 0 flips half of the frames left to right.
        rotation: largest angle, degrees either way.
        zoom_out, zoom_in: how much smaller and larger than 1 the scale gets.
        aspect: largest change of the width that is shown, share: the aspect ratio of what reaches the network differs
            between machines.
        translation: largest shift, share of the side.
        elastic: standard deviation of the smooth displacement field, in shares of the sides.
        gamma: largest change of log2(gamma).
        gain: largest change of brightness, grey levels of 255, and of contrast, share.
        speckle: largest standard deviation of multiplicative noise.
        bias_field: standard deviation of log2 of a gain that changes smoothly over the frame, as time-gain
            compensation and poor contact make it.
        blur: largest standard deviation of a Gaussian blur, pixels at network size.
        amplitude_mix: largest share of another frame's amplitude spectrum that is mixed into a frame's own.
        random_convolution: largest share of a random filter's response that is mixed into the frame.
    """

    identity_share: float = 0.4
    flip: float = 1.0
    rotation: float = 10.0
    zoom_out: float = 0.15
    zoom_in: float = 0.2
    aspect: float = 0.0
    translation: float = 0.05
    elastic: float = 0.0
    gamma: float = 0.5
    gain: float = 0.15
    speckle: float = 0.15
    bias_field: float = 0.0
    blur: float = 0.0
    amplitude_mix: float = 0.0
    random_convolution: float = 0.0

    def __post_init__(self) -> None:
        """Refuse strengths out of range."""
        _check_ranges(self, "augmentation.", _AUGMENTATION_RANGES)


@dataclass(frozen=True)
class Config:
    """One training run.

    Attributes:
        name: folder name under weights/.
        architecture: 'unet', 'cnn', 'mobilenet' or 'vgg', the keys of `models.ARCHITECTURES`.
        base_filters: filters at full size, of which deeper levels have multiples; of mobilenet, at half size.
        start: folder of a model, such as weights/unet, for a warm start from its weights; '' for none.
        encoder_weights: of mobilenet: 'imagenet', a path, or '' for none.
        frozen_epochs: first epochs, in which the encoder is frozen.
        sources: data sets and how often each is drawn, relative to the others.
        label: which label is the nerve, in masks that hold labels.
        reader: whose drawings made in the app stand in place of masks, frame by frame; '' for nobody's.
        subject_balance: exponent a of inverse-frequency sampling: a frame is drawn with weight n^-a, n being the number
            of its subject's frames; 0 is uniform over frames, 1 uniform over subjects. Where subjects are unknown,
            groups of near-identical frames stand for them.
        absent_share: share of negatives among the drawn frames, the same in every source. At
            (1 - unaltered_share) / (2 - unaltered_share) crops and patches show a nerve as often as not.
        unaltered_share: share of the frames keeping their nerve that are neither cropped nor pasted into, in sources
            whose negatives are made (`negatives.crop_or_paste`).
        crop_share: share of the altered frames that are cropped rather than pasted into, in the same sources.
        epochs: most that are trained.
        steps_per_epoch: batches an epoch.
        batch_size: frames a batch, over all devices.
        learning_rate: at its peak, after the warm-up.
        warmup_epochs: length of the linear warm-up, epochs.
        schedule: 'cosine' (to zero at the last epoch) or 'plateau' (halved when validation stalls).
        patience: epochs without a better validation Dice before training stops; not fewer than `frozen_epochs`.
        presence_weight: weight of the presence loss against the mask loss.
        presence_source_weights: weight of a source's frames in the presence loss, 1 where it is not named: synthetic
            frames without a nerve are told apart by looks that real ones do not have.
        devices: GPUs of this machine, each of which gets an equal share of a batch.
        precision: Keras' dtype policy, such as 'float32', 'mixed_bfloat16' or 'mixed_float16'.
        seed: of split, drawing and initial weights.
        split: 'subjects', or 'frames' to measure what a split that leaks would claim; such a model is good for nothing.
        folds: of cross-validation by subject, 3 or more; 0 for a plain split.
        fold: which of them is this run's test, from 1; the next is its validation.
        preprocess: of frames.
        augmentation: of training frames.
    """

    name: str = "unet"
    architecture: str = "unet"
    base_filters: int = 16
    start: str = ""
    encoder_weights: str = ""
    frozen_epochs: int = 0
    sources: dict[str, float] = field(default_factory=lambda: {"uns": 0.7, "usgra": 0.3})
    label: int = 1
    reader: str = ""
    subject_balance: float = 0.0
    absent_share: float = 0.33
    unaltered_share: float = 0.5
    crop_share: float = 0.25
    epochs: int = 40
    steps_per_epoch: int = 80
    batch_size: int = 16
    learning_rate: float = 1e-3
    warmup_epochs: float = 1.0
    schedule: str = "cosine"
    patience: int = 15
    presence_weight: float = 0.3
    presence_source_weights: dict[str, float] = field(default_factory=dict)
    devices: int = 1
    precision: str = "float32"
    seed: int = 1
    split: str = "subjects"
    folds: int = 0
    fold: int = 0
    preprocess: Settings = field(default_factory=Settings)
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        """Refuse values that training could not use."""
        if self.schedule not in ("cosine", "plateau"):
            raise ValueError(f"schedule must be 'cosine' or 'plateau', got {self.schedule!r}")
        if (self.encoder_weights or self.frozen_epochs) and self.architecture != "mobilenet":
            raise ValueError(f"only mobilenet has an encoder to load or freeze, not {self.architecture!r}")
        for name in ("base_filters", "epochs", "steps_per_epoch", "batch_size", "patience", "devices"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if self.batch_size % self.devices:
            raise ValueError(
                f"batch_size must be a multiple of devices, got {self.batch_size} frames for {self.devices} devices"
            )
        if not 0 <= self.frozen_epochs < self.epochs:
            raise ValueError(f"frozen_epochs must lie in [0, {self.epochs}), got {self.frozen_epochs}")
        if self.frozen_epochs > self.patience:
            raise ValueError(
                f"patience must be frozen_epochs ({self.frozen_epochs}) or more, got {self.patience}: a frozen encoder "
                "is not trained to the end of its patience"
            )
        if file_name(self.name) != self.name:
            raise ValueError(
                f"name must be a plain folder name, got {self.name!r:.80}; it may hold up to 120 letters, digits, "
                "spaces and ._-()"
            )
        _check_ranges(self, "", _OPTION_RANGES)
        _check_ranges(self.preprocess, "preprocess.", _SIZE_RANGES)
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed must lie in [0, 2^32), got {self.seed}")
        if self.split not in ("subjects", "frames") or (self.split == "frames" and self.folds):
            raise ValueError(
                f"split must be 'subjects', or 'frames' without folds, got {self.split!r} with folds = {self.folds}"
            )
        if (self.folds or self.fold) and not (self.folds >= 3 and 1 <= self.fold <= self.folds):
            raise ValueError(
                f"folds must be 3 or more and fold lie in [1, folds], got folds = {self.folds}, fold = {self.fold}; "
                "leave both out for a plain split"
            )
        shares = self.sources.values()
        if not shares or not _are_weights(shares) or not all(shares):
            raise ValueError(f"sources must name data sets with weights over 0, got {self.sources}; leave others out")
        weights = self.presence_source_weights
        if not _are_weights(weights.values()) or set(weights) - set(self.sources):
            raise ValueError(f"presence_source_weights must name sources with weights of 0 or more, got {weights}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `from_dict` takes them."""
        return asdict(self)


_SECTIONS = {"preprocess": Settings, "augmentation": Augmentation}


def from_dict(values: dict[str, Any]) -> Config:
    """Build a run from plain values; what is not named keeps its default.

    Raises:
        ValueError: an option is not known, or its value cannot be.
    """
    sections = {name: _built(kind, values[name], f"[{name}]") for name, kind in _SECTIONS.items() if name in values}
    return _built(Config, values | sections, "the top level")


def read(path: Path) -> Config:
    """Read a run from a TOML file.

    Raises:
        ValueError: the file is not TOML, names an option that does not exist, or a value that cannot be.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Editors on Windows put a mark before it.
    except (OSError, ValueError, RecursionError) as error:  # More than 4,300 digits, say, or tables a thousand deep.
        raise ValueError(f"{path.name}: not a readable TOML file ({error})") from error
    try:
        return from_dict(values)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def override(config: Config, values: dict[str, Any]) -> Config:
    """Replace options by dotted name, such as `epochs` or `augmentation.gamma`."""
    plain = {name: value for name, value in values.items() if "." not in name}
    for section in _SECTIONS:
        inner = {k.partition(".")[2]: v for k, v in values.items() if k.startswith(f"{section}.")}
        if inner:
            plain[section] = replace(getattr(config, section), **inner)
    return replace(config, **plain)


def options() -> dict[str, Any]:
    """Every option by dotted name, with its default: what a command line offers as flags."""
    config = Config()
    flat = {f.name: getattr(config, f.name) for f in fields(config) if f.name not in _SECTIONS}
    for section in _SECTIONS:
        flat |= {f"{section}.{name}": value for name, value in asdict(getattr(config, section)).items()}
    return flat


def descriptions() -> dict[str, str]:
    """What each option does, by dotted name, as the docstrings of their classes say."""
    told: dict[str, str] = {}
    for prefix, kind in {"": Config, **{f"{section}.": kind for section, kind in _SECTIONS.items()}}.items():
        attributes = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
        for names, text in re.findall(r"^ {4}(\w[\w, ]*): (.+(?:\n {8}.+)*)", attributes, re.MULTILINE):
            told |= {f"{prefix}{name}": " ".join(text.split()) for name in names.split(", ")}
    return told


def _are_weights(values: Iterable[Any]) -> bool:
    """Whether all of them are numbers of 0 or more."""
    return all(isinstance(value, float | int) and 0 <= value < math.inf for value in values)


def _check_ranges(options: Any, prefix: str, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Refuse options out of range, or NaN."""
    for name, (low, high) in ranges.items():
        if not low <= getattr(options, name) <= high:
            raise ValueError(f"{prefix}{name} must lie in [{low}, {high}], got {getattr(options, name)}")


def _built(kind: type, values: Any, where: str) -> Any:
    """Build a dataclass from plain values after checking names and types."""
    if not isinstance(values, dict):
        raise ValueError(f"{where} must be a table of options, got {values!r}")
    default = kind()
    names = [f.name for f in fields(default)]
    if unknown := sorted(set(values) - set(names)):
        raise ValueError(f"unknown option {', '.join(unknown)} in {where}; known are {', '.join(sorted(names))}")
    for name, value in values.items():
        expected = type(getattr(default, name))
        if type(value) is not expected and not (expected is float and type(value) is int):
            raise ValueError(f"{name} in {where} must be of type {expected.__name__}, got {value!r}")
    return kind(**values)
