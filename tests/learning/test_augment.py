"""Augmentation: image and mask together, as strong as asked for, each kind by itself."""

from dataclasses import replace

import numpy as np
import pytest

from neuroscan.learning.augment import augment_intensity, augment_spatial, spatial_layers
from neuroscan.learning.config import Augmentation

KINDS = {
    "flip": {"flip": 1},
    "rotation": {"rotation": 25},
    "zoom out": {"zoom_out": 0.4},
    "zoom in": {"zoom_in": 0.4},
    "translation": {"translation": 0.2},
    "aspect": {"aspect": 0.3},
    "elastic": {"elastic": 0.03},
}


def squares(count=6, size=(64, 96)):
    """Dark noisy frames with a bright square, and their masks."""
    random = np.random.default_rng(3)
    masks = np.zeros((count, *size), np.float32)
    for mask in masks:
        top, left = random.integers(12, size[0] - 34), random.integers(12, size[1] - 44)
        mask[top : top + 22, left : left + 32] = 1
    return (random.uniform(20, 60, masks.shape) + 160 * masks).astype(np.float32), masks


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_comes_in_from_outside_is_tissue_and_nerve_as_at_the_edge(kind, identity):
    """Black corners would shift the mean and standard deviation that each frame is normalised by."""
    strength = replace(identity, **kind)
    even, nerve = np.full((20, 64, 96), 90, np.float32), np.ones((20, 64, 96), np.float32)
    moved, masks = augment_spatial(
        even, nerve, spatial_layers(strength), np.random.default_rng(5), elastic=strength.elastic
    )
    assert moved == pytest.approx(even, abs=0.1) and masks.all()


def coordinates(strength, count=60, size=(64, 96)):
    """Rows and columns that each pixel of some frames is seen at after a transform: (N, h, w) each."""
    grid = [np.repeat(values[None], count, axis=0).astype(np.float32) for values in np.mgrid[: size[0], : size[1]]]
    nothing, layers = np.zeros((count, *size), np.float32), spatial_layers(strength)
    return [augment_spatial(values, nothing, layers, np.random.default_rng(5))[0] for values in grid]


def test_a_flip_exchanges_left_and_right_of_half_of_the_frames_and_never_shallow_and_deep(identity):
    rows, columns = coordinates(replace(identity, flip=1))
    assert np.array_equal(rows, np.broadcast_to(np.arange(64)[:, None], rows.shape))
    flipped = columns[:, 0, 0] > 0
    assert 0.3 < flipped.mean() < 0.7
    for mirrored, across in zip(flipped, columns, strict=True):
        assert np.array_equal(across, np.broadcast_to(np.arange(96)[:: -1 if mirrored else 1], across.shape))


def test_a_rotation_is_of_up_to_so_many_degrees_either_way(identity):
    rows, columns = coordinates(replace(identity, rotation=20))
    middle = np.s_[:, 24:40, 36:60]  # of what was reflected at the edges it sees nothing
    down, across = (np.gradient(values[middle], axis=2).mean(axis=(1, 2)) for values in (rows, columns))
    assert np.hypot(down, across) == pytest.approx(1, abs=0.02)
    angles = np.degrees(np.arctan2(down, across))
    assert -20.5 < angles.min() < -15 and 15 < angles.max() < 20.5


def test_a_translation_is_of_up_to_such_a_share_of_the_side_either_way(identity):
    seen, grid = coordinates(replace(identity, translation=0.1)), np.mgrid[:64, :96]
    for values, place, side in zip(seen, grid, (64, 96), strict=True):
        shifts = (values - place)[:, 20:-20, 20:-20]
        assert np.ptp(shifts, axis=(1, 2)).max() < 0.01
        assert -0.1 * side - 0.01 <= shifts.min() < -0.07 * side and 0.07 * side < shifts.max() <= 0.1 * side + 0.01


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_augmentation_is_drawn_anew_for_each_batch_and_the_same_for_the_same(kind, identity):
    strength = replace(identity, **kind)
    layers, random = spatial_layers(strength), np.random.default_rng(5)

    def moved(random):
        return augment_spatial(*squares(), layers, random, elastic=strength.elastic)[0]

    first, second = moved(random), moved(random)
    assert np.array_equal(moved(np.random.default_rng(5)), first) and not np.array_equal(second, first)


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


def test_without_augmentation_nothing_moves_and_no_grey_level_changes(identity):
    images, masks = squares()
    assert spatial_layers(identity) == []
    moved, moved_masks = augment_spatial(images, masks, [], np.random.default_rng(0))
    assert np.array_equal(moved, images) and np.array_equal(moved_masks, masks > 0)
    assert augment_intensity(images, identity, np.random.default_rng(0)) == pytest.approx(images, abs=1e-3)


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


def test_gamma_is_drawn_evenly_on_a_log_scale_for_each_frame(identity):
    half = np.full((200, 4, 4), 127.5, np.float32)
    varied = augment_intensity(half, replace(identity, gamma=1.0), np.random.default_rng(0))
    powers = np.log2(-np.log2(varied / 255))  # of one half
    assert np.ptp(powers, axis=(1, 2)).max() < 1e-3
    assert -1 <= powers.min() < -0.9 and 0.9 < powers.max() <= 1 and np.median(powers) == pytest.approx(0, abs=0.2)


def test_gain_changes_contrast_and_brightness_by_so_much_each(identity):
    grey = np.full((400, 4, 4), 100, np.float32)
    varied = augment_intensity(grey, replace(identity, gain=0.2), np.random.default_rng(0)) / 100
    assert np.ptp(varied, axis=(1, 2)).max() < 1e-3
    assert 0.6 <= varied.min() < 0.7 and 1.3 < varied.max() <= 1.4


def test_speckle_multiplies_each_pixel_by_noise_of_up_to_such_a_deviation(identity):
    speckled = [
        augment_intensity(np.full((40, 32, 32), level, np.float32), replace(identity, speckle=0.2), random) / level
        for level, random in ((50, np.random.default_rng(0)), (100, np.random.default_rng(0)))
    ]
    assert speckled[0] == pytest.approx(speckled[1], abs=1e-3)
    deviations = speckled[0].std(axis=(1, 2))
    assert deviations.min() < 0.05 and 0.17 < deviations.max() < 0.21
    assert speckled[0].mean(axis=(1, 2)) == pytest.approx(1, abs=0.03)


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


def test_random_convolution_turns_grey_levels_round_in_some_frames_and_leaves_edges_where_they_are(identity):
    images, masks = squares(40)
    varied = augment_intensity(images, replace(identity, random_convolution=1.0), np.random.default_rng(0))
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(images, varied, strict=True)]
    assert min(alike) < 0 and max(alike) > 0.95
    edges, steps = np.abs(np.diff(masks, axis=2)) > 0, np.abs(np.diff(varied, axis=2))
    sharper = [step[edge].mean() / step[~edge].mean() for step, edge in zip(steps, edges, strict=True)]
    assert np.median(sharper) > 2


def test_random_convolution_keeps_brightness_and_contrast(identity):
    images = np.random.default_rng(0).normal(120, 20, (20, 64, 96)).astype(np.float32)
    varied = augment_intensity(images, replace(identity, random_convolution=1.0), np.random.default_rng(0))
    assert varied.dtype == np.float32 and varied.min() >= 0 and varied.max() <= 255
    assert varied.mean(axis=(1, 2)) == pytest.approx(images.mean(axis=(1, 2)), abs=0.5)
    assert varied.std(axis=(1, 2)) == pytest.approx(images.std(axis=(1, 2)), abs=0.5)


def test_of_a_random_convolution_no_more_is_mixed_in_than_asked_for(identity):
    images, _ = squares(40)
    weak = augment_intensity(images, replace(identity, random_convolution=0.1), np.random.default_rng(0))
    assert min(np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(images, weak, strict=True)) > 0.98
    even = np.full((4, 32, 48), 60, np.float32)
    assert augment_intensity(even, replace(identity, random_convolution=1.0), np.random.default_rng(0)) == (
        pytest.approx(even, abs=1e-2)
    )


def test_amplitude_mix_keeps_the_phase_and_takes_brightness_and_texture_from_other_frames(identity):
    random = np.random.default_rng(0)
    levels, deviations = np.linspace(80, 170, 20)[:, None, None], np.linspace(1, 12, 20)[:, None, None]
    images = (levels + deviations * random.standard_normal((20, 64, 96))).astype(np.float32)
    mixed = augment_intensity(images, replace(identity, amplitude_mix=1.0), np.random.default_rng(1))
    assert mixed.dtype == np.float32
    before, after = np.fft.rfft2(images), np.fft.rfft2(mixed)
    apart = np.angle(after * before.conj())
    assert np.abs(apart).max() < 0.01
    spectra = np.abs(before).min(axis=0), np.abs(before).max(axis=0)
    assert (np.abs(after) >= spectra[0] - 1).all() and (np.abs(after) <= spectra[1] + 1).all()
    moved = mixed.mean(axis=(1, 2)) - images.mean(axis=(1, 2))
    assert moved[:10].max() > 20 and moved[10:].min() < -20 and np.abs(moved).min() < 5


def test_of_another_amplitude_no_more_is_mixed_in_than_asked_for(identity):
    images = np.stack([np.full((32, 48), level, np.float32) for level in (20, 220)])
    strength = replace(identity, amplitude_mix=0.1)
    found = np.stack([augment_intensity(images, strength, np.random.default_rng(seed)) for seed in range(20)])
    moved = np.abs(found - images).mean(axis=(2, 3))
    assert 15 < moved.max() <= 20.001 and moved.min() == pytest.approx(0, abs=1e-3)
    alike = np.repeat(squares(1)[0], 4, axis=0)
    assert augment_intensity(alike, replace(identity, amplitude_mix=1.0), np.random.default_rng(0)) == (
        pytest.approx(alike, abs=1e-3)
    )
