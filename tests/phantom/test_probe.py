"""What the probe does to the tissue that lies under it."""

import numpy as np
import pytest

from neuroscan.phantom.probe import SIDE, TOP, Pose, make_pose, resample_section
from neuroscan.phantom.structures import Canvas


def test_interfaces_fade_into_haze_below_the_reach():
    canvas = Canvas.blank((420 + 2 * TOP, 580 + 2 * SIDE))
    canvas.reflectivity[:] = 1
    pose = Pose(along=0.5, shift=0.0, tilt=0.0, depth_scale=1.0)
    hazy, clear = (
        resample_section(canvas, pose, np.random.default_rng(0), reach=reach).reflectivity for reach in (250, 1e6)
    )
    rows = np.array([100, 250, 280, 400])  # below the skin's own layers
    expected = 1 / (1 + np.exp((rows - 250) / 30))
    assert hazy[rows] / clear[rows] == pytest.approx(np.repeat(expected[:, None], 580, axis=1), rel=1e-3)


def test_frames_differ_by_place_shift_tilt_and_pressure():
    poses = [make_pose(np.random.default_rng(number)) for number in range(200)]
    for name, middle, spread in (("along", 0.5, 0.29), ("shift", 0, 26), ("tilt", 0, 0.05), ("depth_scale", 1, 0.04)):
        values = [getattr(pose, name) for pose in poses]
        assert np.mean(values) == pytest.approx(middle, abs=spread / 3), name
        assert np.std(values) == pytest.approx(spread, rel=0.2), name
