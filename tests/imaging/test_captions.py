import numpy as np
import pytest

from neuroscan.config import DISCLAIMER
from neuroscan.imaging.captions import stamp

PICTURE = np.random.default_rng(0).integers(0, 120, (420, 580, 3), np.uint8)


@pytest.mark.parametrize("shape", [(420, 580), (1500, 2000), (185, 256), (1, 1), (700, 30)])
def test_the_strip_stands_under_a_picture_that_stays_as_it_was(shape):
    height, width = shape
    plain = np.full((height, width, 3), (230, 159, 0), np.uint8)
    picture = stamp(plain, DISCLAIMER)
    assert picture.shape[0] > height and picture.shape[1] == max(width, 240)
    np.testing.assert_array_equal(picture[:height, :width], plain)
    assert not picture[:height, width:].any()
    strip = picture[height:]
    assert strip.max() > 200  # there are letters
    assert not strip[:, -2:].any() and not strip[-1].any() and not strip[0].any()  # and none is cut off


def test_longer_texts_take_more_lines_and_lose_nothing():
    short, long = stamp(PICTURE, "One line."), stamp(PICTURE, "One line. " * 30)
    ink = [(picture[420:] > 128).sum() for picture in (short, long)]
    assert long.shape[0] > short.shape[0]
    assert ink[1] == pytest.approx(30 * ink[0], rel=0.1)


def test_a_word_longer_than_the_picture_is_broken():
    strip = stamp(PICTURE, "x" * 400)[420:]
    assert strip.max() > 200 and not strip[:, -2:].any()
