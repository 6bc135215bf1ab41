"""What the probe does to the tissue that lies under it."""

import cv2
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


def test_all_maps_and_the_mask_bend_alike_and_otherwise_for_each_subject():
    pose = Pose(along=0.5, shift=20.0, tilt=0.1, depth_scale=0.95)
    centroids = []
    for subject in range(4):
        canvas = Canvas.blank((420 + 2 * TOP, 580 + 2 * SIDE))
        cv2.circle(canvas.nerve, (SIDE + 290, TOP + 210), 60, 1.0, cv2.FILLED)
        canvas.echogenicity[:], canvas.reflectivity[:], canvas.attenuation[:] = (
            value * canvas.nerve for value in (100, 1000, 10)
        )
        tissue = resample_section(canvas, pose, np.random.default_rng(subject), reach=1e6)
        for seen in (tissue.echogenicity > 50, tissue.attenuation > 5, tissue.reflectivity > 25):
            assert 2 * (seen & tissue.nerve).sum() / (seen.sum() + tissue.nerve.sum()) > 0.97
        centroids.append(np.argwhere(tissue.nerve).mean(axis=0))
    rows, columns = np.ptp(centroids, axis=0)
    assert rows > 2 and columns > 2
