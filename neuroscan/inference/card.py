"""A model's card: what it is, what it was trained on, how it scored. No card, not listed."""

import hashlib
import json
import math
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from neuroscan.data import atomic, json_files, layout, notices
from neuroscan.data.refusals import reason
from neuroscan.imaging.preprocess import Settings

CARD_FILE = "card.json"
ONNX_FILE = "model.onnx"
KERAS_FILE = "model.keras"
FRAMES_FILE = "evaluation.csv"
CURVES_FILE = "curves.csv"
RELIABILITY_FILE = "reliability.csv"
LOG_FILE = "training.csv"
BASELINES_FILE = "baselines.csv"
"""Beside the folders of the models, not in one of them: what each model must beat."""

_COUNTED = ("n_absent", "n_subjects_absent", "presence_specificity", "dice_subjects")
"""Entries of scores that are counted with below, where a row has them."""

HEAD, MAP, BOTH = "head", "map", "both"
"""Where a presence score comes from."""

_CLOSED = "{} is a folder that may not be opened; change its permissions"


@dataclass(frozen=True)
class Card:
    """A model card, kept as `card.json` in the model's folder.

    Attributes:
        name: folder name under weights/.
        architecture: key of `models.ARCHITECTURES`, or what its maker calls it.
        parameters, multiply_adds: weights, and multiply-adds of one pass.
        preprocess: of its frames.
        sources: data sets it was trained on, with their weights.
        subjects: source/number of each subject in `train`, `validation` and `test`; none where a split is left out.
        seed, commit: of the training.
        threshold: on probability, chosen on validation subjects.
        presence_threshold: on the presence score, likewise.
        presence_from: 'head', 'map' or 'both', chosen on validation subjects.
        presence_coefficients: of 'both': of the head's logit, of the map's certainty, and the intercept.
        flip_tta: answers are the mean over the frame and the frame flipped left to right, which doubles the work.
        coarse_to_fine: a small nerve is predicted once more, enlarged (`zoom.window`), in a second pass; inside that
            window the probability is the mean of both.
        temperature, bias: probabilities are sigmoid(logit / temperature + bias), before either mean is taken.
        chosen_on: a sentence: where the thresholds come from.
        scores: one row a source, split and gate: headline figures.
        area_share: 2.5th, 50th and 97.5th percentile of the nerve's share of the scanned area, by source, in
            training.
        steadiness: outlines of real test frames with a nerve by what `uncertainty.Uncertainty.steadiness` calls them:
            the wrong ones, and all of them.
        latency: of `latency.measure`.
        limits: sentences.
        terms: of the training data, by source.
        onnx_sha256: of model.onnx, hexadecimal.
        notes: anything else, such as domain statistics.
    """

    name: str
    architecture: str
    parameters: int
    multiply_adds: int
    preprocess: Settings
    sources: dict[str, float]
    subjects: dict[str, list[str]]
    seed: int
    commit: str
    threshold: float
    presence_threshold: float
    onnx_sha256: str
    presence_from: str = HEAD
    presence_coefficients: list[float] = field(default_factory=list)
    flip_tta: bool = False
    coarse_to_fine: bool = False
    temperature: float = 1.0
    bias: float = 0.0
    chosen_on: str = ""
    scores: list[dict[str, Any]] = field(default_factory=list)
    area_share: dict[str, list[float]] = field(default_factory=dict)
    steadiness: dict[str, list[int]] = field(default_factory=dict)
    latency: dict[str, float] = field(default_factory=dict)
    limits: list[str] = field(default_factory=list)
    terms: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse entries of another type, and thresholds that no probability could meet."""
        for name, hint in get_type_hints(Card).items():
            if not _fits(value := getattr(self, name), hint):
                kind = hint if get_args(hint) else hint.__name__
                raise ValueError(f"{name} must be of type {kind}, got {value!r}".replace("typing.", ""))
        object.__setattr__(self, "subjects", {"train": [], "validation": [], "test": []} | self.subjects)
        if any(len(shares) != 3 for shares in self.area_share.values()):
            raise ValueError(f"area_share must be three numbers a source, got {self.area_share}")
        if any(len(counts) != 2 or not 0 <= counts[0] <= counts[1] for counts in self.steadiness.values()):
            raise ValueError(f"steadiness must be two counts a kind, wrong and all, got {self.steadiness}")
        if any(not isinstance(row, dict) or not {"source", "split", "gate"} <= set(row) for row in self.scores):
            raise ValueError("scores must be rows with source, split and gate")
        for name in _COUNTED:
            if any(row.get(name) is not None and not _is_number(row[name]) for row in self.scores):
                raise ValueError(f"scores: {name} must be a number where there is one")
        for name in ("threshold", "presence_threshold"):
            if not _is_number(getattr(self, name)) or not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1], got {getattr(self, name)}")
        if self.presence_from not in (HEAD, MAP, BOTH):
            raise ValueError(f"presence_from must be 'head', 'map' or 'both', got {self.presence_from!r}")
        numbers, expected = self.presence_coefficients, 3 if self.presence_from == BOTH else 0
        if len(numbers) != expected or not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers):
            raise ValueError(
                f"presence_coefficients must be three numbers with presence_from = 'both', else none, got {numbers}"
            )
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature must be positive and finite, got {self.temperature}")
        if not math.isfinite(self.bias):
            raise ValueError(f"bias must be finite, got {self.bias}")

    @property
    def synthetic(self) -> bool:
        """True when simulated frames were among the training sources."""
        return any(notices.is_synthetic(source) for source in self.sources)

    @property
    def is_training_known(self) -> bool:
        """True when the card names whom the network learnt from; that of one trained elsewhere cannot."""
        return bool(self.subjects["train"])

    @property
    def frames_seen(self) -> int | None:
        """Frames drawn in training, and in that of the models it went on from; None where it is not known."""
        seen = self.notes.get("frames_seen")
        return seen if isinstance(seen, int) else None

    @property
    def is_calibrated(self) -> bool:
        """True when probabilities are calibrated, and not as the network gives them."""
        return (self.temperature, self.bias) != (1, 0)

    @property
    def prediction_key(self) -> str:
        """Cache key of a prediction: all of the card that it depends on."""
        calibration = (self.temperature, self.bias)
        coefficients = self.presence_coefficients
        presence = (self.presence_from, coefficients, self.threshold if coefficients else None)
        passes = (self.flip_tta, self.coarse_to_fine)
        values = (self.onnx_sha256, asdict(self.preprocess), *passes, calibration, presence)
        return " ".join(map(str, values))

    @property
    def test_dice(self) -> dict[str, float]:
        """Dice of test frames with a nerve, as the mean of its subjects, at its own threshold, gate off; by source."""
        tested = [row for row in self.scores if row["split"] == "test" and not row["gate"]]
        by_source = {str(row["source"]): row.get("dice_subjects") for row in tested}
        return {source: dice for source, dice in by_source.items() if dice is not None}

    @property
    def false_alarms(self) -> dict[str, tuple[int, int, int]]:
        """Test frames without a nerve, by source: called present at the card's thresholds, all, and their subjects."""
        tested = [row for row in self.scores if row["split"] == "test" and row["gate"] and row.get("n_absent")]
        known = [row for row in tested if row.get("presence_specificity") is not None]
        return {
            str(row["source"]): (
                round(row["n_absent"] * (1 - row["presence_specificity"])),
                int(row["n_absent"]),
                int(row.get("n_subjects_absent") or 0),
            )
            for row in known
        }


def _is_number(value: Any) -> bool:
    """Tell numbers from all else, yes and no among it."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is of a type, and what it holds of those that the type names; whole numbers fit float."""
    kind, inside = get_origin(hint) or hint, get_args(hint)
    if kind is Any:
        return True
    if kind is dict:
        return isinstance(value, dict) and all(_fits(one, inside[1]) for one in value.values())
    if kind is list:
        return isinstance(value, list) and all(_fits(one, inside[0]) for one in value)
    return isinstance(value, (int, float) if kind is float else kind)


def read(folder: Path) -> Card:
    """Read the card in a model's folder.

    Raises:
        ValueError: there is no card, or it is not one.
    """
    path = folder / CARD_FILE
    try:
        values = json_files.read(path)
        known = {f.name for f in fields(Card)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown entries {', '.join(unknown)}")
        return Card(**(values | {"preprocess": Settings(**values["preprocess"])}))
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{folder.name}/{CARD_FILE} is no model card: {reason(error)}") from error


def write(card: Card, folder: Path) -> None:
    """Write the card, whole or not at all."""
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n"
    atomic.write(folder / CARD_FILE, text.encode())


def find(folder: Path) -> tuple[dict[str, Card], list[str]]:
    """List the models in a folder.

    Args:
        folder: such as weights/.

    Returns:
        Cards by folder name, sorted, and a sentence for each subfolder that is closed or holds weights without a
        usable card.
    """
    cards: dict[str, Card] = {}
    problems: list[str] = []
    if layout.is_closed(folder):
        return {}, [_CLOSED.format(folder.name)]
    for path in layout.listed(folder):
        if not layout.is_text(path.name):
            problems.append(f"{layout.printable(path.name)}: the folder's name is no text; give it another one")
            continue
        if layout.is_closed(path):
            problems.append(_CLOSED.format(path.name))
            continue
        if not {CARD_FILE, ONNX_FILE} & {file.name for file in layout.listed(path)}:
            continue
        try:
            card = read(path)
            if not os.access(path / ONNX_FILE, os.F_OK):
                raise ValueError(f"{path.name} has a card but no {ONNX_FILE}")
            cards[path.name] = replace(card, name=path.name)  # A copied folder's card still has the first one's.
        except ValueError as error:
            problems.append(str(error))
    return cards, problems


def check_onnx(folder: Path, card: Card) -> None:
    """See that the ONNX file in a model's folder is the one that its card speaks of.

    Raises:
        ValueError: it is missing, another one, or may not be read.
    """
    name = f"{folder.name}/{ONNX_FILE}"
    try:
        digest = sha256(folder / ONNX_FILE)
    except FileNotFoundError as error:
        raise ValueError(f"{folder.name} has a card but no {ONNX_FILE}") from error
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from error
    if digest != card.onnx_sha256:
        raise ValueError(
            f"{name} is not the file that its card describes (SHA-256 {digest[:12]}…, card says "
            f"{card.onnx_sha256[:12]}…); export the model again"
        )


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
