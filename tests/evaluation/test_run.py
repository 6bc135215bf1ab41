"""Rows of a pass over frames: what the gate does, and what it leaves alone."""

import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset
from neuroscan.data.codecs import encode_png
from neuroscan.evaluation import run
from neuroscan.inference.predictor import Prediction
from tests import own_data
from tests.dicom_file import dicom, region

GATE = 0.5


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Two frames with a nerve and one without, of one subject."""
    found = dataset.load(own_data.write(tmp_path_factory.mktemp("run") / "own", {1: (True, True, False)})).samples
    return found.assign(group="own/1")


def scored(samples, presence):
    """Rows by frame and gate of a model that outlines the upper half of every frame, sure of presence as told."""
    told = iter(presence)

    def predict(image):
        probability = np.zeros(image.shape, np.float32)
        probability[: len(image) // 2] = 0.9
        return Prediction(probability, next(told))

    found = run.evaluate(predict, samples, name="half", threshold=0.6, presence_threshold=GATE)
    return found, found.rows.set_index(["frame", "gate"])


def test_the_gate_empties_what_it_calls_absent_and_nothing_else(samples):
    found, rows = scored(samples, (GATE, GATE - 0.01, 0.0))
    half = own_data.SHAPE[0] // 2 * own_data.SHAPE[1]
    assert rows["area_pred_px"].to_dict() == {
        ("1_1", False): half,
        ("1_1", True): half,
        ("1_2", False): half,
        ("1_2", True): 0,
        ("1_3", False): half,
        ("1_3", True): 0,
    }
    assert rows["present_pred"].tolist() == [True, True, False, False, False, False]
    assert rows.loc[("1_2", True), "dice"] == 0 < rows.loc[("1_2", False), "dice"]
    assert rows.loc[("1_3", True), "dice"] == 1 and rows.loc[("1_3", False), "dice"] == 0
    pd.testing.assert_frame_equal(found.frames, found.rows[~found.rows["gate"]].reset_index(drop=True))


def test_lengths_are_in_mm_by_each_files_own_spacing_and_else_by_the_one_given(samples, tmp_path):
    image, mask = own_data.frame(True, np.random.default_rng(0))
    (tmp_path / "1_1.dcm").write_bytes(dicom(image, regions=[region((0, 59, 0, 79), (0.05, 0.05))]))
    (tmp_path / "1_1_mask.png").write_bytes(encode_png(mask.astype(np.uint8) * 255))
    own = dataset.load(tmp_path).samples.assign(group="dicom/1")
    both = pd.concat([own, samples])

    def predict(image):
        return Prediction(np.full(image.shape, 0.9, np.float32), 1.0)

    for given, expected in ((None, [0.5] + 3 * [np.nan]), ((0.2, 0.2), [0.5] + 3 * [0.2])):
        found = run.evaluate(predict, both, name="all", threshold=0.6, presence_threshold=GATE, spacing=given)
        scale = found.frames["hd95_mm"] / found.frames["hd95"]
        assert scale.to_numpy() == pytest.approx(np.array(expected), nan_ok=True)


def test_curves_know_no_gate(samples):
    closed, opened = scored(samples, (0, 0, 0))[0], scored(samples, (1, 1, 1))[0]
    assert np.array_equal(closed.counts, opened.counts) and np.array_equal(closed.bins, opened.bins)
    assert closed.counts.shape == (3, 3, 256) and closed.bins.shape == (3, 3, 15)


def test_reliability_alone_is_that_of_the_rows(samples):
    found, _ = scored(samples, (1, 1, 1))
    bins = run.reliability_bins(lambda image: Prediction(np.full(image.shape, 0.3, np.float32), 1.0), samples)
    assert bins.shape == found.bins.shape and not np.array_equal(bins, found.bins)
    assert bins[:, 0].sum() == pytest.approx(3 * np.prod(own_data.SHAPE))


def test_counts_alone_are_those_of_the_rows_whatever_the_thresholds(samples, monkeypatch):
    def predict(image):
        return Prediction(np.linspace(0, 1, image.size, dtype=np.float32).reshape(image.shape), 0.0)

    found = run.evaluate(predict, samples, name="ramp", threshold=0.99, presence_threshold=1.0)
    assert set(found.rows["model"]) == {"ramp"}
    for name in ("score_frame", "bin_sums"):  # neither surfaces nor bins are looked at
        monkeypatch.setattr(run, name, None)
    counts = run.counts(predict, samples)
    assert np.array_equal(counts, found.counts)
    assert counts.shape == (3, 3, 256) and counts.any()


def test_frames_without_a_mask_and_no_frames_are_refused(samples):
    with pytest.raises(ValueError, match="got 0 samples"):
        scored(samples.iloc[:0], ())
    with pytest.raises(ValueError, match="1_1 has no mask"):
        scored(samples.assign(mask=None, rle=None), (1, 1, 1))
    for alone in (run.counts, run.reliability_bins):
        with pytest.raises(ValueError, match="got 0 samples"):
            alone(lambda image: None, samples.iloc[:0])
