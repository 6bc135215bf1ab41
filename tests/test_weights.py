"""The models that ship: each what its card says, small enough, and equal in both files."""

import keras
import numpy as np
import onnxruntime
import pytest

from neuroscan.data import splits
from neuroscan.inference import card as cards
from neuroscan.learning.export import MAX_DIFFERENCE
from tests.conftest import ROOT

FOLDER = ROOT / "weights"
NAMES = sorted(path.parent.name for path in FOLDER.glob(f"*/{cards.CARD_FILE}"))


def size(*paths):
    """Of files and of all that folders hold, in megabytes."""
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def test_all_four_ship_and_are_small():
    assert {"unet", "cnn", "mobilenet", "vgg"} <= set(NAMES)
    assert size(FOLDER) < 40
    for name in NAMES:
        assert size(FOLDER / name / cards.KERAS_FILE, FOLDER / name / cards.ONNX_FILE) < 10, name


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_is_the_cards_and_onnx_equals_keras(name):
    card, onnx = cards.read(FOLDER / name), FOLDER / name / cards.ONNX_FILE
    assert cards.sha256(onnx) == card.onnx_sha256
    model = keras.saving.load_model(FOLDER / name / cards.KERAS_FILE, safe_mode=True)
    assert not model.compiled and model.count_params() == card.parameters
    frames = np.random.default_rng(0).standard_normal((2, *model.input_shape[1:])).astype(np.float32)
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    found = session.run(["mask", "presence"], {session.get_inputs()[0].name: frames})
    for expected, value in zip((model(frames)[key] for key in ("mask", "presence")), found, strict=True):
        assert np.abs(keras.ops.convert_to_numpy(expected) - value).max() < MAX_DIFFERENCE


def test_no_person_stands_on_two_sides():
    for name in NAMES:
        subjects = cards.read(FOLDER / name).subjects
        people = [splits.SAME_PERSON.get(key, key) for split in splits.SPLITS for key in subjects[split]]
        assert len(people) == len(set(people)) > 100, name
