"""Frames taken together: mean, where nerves lie, and a map on which like lies near like."""

import cv2
import numpy as np

from neuroscan.explore import record, views


def stored(image):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def even(level):
    return np.full((120, 160), level, np.uint8)


def test_the_mean_frame_is_the_mean():
    assert views.mean_frame([stored(even(40)), stored(even(80)), stored(even(92))]).tolist() == even(71).tolist()
    assert not views.mean_frame([]).any()


def test_where_nerves_lie_counts_frames_with_a_nerve_alone():
    here = np.zeros((120, 160), bool)
    here[10:20, 30:50] = True
    both = here.copy()
    both[60:80, 100:120] = True
    occupancy = views.occupancy_map([record.pack(here), b"", record.pack(both), record.pack(here)])
    assert occupancy[15, 40] == 1 and np.isclose(occupancy[70, 110], 1 / 3) and occupancy[0, 0] == 0
    assert not views.occupancy_map([b"", b""]).any()


def test_frames_that_look_alike_lie_near_each_other():
    random = np.random.default_rng(0)
    ramp = np.linspace(0, 200, 160)[None].repeat(120, 0)
    kinds = [ramp, ramp[:, ::-1], ramp.T[:120, :1].repeat(160, 1)]
    frames = [np.clip(kind + random.normal(0, 8, kind.shape), 0, 255).astype(np.uint8) for kind in kinds * 8]
    laid, again = (views.frame_map([stored(frame) for frame in frames]) for _ in range(2))
    assert np.array_equal(laid.places, again.places)
    middle = np.stack([laid.places[kind::3].mean(axis=0) for kind in range(3)])
    nearest = np.linalg.norm(laid.places[:, None] - middle[None], axis=2).argmin(axis=1)
    assert nearest.tolist() == [0, 1, 2] * 8
    assert 0.5 < sum(laid.explained) <= 1 and laid.explained[0] >= laid.explained[1]


def test_of_many_frames_some_settle_the_map_and_all_lie_on_it(monkeypatch):
    frames = [stored(even(level)) for level in range(0, 250, 5)]
    whole = views.frame_map(frames)
    monkeypatch.setattr(views, "_MAX_FITTED", 10)
    monkeypatch.setattr(views, "_STEP", 7)
    some = views.frame_map(frames)
    assert some.places.shape == (50, 2)
    order = np.argsort(some.places[:, 0])
    assert order.tolist() in (list(range(50)), list(range(49, -1, -1)))
    assert abs(np.corrcoef(whole.places[:, 0], some.places[:, 0])[0, 1]) > 0.999


def test_too_few_frames_for_a_map_lie_at_its_origin():
    assert views.frame_map([stored(even(9))] * 2).places.tolist() == [[0, 0], [0, 0]]
    assert views.frame_map([]).places.shape == (0, 2)
    # Frames that are all the same have no components.
    same = views.frame_map([stored(even(9))] * 4)
    assert np.isfinite(same.places).all() and np.isfinite(same.explained).all()
