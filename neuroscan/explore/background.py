"""An exploration in a process of its own: a page starts it, leaves, and finds it further on when it comes back.

A page cannot run `compute.explore` with processes itself: they would load the page's script again as their main module.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from neuroscan import config
from neuroscan.data import atomic, json_files
from neuroscan.explore import store

_FILE = "progress.json"
_HEARTBEAT_S = 1.0
_HEARTBEAT_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Status:
    """How far an exploration is.

    Attributes:
        done, total: frames; 0 of 0 until they are counted.
        is_running: whether a process is at work on it.
        error: why it ended, "" if it did not fail.
    """

    done: int = 0
    total: int = 0
    is_running: bool = False
    error: str = ""


def start(folder: Path, *, label: int = 1) -> None:
    """Start to explore a data folder, unless a process is at it already: on `config.scheduler`, if there is one.

    Args:
        folder: a data set, or a folder of data sets.
        label: which label is the nerve, in masks that hold labels.

    Raises:
        ValueError: there is no place that what it finds could be written to.
    """
    if status(folder).is_running:
        return
    try:
        _write_status(folder, Status(is_running=True))
    except OSError as error:
        raise ValueError(
            f"What is measured cannot be kept ({error.strerror}): make the data folder writable, or name a folder that "
            "is by NEUROSCAN_CACHE"
        ) from error
    command = [sys.executable, "-m", __name__, str(folder.resolve()), "--label", str(label)]
    # A session of its own, so that it outlives a server that is stopped with Ctrl-C.
    process = subprocess.Popen(
        command, cwd=config.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    threading.Thread(target=process.wait, daemon=True).start()  # so that it leaves no zombie


def status(folder: Path) -> Status:
    """Say how far the exploration of a data folder is; without a heartbeat for 30 s it counts as interrupted."""
    path = store.place(folder) / _FILE
    try:
        progress = Status(**json_files.read(path))
        is_silent = time.time() - path.stat().st_mtime > _HEARTBEAT_TIMEOUT_S
    except (OSError, ValueError, TypeError):
        return Status()
    if progress.is_running and is_silent:
        return Status(progress.done, progress.total, error="It was interrupted; what it had computed is kept.")
    return progress


def main(arguments: list[str] | None = None) -> int:
    """Explore a folder and note how far it is; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--label", type=int, default=1)
    options = parser.parse_args(arguments)
    now = [0, 0]
    error = "It failed; the server's log says why."
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_HEARTBEAT_S):
            _write_status(options.folder, Status(now[0], now[1], is_running=True))

    def step(done: int, total: int) -> None:
        now[:] = done, total

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        # Here, so that a page that asks for the status need not load what computes.
        from neuroscan.explore import compute

        compute.explore(options.folder, label=options.label, scheduler=config.scheduler(), progress=step)
        error = ""
    except ValueError as refused:
        error = str(refused)
    finally:
        over.set()
        thread.join()
        _write_status(options.folder, Status(now[0], now[1], error=error))
    return 2 if error else 0


def _write_status(folder: Path, progress: Status) -> None:
    """Write the status, whole or not at all."""
    path = store.place(folder) / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(asdict(progress)).encode())


if __name__ == "__main__":
    sys.exit(main())
