"""Processes that share work: begun afresh, one thread of OpenCV each, and gone with whoever started them."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor

import cv2


def pool(count: int) -> ProcessPoolExecutor:
    """Make a pool of processes.

    Args:
        count: how many.
    """
    # Forking a process that already has threads (a web server, OpenCV) can hang.
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Set up a worker."""
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: one that is killed ends no pool, which would wait on."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
