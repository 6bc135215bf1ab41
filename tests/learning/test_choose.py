"""What validation decides: a planted calibration is found, kept where it helps, and thresholds are chosen with it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from neuroscan.data import dataset
from neuroscan.data.codecs import encode_png
from neuroscan.evaluation import calibration
from neuroscan.imaging.preprocess import Settings, normalise
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Prediction, Predictor, calibrate
from neuroscan.learning import choose
from tests import own_data
from tests.conftest import write_stand_in_model

SIZE = (64, 88)


class Planted:
    """A model whose logits are those of the truth, shifted and times a number; its frames have its network's size."""

    def __init__(self, planted, shift=0.0, calibration=(1.0, 0.0), flip_tta=False):
        self.planted, self.shift, self.calibration, self.flip_tta = planted, shift, calibration, flip_tta
        self.card = SimpleNamespace(preprocess=Settings(*SIZE, crop=False))

    def with_calibration(self, temperature=1.0, bias=0.0):
        return Planted(self.planted, self.shift, (temperature, bias), self.flip_tta)

    def with_flip_tta(self, flip_tta):
        return Planted(self.planted, self.shift, self.calibration, flip_tta)

    def with_coarse_to_fine(self, _):
        return self

    def run(self, frames):
        logits = self.planted * (2 * frames - 1 + self.shift)
        # The mean with the flipped frame is softer than what the network says of either.
        probability = expit(0.3 * logits if self.flip_tta else logits).astype(np.float32)
        return calibrate(probability, *self.calibration), np.ones(len(frames), np.float32)

    def predict(self, image):
        return Prediction(self.with_flip_tta(False).run(normalise(image[None]))[0][0], 1.0)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Two sources, one of one frame, in which a pixel is nerve as often as its brightness says."""
    folder = tmp_path_factory.mktemp("honest")
    random = np.random.default_rng(1)
    for source, count in (("few", 1), ("many", 4)):
        (folder / source).mkdir()
        for number in range(count):
            level = random.standard_normal(SIZE)
            mask = random.random(SIZE) < expit(2 * level - 1)
            image = np.clip(128 + 40 * level, 0, 255).astype(np.uint8)
            (folder / source / f"{number + 1}_1.png").write_bytes(encode_png(image))
            (folder / source / f"{number + 1}_1_mask.png").write_bytes(encode_png(mask.astype(np.uint8) * 255))
    return dataset.load(folder).samples


@pytest.mark.parametrize(("planted", "shift"), [(0.6, 0.0), (2.5, 0.0), (1.0, 0.7), (1.6, -0.5)])
def test_a_planted_calibration_is_found_and_said(planted, shift, honest):
    temperature, bias, words = choose.choose_calibration(Planted(planted, shift), honest)
    assert temperature == pytest.approx(planted, rel=0.08) and bias == pytest.approx(-shift, abs=0.08)
    assert words.startswith(f"calibrated by temperature {temperature} and bias {bias}: expected calibration error on ")
    again = choose.choose_calibration(
        Planted(planted, shift, calibration=(3.0, 1.0)), honest
    )  # its own does not matter
    assert again[:2] == (temperature, bias)
    # It is applied to frame and flipped frame before their mean, and so fitted to either alone.
    assert choose.choose_calibration(Planted(planted, shift, flip_tta=True), honest)[:2] == (temperature, bias)


@pytest.mark.parametrize("flip_tta", [True, False])
def test_whether_a_calibration_helps_is_told_of_the_maps_as_they_will_be(flip_tta, honest, monkeypatch):
    """With flip TTA those are means of two views, softer than either."""
    judged = []
    monkeypatch.setattr(choose, "_mean_ece", lambda model, _: judged.append(model) or 1 / len(judged))
    *fitted, _ = choose.choose_calibration(Planted(2.5, flip_tta=flip_tta), honest)
    assert [model.flip_tta for model in judged] == [flip_tta, flip_tta]
    assert [model.calibration for model in judged] == [(1, 0), tuple(fitted)]


def test_each_source_weighs_the_same(honest):
    """Were pixels pooled, the source of four frames would decide."""
    few, many = (honest[honest["source"] == name] for name in ("few", "many"))
    more = pd.concat([few, *8 * [many]], ignore_index=True)
    as_given, as_more = (choose.choose_calibration(Planted(2.5), rows)[0] for rows in (honest, more))
    assert as_more == pytest.approx(as_given, rel=0.03)


def test_the_calibration_error_is_the_mean_over_sources(honest):
    model = Planted(2.5)
    few, many = (choose._mean_ece(model, honest[honest["source"] == name]) for name in ("few", "many"))
    assert abs(few - many) > 1e-3
    assert choose._mean_ece(model, honest) == pytest.approx((few + many) / 2)


def test_where_no_pixel_is_nerve_at_network_size_nothing_is_calibrated(honest, monkeypatch):
    pixels = choose._pixels
    monkeypatch.setattr(choose, "_pixels", lambda *given: (pixels(*given)[0] & False, pixels(*given)[1]))
    assert choose.choose_calibration(Planted(2.5), honest) == (
        1.0,
        0.0,
        "not calibrated: at network size no drawn pixels are nerve",
    )


def test_a_calibration_that_does_not_help_or_is_beyond_reason_is_left_out(honest, monkeypatch):
    *fitted, words = choose.choose_calibration(Planted(40.0), honest)
    assert fitted == [1, 0] and "beyond reason" in words
    for numbers in ((2.0, 0.0), (1.0, 1.0)):
        monkeypatch.setattr(calibration, "fit_platt", lambda *_, _numbers=numbers: _numbers)
        *fitted, words = choose.choose_calibration(Planted(1.0), honest)
        assert fitted == [1, 0] and words.startswith("not calibrated: expected calibration error on validation 0.0")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """A model that is never sure, and what validation frames say of it."""
    root = tmp_path_factory.mktemp("chosen")
    own_data.write(root / "data" / "own", dict.fromkeys((1, 2), (True, True, False)), shape=(120, 160))
    own_data.write(root / "data" / "own", {3: (True, True, False)})
    samples = dataset.load(root / "data").samples
    samples = samples.assign(group=samples["source"] + "/" + samples["subject"])
    write_stand_in_model(root / "blob")
    return root, samples, choose.choose(cards.read(root / "blob"), root / "blob", samples)


def test_the_calibration_makes_validation_more_honest(chosen):
    root, samples, entries = chosen
    assert 0.05 <= entries["temperature"] < 1
    model = Predictor(root / "blob")
    errors = []
    for numbers in ((1, 0), (entries["temperature"], entries["bias"])):
        pixels = []
        for _, row in samples.iterrows():
            image = dataset.read_image(row)
            probability = model.with_calibration(*numbers).predict(image).probability
            pixels.append(calibration.bin_sums(dataset.read_mask(row, image.shape), probability))
        errors.append(calibration.ece(calibration.pooled(np.stack(pixels))))
    assert errors[1] < errors[0]
    assert f"{errors[0]:.4f} without and {errors[1]:.4f} with it" in entries["chosen_on"]


def test_thresholds_are_those_of_calibrated_probabilities(chosen):
    root, samples, entries = chosen
    model = Predictor(root / "blob").with_calibration(entries["temperature"], entries["bias"])
    dice = []
    for _, row in samples[samples["present"].astype(bool)].iterrows():
        image = dataset.read_image(row)
        mask, found = dataset.read_mask(row, image.shape), model.predict(image)
        scores = []
        for threshold in (entries["threshold"], *np.arange(1, 10) / 10):
            called = found.mask(threshold)
            scores.append(2 * (mask & called).sum() / (mask.sum() + called.sum()))
        dice.append(scores)
        assert found.presence >= entries["presence_threshold"] or entries["presence_from"] == "map"
    means = np.mean(dice, axis=0)
    assert means[0] >= means[1:].max() - 1e-3
    assert entries["chosen_on"].startswith("6 positive validation frames – ")


def test_a_network_without_a_head_of_its_own_is_judged_by_its_map(chosen):
    root, samples, _ = chosen
    card = replace(cards.read(root / "blob"), notes={"presence_head": False})
    entries = choose.choose(card, root / "blob", samples)
    assert entries["presence_from"] == "map"
    assert "map 0." in entries["chosen_on"] or "map 1." in entries["chosen_on"]
    assert "head" not in entries["chosen_on"]


def test_the_presence_threshold_is_that_of_frames_as_they_are(chosen, tmp_path):
    _, samples, entries = chosen
    write_stand_in_model(tmp_path / "blob", **entries)
    model = Predictor(tmp_path / "blob")
    positive = samples[samples["present"].astype(bool)]
    scores = [model.predict(dataset.read_image(row)).presence for _, row in positive.iterrows()]
    # Five of six would be less than 90 %.
    assert entries["presence_threshold"] == pytest.approx(min(scores), abs=1e-4)


def test_frames_that_cannot_lose_their_nerve_do_not_choose_presence(chosen, tmp_path):
    _, samples, entries = chosen
    write_stand_in_model(tmp_path / "blob")
    (tmp_path / "mask.png").write_bytes(encode_png(np.full((120, 160), 255, np.uint8)))
    large = samples["present"].astype(bool) & (samples["subject"] != "3")
    filled = samples[large].assign(mask=str(tmp_path / "mask.png"))
    more = pd.concat([samples, filled], ignore_index=True)
    again = choose.choose(cards.read(tmp_path / "blob"), tmp_path / "blob", more)
    # Counted as lost, they would score as high as those that kept it.
    said, unchanged = (made["chosen_on"].split("; ")[1] for made in (again, entries))
    assert said == unchanged and said.startswith("presence AUC by 6 frames with a nerve, cropped")
