"""What lies in a neck, drawn one by one into the maps of a canvas."""

from dataclasses import dataclass

import cv2
import numpy as np

from neuroscan.phantom.texture import Field, Points, fill, noise, outline, ribbon, streaks

Place = tuple[float, float]


@dataclass(frozen=True)
class Canvas:
    """The maps of a section while it is drawn; the arrays are written in place.

    Attributes:
        echogenicity: strength of the scatterers, (H, W) float32, dB.
        reflectivity: of smooth (specular) interfaces, (H, W) float32.
        attenuation: two-way, (H, W) float32, dB a pixel.
        nerve: (H, W) float32, 1 = nerve.
    """

    echogenicity: Field
    reflectivity: Field
    attenuation: Field
    nerve: Field

    @classmethod
    def blank(cls, shape: tuple[int, int]) -> "Canvas":
        """A canvas of uniform tissue, shape (H, W)."""
        maps = [np.zeros(shape, np.float32) for _ in range(4)]
        maps[2] += 0.045
        return cls(*maps)

    def around(self, points: Points, margin: int = 12) -> tuple["Canvas", Points]:
        """The part of the canvas about an outline, as views, and the outline in its coordinates."""
        rows, columns = self.echogenicity.shape
        low = np.clip(np.floor(points.min(0)) - margin, 0, [columns - 24, rows - 24]).astype(int)
        high = np.clip(np.ceil(points.max(0)) + margin, low + 24, [columns, rows]).astype(int)
        part = (slice(low[1], high[1]), slice(low[0], high[0]))
        maps = (self.echogenicity[part], self.reflectivity[part], self.attenuation[part], self.nerve[part])
        return Canvas(*maps), (points - low).astype(np.float32)


def inside(canvas: Canvas, points: Points, *, edge: float = 1.5) -> Field:
    """The inside of an outline with a soft edge `edge` pixels wide, (H, W) float32 in [0, 1]."""
    mask = np.zeros(canvas.echogenicity.shape, np.float32)
    fill(mask, points)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), edge), np.float32)


def wander(rng: np.random.Generator, columns: int, depth: float, rise: float, sway: float) -> Points:
    """A line across the canvas: `depth` in the middle, `rise` from left to right, swaying by `sway`, pixels."""
    x = np.arange(-20, columns + 21, 10, dtype=np.float32)
    bend = noise(rng, (8, len(x)), (8, 28))[4] * sway
    return np.stack([x, depth + rise * (x / columns - 0.5) + bend], axis=1).astype(np.float32)


def connective(canvas: Canvas, rng: np.random.Generator, richness: float) -> None:
    """Background of fat and fibres: grain, undulating lines, tapering streaks."""
    shape = canvas.echogenicity.shape
    canvas.echogenicity[:] += (
        3 * noise(rng, shape, (6, 22)) + 4 * noise(rng, shape, (16, 36)) + 4 * noise(rng, shape, (50, 80)) - 3
    )
    for scale in ((12, 75), (18, 120)):
        grain = noise(rng, shape, scale)
        gate = np.clip(noise(rng, shape, (26, 45)), 0.02, None)
        canvas.reflectivity[:] += 2.2 * richness * np.exp(-((grain / (0.10 * gate)) ** 2)) * gate
    scatter(canvas, rng, None, count=int(150 * richness), fine=1.2)


def scatter(
    canvas: Canvas,
    rng: np.random.Generator,
    points: Points | None,
    *,
    count: int,
    slope: float = 0.0,
    fine: float = 1.0,
) -> None:
    """Throw tapering streaks over an outline's inside, or over the whole canvas; they gather in bundles.

    Args:
        canvas: drawn into.
        rng: source of randomness.
        points: outline, or None for everywhere.
        count: how many.
        slope: their mean angle against the horizontal, radians.
        fine: length against thickness, compared with fat's septa.
    """
    shape = canvas.reflectivity.shape
    low, high = (np.zeros(2), np.array(shape[::-1])) if points is None else (points.min(0), points.max(0))
    position = rng.uniform(low, high, (count, 2)).astype(np.float32)
    row, column = (np.clip(position[:, i].astype(int), 0, shape[1 - i] - 1) for i in (1, 0))
    bundle, lie = noise(rng, shape, (35, 50))[row, column], noise(rng, shape, (60, 80))[row, column]
    length = fine * rng.gamma(2.0, 24.0, count).astype(np.float32) + 8
    tilt = (slope + 0.14 * lie + rng.normal(0, 0.13, count)).astype(np.float32)
    strength = (rng.gamma(0.9, 1.1, count) * np.exp(0.75 * bundle)).clip(0, 7).astype(np.float32)
    thickness = (1.2 + strength * rng.uniform(0.5, 1.6, count) / fine).clip(1, 8 / fine)
    thickness = np.minimum(thickness, length / 7).astype(np.float32)
    sag = rng.normal(0, 0.06, count).astype(np.float32) * length
    layer = np.zeros_like(canvas.reflectivity)
    streaks(layer, position, length, tilt, (thickness, sag), strength)
    if points is not None:
        layer *= inside(canvas, points)
    canvas.reflectivity[:] += layer / fine


def lens(top: Points, reach: tuple[float, float], thickness: float) -> Points:
    """The outline of a flat belly that hangs below the line `top`, tapering at both columns of `reach`."""
    x = np.linspace(*reach, 40)
    upper = np.interp(x, top[:, 0], top[:, 1])
    share = np.linspace(0, 1, 40)
    sag = thickness * (4 * share * (1 - share)) ** 0.8
    return np.concatenate([np.stack([x, upper], axis=1), np.stack([x, upper + sag], axis=1)[::-1]]).astype(np.float32)


def muscle(canvas: Canvas, rng: np.random.Generator, points: Points, *, slope: float, striae: float) -> None:
    """A muscle belly: darker than its surroundings, fine striations along `slope`, a bright epimysium.

    Args:
        canvas: drawn into.
        rng: source of randomness.
        points: its outline.
        slope: direction of the fibres, radians.
        striae: streaks per 1,000 square pixels.
    """
    canvas, points = canvas.around(points)
    soft = inside(canvas, points, edge=2.5)
    shape = canvas.echogenicity.shape
    body = rng.normal(-10.5, 1.5) + 2.5 * noise(rng, shape, (5, 26)) + 4.0 * noise(rng, shape, (26, 45))
    canvas.echogenicity[:] += soft * (body - canvas.echogenicity)
    canvas.reflectivity[:] *= 1 - 0.97 * soft
    canvas.attenuation[:] += soft * 0.012
    scatter(canvas, rng, points, count=int(striae * cv2.contourArea(points) / 1000), slope=slope, fine=1.5)
    sheath(canvas, rng, points, strength=1.3, thickness=3.5)


def sheath(canvas: Canvas, rng: np.random.Generator, points: Points, *, strength: float, thickness: float) -> None:
    """A fascia along a closed outline, here bright, there missing, as the beam finds it."""
    fascia(canvas, rng, np.concatenate([points, points[:2]]), strength=strength, thickness=thickness)


def fascia(canvas: Canvas, rng: np.random.Generator, points: Points, *, strength: float, thickness: float) -> None:
    """A bright line that thickens, thins and breaks off.

    Args:
        canvas: drawn into.
        rng: source of randomness.
        points: from one end to the other.
        strength: reflectivity; fat's scatterers are 1.
        thickness: its mean, pixels.
    """
    canvas, points = canvas.around(points)
    line = np.zeros_like(canvas.reflectivity)
    ribbon(rng, line, points, thickness=thickness)
    canvas.reflectivity[:] += strength * line


def vessel(canvas: Canvas, rng: np.random.Generator, points: Points, *, wall: float) -> None:
    """An artery or vein cut across: hardly an echo inside, a bright wall, brighter tissue behind it."""
    canvas, points = canvas.around(points)
    soft = inside(canvas, points, edge=3.5)
    canvas.echogenicity[:] += soft * (-16 + 3 * noise(rng, soft.shape, (12, 24)) - canvas.echogenicity)
    canvas.reflectivity[:] *= 1 - soft
    canvas.attenuation[:] -= soft * (canvas.attenuation + 0.03)
    sheath(canvas, rng, points, strength=wall, thickness=3)


def bone(canvas: Canvas, rng: np.random.Generator, points: Points, *, shadow: float) -> None:
    """A bone's or the pleura's surface: a strong line with little behind it.

    Args:
        canvas: drawn into.
        rng: source of randomness.
        points: the surface, from left to right.
        shadow: attenuation below it, dB a pixel.
    """
    below = np.concatenate([points, points[::-1] * [1, 0] + [0, canvas.echogenicity.shape[0] + 40]]).astype(np.float32)
    soft = cv2.blur(inside(canvas, below), (61, 1))
    canvas.reflectivity[:] *= 1 - 0.95 * soft
    canvas.echogenicity[:] += soft * (-9 + 3 * noise(rng, soft.shape, (9, 60)) - canvas.echogenicity)
    canvas.attenuation[:] += soft * shadow
    fascia(canvas, rng, points, strength=5, thickness=8)


def plexus(canvas: Canvas, rng: np.random.Generator, center: Place, size: Place, angle: float) -> None:
    """Roots of the plexus: a chain of dark, rimmed fascicles in a brighter sheath, and its outline as mask.

    The mask is the smooth hull that an annotator draws round the chain, not the sum of the fascicles.

    Args:
        canvas: drawn into.
        rng: source of randomness.
        center: column and row, pixels.
        size: half length along the chain and half width, pixels.
        angle: of the chain against the horizontal, radians.
    """
    hull = outline(rng, center, size, angle=angle, wobble=0.06)
    fill(canvas.nerve, hull)
    canvas, hull = canvas.around(hull)
    middle = hull.mean(0)
    ahead = np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-ahead[1], ahead[0]])
    soft = inside(canvas, (hull - middle) * np.float32(0.92) + middle, edge=5)
    canvas.echogenicity[:] += soft * (4.0 + 4 * noise(rng, soft.shape, (6, 14)) - canvas.echogenicity)
    canvas.reflectivity[:] *= 1 - soft
    scatter(canvas, rng, hull, count=int(rng.integers(8, 20)), slope=0.0)
    count = int(rng.integers(3, 5))
    along = np.linspace(-0.7, 0.7, count) + rng.normal(0, 0.05, count)
    for u, v in zip(along * size[0], rng.uniform(-0.3, 0.3, count) * size[1], strict=True):
        radius = min(size[0] / count, size[1] * 0.62) * rng.uniform(0.85, 1.1)
        fascicle_center = middle + u * ahead + v * aside
        fascicle = outline(
            rng, tuple(fascicle_center), (radius * rng.uniform(0.95, 1.4), radius), angle=angle, wobble=0.12
        )
        core = inside(canvas, fascicle)
        canvas.echogenicity[:] += core * (-11 + 2 * noise(rng, core.shape, (5, 9)) - canvas.echogenicity)
        canvas.reflectivity[:] *= 1 - core
        sheath(canvas, rng, fascicle, strength=2.2, thickness=4)
    sheath(canvas, rng, hull, strength=1.5, thickness=4)
