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
from neuroscan.learning.augment import augment_intensity, augment_spatial, spatial_layers
from neuroscan.learning.config import Augmentation
from neuroscan.learning.pipeline import TrainBatches, ValidationBatches
from tests import own_data
from training import frames

KINDS = {
    "flip": {"flip": 1},
    "rotation": {"rotation": 25},
    "zoom out": {"zoom_out": 0.4},
    "zoom in": {"zoom_in": 0.4},
    "translation": {"translation": 0.2},
    "aspect": {"aspect": 0.3},
    "elastic": {"elastic": 0.03},
}


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


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_augmentation_is_drawn_anew_for_each_batch_and_the_same_for_the_same(kind, identity):
    strength = replace(identity, **kind)
    layers, random = spatial_layers(strength), np.random.default_rng(5)

    def moved(random):
        return augment_spatial(*squares(), layers, random, elastic=strength.elastic)[0]

    first, second = moved(random), moved(random)
    assert np.array_equal(moved(np.random.default_rng(5)), first) and not np.array_equal(second, first)


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


def squares(count=6, size=(64, 96)):
    """Dark noisy frames with a bright square, and their masks."""
    random = np.random.default_rng(3)
    masks = np.zeros((count, *size), np.float32)
    for mask in masks:
        top, left = random.integers(12, size[0] - 34), random.integers(12, size[1] - 44)
        mask[top : top + 22, left : left + 32] = 1
    return (random.uniform(20, 60, masks.shape) + 160 * masks).astype(np.float32), masks


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_bright_square_stays_under_its_mask(kind, identity):
    images, masks = squares()
    strength = replace(identity, **kind)
    layers = spatial_layers(strength)
    assert len(layers) + bool(strength.elastic) == 1
    moved, moved_masks = augment_spatial(images, masks, layers, np.random.default_rng(5), elastic=strength.elastic)
    assert moved.shape == images.shape and moved_masks.dtype == bool
    changed = [not np.array_equal(a, b > 0) for a, b in zip(moved_masks, masks, strict=True)]
    assert any(changed)
    bright = moved > 130
    for square, mask in zip(bright, moved_masks, strict=True):
        assert (square & mask).sum() / (square | mask).sum() > 0.93


@pytest.mark.parametrize(("kind", "least", "most"), [("zoom_in", 1.0, 1.4**2), ("zoom_out", 0.6**2, 1.0)])
def test_zoom_enlarges_and_shrinks_as_its_name_says(kind, least, most, identity):
    images, masks = squares(40)
    _, moved = augment_spatial(
        images, masks, spatial_layers(replace(identity, **{kind: 0.4})), np.random.default_rng(1)
    )
    inside = np.array([not (m[0].any() or m[-1].any() or m[:, 0].any() or m[:, -1].any()) for m in moved])
    ratio = moved.sum(axis=(1, 2))[inside] / masks.sum(axis=(1, 2))[inside]
    assert inside.sum() > 10
    assert least * 0.93 <= ratio.min() and ratio.max() <= most * 1.07
    assert ratio.max() / ratio.min() > 1.2


def test_aspect_changes_width_alone(identity):
    images, masks = squares(40)
    _, moved = augment_spatial(images, masks, spatial_layers(replace(identity, aspect=0.3)), np.random.default_rng(1))
    inside = np.array([not (m[:, 0].any() or m[:, -1].any()) for m in moved])
    heights, widths = (moved.any(axis=axis).sum(axis=1)[inside] for axis in (2, 1))
    assert inside.sum() > 10
    assert set(heights) == {22}
    assert 32 / 1.3 - 2 <= widths.min() < 29 and 36 < widths.max() <= 32 / 0.7 + 2


def test_elastic_deformation_is_smooth_and_as_large_as_asked_for():
    """Each picture holds its own coordinates, so that it tells from where each pixel came."""
    rows, columns = np.broadcast_arrays(*np.mgrid[:96, :120].astype(np.float32)[:, None], np.zeros((20, 1, 1)))[:2]
    for plane, side in ((rows, 96), (columns, 120)):
        bent, _ = augment_spatial(
            plane.astype(np.float32), np.zeros(plane.shape), [], np.random.default_rng(2), elastic=0.02
        )
        shifts = (bent - plane)[:, 20:-20, 20:-20]
        assert np.sqrt((shifts**2).mean()) == pytest.approx(0.02 * side, rel=0.3)
        # Steeper than 1, tissue would fold over itself.
        assert np.abs(np.diff(shifts, axis=1)).max() < 1 and np.abs(np.diff(shifts, axis=2)).max() < 1


def test_without_augmentation_nothing_moves_and_no_grey_level_changes(identity):
    images, masks = squares()
    assert spatial_layers(identity) == []
    moved, moved_masks = augment_spatial(images, masks, [], np.random.default_rng(0))
    assert np.array_equal(moved, images) and np.array_equal(moved_masks, masks > 0)
    assert augment_intensity(images, identity, np.random.default_rng(0)) == pytest.approx(images, abs=1e-3)


def test_intensities_vary_by_frame_stay_in_range_and_leave_black_black():
    strong = Augmentation(gamma=1.0, gain=0.5, speckle=0.5)
    images = np.tile(np.linspace(0, 255, 256, dtype=np.float32), (20, 8, 1))
    varied = augment_intensity(images, strong, np.random.default_rng(0))
    assert varied.dtype == np.float32 and varied.min() >= 0 and varied.max() <= 255
    assert not varied[:, :, 0].any()
    assert varied.mean(axis=(1, 2)).std() > 10
    # Without speckle brighter stays brighter.
    even = augment_intensity(images, replace(strong, speckle=0), np.random.default_rng(0))
    assert (np.diff(even, axis=2) >= 0).all()


def test_bias_field_is_smooth_and_keeps_what_lies_side_by_side_alike(identity):
    flat = np.full((200, 64, 96), 60, np.float32)
    gains = np.log2(augment_intensity(flat, replace(identity, bias_field=0.5), np.random.default_rng(0)) / 60)
    assert gains.std() == pytest.approx(0.5, abs=0.15)
    assert np.median(np.ptp(gains, axis=(1, 2))) > 1
    assert np.abs(np.diff(gains, axis=2)).max() < 0.2
    assert not augment_intensity(0 * flat, replace(identity, bias_field=0.5), np.random.default_rng(0)).any()


def test_blur_takes_sharpness_by_frame_and_no_brightness(identity):
    images = np.random.default_rng(0).uniform(0, 255, (20, 64, 96)).astype(np.float32)
    blurred = augment_intensity(images, replace(identity, blur=1.0), np.random.default_rng(0))
    kept = blurred.std(axis=(1, 2)) / images.std(axis=(1, 2))
    assert kept.min() < 0.4 and kept.max() > 0.9
    assert blurred.mean(axis=(1, 2)) == pytest.approx(images.mean(axis=(1, 2)), rel=0.02)


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
