import numpy as np
import pytest

from neuroscan.imaging import marks


def test_dashes_cover_the_share_that_they_say():
    line = np.array([[0.0, 0.0], [140.0, 0.0]])
    pieces = marks.pieces(line, (9.0, 5.0))
    assert sum(np.hypot(*np.diff(piece, axis=0).T).sum() for piece in pieces) == pytest.approx(90)
    assert marks.pieces(line, ()) == [pytest.approx(line)]
