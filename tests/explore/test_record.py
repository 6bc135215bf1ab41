"""One sample in, one row out; what cannot be read is a finding."""

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from neuroscan.data import duplicates, rle
from neuroscan.data.codecs import encode_png
from neuroscan.explore import record
from neuroscan.explore.columns import COLUMNS
from neuroscan.explore.statistics import frame_statistics, mask_statistics
from tests import own_data
from tests.dicom_file import dicom, region


@pytest.fixture
def sample(tmp_path):
    image, mask = own_data.frame(True, np.random.default_rng(0), shape=(90, 140))
    (tmp_path / "1_1.png").write_bytes(encode_png(image))
    (tmp_path / "1_1_mask.png").write_bytes(encode_png(mask.astype(np.uint8) * 255))
    return record.Job("k", str(tmp_path / "1_1.png"), str(tmp_path / "1_1_mask.png"), None, 1), image, mask


def test_a_row_holds_statistics_and_pictures(sample):
    job, image, mask = sample
    row = record.measure(job)
    assert list(row) == ["key", *COLUMNS, *record.PICTURES]
    assert {k: row[k] for k in COLUMNS} == pytest.approx(
        frame_statistics(image) | mask_statistics(image, mask), nan_ok=True
    )
    small = cv2.imdecode(np.frombuffer(row["thumbnail"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert small.shape == (120, 160)
    assert np.abs(small.astype(float) - duplicates.thumbnail(image)).mean() < 6
    features = record.features(pd.Series([row["signature"]]))
    assert np.array_equal(features, duplicates.block_histograms(image)[None])
    assert np.array_equal(record.patterns(pd.Series([row["pattern"]])), duplicates.pattern(image)[None])
    assert record.unpack(row["nerve"]).mean() == pytest.approx(mask.mean(), rel=0.2)


def test_run_lengths_stand_in_for_a_mask_file(sample):
    job, _, mask = sample
    from_runs = record.measure(record.Job("k", job.image, None, rle.encode(mask), 1))
    assert from_runs == pytest.approx(record.measure(job), nan_ok=True)
    absent = record.measure(record.Job("k", job.image, None, "", 1))
    assert absent["present"] is False and absent["area_px"] == 0 and absent["nerve"] == b""
    assert record.measure(record.Job("k", job.image, None, None, 1))["present"] is None


def test_the_spacing_that_a_file_tells_reaches_the_columns(sample, tmp_path):
    job, image, mask = sample
    (tmp_path / "1_1.dcm").write_bytes(dicom(image, regions=[region((0, 89, 0, 139), (0.01, 0.02))]))
    row = record.measure(replace(job, image=str(tmp_path / "1_1.dcm")))
    assert row["area_mm2"] == pytest.approx(mask.sum() * 0.02)
    assert row["centroid_depth_mm"] == pytest.approx((row["centroid_row_px"] + 0.5) * 0.1)


def test_a_broken_frame_is_a_sentence(sample, tmp_path):
    job, _, _ = sample
    whole = (tmp_path / "1_1.png").read_bytes()
    (tmp_path / "1_1.png").write_bytes(whole[: len(whole) // 2])
    broken = record.measure(job)
    assert broken.keys() == {"key", "problem"} and broken["problem"].startswith("1_1.png: ")
    (tmp_path / "1_1.png").write_bytes(whole)
    (tmp_path / "1_1_mask.png").write_bytes(b"")
    assert "1_1_mask.png: " in record.measure(job)["problem"]


@pytest.mark.parametrize("shape", [(420, 580), (120, 160), (30, 41)])
def test_the_smallest_nerve_is_still_seen_in_a_packed_mask(shape):
    mask = np.zeros(shape, bool)
    mask[shape[0] // 3, shape[1] // 2] = True
    small = record.unpack(record.pack(mask))
    assert small.any() and small.sum() <= 20
    row, column = np.argwhere(small).mean(axis=0)
    assert row / 120 == pytest.approx(1 / 3, abs=0.05) and column / 160 == pytest.approx(1 / 2, abs=0.05)


def test_nothing_packs_to_nothing():
    assert record.pack(None) == record.pack(np.zeros((5, 5), bool)) == b""
    assert not record.unpack(b"").any()
