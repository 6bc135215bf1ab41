"""A Dask cluster on this machine: a scheduler and two workers, each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Cluster:
    address: str
    workers: tuple[subprocess.Popen, ...]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = tmp_path / "scheduler.json"
    environment = os.environ | {"DASK_DISTRIBUTED__WORKER__PROFILE__INTERVAL": "1h"}

    def start(*arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(found), "--no-dashboard"]
        with (tmp_path / f"{arguments[0]}{len(processes)}.log").open("w") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    processes: list[subprocess.Popen] = []
    processes.append(start("scheduler", "--host", "127.0.0.1", "--port", "0"))
    for _ in range(2):
        processes.append(start("worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path)))
    deadline = time.monotonic() + 120
    while not found.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    try:
        yield Cluster(json.loads(found.read_text())["address"], tuple(processes[1:]))
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
