"""A drawing beside model, expert and other readers: each outline in its owner's colour, and who marked what."""

import numpy as np
import pytest

from neuroscan.app.annotation import comparing
from neuroscan.app.annotation.comparing import Other
from neuroscan.app.pickers import Chosen
from neuroscan.app.seen import EXPERT, MODEL, READER
from neuroscan.data.codecs import Frame
from neuroscan.imaging import overlay

COLORS = {EXPERT: overlay.EXPERT, MODEL: overlay.MODEL, READER: overlay.SECOND_MODEL}
FRAME = np.full((60, 220), 60, np.uint8)


def box(left):
    """A mask."""
    mask = np.zeros(FRAME.shape, bool)
    mask[20:40, left : left + 20] = True
    return mask


MINE = box(10)
FOUND = [Other(kind, kind.capitalize(), box(left)) for kind, left in ((MODEL, 60), (EXPERT, 110), (READER, 160))]


def test_each_outline_has_its_owners_colour():
    picture = comparing.outlines(FRAME, MINE, FOUND)
    for color, left in [(comparing.YOU, 10), *zip((COLORS[one.kind] for one in FOUND), (60, 110, 160), strict=True)]:
        drawn = np.flatnonzero((picture == color).all(axis=2).any(axis=0))
        assert left - 5 < drawn.min() < drawn.max() < left + 25


@pytest.mark.parametrize("place", range(3))
def test_the_agreement_map_and_the_legend_have_the_colours_of_those_they_are_of(place, monkeypatch):
    shown, told = {}, {}
    monkeypatch.setattr(comparing.st, "segmented_control", lambda _, names, **__: names[place])
    monkeypatch.setattr(comparing.viewer, "picture", lambda image, words, **_: shown.update({words.split()[0]: image}))
    monkeypatch.setattr(comparing.legend, "show", told.update)
    comparing.panels(Chosen(Frame(FRAME, None, "a frame")), MINE, FOUND, None, "key")
    other = FOUND[place]
    colors = (COLORS[other.kind], comparing.YOU)
    assert np.array_equal(shown["You"], overlay.agreement(FRAME, other.mask, MINE, colors=colors))
    drawn = [one for one in FOUND if one.kind != READER or one is other]
    assert np.array_equal(shown["Outlines:"], comparing.outlines(FRAME, MINE, drawn))
    assert told == {"you": comparing.YOU, "both": overlay.BOTH} | {one.name: COLORS[one.kind] for one in drawn}
