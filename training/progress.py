"""A progress bar on standard error, for functions that tell how far they are by `progress(done, total)`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def bar(title: str | None = None) -> Iterator[Callable[[int, int], None]]:
    """Show a bar of frames while the block runs.

    Args:
        title: stands before it.

    Yields:
        What to pass as `progress`: takes the frames done and their number.
    """
    # The delay lets a refusal stand alone, without a bar.
    with tqdm(desc=title, unit="frame", delay=0.1) as shown:

        def step(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield step
