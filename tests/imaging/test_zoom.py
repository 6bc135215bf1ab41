"""Where the second pass looks: about small nerves, as close as makes them usual, inside the scanned area."""

import numpy as np
import pytest

from neuroscan.imaging import zoom
from neuroscan.imaging.preprocess import Box, bounding_box

AREA = Box(40, 240, 10, 410)
"""200 x 400 pixels of a frame."""


def nerve(rows, columns, shape=(100, 200)):
    """A block in a map of half the area's resolution."""
    mask = np.zeros(shape, bool)
    mask[slice(*rows), slice(*columns)] = True
    return mask


def test_the_bounding_box_holds_every_part():
    parts = nerve((10, 20), (30, 40)) | nerve((50, 51), (7, 9))
    assert bounding_box(parts) == Box(10, 51, 7, 40)


def test_a_small_nerve_takes_the_usual_share_of_the_window_and_stands_in_its_middle():
    # 10 x 30 of 100 x 200 are 0.015, half of 0.03: each side shrinks to the root of a half.
    window = zoom.window(nerve((40, 50), (90, 120)), AREA)
    assert window == Box(40 + 90 - 71 + 1, 40 + 90 + 71, 10 + 210 - 142, 10 + 210 + 141)
    assert window.bottom - window.top == round(200 * 0.5**0.5) and window.right - window.left == round(400 * 0.5**0.5)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [((0, 4), (0, 6)), ((96, 100), (194, 200)), ((0, 4), (194, 200)), ((50, 51), (100, 101))],
)
def test_the_window_is_at_most_twice_as_close_and_lies_inside_the_area(rows, columns):
    window = zoom.window(nerve(rows, columns), AREA)
    assert (window.bottom - window.top, window.right - window.left) == (100, 200)
    assert AREA.top <= window.top and window.bottom <= AREA.bottom
    assert AREA.left <= window.left and window.right <= AREA.right
    assert window.top <= AREA.top + 2 * rows[0] and window.bottom >= AREA.top + 2 * rows[1]
    assert window.left <= AREA.left + 2 * columns[0] and window.right >= AREA.left + 2 * columns[1]


def test_a_long_nerve_or_one_of_several_parts_is_held_with_a_margin():
    parts = nerve((40, 50), (50, 60)) | nerve((40, 50), (150, 160))  # 110 of 200 columns, 0.01 of the area
    window = zoom.window(parts, AREA)
    assert window.right - window.left == round(1.3 * 110 / 200 * 400)
    assert window.left < 10 + 100 and window.right > 10 + 320


def test_a_tall_nerve_is_held_from_top_to_bottom():
    window = zoom.window(nerve((20, 75), (100, 102)), AREA)  # 55 of 100 rows, 0.0055 of the area
    assert window.bottom - window.top == round(1.3 * 0.55 * 200)
    assert window.top < 40 + 40 and window.bottom > 40 + 150


def test_rows_and_columns_are_each_on_their_own_scale():
    # Of a square map of the same area: 20 x 15 of 100 x 200 pixels are 10 x 15 of 50 x 200.
    assert zoom.window(nerve((20, 30), (90, 105), (50, 200)), AREA) == zoom.window(nerve((40, 60), (90, 105)), AREA)


def test_a_nerve_somewhat_smaller_than_usual_is_looked_at_too():
    window = zoom.window(nerve((40, 60), (90, 114)), AREA)  # 0.024 of the area
    assert window.bottom - window.top == round(200 * 0.8**0.5)


@pytest.mark.parametrize(
    "mask",
    [
        nerve((0, 0), (0, 0)),
        nerve((40, 60), (90, 120)),  # 0.03 of the area, the usual share
        nerve((40, 59), (90, 119)),  # hardly less
        nerve((45, 47), (20, 180)),  # flat, and as wide as the area but for what a margin takes
    ],
    ids=["no nerve", "usual", "nearly usual", "wide"],
)
def test_nothing_is_looked_at_closer_where_that_would_show_nothing_new(mask):
    assert zoom.window(mask, AREA) is None


def test_an_area_of_one_pixel_has_a_window_of_one_pixel():
    assert zoom.window(nerve((50, 51), (100, 101)), Box(3, 4, 5, 6)) == Box(3, 4, 5, 6)
