"""Which way validation says, told by planted models: flip TTA or not, head or map, and each source as one."""

import copy
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from neuroscan.data import dataset
from neuroscan.data.codecs import encode_png
from neuroscan.imaging.preprocess import Settings
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Prediction
from neuroscan.learning import choose

SIZE = (64, 88)
DARK, LIGHT = 40, 90
NERVE = 220


class Planted:
    """A model that finds what is bright, unless it was told otherwise."""

    flip_tta = False
    coarse_to_fine = True  # As its card had it, when all is chosen anew.

    def __init__(self, **told):
        self.card = SimpleNamespace(preprocess=Settings(*SIZE, crop=False), notes={})
        self.flip_helps, self.head_knows = told.get("flip_helps", False), told.get("head_knows", True)
        self.fine_helps = told.get("fine_helps", False)

    def with_calibration(self, temperature=1, bias=0):
        return self._with(calibration=(temperature, bias))

    def with_flip_tta(self, flip_tta):
        return self._with(flip_tta=flip_tta)

    def with_coarse_to_fine(self, coarse_to_fine):
        return self._with(coarse_to_fine=coarse_to_fine)

    def _with(self, **changes):
        other = copy.copy(self)
        vars(other).update(changes)
        return other

    def run(self, frames):
        """Map and head of normalised frames: one of them sees the nerve, the other nothing."""
        nerve = frames > 2
        # A large nerve, as the light frame has, stands out by fewer standard deviations.
        seen, light = nerve.mean(axis=(1, 2)) > 0.01, frames.max(axis=(1, 2)) < 4.7
        knows = np.where(seen, np.where(light, 0.2, 0.8), 0.1).astype(np.float32)
        blind = np.full(len(frames), 0.5, np.float32)
        maps = np.full(frames.shape, 0.5, np.float32) if self.head_knows else nerve * np.float32(0.7) + np.float32(0.1)
        return maps, knows if self.head_knows else blind

    def predict(self, image):
        """On light frames it is sure of the nerve and half sure of its surroundings, on dark ones sure of a half."""
        nerve = image > 150
        if self.flip_tta != self.flip_helps or self.coarse_to_fine != self.fine_helps:
            return Prediction(np.roll(nerve, 20, axis=1).astype(np.float32), 1.0)
        if np.median(image) > 60:
            around = cv2.dilate(nerve.astype(np.uint8), np.ones((25, 25))) > 0
            return Prediction(np.where(nerve, 0.9, 0.5 * around).astype(np.float32), 1.0)
        half = nerve & (np.arange(image.shape[1]) < np.argwhere(nerve)[:, 1].mean())
        return Prediction(np.where(half, 0.95, 0.3 * nerve).astype(np.float32), 1.0)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Nine dark frames of one source, one light frame of another; every nerve is bright."""
    folder = tmp_path_factory.mktemp("planted")
    random = np.random.default_rng(0)
    for source, count, level, size in (("many", 9, DARK, (9, 6)), ("few", 1, LIGHT, (13, 9))):
        (folder / source).mkdir()
        for number in range(count):
            image = random.integers(level - 8, level + 8, SIZE).astype(np.uint8)
            mask = np.zeros(SIZE, np.uint8)
            cv2.ellipse(mask, (30 + 3 * number, 30), size, 0, 0, 360, 255, -1)
            image[mask > 0] = NERVE
            (folder / source / f"{number + 1}_1.png").write_bytes(encode_png(image))
            (folder / source / f"{number + 1}_1_mask.png").write_bytes(encode_png(mask))
    found = dataset.load(folder).samples
    return found.assign(group=found["source"] + "/" + found["subject"])


@pytest.fixture
def entries(samples, monkeypatch, tmp_path):
    """What validation says of a planted model."""

    def chosen(**told):
        monkeypatch.setattr(choose, "Predictor", lambda folder: Planted(**told))
        monkeypatch.setattr(cards, "write", lambda card, folder: None)
        return choose.choose(SimpleNamespace(notes={}), tmp_path, samples)

    return chosen


@pytest.mark.parametrize("helps", [True, False])
def test_flip_tta_is_used_where_it_helps(helps, entries):
    found = entries(flip_helps=helps)
    assert found["flip_tta"] is helps and 0.5 < found["threshold"] <= 0.9


@pytest.mark.parametrize("helps", [True, False])
def test_coarse_to_fine_is_used_where_it_helps(helps, entries):
    found = entries(fine_helps=helps)
    assert found["coarse_to_fine"] is helps and 0.5 < found["threshold"] <= 0.9
    dice = [float(part.split()[0]) for part in found["chosen_on"].split("best mean Dice then ")[1].split(" and ")]
    assert (dice[1] > dice[0]) is helps


@pytest.mark.parametrize("helps", [True, False])
def test_what_was_decided_holds_for_what_is_decided_next(helps, entries, monkeypatch):
    seen = {}
    monkeypatch.setattr(choose, "choose_calibration", lambda model, _: seen.update(first=model) or (2.0, 0.5, ""))
    monkeypatch.setattr(choose, "choose_presence", lambda *given: seen.update(last=given) or ({}, ""))
    found = entries(flip_helps=helps)
    model, _, threshold = seen["last"]
    assert seen["first"].flip_tta is model.flip_tta is helps
    assert model.calibration == (2.0, 0.5) and threshold == found["threshold"]


@pytest.mark.parametrize(("head_knows", "way"), [(True, "head"), (False, "map")])
def test_presence_comes_from_whichever_tells(head_knows, way, entries):
    assert entries(head_knows=head_knows)["presence_from"] == way


def test_one_frame_of_a_source_weighs_as_nine_of_another(entries):
    """Were frames pooled, the nine would take a threshold of at most 0.3, and leave the one below."""
    found = entries()
    assert 0.5 < found["threshold"] <= 0.9
    assert found["presence_threshold"] <= 0.2
