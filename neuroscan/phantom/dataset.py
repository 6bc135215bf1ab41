"""Folders of phantoms in the Kaggle layout, with near-duplicates planted among them."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from neuroscan import config, processes
from neuroscan.data.layout import PLANTED_FILE
from neuroscan.data.rle import encode
from neuroscan.phantom.acoustics import scan
from neuroscan.phantom.anatomy import make_subject, section
from neuroscan.phantom.plan import Plan, plan, subject_name
from neuroscan.phantom.probe import make_pose
from neuroscan.types import Image, Mask

README = """Synthetic ultrasound, made by NeuroScan's simulator (seed {seed}). No person was scanned.

train/SUBJECT_FRAME.tif and train/SUBJECT_FRAME_mask.tif (0 or 255), train_masks.csv as on Kaggle.
planted.csv lists near-duplicate frames whose masks contradict each other on purpose.
{disclaimer}
"""


def frame(
    seed: int, *, subject: int = 1, number: int = 1, along: float | None = None, nerve: bool = True
) -> tuple[Image, Mask]:
    """Make one phantom frame.

    Args:
        seed: of the data set.
        subject: number of the subject, from 1; its frames share anatomy and machine.
        number: number of the frame in its subject, from 1.
        along: where along the neck, 0 to 1; drawn at random where None.
        nerve: whether the plexus lies in the section.

    Returns:
        The frame, (420, 580) uint8, and its mask, (420, 580) bool, empty without a nerve.

    Example:
        >>> image, mask = frame(7, nerve=False)
        >>> image.shape, image.dtype, bool(mask.any())
        ((420, 580), dtype('uint8'), False)
    """
    person = make_subject(seed, subject)
    rng = np.random.default_rng([seed, subject, 1, number])
    pose = make_pose(rng)
    if along is not None:
        pose = replace(pose, along=along)
    tissue = section(person, pose, nerve=nerve)
    # A hand on the gain, from frame to frame.
    machine = replace(person.machine, target_mean=person.machine.target_mean + rng.normal(0, 3.5))
    return scan(tissue, machine, rng), tissue.nerve


def write(
    folder: Path,
    *,
    subjects: int,
    frames: int,
    seed: int,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a data set of phantoms in the Kaggle layout. Equal numbers give equal bytes, whatever `workers` is.

    Args:
        folder: to be made; it appears only once it is complete.
        subjects: how many, 1 to 999.
        frames: how many of each.
        seed: what everything is drawn from; `DEMO_SEED` is the app's.
        workers: processes.
        progress: called with (frames done, frames in all).

    Returns:
        The folder: `train/` with frames and masks, `train_masks.csv`, `planted.csv`, `README.txt`.

    Raises:
        ValueError: if the folder already holds something, or a number is out of range.
    """
    entries = plan(subjects, frames, seed)
    _check_new(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    rows, planted = [], []
    with tempfile.TemporaryDirectory(prefix=".phantoms-", dir=folder.parent) as hidden:
        part = Path(hidden) / "set"
        (part / "train").mkdir(parents=True)
        results = _each(partial(_make, folder=part / "train", seed=seed), entries, workers)
        for done, (entry, (pixels, dice)) in enumerate(zip(entries, results, strict=True), start=1):
            name = subject_name(seed, entry.subject)
            rows.append((name, entry.number, pixels))
            if entry.duplicate_of is not None:
                kind = "elsewhere" if entry.nerve else "empty"
                planted.append((f"{name}_{entry.number}", f"{name}_{entry.duplicate_of}", kind, f"{dice:.3f}"))
            if progress:
                progress(done, len(entries))
        _table(part / "train_masks.csv", ("subject", "img", "pixels"), rows)
        _table(part / PLANTED_FILE, ("frame", "duplicate_of", "kind", "dice"), planted)
        (part / "README.txt").write_text(README.format(seed=seed, disclaimer=config.DISCLAIMER), encoding="utf-8")
        _check_new(folder)  # another process may have been quicker
        if folder.exists():
            folder.rmdir()
        return part.rename(folder)


def _check_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is not empty; expected a new folder for the phantoms. Name another, or empty it.")


def _each(make: Callable[[Plan], tuple[str, float]], entries: list[Plan], workers: int) -> Iterator[tuple[str, float]]:
    """Make every frame, here or in processes, and hand back the results in order."""
    if workers <= 1:
        yield from map(make, entries)
        return
    with processes.pool(workers) as pool:
        yield from pool.map(make, entries, chunksize=4)


def _make(entry: Plan, *, folder: Path, seed: int) -> tuple[str, float]:
    """Make and write one frame; returns its run lengths and its Dice with the frame it repeats (1 without)."""
    number = entry.duplicate_of or entry.number
    show = entry.nerve or entry.duplicate_of is not None
    image, mask = frame(seed, subject=entry.subject, number=number, along=entry.along, nerve=show)
    dice = 1.0
    if entry.duplicate_of is not None:
        rng = np.random.default_rng([seed, entry.subject, 2, entry.number])
        image, contradicting = _repeat(image, rng), contradict(mask, nerve=entry.nerve)
        dice = 2 * int((mask & contradicting).sum()) / int(mask.sum() + contradicting.sum())
        mask = contradicting
    stem = f"{subject_name(seed, entry.subject)}_{entry.number}"
    for name, pixels in ((f"{stem}.tif", image), (f"{stem}_mask.tif", mask.astype(np.uint8) * 255)):
        if not cv2.imwrite(str(folder / name), pixels):
            raise OSError(f"{folder / name} could not be written; check the room left on the disk.")
    return encode(mask), dice


def _repeat(image: Image, rng: np.random.Generator) -> Image:
    """The next frame of the same clip: a pixel or two away, a little brighter or darker, other receiver noise."""
    move = np.array([[1, 0, rng.uniform(-2, 2)], [0, 1, rng.uniform(-1, 1)]], np.float32)
    moved = cv2.warpAffine(image, move, (image.shape[1], image.shape[0]), borderMode=cv2.BORDER_REPLICATE).astype(
        np.float32
    )
    noisy = moved * rng.uniform(0.97, 1.03) + rng.normal(0, 1.5, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def contradict(mask: Mask, *, nerve: bool) -> Mask:
    """A mask that contradicts `mask`: the outline moved beside it, or nothing.

    Args:
        mask: (H, W) bool, not empty, narrower than half the frame.
        nerve: whether the contradicting mask holds an outline.

    Returns:
        (H, W) bool; no pixel in common with `mask`.

    Example:
        >>> mask = np.zeros((4, 9), bool)
        >>> mask[1:3, 5:7] = True
        >>> other = contradict(mask, nerve=True)
        >>> int(other.sum()), bool((other & mask).any())
        (4, False)
    """
    if not nerve:
        return np.zeros_like(mask)
    columns = np.flatnonzero(mask.any(axis=0))
    width = int(columns[-1] - columns[0] + 1)
    right = mask.shape[1] - columns[-1] - 1
    return np.roll(mask, width if right >= columns[0] else -width, axis=1)


def _table(path: Path, header: Iterable[str], rows: list) -> None:
    """Write rows as CSV, with the same line ends on every machine."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
