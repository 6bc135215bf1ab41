"""One interface to processes and clusters: everything arrives once, whoever dies."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from neuroscan import config
from neuroscan.explore import parallel
from neuroscan.explore.parallel import parallel_map


def square(number: int) -> int:
    return number * number


def fatal_if_13(number: int) -> int:
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return -number


def process_of(number: int) -> int:
    return os.getpid()


def meet(folder: Path) -> int:
    """Wait until another process is at work too, however late it starts."""
    (folder / str(os.getpid())).touch()
    deadline = time.monotonic() + 120
    while len(list(folder.iterdir())) < 2:
        if time.monotonic() > deadline:
            raise TimeoutError("no other process came")
        time.sleep(0.01)
    return os.getpid()


def refuse(number: int) -> int:
    raise LookupError(f"bug at {number}")


@pytest.mark.parametrize("count", [0, 1, 32, 33, 200])
def test_every_item_arrives_once(count):
    found = sorted(parallel_map(square, range(count), workers=2))
    assert found == [(number, number**2) for number in range(count)]


def test_a_handful_needs_no_processes_and_many_do(tmp_path):
    assert {pid for _, pid in parallel_map(process_of, range(5))} == {os.getpid()}
    many = {pid for _, pid in parallel_map(meet, [tmp_path] * 100, workers=2)}
    assert os.getpid() not in many and len(many) == 2


def test_items_are_taken_as_they_are_needed():
    taken = []

    def items():
        for number in range(10_000):
            taken.append(number)
            yield number

    results = parallel_map(square, items(), workers=1)
    next(results)
    # Chunks under way and those that wait for a process; not the ten thousand.
    assert len(taken) < 250
    results.close()


def test_the_item_that_kills_is_found_and_the_others_are_not_lost():
    found = dict(parallel_map(fatal_if_13, range(60), workers=2))
    assert found == {number: None if number == 13 else -number for number in range(60)}


def test_there_are_as_many_processes_as_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(parallel.processes, "pool", lambda count: asked.append(count) or ThreadPoolExecutor(count))
    for workers in (3, None):
        assert len(list(parallel_map(square, range(40), workers=workers))) == 40
    assert asked == [3, config.cores()]


def test_what_a_clusters_worker_died_of_is_tried_again_on_the_cluster(monkeypatch):
    class Death(Exception):
        pass

    def fatal(number):
        if number == 13:
            raise Death
        return -number

    @contextmanager
    def pool(scheduler, workers):
        asked.append(scheduler)
        with ThreadPoolExecutor(1) as executor:
            yield parallel._Pool(executor, 1, (Death,))

    asked: list[str | None] = []
    monkeypatch.setattr(parallel, "_pool", pool)
    found = dict(parallel_map(fatal, range(20), scheduler="there"))
    assert found == {number: None if number == 13 else -number for number in range(20)}
    assert set(asked) == {"there"}


def test_a_chunk_that_finds_its_pool_dead_is_not_lost(monkeypatch):
    class Death(Exception):
        pass

    class Mortal(ThreadPoolExecutor):
        def submit(self, *given):
            submitted.append(given)
            if len(submitted) == 2:
                raise Death
            return super().submit(*given)

    @contextmanager
    def pool(*_):
        with Mortal(1) as executor:
            yield parallel._Pool(executor, 1, (Death,))

    submitted: list[tuple] = []
    monkeypatch.setattr(parallel, "_pool", pool)
    assert dict(parallel_map(square, range(100))) == {number: number**2 for number in range(100)}


def test_bugs_stay_loud():
    with pytest.raises(LookupError, match="bug at"):
        list(parallel_map(refuse, range(50), workers=1))


def test_a_cluster_gives_the_same_and_a_killed_worker_changes_nothing(cluster):
    found = []
    for item in parallel_map(square, range(300), scheduler=cluster.address):
        found.append(item)
        if len(found) == 20:
            cluster.workers[0].kill()
    assert sorted(found) == [(number, number**2) for number in range(300)]
    # Even a handful goes to the cluster: here may be no room for it.
    elsewhere = dict(parallel_map(process_of, range(3), scheduler=cluster.address))
    assert set(elsewhere.values()) == {cluster.workers[1].pid}


def test_no_scheduler_is_one_sentence(monkeypatch):
    monkeypatch.setattr("neuroscan.explore.parallel._TIMEOUT_S", 0.5)
    with pytest.raises(ValueError, match=r"No Dask scheduler with a worker answers at 'tcp://127.0.0.1:1'"):
        list(parallel_map(square, range(100), scheduler="tcp://127.0.0.1:1"))
