"""Random fields and random outlines: what keeps tissue from looking drawn."""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""A map over the frame, shape (H, W) float32."""

Points = NDArray[np.float32]
"""An outline or a line, shape (N, 2) float32, column then row in pixels, as OpenCV draws."""


def noise(rng: np.random.Generator, shape: tuple[int, int], scale: tuple[float, float]) -> Field:
    """Smooth Gaussian noise of zero mean and unit variance.

    It is drawn on a coarse grid and enlarged, so that large scales cost less than small ones.

    Args:
        rng: source of randomness.
        shape: (H, W) of the field, pixels.
        scale: spacing of that grid down and across, pixels, 1 or more; of large ones less comes out, as two cells more
            are squeezed in.

    Returns:
        The field, (H, W) float32.

    Example:
        >>> field = noise(np.random.default_rng(0), (64, 96), (4.0, 16.0))
        >>> field.shape, abs(float(field.mean())) < 1e-4, round(float(field.std()), 3)
        ((64, 96), True, 1.0)
    """
    rows, columns = (max(3, int(np.ceil(n / s)) + 2) for n, s in zip(shape, scale, strict=True))
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    field = cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    mean, deviation = cv2.meanStdDev(field)
    return (field - np.float32(mean[0, 0])) * np.float32(1 / (deviation[0, 0] + 1e-6))


def outline(
    rng: np.random.Generator,
    center: tuple[float, float],
    radii: tuple[float, float],
    *,
    angle: float = 0.0,
    wobble: float = 0.1,
) -> Points:
    """A closed outline: an ellipse whose radius wanders by a few low harmonics.

    Args:
        rng: source of randomness.
        center: column and row, pixels.
        radii: half axes along and across `angle`, pixels.
        angle: of the first axis against the horizontal, radians, clockwise on screen.
        wobble: relative strength of the wandering; 0 gives the ellipse.

    Returns:
        (72, 2) float32 points.

    Example:
        >>> points = outline(np.random.default_rng(0), (50, 40), (20, 10), wobble=0.0)
        >>> points.min(axis=0).round(1).tolist(), points.max(axis=0).round(1).tolist()
        ([30.0, 30.0], [70.0, 50.0])
    """
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radius = np.ones_like(turn)
    for harmonic in (2, 3, 4, 5):
        radius += wobble / harmonic * rng.standard_normal() * np.cos(harmonic * turn + rng.uniform(0, 2 * np.pi))
    along, across = radii[0] * radius * np.cos(turn), radii[1] * radius * np.sin(turn)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([center[0] + along * cos - across * sin, center[1] + along * sin + across * cos], axis=1).astype(
        np.float32
    )


def streaks(
    field: Field,
    position: NDArray[np.float32],
    length: NDArray[np.float32],
    slope: NDArray[np.float32],
    shape: tuple[NDArray[np.float32], NDArray[np.float32]],
    strength: NDArray[np.float32],
) -> None:
    """Draw tapering, slightly bent streaks into `field`; where two cross, the later one stays.

    Args:
        field: drawn into, (H, W) float32.
        position: (K, 2) middles, column and row, pixels.
        length: (K,) pixels.
        slope: (K,) angle against the horizontal, radians.
        shape: (K,) thickness and (K,) sag of the middle, pixels.
        strength: (K,) value written.
    """
    thickness, sag = shape
    t = np.linspace(-1, 1, 9, dtype=np.float32)
    along = length[:, None] / 2 * t
    middle = sag[:, None] * (1 - t**2)
    half = thickness[:, None] / 2 * np.sqrt(1 - 0.98 * t**2)
    u = np.concatenate([along, along[:, ::-1]], axis=1)
    v = np.concatenate([middle - half, (middle + half)[:, ::-1]], axis=1)
    cos, sin = np.cos(slope)[:, None], np.sin(slope)[:, None]
    polygon = np.stack([u * cos - v * sin, u * sin + v * cos], axis=2) + position[:, None, :]
    fixed = np.round(polygon * 16).astype(np.int32)
    for points, value in zip(fixed, strength, strict=True):
        cv2.fillPoly(field, [points], float(value), shift=4)


def fill(field: NDArray, points: Points) -> None:
    """Fill an outline in `field` with 1, to a sixteenth of a pixel."""
    cv2.fillPoly(field, [np.round(points * 16).astype(np.int32)], 1.0, shift=4)


def ribbon(rng: np.random.Generator, field: Field, points: Points, *, thickness: float) -> None:
    """Draw a line that swells, thins and breaks off; `thickness` is its mean, pixels.

    A closed line repeats its first point at the end.
    """
    ahead = np.gradient(points, axis=0)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / (np.hypot(*ahead.T)[:, None] + 1e-6)
    swell = noise(rng, (3, len(points)), (1, max(2.0, len(points) / 9)))[1]
    half = thickness / 2 * np.clip(0.55 + 0.9 * swell, 0, None)[:, None]
    fill(field, np.concatenate([points - normal * half, (points + normal * half)[::-1]]))
