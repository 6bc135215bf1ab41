"""Makes the demo's synthetic frames, in a process of its own.

python -m neuroscan.app.demo_maker FOLDER [FOLDER] --subjects 10 --frames 15

A server cannot do it itself: the processes that share the work begin by importing the program's main file, which is
Home.py there. On its own it also leaves the server free for its visitors, and outlives a page that is left.
It writes a line "done total" for each frame, or a last line "! why not".
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from neuroscan import config
from neuroscan.phantom import DEMO_SEED, write

_MOST_WORKERS = 4


def make(
    places: Sequence[Path],
    *,
    subjects: int,
    frames: int,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write demo frames into the first folder that takes them; who comes second waits, and finds them there.

    Args:
        places: folders to be made, in order of preference.
        subjects: how many, 1 to 999.
        frames: how many of each.
        workers: processes.
        progress: called with (frames done, frames in all).

    Returns:
        The folder that holds them.

    Raises:
        ValueError: no folder takes them, or one holds other files already.
    """
    complaints = []
    for folder in places:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            # However long another program needs for its frames.
            with FileLock(folder.parent / f".{folder.name}.lock", timeout=-1):
                if not any(folder.glob("train/*_mask.tif")):
                    write(folder, subjects=subjects, frames=frames, seed=DEMO_SEED, workers=workers, progress=progress)
            return folder
        except OSError as error:
            complaints.append(f"{folder.parent} takes no files ({error.strerror or error})")
    raise ValueError(
        f"{'; '.join(complaints)}. Expected one folder that can be written to: name one by NEUROSCAN_CACHE."
    )


def _say(line: str) -> None:
    """Write a line to whoever started this; end when nobody reads on."""
    try:
        os.write(sys.stdout.fileno(), f"{line}\n".encode())
    except BrokenPipeError:
        raise SystemExit(1) from None


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the demo's synthetic frames.")
    parser.add_argument("places", type=Path, nargs="+", help="folders to be made, in order of preference")
    parser.add_argument("--subjects", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True, help="frames of each subject")
    options = parser.parse_args(arguments)
    try:
        make(
            options.places,
            subjects=options.subjects,
            frames=options.frames,
            workers=min(config.cores(), _MOST_WORKERS),
            progress=lambda done, total: _say(f"{done} {total}"),
        )
    except ValueError as error:
        _say(f"! {' '.join(str(error).split())}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
