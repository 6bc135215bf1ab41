"""Deep samples to 8 bits: numbers worked out by hand from the written rule."""

import numpy as np
import pytest

from neuroscan.data.bitdepth import to_bytes, white_level


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        # 16 bits in use: 255 is 65,535, whatever the largest value
        ([0, 32_768, 65_535], np.uint16, [0, 128, 255]),
        ([0, 129, 40_000], np.uint16, [0, 1, 156]),  # 0.502 and 155.6
        ([0, 32_768], np.uint16, [0, 128]),
        # 8-bit values times 257, bright or dark
        ([0, 257, 51_400], np.uint16, [0, 1, 200]),
        ([0, 257, 2_570], np.uint16, [0, 1, 10]),
        # fewer bits in 16: 255 is the largest value
        ([0, 2_048, 4_095], np.uint16, [0, 128, 255]),
        ([0, 1, 2], np.uint16, [0, 128, 255]),
        ([0, 16_383], np.uint16, [0, 255]),
        ([0, 0], np.uint16, [0, 0]),
        # wider whole numbers
        ([0, 50_000, 100_000], np.uint32, [0, 128, 255]),
        ([0, 2**40], np.uint64, [0, 255]),
        ([0, 257_000, 514_000], np.uint32, [0, 128, 255]),  # multiples of 257, but more than 16 bits hold
        ([0, 100, 4_000], np.int16, [0, 6, 255]),
        # below zero: smallest to largest
        ([-100, 0, 100], np.int16, [0, 128, 255]),
        ([-60.0, -30.0, 0.0], np.float32, [0, 128, 255]),
        ([-5.0, -5.0], np.float32, [0, 0]),
        # floats in [0, 1], in [0, 255], beyond
        ([0.0, 0.25, 1.0], np.float32, [0, 64, 255]),
        ([0.0, 0.25, 0.5], np.float64, [0, 64, 128]),
        ([0.0, 1.0005], np.float32, [0, 255]),  # a stray from resampling
        ([0.0, 1.0, 1.6, 200.4], np.float32, [0, 1, 2, 200]),
        ([0.0, 2.0, 255.0], np.float64, [0, 2, 255]),
        ([0.0, 500.0, 1_000.0], np.float32, [0, 128, 255]),
        ([0.0, 0.0], np.float32, [0, 0]),
        # the ends of what floats hold
        ([-1e-320, 0.0], np.float64, [0, 255]),
        ([0.0, 1e300], np.float64, [0, 255]),
    ],
)
def test_values_follow_the_written_rule(values: list[float], dtype: type, expected: list[int]) -> None:
    (scaled,) = to_bytes([np.array([values], dtype)])
    assert scaled.dtype == np.uint8
    assert scaled.tolist() == [expected]


def test_big_endian_samples_are_the_same_numbers() -> None:
    (scaled,) = to_bytes([np.array([[0, 2_048, 4_095]], ">u2")])
    assert scaled.tolist() == [[0, 128, 255]]


def test_all_pages_share_one_scale() -> None:
    dark, bright = np.full((1, 1), 1_000, np.uint16), np.full((2, 2), 4_000, np.uint16)
    scaled = to_bytes([dark, bright])
    assert [page.tolist() for page in scaled] == [[[64]], [[255, 255], [255, 255]]]


@pytest.mark.parametrize(
    ("pages", "dtype", "expected"),
    [
        ([[0, 100], [-100, 0]], np.int16, [[128, 255], [0, 128]]),  # below zero in one page
        ([[0, 2_570], [0, 4_000]], np.uint16, [[0, 164], [0, 255]]),  # multiples of 257 in one page: 163.8
    ],
)
def test_every_page_has_a_say_in_the_scale(pages, dtype, expected) -> None:
    for order in (slice(None), slice(None, None, -1)):
        scaled = to_bytes([np.array(page, dtype) for page in pages[order]])
        assert [page.tolist() for page in scaled] == expected[order]


def test_brighter_never_becomes_darker() -> None:
    for top in (300, 4_095, 32_767, 32_768, 65_535):
        (scaled,) = to_bytes([np.arange(top + 1, dtype=np.uint16)])
        assert (np.diff(scaled.astype(int)) >= 0).all()
        assert (scaled[0], scaled[-1]) == (0, round(top / white_level([np.array([1, top], np.uint16)]) * 255))


@pytest.mark.parametrize("values", [[0.0, np.nan], [0.0, np.inf], [-np.inf, 0.0], [-1e308, 1.7e308]])
def test_values_without_bound_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="Expected finite values"):
        to_bytes([np.array(values)])


def test_pages_of_unlike_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="float32 and uint16"):
        to_bytes([np.zeros((1, 1), np.uint16), np.zeros((1, 1), np.float32)])
