"""The probe: where it stands, and what part of the drawn tissue lies under it."""

from dataclasses import dataclass

import cv2
import numpy as np

from neuroscan.phantom.acoustics import Tissue
from neuroscan.phantom.structures import Canvas
from neuroscan.phantom.texture import noise

HEIGHT, WIDTH = 420, 580
"""Size of a frame, pixels; Kaggle UNS's."""

TOP, SIDE = 50, 90
"""Canvas around the frame, pixels, so that shift and tilt do not run out of tissue."""


@dataclass(frozen=True)
class Pose:
    """Where the probe stands.

    Attributes:
        along: place along the neck, 0 (low) to 1 (high).
        shift: to the right, pixels.
        tilt: in the plane, radians.
        depth_scale: tissue's depth on screen over its depth at rest, about 0.9 to 1.1; under 1 the probe presses.
    """

    along: float
    shift: float
    tilt: float
    depth_scale: float


def make_pose(rng: np.random.Generator) -> Pose:
    """Draw where the probe stands for one frame."""
    return Pose(
        along=rng.uniform(0, 1),
        shift=float(np.clip(rng.normal(0, 26), -75, 75)),
        tilt=rng.normal(0, 0.05),
        depth_scale=rng.normal(1, 0.04),
    )


def resample_section(canvas: Canvas, pose: Pose, rng: np.random.Generator, *, reach: float) -> Tissue:
    """Resample the canvas under the probe: rigid pose, then a smooth deformation, as tissue bends.

    Args:
        canvas: maps of shape (420 + 2 * TOP, 580 + 2 * SIDE).
        pose: where the probe stands.
        rng: draws the deformation, and the attenuation by skin and contact.
        reach: row below which interfaces fade into haze.

    Returns:
        Tissue maps of shape (420, 580).
    """
    shape = (HEIGHT, WIDTH)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    cos, sin = np.cos(pose.tilt), np.sin(pose.tilt)
    x, y = columns - WIDTH / 2, rows / pose.depth_scale
    ease = np.clip(rows / 60, 0, 1)  # the skin lies flat against the probe
    # Two deformation fields fade into each other as the probe moves along the neck.
    turn = 2.5 * pose.along
    down, across = (
        noise(rng, shape, (75, 120)) * np.cos(turn) + noise(rng, shape, (75, 120)) * np.sin(turn) for _ in range(2)
    )
    down = 5 * down + 0.8 * noise(rng, shape, (16, 36))
    across = 9 * across + 2 * noise(rng, shape, (12, 24))
    map_x = (x * cos - y * sin * ease + WIDTH / 2 + SIDE + pose.shift + across * ease).astype(np.float32)
    map_y = (x * sin * ease + y + TOP + down * ease).astype(np.float32)
    echogenicity, reflectivity, attenuation, nerve = (
        cv2.remap(field, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        for field in (canvas.echogenicity, canvas.reflectivity, canvas.attenuation, canvas.nerve)
    )
    # No interface is a perfect mirror: its strength wanders along it, and deep ones fade into haze.
    reflectivity = reflectivity * np.exp(0.8 * noise(rng, shape, (7, 30))) / (1 + np.exp((rows - reach) / 30))
    # Skin and coupling: layers as flat as the probe's face.
    fade = np.exp(-((rows / 13) ** 2))
    layers = noise(rng, shape, (3, 260))
    reflectivity = reflectivity * (1 - fade) + 2 * fade * np.clip(layers, 0, None)
    # Uneven contact and whatever lies above attenuate whole columns.
    contact = np.clip(noise(rng, shape, (400, 30)) - 0.8, 0, None) * np.exp(-((rows / 40) ** 2))
    attenuation = attenuation + 0.04 * np.clip(noise(rng, shape, (110, 52)) - 0.2, -0.4, None) + 0.1 * contact
    echogenicity = echogenicity + fade * (3 + 5 * layers)
    mask = cv2.GaussianBlur(nerve, (0, 0), 6) > 0.5  # an annotator's hand rounds corners
    return Tissue(
        echogenicity.astype(np.float32), reflectivity.astype(np.float32), attenuation.astype(np.float32), mask
    )
