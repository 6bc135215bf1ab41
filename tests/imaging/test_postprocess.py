from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from neuroscan.imaging.postprocess import clean

DRAWN = """
##....#
#.....#
...#...
..#.#..
...#...
....##.
"""
"""Components: 3 pixels, 2 pixels, and a ring of 4 that touches a pair by a corner (6 together) around a hole of 1."""


def picture(text: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in line] for line in text.split()])


def as_map(mask: np.ndarray) -> np.ndarray:
    return np.where(mask, 0.8, 0.1).astype(np.float32)


@pytest.mark.parametrize(
    ("options", "area"),
    [
        ({}, 11),
        ({"min_area_px": 2}, 11),
        ({"min_area_px": 3}, 9),
        ({"min_area_px": 4}, 6),
        ({"min_area_px": 6}, 6),
        ({"min_area_px": 7}, 0),
        ({"keep_largest": True}, 6),
        ({"keep_largest": True, "min_area_px": 7}, 0),
    ],
)
def test_clean_up_by_hand_count(options, area):
    assert clean(as_map(picture(DRAWN)), 0.5, **options).sum() == area


@pytest.mark.parametrize(("min_area_px", "single"), [(1, True), (2, False)])
def test_a_component_of_one_pixel_goes_where_two_are_asked_for(min_area_px, single):
    mask = np.array([[True, False, True, True]])
    assert clean(as_map(mask), 0.5, min_area_px=min_area_px).tolist() == [[single, False, True, True]]


def test_without_options_it_is_the_threshold_alone():
    probability = np.random.default_rng(0).random((40, 30), np.float32)
    for threshold in (0, 0.25, 0.5, 1):
        mask = clean(probability, threshold)
        np.testing.assert_array_equal(mask, probability >= np.float32(threshold))
        assert mask.dtype == bool


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.7, np.float64(0.7), np.float32(0.7)])
def test_a_pixel_exactly_at_the_threshold_is_nerve(threshold):
    assert clean(np.full((2, 2), threshold, np.float32), threshold).all()


def test_a_higher_threshold_never_adds_pixels():
    probability = ndimage.gaussian_filter(np.random.default_rng(1).random((60, 80), np.float32), 3)
    thresholds = np.quantile(probability, [0.2, 0.5, 0.8, 0.95])
    masks = [clean(probability, float(threshold)) for threshold in thresholds]
    for low, high in pairwise(masks):
        assert not (high & ~low).any()
        assert high.sum() < low.sum()


@pytest.mark.parametrize("seed", range(5))
def test_components_agree_with_scipy(seed):
    probability = ndimage.gaussian_filter(np.random.default_rng(seed).random((50, 70)), 1.5).astype(np.float32)
    threshold = float(np.median(probability))
    mask = probability >= np.float32(threshold)
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    areas = ndimage.sum_labels(mask, labels, np.arange(1, count + 1))
    np.testing.assert_array_equal(
        clean(probability, threshold, min_area_px=20), np.isin(labels, 1 + np.flatnonzero(areas >= 20))
    )
    assert clean(probability, threshold, keep_largest=True).sum() == areas.max()


def test_cleaning_twice_changes_nothing():
    probability = ndimage.gaussian_filter(np.random.default_rng(7).random((50, 70)), 2).astype(np.float32)
    options = {"min_area_px": 30}
    once = clean(probability, 0.5, **options)
    assert once.any()
    np.testing.assert_array_equal(clean(once.astype(np.float32), 0.5, **options), once)


def test_of_equal_components_the_first_is_kept():
    probability = np.array([[0, 0, 0, 1], [1, 0, 0, 0]], np.float32)
    np.testing.assert_array_equal(clean(probability, 0.5, keep_largest=True), probability * [[1], [0]] > 0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (4, 6)])
@pytest.mark.parametrize("value", [0, 1])
def test_uniform_maps_of_any_size(shape, value):
    mask = clean(np.full(shape, value, np.float32), 0.5, min_area_px=1, keep_largest=True)
    assert mask.shape == shape
    assert mask.all() == mask.any() == bool(value)


def test_any_memory_order_and_the_map_stays_as_it_was():
    probability = as_map(picture(DRAWN))
    before = probability.copy()
    options = {"min_area_px": 3}
    straight = clean(probability, 0.5, **options)
    np.testing.assert_array_equal(clean(np.asfortranarray(probability), 0.5, **options), straight)
    np.testing.assert_array_equal(clean(probability[:, ::-1], 0.5, **options), straight[:, ::-1])
    np.testing.assert_array_equal(probability, before)


def test_missing_values_are_not_nerve():
    assert clean(np.array([[np.nan, 1]], np.float32), 0).tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("shape", "threshold", "area", "said"),
    [
        ((2, 2, 1), 0.5, 0, r"\(2, 2, 1\)"),
        ((2, 2), 1.5, 0, "1.5"),
        ((2, 2), -0.1, 0, "-0.1"),
        ((2, 2), float("nan"), 0, "nan"),
        ((2, 2), 0.5, -3, "-3"),
    ],
)
def test_refusals_say_what_was_received(shape, threshold, area, said):
    with pytest.raises(ValueError, match=said):
        clean(np.zeros(shape, np.float32), threshold, min_area_px=area)
