"""All frames of a folder, measured by processes or a Dask cluster, and what is wrong with them."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neuroscan.data import dataset, layout
from neuroscan.explore import contradictions, record, results, store
from neuroscan.explore.columns import COLUMNS
from neuroscan.explore.parallel import parallel_map

Progress = Callable[[int, int], None]

_FLUSH_ROWS = 512
_FLUSH_SECONDS = 5.0


def explore(
    folder: Path,
    *,
    label: int = 1,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> results.Explored:
    """Find out what is in a data folder and what is wrong with it.

    What was computed before is read; only frames that are new, have changed or could not be read are measured. Rows
    are stored as they come, so an interrupted run is continued by the next. Frames travel through memory a few at a
    time.

    Args:
        folder: a data set, or a folder of data sets.
        label: which label is the nerve, in masks that hold labels.
        scheduler: address of a Dask scheduler (tcp://host:port), whose workers see the same paths and have this
            package; None for processes on this machine.
        workers: processes; None for one a core.
        progress: called with (frames done, frames in all).

    Returns:
        The tables.

    Raises:
        ValueError: the folder holds no data set, or the scheduler does not answer.
    """
    folder = folder.resolve()
    if not layout.find(folder):
        raise ValueError(
            f"{folder.name} holds no data set; expected frames S_N.tif with S_N_mask.tif, or the folders images/ and "
            "masks/, here or in its subfolders. Name another folder."
        )
    state = store.snapshot(folder, label=label)
    stored = results.read(folder, label=label) if results.is_current(folder, label=label) else None
    # What went wrong may have passed: memory ran out, a limit was raised, a folder was closed.
    if stored and stored.problems.empty:
        if progress:
            progress(len(stored.frames), len(stored.frames))
        return stored
    data = dataset.load(folder, label=label)
    jobs = store.jobs(data.samples, folder)
    store_folder = store.place(folder)
    broken = _measure(jobs, store_folder, label=label, scheduler=scheduler, workers=workers, progress=progress)
    keyed = data.samples.assign(key=np.array([job.key for job in jobs], object))
    frames = _join(keyed, store.rows(store_folder, keyed["key"], columns=list(COLUMNS)))
    problems = pd.concat([data.problems, _problems(keyed, broken)], ignore_index=True).astype(object)
    pairs, contradictory = _compare(frames, store_folder, scheduler=scheduler, workers=workers)
    explored = results.Explored(frames, problems, pairs, contradictory)
    results.keep(folder, explored, state=state, label=label)
    return explored


def _compare(
    frames: pd.DataFrame, store_folder: Path, *, scheduler: str | None, workers: int | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find near-duplicates, and those of them that contradict each other; none where no frame could be read."""
    if frames.empty:
        none = pd.DataFrame(columns=contradictions.CONTRADICTION_COLUMNS, dtype=object)
        return none[contradictions.PAIR_COLUMNS], none
    pictures = store.rows(store_folder, frames["key"], columns=["signature", "pattern", "nerve"]).set_index("key")
    pictures = pictures.loc[frames["key"]]
    pairs = contradictions.near_duplicates(
        frames["name"], record.features(pictures["signature"]), record.patterns(pictures["pattern"])
    )
    return pairs, contradictions.check(pairs, frames, pictures["nerve"], scheduler=scheduler, workers=workers)


def _measure(
    jobs: list[record.Job],
    store_folder: Path,
    *,
    label: int,
    scheduler: str | None,
    workers: int | None,
    progress: Progress | None,
) -> dict[str, str]:
    """Measure and store what is not stored yet; returns the sentence of each frame that is broken, by key."""
    stored = store.known(store_folder)
    todo = [job for job in jobs if job.key not in stored]
    done = len(jobs) - len(todo)
    broken: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    flushed = time.monotonic()
    if progress:
        progress(done, len(jobs))
    # Closed here and not when the garbage collector comes by, so that an interrupted run ends its processes.
    with closing(parallel_map(record.measure, todo, scheduler=scheduler, workers=workers)) as results:
        try:
            for job, row in results:
                row = row or {"key": job.key, "problem": f"{Path(job.image).name}: the process that read it died"}
                if "problem" in row:
                    broken[job.key] = row["problem"]
                rows.append(row)
                done += 1
                if progress:
                    progress(done, len(jobs))
                if len(rows) >= _FLUSH_ROWS or time.monotonic() - flushed > _FLUSH_SECONDS:
                    store.append(store_folder, rows, label=label)
                    rows, flushed = [], time.monotonic()
        finally:
            store.append(store_folder, rows, label=label)
    return broken


def _join(samples: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One row a frame that could be read: what the folder says of it, then what was measured."""
    names = dataset.frame_names(samples)
    # Presence is what the mask shows, which the samples table knows from run lengths alone.
    joined = samples.drop(columns="present").assign(name=names).merge(rows, on="key", how="inner")
    return joined[["name", *joined.columns.drop("name")]]


def _problems(samples: pd.DataFrame, broken: dict[str, str]) -> pd.DataFrame:
    """Rows of the problems table for frames that could not be measured."""
    rows = samples[samples["key"].isin(broken)]
    files = [Path(path).name for path in rows["image"]]
    return pd.DataFrame({"source": rows["source"], "file": files, "problem": rows["key"].map(broken)})
