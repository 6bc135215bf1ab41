"""How long a call takes."""

import time
from collections.abc import Callable

import numpy as np


def median_ms(call: Callable[[], object], *, repeats: int = 30) -> float:
    """Median milliseconds of a call, after three that do not count."""
    seconds = []
    for turn in range(repeats + 3):
        start = time.perf_counter()
        call()
        if turn >= 3:
            seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)) * 1000
