import numpy as np
import pytest

from neuroscan.imaging import marks


def test_dashes_cover_the_share_that_they_say():
    line = np.array([[0.0, 0.0], [140.0, 0.0]])
    pieces = marks.pieces(line, (9.0, 5.0))
    assert sum(np.hypot(*np.diff(piece, axis=0).T).sum() for piece in pieces) == pytest.approx(90)
    assert marks.pieces(line, ()) == [pytest.approx(line)]


def test_words_are_drawn_in_their_own_colour():
    made = marks.Figure(100, 40, (marks.Words("III", 10, 30, (200, 0, 0)),))
    sheet = made.pixels()
    assert (sheet == (200, 0, 0)).all(axis=-1).any() and sheet[..., 0].min() >= 200
    assert b'fill="#c80000"' in made.svg()
