import numpy as np
import pytest

from neuroscan.config import DISCLAIMER
from neuroscan.imaging import captions
from neuroscan.imaging.captions import scale_bar, stamp

FRAME = np.random.default_rng(0).integers(0, 120, (420, 580), np.uint8)


def grey(frame):
    return np.stack([frame] * 3, axis=-1)


def bar_width(picture):
    """Longest run of white pixels in a row."""
    white = (picture == 255).all(axis=-1)
    longest = 0
    for row in white:
        ends = np.flatnonzero(np.diff(np.concatenate([[0], row.view(np.int8), [0]])))
        longest = max(longest, *(ends[1::2] - ends[::2]), 0)
    return longest


@pytest.mark.parametrize("shape", [(420, 580), (1500, 2000), (185, 256), (1, 1), (700, 30)])
def test_the_strip_stands_under_a_picture_that_stays_as_it_was(shape):
    image = np.full(shape, 77, np.uint8)
    picture = stamp(image, DISCLAIMER)
    height, width = shape
    assert picture.shape[0] > height and picture.shape[1] == max(width, 240)
    np.testing.assert_array_equal(picture[:height, :width], grey(image))
    assert not picture[:height, width:].any()
    strip = picture[height:]
    assert strip.max() > 200  # there are letters
    assert not strip[:, -2:].any() and not strip[-1].any() and not strip[0].any()  # and none is cut off


def test_longer_texts_take_more_lines_and_lose_nothing():
    short, long = stamp(FRAME, "One line."), stamp(FRAME, "One line. " * 30)
    ink = [(picture[420:] > 128).sum() for picture in (short, long)]
    assert long.shape[0] > short.shape[0]
    assert ink[1] == pytest.approx(30 * ink[0], rel=0.1)


def test_a_word_longer_than_the_picture_is_broken():
    strip = stamp(FRAME, "x" * 400)[420:]
    assert strip.max() > 200 and not strip[:, -2:].any()


def test_a_colour_picture_keeps_its_colours():
    picture = grey(FRAME)
    picture[100:200, 100:200] = (230, 159, 0)
    np.testing.assert_array_equal(stamp(picture, DISCLAIMER)[:420], picture)


@pytest.mark.parametrize(
    ("spacing", "pixels", "words"),
    [
        ((0.1, 0.1), 100, "10 mm"),  # a third of the frame is 19.3 mm
        ((0.1, 0.05), 100, "5 mm"),  # 9.7 mm
        ((0.5, 0.2), 100, "20 mm"),  # 38.7 mm; rows play no part
        ((1, 1), 100, "100 mm"),  # 193 mm
        ((0.01, 0.004), 125, "0.5 mm"),  # 0.77 mm
    ],
)
def test_the_bar_is_as_long_as_it_says(spacing, pixels, words, monkeypatch):
    write, written = captions._write, []
    monkeypatch.setattr(captions, "_write", lambda *args, **rim: written.append(args[1]) or write(*args, **rim))
    picture = scale_bar(FRAME, spacing)
    assert bar_width(picture) == pixels and written == [words]
    over = slice(385, 402), slice(100)  # above the bar
    assert (picture[over] != grey(FRAME)[over]).any(axis=-1).sum() > 200


def test_the_bar_stands_at_the_lower_left_and_leaves_the_rest():
    changed = (scale_bar(FRAME, (0.1, 0.1)) != grey(FRAME)).any(axis=-1)
    rows, columns = np.nonzero(changed)
    assert rows.min() > 370 and columns.max() < 200


@pytest.mark.parametrize("shape", [(1, 1), (20, 300), (300, 20)])
def test_a_frame_too_small_for_the_words_stays_plain(shape):
    image = np.full(shape, 50, np.uint8)
    np.testing.assert_array_equal(scale_bar(image, (0.1, 0.1)), grey(image))


@pytest.mark.parametrize("spacing", [(0, 0), (0.1, -1), (float("nan"), 0.1)])
def test_no_bar_for_a_spacing_that_no_scanner_has(spacing):
    with pytest.raises(ValueError, match="spacing must be two positive numbers"):
        scale_bar(FRAME, spacing)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="float64"):
        stamp(FRAME / 255, DISCLAIMER)
    with pytest.raises(ValueError, match="float64"):
        scale_bar(FRAME / 255, (0.1, 0.1))
