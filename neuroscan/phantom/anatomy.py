"""Synthetic necks: a subject's anatomy, and the sections that a moving probe takes of it."""

from dataclasses import dataclass

import numpy as np

from neuroscan.phantom import structures as draw
from neuroscan.phantom.acoustics import Machine, Tissue
from neuroscan.phantom.probe import HEIGHT, SIDE, TOP, WIDTH, Pose, resample_section
from neuroscan.phantom.structures import Canvas, Place
from neuroscan.phantom.texture import Points, outline

STRETCHES = 6
"""Parts of a neck with a texture and a plexus of their own."""


@dataclass(frozen=True)
class Subject:
    """One synthetic subject and the scanner's settings for it.

    Attributes:
        seed: what everything about this subject is drawn from.
        machine: scanner settings.
        fat: depth of the superficial fascia, pixels.
        groove: column and row of the groove between the scalene muscles, pixels in the frame.
        lean: angle of the groove against the horizontal, radians.
        size: half length and half width of the plexus, pixels.
        scale: size of vessels and muscles against the mean.
        richness: amount of connective tissue against the mean.
        reach: row below which interfaces fade into haze.
    """

    seed: tuple[int, ...]
    machine: Machine
    fat: float
    groove: tuple[float, float]
    lean: float
    size: tuple[float, float]
    scale: float
    richness: float
    reach: float


def make_subject(*seed: int) -> Subject:
    """Draw a subject.

    Args:
        *seed: any non-negative integers; equal ones give the equal subject.

    Returns:
        The subject.

    Example:
        >>> make_subject(7, 1) == make_subject(7, 1), make_subject(7, 1) == make_subject(7, 2)
        (True, False)
    """
    rng = np.random.default_rng(seed)
    machine = Machine(
        frequency=rng.uniform(10, 13.5),
        focus=rng.uniform(0.3, 0.55),
        dynamic_range=rng.uniform(48.5, 55),
        target_mean=rng.normal(102, 7),
        sharpen=rng.uniform(0.55, 1.2),
        compensation=rng.uniform(0.25, 0.5),
    )
    return Subject(
        seed=seed,
        machine=machine,
        fat=rng.uniform(35, 85),
        groove=(rng.uniform(240, 390), rng.uniform(150, 220)),
        lean=rng.uniform(1.75, 2.75),
        size=(rng.uniform(54, 76), rng.uniform(30, 42)),
        scale=rng.uniform(0.85, 1.2),
        richness=rng.uniform(0.7, 1.3),
        reach=rng.uniform(260, 420),
    )


def section(subject: Subject, pose: Pose, *, nerve: bool) -> Tissue:
    """Cut a section through the subject where the probe stands.

    Args:
        subject: whose neck.
        pose: where the probe stands.
        nerve: whether the plexus lies in the section; where not, the groove holds a look-alike: a vessel cut
            across, a loop of fascia, a small muscle.

    Returns:
        Tissue maps of shape (420, 580).

    Example:
        >>> tissue = section(make_subject(7, 1), Pose(along=0.5, shift=0, tilt=0, depth_scale=1), nerve=True)
        >>> tissue.echogenicity.shape, bool(tissue.nerve.any())
        ((420, 580), True)
    """
    canvas = Canvas.blank((HEIGHT + 2 * TOP, WIDTH + 2 * SIDE))
    # Anatomy belongs to the subject and drifts along the neck; texture belongs to a stretch of it. Each part has a
    # generator of its own, so that what one part draws does not change the next.
    body = np.random.default_rng([*subject.seed, 2])
    drift = body.normal(0, 1, 6) * (pose.along - 0.5)
    stretch = np.random.default_rng([*subject.seed, 3, int(pose.along * STRETCHES)])
    parts = iter(stretch.spawn(12))
    center = (subject.groove[0] + SIDE + 30 * drift[0], subject.groove[1] + TOP + 22 * drift[1])
    axis = subject.lean + 0.2 * drift[2]

    draw.connective(canvas, next(parts), subject.richness)
    _floor(canvas, body.spawn(1)[0], 330 + TOP + 30 * drift[3], 60 * drift[4], subject.scale)
    _scalenes(canvas, next(parts), center, axis, subject.scale)
    _vessels(canvas, body.spawn(1)[0], center, pose, subject.scale)
    _surface(canvas, body.spawn(1)[0], subject.fat + TOP)
    decoy, where = next(parts), stretch.uniform((120, 30), (200, 90))
    if stretch.random() < 0.5:
        # Look-alikes stand beside nerves too: their presence must not give away that there is none.
        _lookalike(canvas, decoy, (center[0] + where[0], center[1] + where[1]), axis)
    if nerve:
        size = np.array(subject.size) * stretch.uniform(0.88, 1.14, 2)
        draw.plexus(canvas, next(parts), center, (size[0], size[1]), axis)
    else:
        _lookalike(canvas, np.random.default_rng([*subject.seed, 4, int(pose.along * 1e6)]), center, axis)
    return resample_section(canvas, pose, np.random.default_rng([*subject.seed, 5]), reach=subject.reach)


def _scalenes(canvas: Canvas, rng: np.random.Generator, center: Place, axis: float, scale: float) -> None:
    """The muscles on both sides of the groove."""
    aside = (np.sin(axis), -np.cos(axis))
    for side, (long, deep), slope in ((-1, (115, 68), 0.1), (1, (130, 72), -0.15)):
        middle = (
            center[0] + side * aside[0] * (long * scale + 20),
            center[1] + 35 + side * aside[1] * 0.5 * (deep * scale + 30),
        )
        tilt = slope + rng.normal(0, 0.1)
        belly = outline(rng, middle, (long * scale, deep * scale), angle=tilt, wobble=0.16)
        draw.muscle(canvas, rng, belly, slope=slope, striae=rng.uniform(1, 3))


def _vessels(canvas: Canvas, rng: np.random.Generator, center: Place, pose: Pose, scale: float) -> None:
    """Carotid artery and jugular vein; the probe's pressure flattens the vein."""
    column, row = center[0] - rng.uniform(150, 230), center[1] + rng.uniform(60, 110)
    artery, vein = rng.random() < 0.7, rng.random() < 0.6
    one, two = rng.spawn(2)
    if artery:
        points = outline(one, (column, row), (40 * scale, 37 * scale), wobble=0.05)
        draw.vessel(canvas, one, points, wall=1.6)
    if vein:
        height = 22 * scale * np.clip(1 + 8 * (pose.depth_scale - 1), 0.3, 1.4)
        points = outline(two, (column + 50, row - rng.uniform(60, 90)), (44 * scale, height), wobble=0.12)
        draw.vessel(canvas, two, points, wall=1.0)


def _floor(canvas: Canvas, rng: np.random.Generator, depth: float, rise: float, scale: float) -> None:
    """Deep muscle, transverse processes and pleura with their shadows."""
    columns = canvas.echogenicity.shape[1]
    for part in rng.spawn(3):
        centre = (part.uniform(0, columns), depth + part.uniform(-60, 20))
        belly = outline(part, centre, (part.uniform(60, 120) * scale, part.uniform(30, 55)), wobble=0.2)
        draw.muscle(canvas, part, belly, slope=part.normal(0, 0.2), striae=part.uniform(0.5, 1.5))
    line = draw.wander(rng, columns, depth, rise, 14)
    start, length = int(rng.integers(0, len(line) - 20)), int(rng.integers(14, 40))
    draw.bone(canvas, rng, line[start : start + length], shadow=rng.uniform(0.01, 0.09))


def _surface(canvas: Canvas, rng: np.random.Generator, depth: float) -> None:
    """Sternocleidomastoid between two layers of fascia, `depth` pixels down."""
    columns = canvas.echogenicity.shape[1]
    top = draw.wander(rng, columns, depth, rng.normal(10, 8), 4)
    start, thick = rng.uniform(-0.2, 0.25) * columns, rng.uniform(32, 64)
    belly = draw.lens(top, (start, start + rng.uniform(330, 560)), thick)
    under = draw.wander(rng, columns, 0, rng.normal(8, 8), 4)
    lower = belly[len(belly) // 2 :][::-1]
    under[:, 1] += np.maximum(np.interp(under[:, 0], lower[:, 0], lower[:, 1]), top[:, 1] + 8)
    one, two, three, four = rng.spawn(4)
    _fat(canvas, four, top)
    draw.muscle(canvas, one, belly, slope=0.02, striae=2.5)
    draw.fascia(canvas, two, under, strength=2.8, thickness=7)
    draw.fascia(canvas, three, top, strength=2.6, thickness=5)


def _fat(canvas: Canvas, rng: np.random.Generator, floor: Points) -> None:
    """Fat over the superficial fascia `floor`, parted by long, thin septa."""
    columns = canvas.echogenicity.shape[1]
    canvas.reflectivity[: int(floor[:, 1].min())] *= 0.35
    for depth in np.arange(TOP + rng.uniform(12, 18), floor[:, 1].max(), rng.uniform(9, 15)):
        septum = draw.wander(rng, columns, depth, rng.normal(0, 8), 4)
        draw.fascia(canvas, rng, septum, strength=rng.uniform(0.3, 1.5), thickness=rng.uniform(2, 4))


def _lookalike(canvas: Canvas, rng: np.random.Generator, center: Place, axis: float) -> None:
    """What may be taken for the plexus where it is not: a vessel, a loop of fascia, a small muscle."""
    kind = rng.integers(3)
    size = (rng.uniform(40, 65), rng.uniform(22, 35))
    if kind == 0:
        points = outline(rng, center, (0.5 * size[0], 0.75 * size[1]), wobble=0.08)
        draw.vessel(canvas, rng, points, wall=1.6)
    elif kind == 1:
        draw.sheath(canvas, rng, outline(rng, center, size, angle=axis, wobble=0.15), strength=3.0, thickness=4)
    else:
        draw.muscle(canvas, rng, outline(rng, center, size, angle=axis, wobble=0.15), slope=0.0, striae=2.0)
