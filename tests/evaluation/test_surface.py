from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, distance_transform_edt
from skimage.draw import ellipse
from skimage.metrics import hausdorff_distance

from neuroscan.evaluation.surface import hausdorff, surface_distances

FRAME = (420, 580)


def drawn(shape, *ellipses, pixels=(), rotation=0.0):
    mask = np.zeros(shape, bool)
    for row, column, height, width in ellipses:
        mask[ellipse(row, column, height, width, shape=shape, rotation=rotation)] = True
    for pixel in pixels:
        mask[pixel] = True
    return mask


def noise(seed):
    return np.random.default_rng(seed).random((40, 50)) < 0.3


NERVE = drawn(FRAME, (200, 300, 40, 60))
MASKS = {
    "two pixels": (drawn((20, 30), pixels=[(3, 4)]), drawn((20, 30), pixels=[(6, 8)])),
    "same": (NERVE, NERVE),
    "shifted": (NERVE, drawn(FRAME, (205, 310, 40, 60))),
    "turned": (NERVE, drawn(FRAME, (208, 290, 30, 50), rotation=0.6)),
    "border": (drawn(FRAME, (0, 20, 40, 60)), drawn(FRAME, (10, 0, 50, 45))),
    "stray pixel": (NERVE, drawn(FRAME, (200, 300, 40, 60), pixels=[(5, 5)])),
    "two parts": (NERVE, drawn(FRAME, (200, 300, 40, 60), (300, 400, 15, 25))),
    "noise": (noise(1), noise(2)),
    "whole frame": (np.ones((30, 40), bool), drawn((30, 40), (15, 20, 6, 9))),
    "millimetres": (NERVE, drawn(FRAME, (205, 310, 36, 66))),
}
# Computed once with MONAI 1.6.1 on PyTorch 2.13.0 (float32) from the masks above, one-hot, background left
# out: HausdorffDistanceMetric(percentile=95), the same without a percentile,
# SurfaceDistanceMetric(symmetric=True), SurfaceDiceMetric([2.0]); "millimetres" with spacing (0.12, 0.08).
MONAI = {
    "two pixels": (5.0, 5.0, 5.0, 0.0),
    "same": (0.0, 0.0, 0.0, 1.0),
    "shifted": (10.800439834594727, 11.180339813232422, 6.112770080566406, 0.1666666716337204),
    "turned": (25.495098114013672, 26.925823211669922, 12.785673141479492, 0.0625),
    "border": (34.0, 35.0, 8.028970718383789, 0.469072163105011),
    "stray pixel": (0.0, 299.6080627441406, 0.5192514061927795, 0.998266875743866),
    "two parts": (107.75406646728516, 111.39569091796875, 15.54432201385498, 0.8323699235916138),
    "noise": (1.4142135381698608, 2.8284270763397217, 0.7828459143638611, 0.9900826215744019),
    "whole frame": (16.278820037841797, 17.69180679321289, 11.946576118469238, 0.0),
    "millimetres": (1.2799999713897705, 1.3652838468551636, 0.6118700504302979, 1.0),
}


@pytest.mark.parametrize("name", MASKS)
def test_equal_to_monai_on_masks_that_are_not_empty(name):
    spacing = (0.12, 0.08) if name == "millimetres" else None
    true, pred = MASKS[name]
    scores = surface_distances(true, pred, spacing=spacing)
    largest = hausdorff(true, pred, spacing=spacing)
    assert hausdorff(true, pred, percentile=95, spacing=spacing) == scores.hd95
    assert (scores.hd95, largest, scores.assd, scores.nsd) == pytest.approx(MONAI[name], rel=1e-6, abs=1e-6)


def edges(mask):
    return mask & ~binary_erosion(mask)


@pytest.mark.parametrize("name", MASKS)
def test_maximum_is_that_of_scikit_image_on_the_boundaries(name):
    true, pred = MASKS[name]
    assert hausdorff(true, pred) == pytest.approx(hausdorff_distance(edges(true), edges(pred)))


@pytest.mark.parametrize("spacing", [None, (0.05, 0.2)])
def test_equal_to_distance_transforms_of_whole_frames(spacing):
    rng = np.random.default_rng(8)
    for share in (0.02, 0.3, 0.9):
        true, pred = rng.random((2, 33, 47)) < share
        transforms = [distance_transform_edt(~edges(mask), sampling=spacing) for mask in (true, pred)]
        there, back = transforms[1][edges(true)], transforms[0][edges(pred)]
        both = np.concatenate([there, back])
        scores = surface_distances(true, pred, spacing=spacing, tolerance=1.0)
        assert scores.hd95 == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)))
        assert (scores.assd, scores.nsd) == pytest.approx((both.mean(), np.mean(both <= 1 + 1e-9)))


def test_by_hand_two_bars_and_a_long_tail():
    true, pred = np.zeros((2, 12, 40), bool)
    true[5, 2:22] = True  # 20 pixels in a line, every one a boundary
    pred[5, 2:21] = True  # 19 of them
    pred[5, 31] = True  # and one stray, 10 to the right of the end
    scores = surface_distances(true, pred)
    # There: nineteen 0 and one 1. Back: nineteen 0 and one 10. Rank of the percentile: 0.95 * 19 = 18.05.
    assert scores.hd95 == pytest.approx(0.05 * 10)
    assert scores.assd == pytest.approx((1 + 10) / 40)
    assert scores.nsd == pytest.approx(39 / 40)
    assert hausdorff(true, pred) == 10


EMPTY, DOT = np.zeros((30, 40), bool), drawn((30, 40), pixels=[(0, 0)])


@pytest.mark.parametrize(
    ("true", "pred", "spacing", "expected"),
    [
        (EMPTY, EMPTY, None, (0, 0, 1)),
        (EMPTY, EMPTY, (0.1, 0.1), (0, 0, 1)),
        (DOT, EMPTY, None, (50, 50, 0)),
        (EMPTY, DOT, None, (50, 50, 0)),
        (EMPTY, DOT, (0.1, 0.1), (5, 5, 0)),
        (DOT, EMPTY, (0.1, 0.3), (np.hypot(3, 12), np.hypot(3, 12), 0)),
    ],
    ids=["both empty", "both empty, mm", "missed", "false alarm", "false alarm, mm", "missed, oblong pixels"],
)
def test_empty_masks_cost_the_diagonal_and_are_never_dropped(true, pred, spacing, expected):
    scores = surface_distances(true, pred, spacing=spacing)
    assert (scores.hd95, scores.assd, scores.nsd) == pytest.approx(expected)
    assert hausdorff(true, pred, spacing=spacing) == pytest.approx(expected[0])


def test_a_miss_is_worse_than_the_worst_hit():
    far = drawn((30, 40), pixels=[(29, 39)])
    miss, hit = surface_distances(DOT, EMPTY), surface_distances(DOT, far)
    assert miss.hd95 > hit.hd95 and miss.assd > hit.assd


def test_symmetric_and_unmoved_by_shift_turn_and_mirror():
    true, pred = (np.pad(mask, 5) for mask in MASKS["noise"])
    scores = surface_distances(true, pred)
    for other in (
        surface_distances(pred, true),
        surface_distances(np.roll(true, (3, -4), (0, 1)), np.roll(pred, (3, -4), (0, 1))),
        surface_distances(true.T, pred.T),
        surface_distances(true[::-1], pred[::-1]),
    ):
        assert (other.hd95, other.assd, other.nsd) == pytest.approx((scores.hd95, scores.assd, scores.nsd))


def test_grows_with_the_shift_and_scales_with_the_spacing():
    series = [surface_distances(NERVE, np.roll(NERVE, shift, axis=1)) for shift in range(0, 60, 6)]
    for name in ("hd95", "assd"):
        assert np.diff([getattr(scores, name) for scores in series]).min() > 0
    pixels = surface_distances(*MASKS["turned"])
    scaled = surface_distances(*MASKS["turned"], spacing=(0.1, 0.1), tolerance=0.2)
    assert (scaled.hd95, scaled.assd) == pytest.approx((pixels.hd95 / 10, pixels.assd / 10))
    assert scaled.nsd == pixels.nsd


def test_nsd_rises_with_the_tolerance_to_one():
    values = [surface_distances(*MASKS["turned"], tolerance=tolerance).nsd for tolerance in range(0, 29, 4)]
    assert values == sorted(values) and values[0] < 0.1 and values[-1] == 1


def test_percentile_rises_to_the_maximum():
    values = [hausdorff(*MASKS["two parts"], percentile=percent) for percent in (0, 50, 95, 100)]
    assert values == sorted(values) and values[0] == 0 and values[2] < values[3]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"spacing": (0.1, 0.0)}, r"\(0.1, 0.0\).*above 0"),
        ({"spacing": (0.1, float("nan"))}, "above 0"),
        ({"spacing": (0.1,)}, r"\(row, column\)"),
        ({"tolerance": -1.0}, "tolerance is -1.0"),
        ({"tolerance": float("nan")}, "tolerance is nan"),
    ],
)
def test_what_is_no_length_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        surface_distances(DOT, DOT, **options)


def test_percentile_out_of_range_and_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="percentile is 101"):
        hausdorff(DOT, DOT, percentile=101)
    with pytest.raises(ValueError, match="same shape"):
        surface_distances(DOT, DOT[1:])


def test_real_masks_of_neighbouring_frames_agree_with_scikit_image(real_data):
    import cv2

    files = sorted((real_data / "uns_native" / "train").glob("*_mask.tif"))
    masks = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127 for file in files]
    masks = [mask for mask in masks if mask.any()]
    assert len(masks) == 24
    for true, pred in pairwise(masks):
        assert hausdorff(true, pred) == pytest.approx(hausdorff_distance(edges(true), edges(pred)))
        assert 0 <= hausdorff(true, pred, percentile=95) <= hausdorff(true, pred)
