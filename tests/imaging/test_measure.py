import math

import cv2
import numpy as np
import pytest
from skimage.draw import ellipse
from skimage.measure import regionprops

from neuroscan.imaging.measure import Measurement, measure


def rectangle(shape, top, bottom, left, right):
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def test_a_rectangle_by_hand():
    """30 wide, 12 high; spacing 0.1 mm a row, 0.2 mm a column. Axes of a rectangle: 4 / sqrt(12) times its sides."""
    found = measure(rectangle((100, 80), 40, 52, 10, 40), (0.1, 0.2), top=15)
    longer, shorter = 30 * 4 / math.sqrt(12), 12 * 4 / math.sqrt(12)
    assert found == Measurement(
        parts=1,
        area_px=360,
        area_mm2=pytest.approx(7.2),
        centroid=(pytest.approx(45.5), pytest.approx(24.5)),
        depth_px=25,
        depth_mm=pytest.approx(2.5),
        width_px=30,
        width_mm=pytest.approx(6),
        height_px=12,
        height_mm=pytest.approx(1.2),
        major_px=pytest.approx(longer),
        major_mm=pytest.approx(longer * 0.2),
        minor_px=pytest.approx(shorter),
        minor_mm=pytest.approx(shorter * 0.1),
    )


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 120])
def test_an_ellipses_axes_are_its_own_whichever_way_it_lies(degrees):
    mask = np.zeros((400, 400), bool)
    mask[ellipse(200, 190, 60, 120, rotation=math.radians(degrees))] = True
    found = measure(mask)
    assert found.major_px == pytest.approx(240, rel=0.01)
    assert found.minor_px == pytest.approx(120, rel=0.01)
    assert found.area_px == pytest.approx(math.pi * 60 * 120, rel=0.01)
    assert found.centroid == pytest.approx((200, 190), abs=0.1)


def test_unequal_spacing_turns_an_ellipse_into_the_circle_it_is():
    mask = np.zeros((300, 300), bool)
    mask[ellipse(150, 150, 100, 50)] = True
    found = measure(mask, (0.05, 0.1))
    assert found.major_mm == pytest.approx(10, rel=0.01)
    assert found.minor_mm == pytest.approx(10, rel=0.01)
    assert found.area_mm2 == pytest.approx(math.pi * 25, rel=0.01)


@pytest.mark.parametrize("degrees", [30, -60])
def test_a_slanted_ellipse_keeps_its_millimetres_under_unequal_spacing(degrees):
    """12 mm by 6 mm, drawn where each pixel's centre lies in millimetres."""
    spacing, turn = (0.05, 0.1), math.radians(degrees)
    down, across = (np.arange(-n / 2, n / 2) * side for n, side in zip((300, 150), spacing, strict=True))
    along = across * math.cos(turn) + down[:, None] * math.sin(turn)
    beside = across * math.sin(turn) - down[:, None] * math.cos(turn)
    found = measure((along / 6) ** 2 + (beside / 3) ** 2 <= 1, spacing)
    assert found.major_mm == pytest.approx(12, rel=0.01)
    assert found.minor_mm == pytest.approx(6, rel=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_axes_and_centroid_agree_with_scikit_image(seed):
    mask = cv2.GaussianBlur(np.random.default_rng(seed).random((60, 90)), (0, 0), 5) > 0.5
    found, expected = measure(mask), regionprops(mask.astype(np.uint8))[0]
    assert found.centroid == pytest.approx(expected.centroid)
    # scikit-image takes pixels as points; as squares they add 1/12 to the variance, 16/12 to the axis squared.
    assert found.major_px**2 - 16 / 12 == pytest.approx(expected.axis_major_length**2)
    assert found.minor_px**2 - 16 / 12 == pytest.approx(expected.axis_minor_length**2)


def test_one_pixel():
    found = measure(rectangle((5, 5), 0, 1, 4, 5), (1, 1))
    assert (found.parts, found.area_px, found.centroid, found.depth_px) == (1, 1, (0, 4), 0)
    assert found.major_px == found.minor_px == pytest.approx(4 / math.sqrt(12))


def test_an_empty_mask_has_no_place_and_no_size():
    found = measure(np.zeros((4, 4), bool), (0.1, 0.1))
    assert (found.parts, found.area_px, found.area_mm2) == (0, 0, 0)
    assert found == Measurement(0, 0, 0.0, *[None] * 11)
    assert measure(np.zeros((4, 4), bool)).area_mm2 is None


def test_millimetres_only_where_spacing_is_known():
    values = vars(measure(rectangle((9, 9), 2, 5, 2, 7)))
    assert all((value is None) == ("_mm" in name) for name, value in values.items())


def test_spacing_scales_lengths_once_and_areas_twice():
    mask = rectangle((50, 50), 10, 33, 5, 21)
    small, large = measure(mask, (0.1, 0.1), top=4), measure(mask, (0.3, 0.3), top=4)
    assert large.area_mm2 == pytest.approx(9 * small.area_mm2)
    for name in ("depth_mm", "width_mm", "height_mm", "major_mm", "minor_mm"):
        assert getattr(large, name) == pytest.approx(3 * getattr(small, name))
    assert large.area_px == small.area_px


@pytest.mark.parametrize(("top", "depth"), [(0, 20), (20, 0), (7, 13), (25, 0)])
def test_depth_counts_from_the_top_of_the_scanned_area_and_is_never_negative(top, depth):
    assert measure(rectangle((50, 50), 20, 30, 0, 9), top=top).depth_px == depth


def test_parts_touch_by_corners_too_and_are_measured_together():
    mask = np.zeros((10, 20), bool)
    mask[1, 1] = mask[2, 2] = mask[8, 17] = True
    found = measure(mask)
    assert (found.parts, found.area_px, found.width_px, found.height_px) == (2, 3, 17, 8)
    assert found.depth_px == 1


def test_any_memory_order():
    mask = rectangle((30, 40), 3, 9, 5, 30)
    assert measure(np.asfortranarray(mask)) == measure(mask)
    assert measure(mask[:, ::-1]).area_px == measure(mask).area_px


@pytest.mark.parametrize("spacing", [(0, 0.1), (-1, 1), (float("nan"), 1), (float("inf"), 1)])
def test_spacing_that_no_scanner_has_is_refused(spacing):
    with pytest.raises(ValueError, match="spacing must be two positive numbers"):
        measure(np.ones((2, 2), bool), spacing)


@pytest.mark.parametrize("mask", [np.ones((2, 2), np.uint8), np.ones((2, 2, 1), bool)])
def test_what_is_no_mask_is_refused(mask):
    with pytest.raises(ValueError, match="Expected a bool mask"):
        measure(mask)


def test_a_native_mask_measures_what_it_counts(real_data):
    path = real_data / "uns_native" / "train" / "1_1_mask.tif"
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 0
    found = measure(mask, (0.1, 0.1))
    assert found.area_px == mask.sum() > 0
    assert found.area_mm2 == pytest.approx(mask.sum() / 100)
    assert mask[int(found.depth_px)].any() and not mask[: int(found.depth_px)].any()
    # A nerve's mask is nearly an ellipse: its moments' ellipse covers nearly the same area.
    assert math.pi / 4 * found.major_px * found.minor_px == pytest.approx(mask.sum(), rel=0.1)
