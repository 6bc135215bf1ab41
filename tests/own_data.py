"""A person's own folder of frames and masks, made for tests: speckle, and a bright ellipse for a nerve."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from neuroscan.data.codecs import encode_png

SHAPE = (60, 80)


def frame(present: bool, random: np.random.Generator, *, shape: tuple[int, int] = SHAPE):
    """One frame and its mask."""
    mask = np.zeros(shape, np.uint8)
    if present:
        centre = (int(random.integers(shape[1] // 3, 2 * shape[1] // 3)), int(random.integers(20, shape[0] - 20)))
        cv2.ellipse(mask, centre, (shape[1] // 8, shape[0] // 10), 0, 0, 360, 1, -1)
    image = random.rayleigh(25, shape) + 20 + 90 * mask
    return np.clip(image, 0, 255).astype(np.uint8), mask > 0


def write(
    folder: Path,
    subjects: Mapping[int, Sequence[bool]] | None = None,
    *,
    seed: int = 0,
    shape: tuple[int, int] = SHAPE,
) -> Path:
    """Write a data set in the Kaggle layout: each subject's frames, with a nerve or without, and their masks."""
    random = np.random.default_rng(seed)
    subjects = dict.fromkeys(range(1, 7), (True, True, False)) if subjects is None else subjects
    folder.mkdir(parents=True, exist_ok=True)
    for subject, frames in subjects.items():
        for number, present in enumerate(frames, start=1):
            image, mask = frame(present, random, shape=shape)
            (folder / f"{subject}_{number}.png").write_bytes(encode_png(image))
            (folder / f"{subject}_{number}_mask.png").write_bytes(encode_png(mask.astype(np.uint8) * 255))
    return folder
