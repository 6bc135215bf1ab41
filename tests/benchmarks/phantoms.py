"""Phantoms: the command that makes them, in 2 processes, from its start to the finished folder."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUBJECTS, FRAMES = 10, 15
"""As many as the app's demo."""


def run() -> dict[str, float]:
    """Time `training.phantom` once: it is long enough."""
    total = SUBJECTS * FRAMES
    with tempfile.TemporaryDirectory() as place:
        options = ["--out", Path(place) / "phantoms", "--subjects", SUBJECTS, "--frames", FRAMES, "--workers", 2]
        command = [sys.executable, "-m", "training.phantom", *map(str, options)]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - start
    return {
        f"{total} phantom frames, 2 processes, 30 or less (s)": seconds,
        "training.phantom, 2 processes, 10 or more (frames/s)": total / seconds,
    }
