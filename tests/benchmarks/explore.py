"""Data Explorer: a folder of phantom frames, measured and stored, against one process of plain scikit-image."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from neuroscan import phantom
from neuroscan.data import codecs
from neuroscan.explore import compute
from tests.explore import plain

FRAMES = 300


def run() -> dict[str, float]:
    """Time both over the same frames and columns, processes, near-duplicates and Parquet files among ours."""
    with tempfile.TemporaryDirectory() as place:
        folder = phantom.write(Path(place) / "phantoms", subjects=12, frames=FRAMES // 12, seed=3, workers=2)
        pairs = [(mask.with_name(mask.name.replace("_mask", "")), mask) for mask in folder.rglob("*_mask.tif")]

        def slow() -> None:
            for image_path, mask_path in pairs:
                image = codecs.read(image_path)[0].image
                plain.frame_row(image)
                plain.mask_row(image, codecs.read_mask(mask_path))

        def quick() -> None:
            compute.explore(folder, workers=2)

        cold = _seconds(quick)
        warm = _seconds(quick)
        figures = {f"explore, {FRAMES} frames of 580x420 (s)": cold, "the same again, nothing changed (s)": warm}
        figures["the same columns by plain scikit-image (s)"] = _seconds(slow)
        figures["plain scikit-image / explore (4 or more)"] = (
            figures["the same columns by plain scikit-image (s)"] / cold
        )
    return figures


def _seconds(call: Callable[[], None]) -> float:
    """How long one call takes: it is long enough to be timed once."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
