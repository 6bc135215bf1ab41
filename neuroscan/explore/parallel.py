"""A function over many items, by processes or by a Dask cluster, through one executor interface."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from neuroscan import config, processes

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK_SIZE = 16
_MAX_SERIAL = 32
_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class _Pool:
    """Where work goes: an executor, how many workers it has, and what it raises when one dies."""

    executor: Executor
    n_workers: int
    worker_death: tuple[type[Exception], ...]


def parallel_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    scheduler: str | None = None,
    workers: int | None = None,
) -> Generator[tuple[Item, Result | None], None, None]:
    """Call a function on every item in parallel, lazily and unordered.

    Items are taken as they are needed and results handed on as they come: neither piles up. A worker that dies takes
    nothing with it: its items are tried again, one by one, so that the one that kills is found.

    Args:
        function: pickled by name, so not a lambda.
        items: what to call it on.
        scheduler: address of a Dask scheduler; None for processes on this machine.
        workers: processes; None for one a core. A handful of items is worked through here without any.

    Yields:
        Each item and its result, in no order; None where the worker died on the item a second time, alone.

    Raises:
        ValueError: the scheduler does not answer, or has no worker.
    """
    queue = iter(items)
    head = list(islice(queue, _MAX_SERIAL + 1))
    if scheduler is None and len(head) <= _MAX_SERIAL:
        yield from ((item, function(item)) for item in head)
        return
    queue = chain(head, queue)
    chunks = iter(lambda: list(islice(queue, _CHUNK_SIZE)), [])
    for chunk in chunks:
        failed: list[Item] = []
        with _pool(scheduler, workers) as pool:
            yield from _run_chunks(pool, function, chain([chunk], chunks), failed)
        yield from _retry_alone(function, deque(failed), scheduler)


def _run_chunks(
    pool: _Pool,
    function: Callable[[Item], Result],
    chunks: Iterator[list[Item]],
    failed: list[Item],
) -> Iterator[tuple[Item, Result]]:
    """Work through chunks until they end or a worker dies; `failed` then holds what was under way."""
    pending: dict[Future, list[Item]] = {}
    is_broken = False
    while True:
        while not is_broken and len(pending) < 2 * pool.n_workers + 2:
            if not (chunk := next(chunks, None)):
                break
            try:
                pending[pool.executor.submit(_run_chunk, function, chunk)] = chunk
            except pool.worker_death:
                is_broken = True
                failed += chunk
        if not pending:
            return
        for future in wait(pending, return_when=FIRST_COMPLETED).done:
            chunk = pending.pop(future)
            try:
                results = future.result()
            except pool.worker_death:
                is_broken = True
                failed += chunk
                continue
            yield from zip(chunk, results, strict=True)


def _retry_alone(
    function: Callable[[Item], Result], items: deque[Item], scheduler: str | None
) -> Iterator[tuple[Item, Result | None]]:
    """Work through items one at a time: whatever kills a worker then is known."""
    while items:
        with _pool(scheduler, 1) as pool:
            while items:
                item = items.popleft()
                try:
                    yield item, pool.executor.submit(function, item).result()
                except pool.worker_death:
                    yield item, None
                    break


def _run_chunk(function: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    """What a worker is sent: a chunk, since a frame takes less time than a message."""
    return [function(item) for item in chunk]


@contextmanager
def _pool(scheduler: str | None, workers: int | None) -> Iterator[_Pool]:
    """Open an executor; work not begun is dropped when it closes."""
    if scheduler is None:
        n_workers = workers or config.cores()
        pool = processes.pool(n_workers)
        try:
            yield _Pool(pool, n_workers, (BrokenExecutor,))
        finally:
            pool.shutdown(cancel_futures=True)
        return
    # Here, so that those who have no cluster need not load it.
    from distributed import Client
    from distributed.scheduler import KilledWorker

    try:
        client = Client(scheduler, timeout=_TIMEOUT_S, set_as_default=False)
        client.wait_for_workers(1, timeout=_TIMEOUT_S)
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(
            f"No Dask scheduler with a worker answers at {scheduler!r} ({type(error).__name__}: {error}); start them "
            "with `dask scheduler` and `dask worker tcp://…`, or leave the scheduler out to use this machine's cores."
        ) from error
    with client:
        yield _Pool(client.get_executor(pure=False), sum(client.nthreads().values()), (KilledWorker,))
