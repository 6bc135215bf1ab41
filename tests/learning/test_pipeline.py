"""Batches: the same again, sources by weight, presence balanced, image and mask together, nothing kept in memory."""

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neuroscan.data import codecs, dataset
from neuroscan.imaging import preprocess
from neuroscan.learning import pipeline
from neuroscan.learning.pipeline import TrainBatches, ValidationBatches
from tests import own_data
from training import frames


def arrays(batch):
    """All arrays of a batch."""
    image, targets, weights = batch
    return [image, *targets.values(), *weights.values()]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other), strict=True))


@pytest.fixture(scope="module")
def training(samples):
    return samples[samples["split"] == "train"]


def test_a_batch_is_what_the_network_takes(training, config):
    images, targets, weights = TrainBatches(training, config)[0]
    assert images.shape == targets["mask"].shape == (4, 32, 48, 1)
    assert targets["presence"].shape == (4, 1)
    assert weights["mask"].shape == weights["presence"].shape == (4,)
    assert {array.dtype for array in arrays((images, targets, weights))} == {np.dtype(np.float32)}
    assert np.abs(images.mean(axis=(1, 2))).max() < 1e-3 and images.std(axis=(1, 2)) == pytest.approx(1, abs=1e-3)
    assert set(np.unique(targets["mask"])) <= {0, 1}
    assert np.array_equal(targets["presence"][:, 0], targets["mask"].max(axis=(1, 2, 3)))


def test_frames_without_a_nerve_teach_presence_and_not_the_mask(training, config):
    batches = TrainBatches(training, config)
    parts = [batches[index][1:] for index in range(8)]
    present = np.concatenate([targets["presence"][:, 0] for targets, _ in parts])
    assert 0 < present.mean() < 1
    assert np.array_equal(np.concatenate([weights["mask"] for _, weights in parts]), present)
    assert np.concatenate([weights["presence"] for _, weights in parts]).min() == 1


def test_a_source_teaches_presence_by_its_own_weight(training, config, monkeypatch):
    twice = pd.concat([training, training.assign(source="other")])
    drawn = []
    read = pipeline.load
    monkeypatch.setattr(pipeline, "load", lambda row, settings: drawn.append(row["source"]) or read(row, settings))
    halves = {"own": 0.5, "other": 0.5}
    told = replace(
        config,
        batch_size=12,
        sources=halves,
        presence_source_weights={"other": 0.25},
        unaltered_share=1,
        absent_share=0,
    )
    _, targets, weights = TrainBatches(twice, told)[0]
    assert weights["presence"].tolist() == [{"own": 1, "other": 0.25}[source] for source in drawn]
    assert np.array_equal(weights["mask"], targets["presence"][:, 0]) and weights["mask"].all()
    assert {*drawn} == {*halves}


def test_a_batch_depends_on_seed_epoch_and_position_alone(training, config):
    """A resumed run sees what it would have seen, whatever was drawn before."""
    first = TrainBatches(training, config)
    drawn = [first[index] for index in (0, 1, 2)]
    first.epoch = 1
    later = first[1]
    again = TrainBatches(training, config)
    assert same(again[1], drawn[1]) and same(again[1], drawn[1])
    assert same(again[2], drawn[2]) and same(again[0], drawn[0])
    again.epoch = 1
    assert same(again[1], later)
    others = [drawn[0], later, TrainBatches(training, replace(config, seed=2))[1]]
    assert not any(same(drawn[1], other) for other in others)


def test_sources_are_drawn_by_weight_with_presence_balanced_within_each(training, config, identity, monkeypatch):
    # A frame of "own" gets brighter downwards, one of "other" to the right; a small nerve does not change that.
    rows, columns = np.mgrid[:60, :80].astype(np.uint8)
    mask = np.zeros((60, 80), bool)
    mask[24:36, 30:46] = True
    monkeypatch.setattr(pipeline, "load", lambda row, _: (rows if row["source"] == "own" else columns, mask))
    config = replace(config, batch_size=64, absent_share=0.4, augmentation=identity)
    batches = TrainBatches(training, config)
    drawn = [batches[index] for index in range(8)]
    images = np.concatenate([batch[0] for batch in drawn])[..., 0]
    present = np.concatenate([batch[1]["presence"] for batch in drawn])[:, 0] == 1
    own = np.ptp(images.mean(axis=2), axis=1) > np.ptp(images.mean(axis=1), axis=1)
    assert own.mean() == pytest.approx(0.75, abs=0.06)
    for source in (own, ~own):
        assert 1 - present[source].mean() == pytest.approx(0.4, abs=0.09)


def test_nerves_too_large_to_lose_make_way_for_others(training, config, identity, monkeypatch):
    """A frame that cannot lose its nerve would be present more often: with it, its source."""
    large, small = np.ones((60, 80), bool), np.zeros((60, 80), bool)
    small[20:30, 20:35] = True
    image = np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8)
    monkeypatch.setattr(pipeline, "load", lambda row, _: (image, small if row["frame"].endswith("_1") else large))
    batches = TrainBatches(training, replace(config, batch_size=60, absent_share=0.5, augmentation=identity))
    assert batches[0][1]["presence"].mean() == pytest.approx(0.5, abs=0.15)


def as_read(batch, samples, config):
    """Tell of each frame of a batch whether image and mask are those of a sample, only made ready."""
    read = [pipeline.load(row, config.preprocess) for _, row in samples.iterrows()]
    small = zip(*(pipeline.resize_to_input(*pair, config.preprocess) for pair in read), strict=True)
    known, targets, _ = pipeline.make_batch(*map(np.stack, small))
    # Grey levels go through powers and back, so that they come out within rounding.
    like = np.isclose(batch[0][:, None], known, atol=1e-3).all(axis=(2, 3, 4))
    return (like & (batch[1]["mask"][:, None] == targets["mask"]).all(axis=(2, 3, 4))).any(axis=1)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_share_of_unaltered_frames_is_the_configs(share, training, config, identity):
    config = replace(config, batch_size=12, absent_share=0.0, unaltered_share=share, augmentation=identity)
    assert set(as_read(TrainBatches(training, config)[0], training, config)) == {share == 1}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_frames_without_a_spatial_transform_come_with_the_mask_they_had(share, training, config, identity):
    turned = replace(identity, identity_share=share, rotation=90)
    config = replace(config, batch_size=12, absent_share=0.0, unaltered_share=1.0, augmentation=turned)
    assert set(as_read(TrainBatches(training, config)[0], training, config)) == {share == 1}


def test_frames_without_a_spatial_transform_have_their_intensities_augmented(training, config, identity):
    varied = replace(identity, identity_share=1, rotation=90, gamma=1.0)
    config = replace(config, batch_size=12, absent_share=0.0, unaltered_share=1.0, augmentation=varied)
    assert not as_read(TrainBatches(training, config)[0], training, config).any()


def test_a_source_with_frames_enough_without_a_nerve_gives_them_as_they_are(config, identity, tmp_path):
    own_data.write(tmp_path / "own", {1: (True, True, False), 2: (True, True, False)})
    samples = frames.grouped(tmp_path)
    config = replace(
        config, sources={"own": 1.0}, batch_size=16, absent_share=0.5, unaltered_share=0.0, augmentation=identity
    )
    batch = TrainBatches(samples, config)[0]
    assert as_read(batch, samples, config).all()
    assert 0 < batch[1]["presence"].mean() < 1


def test_the_few_frames_of_a_source_without_a_nerve_are_drawn_too(config, monkeypatch, tmp_path):
    samples = frames.grouped(own_data.write(tmp_path / "own", {1: (True,) * 8 + (False,)}))
    config = replace(config, sources={"own": 1.0}, batch_size=16, absent_share=0.5)
    load, read = pipeline.load, []
    monkeypatch.setattr(pipeline, "load", lambda row, settings: read.append(row["present"]) or load(row, settings))
    batches = TrainBatches(samples, config)
    for index in range(6):
        batches[index]
    assert 0 < read.count(False) < len(read) / 4


@pytest.mark.parametrize(("balance", "share"), [(0, 9 / 10), (0.5, 3 / 4), (1, 1 / 2)])
def test_subjects_are_drawn_as_balance_says_whatever_the_number_of_their_frames(
    balance, share, config, identity, monkeypatch, tmp_path
):
    samples = frames.grouped(own_data.write(tmp_path / "own", {1: (True,) * 9, 2: (True,)}))
    load, read = pipeline.load, []
    monkeypatch.setattr(pipeline, "load", lambda row, settings: read.append(row["group"]) or load(row, settings))
    told = replace(
        config, sources={"own": 1.0}, batch_size=50, absent_share=0, unaltered_share=1, augmentation=identity
    )
    batches = TrainBatches(samples, replace(told, subject_balance=balance))
    assert batches[0] and batches[1] and batches[2] and batches[3]
    assert read.count("own/1") / len(read) == pytest.approx(share, abs=0.1)


def test_a_source_without_training_frames_is_named(training, config):
    with pytest.raises(ValueError, match=r"source 'usgra' has no labelled training frame.*other, own"):
        TrainBatches(training, replace(config, sources={"own": 0.5, "usgra": 0.5}))


def test_frames_are_read_when_they_are_needed_and_not_before(training, config, monkeypatch):
    read = []
    real = codecs.read
    monkeypatch.setattr(codecs, "read", lambda path: read.append(path) or real(path))
    batches = TrainBatches(training, config)
    ValidationBatches(training, config)
    assert not read
    assert batches[0]
    assert config.batch_size <= len(read) <= 2 * config.batch_size  # a frame that cannot lose its nerve is drawn again


def test_memory_does_not_grow_with_what_was_drawn(training, config, identity):
    batches = TrainBatches(training, replace(config, augmentation=identity))
    tracemalloc.start()
    try:
        sizes = []
        for index in range(12):
            batches[index]
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # The first batches also make functions and variables. Kept frames would add up at a byte a pixel or more.
    frames = 6 * config.batch_size * 60 * 80
    assert sizes[11] - sizes[5] < frames / 4


def test_validation_goes_through_all_frames_with_and_then_without_their_nerve(samples, config):
    held = samples[samples["split"] == "validation"]
    batches = ValidationBatches(held, config)
    again = ValidationBatches(held.sample(frac=1, random_state=0), config)
    assert all(same(batches[index], again[index]) for index in reversed(range(len(batches))))
    with_nerve, without = ([batches[i] for i in range(first, len(batches), 2)] for first in (0, 1))
    assert sum(len(batch[0]) for batch in with_nerve) == sum(len(batch[0]) for batch in without) == len(held)
    assert all(batch[1]["presence"].all() for batch in with_nerve)
    assert not any(batch[1]["presence"].any() for batch in without)


def test_validation_leaves_out_unlabelled_frames_and_other_sources(samples, config):
    held = samples[samples["split"] == "validation"]
    more = pd.concat([held.assign(present=None), held.assign(source="elsewhere"), held])
    expected, found = ValidationBatches(held, config), ValidationBatches(more, config)
    assert len(found) == len(expected) and all(same(found[index], expected[index]) for index in range(len(found)))


def test_a_nerve_that_cannot_be_lost_counts_once_in_validation(samples, config, monkeypatch):
    held = samples[samples["split"] == "validation"]
    monkeypatch.setattr(pipeline, "crop_or_paste", lambda image, mask, **_: (image, mask))
    batches = ValidationBatches(held, config)
    for index in range(len(batches)):
        _, targets, weights = batches[index]
        assert targets["presence"].all()
        assert all((weight > 0).all() == (index % 2 == 0) == (weight > 0).any() for weight in weights.values())


def test_validation_weighs_sources_as_training_draws_them(samples, config):
    held = samples[samples["split"] == "validation"]
    uneven = held.drop(held.index[held["source"] == "own"][:1])
    batches = ValidationBatches(uneven, config)
    weights = np.concatenate([batches[index][2]["mask"] for index in range(0, len(batches), 2)])
    order = uneven.sort_values(["source", "frame"])["source"].to_numpy()
    shares = {source: weights[order == source].sum() / weights.sum() for source in ("own", "other")}
    assert shares == pytest.approx({"own": 0.75, "other": 0.25})
    assert weights.mean() == pytest.approx(1)


def test_validation_weighs_sources_for_the_mask_by_their_frames_with_a_nerve(samples, config, tmp_path):
    """A source of which most frames show no nerve counts no less for the mask than it is drawn."""
    own_data.write(tmp_path / "rare", {1: (True, True, *8 * (False,))})
    held = pd.concat([samples[samples["source"] == "own"], dataset.load(tmp_path).samples])
    batches = ValidationBatches(held, replace(config, sources={"own": 0.5, "rare": 0.5}, batch_size=4, devices=1))
    parts = [batches[index][2] for index in range(0, len(batches), 2)]
    order = held.sort_values(["source", "frame"])["source"].to_numpy()
    for name in ("mask", "presence"):
        weights = np.concatenate([part[name] for part in parts])
        assert weights[order == "own"].sum() == pytest.approx(weights[order == "rare"].sum())


def test_masks_shrink_with_their_frames_by_halves(config):
    mask = np.zeros((64, 96), bool)
    mask[16:32, 24:48] = True
    image, small = pipeline.resize_to_input(np.full((64, 96), 80, np.uint8), mask, config.preprocess)
    assert image.shape == small.shape == (32, 48)
    expected = np.zeros((32, 48), bool)
    expected[8:16, 12:24] = True
    assert np.array_equal(small, expected)
    _, thin = pipeline.resize_to_input(np.full((64, 96), 80, np.uint8), np.eye(64, 96, dtype=bool), config.preprocess)
    assert np.array_equal(thin, np.eye(32, 48, dtype=bool))  # two of four pixels: half


@pytest.mark.parametrize("name", ["median", "lee"])
def test_training_denoises_as_prediction_does(name):
    image = np.random.default_rng(0).rayleigh(30, (60, 80)).clip(0, 255).astype(np.uint8)
    settings = preprocess.Settings(60, 80, crop=False, denoise=name)
    made, _ = pipeline.resize_to_input(image, image > 40, settings)
    expected, _ = preprocess.to_network(image, settings)
    assert np.array_equal(preprocess.normalise(made), expected) and not np.array_equal(made, image)


def test_what_is_read_is_the_scanned_area(samples, tmp_path, config):
    image, mask = np.zeros((40, 60), np.uint8), np.zeros((40, 60), np.uint8)
    image[10:30, 20:50], mask[15:20, 30:40] = 100, 255
    for name, values in (("1_1.png", image), ("1_1_mask.png", mask)):
        (tmp_path / name).write_bytes(codecs.encode_png(values))
    row = samples.iloc[0].copy()
    row["image"], row["mask"] = str(tmp_path / "1_1.png"), str(tmp_path / "1_1_mask.png")
    cut, cut_mask = pipeline.load(row, config.preprocess)
    assert cut.shape == cut_mask.shape == (20, 30)
    assert (cut == 100).all() and cut_mask[5:10, 10:20].all() and cut_mask.sum() == 50
    whole, _ = pipeline.load(row, replace(config.preprocess, crop=False))
    assert whole.shape == (40, 60)
    row["mask"] = None
    assert not pipeline.load(row, config.preprocess)[1].any()  # unlabelled counts as without
