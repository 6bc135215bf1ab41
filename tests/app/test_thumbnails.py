"""The row of thumbnails: every tile shows its own frame."""

import pytest

from neuroscan.app import thumbnails


@pytest.mark.parametrize("chosen", [0, 13, 29])
def test_a_tile_has_the_picture_and_the_words_of_its_own_frame(chosen, monkeypatch):
    shown = []
    monkeypatch.setattr(thumbnails.st, "session_state", {})
    monkeypatch.setattr(thumbnails.viewer, "gallery", lambda tiles, **_: shown.extend(tiles))
    labels = {f"lab/{number}": f"frame {number}" for number in range(30)}
    thumbnails.row(labels, lambda place: bytes([place]), chosen=f"lab/{chosen}", on_pick=lambda name: None)
    frames = [tile for tile in shown if tile.name in labels]
    numbers = range(chosen // 12 * 12, min(chosen // 12 * 12 + 12, 30))
    assert [(tile.name, tile.label, tile.png) for tile in frames] == [
        (f"lab/{number}", f"frame {number}", bytes([number])) for number in numbers
    ]
