"""Which phantom frames a data set holds: names, nerves, near-duplicates."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

DEMO_SEED = 588
"""Seed of the app's demo data. Training refuses it, so that the demo shows frames that no model has seen."""

ABSENT = 0.588
"""Share of frames without a nerve, as in the whole of Kaggle UNS."""

DUPLICATE_SHARE = 0.02
"""Share of frames that are a near-duplicate of another with a mask that contradicts it."""


@dataclass(frozen=True)
class Plan:
    """One frame of a data set before it is made.

    Attributes:
        subject: number of the subject, from 1.
        number: number of the frame in its subject, from 1.
        along: where along the neck the probe stands, 0 to 1; no two frames of a subject stand at the same place, but
            for a near-duplicate and its original.
        nerve: whether the written mask holds a nerve.
        duplicate_of: number of the frame that this one nearly repeats, or None.
    """

    subject: int
    number: int
    along: float
    nerve: bool
    duplicate_of: int | None = None


def subject_name(seed: int, subject: int) -> str:
    """Name of a phantom subject: P, the data set's seed, three digits; Kaggle's are bare numbers.

    Example:
        >>> subject_name(7, 1)
        'P07001'
    """
    return f"P{seed:02d}{subject:03d}"


def refuse_demo(subjects: Iterable[str]) -> None:
    """Keep the demo's phantoms out of training.

    Args:
        subjects: names of the subjects about to be trained on.

    Raises:
        ValueError: if one of them was made with the demo's seed.

    Example:
        >>> refuse_demo(["1", "P07001"])
    """
    demo = sorted({name for name in map(str, subjects) if name[:-3] == f"P{DEMO_SEED:02d}"})
    if demo:
        raise ValueError(
            f"Subjects {', '.join(demo[:5])} are the demo's phantoms (seed {DEMO_SEED}), which no model may have "
            "seen; received them for training. Make others: "
            "python -m training.phantom --out data/phantom --seed 7."
        )


def plan(subjects: int, frames: int, seed: int) -> list[Plan]:
    """Decide which frames hold a nerve and which repeat another.

    Args:
        subjects: how many, 1 to 999.
        frames: how many of each.
        seed: of the data set.

    Returns:
        One entry a frame, in order. 58.8 % of the masks are empty; a near-duplicate's mask contradicts its
        original's, either empty or somewhere else.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> frames = plan(4, 25, 7)
        >>> len(frames), sum(not f.nerve for f in frames), sum(f.duplicate_of is not None for f in frames)
        (100, 59, 2)
    """
    if not (1 <= subjects <= 999 and frames >= 1 and seed >= 0):
        raise ValueError(
            f"Received {subjects} subjects, {frames} frames and seed {seed}; expected 1 to 999 subjects, 1 frame or "
            "more, a seed of 0 or more. Mend the number that is out of range."
        )
    rng = np.random.default_rng([seed, 0])
    total = subjects * frames
    present = np.ones(total, bool)
    present[: round(ABSENT * total)] = False
    rng.shuffle(present)
    places = [(rng.permutation(frames) + rng.uniform(0.2, 0.8, frames)) / frames for _ in range(subjects)]
    along = np.concatenate(places)
    entries = [
        Plan(i // frames + 1, i % frames + 1, float(a), bool(p))
        for i, (a, p) in enumerate(zip(along, present, strict=True))
    ]
    count = round(DUPLICATE_SHARE * total)
    used: set[int] = set()
    for i in map(int, rng.permutation(np.flatnonzero(present))):
        if len(used) >= 2 * count:
            break
        # Kinds take turns, so that both occur even in a small set.
        empty = len(used) % 4 == 0
        first = i // frames * frames
        others = [j for j in range(first, first + frames) if j not in used | {i} and present[j] != empty]
        if others and i not in used:
            j = int(rng.choice(others))
            entries[j] = replace(entries[j], along=entries[i].along, duplicate_of=entries[i].number)
            used |= {i, j}
    return entries
