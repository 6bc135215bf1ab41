"""Processes that share work."""

import os
import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import time

import cv2

from neuroscan import processes

inherited = []


def state():
    return len(inherited), cv2.getNumThreads()


if __name__ == "__main__":
    inherited.append("what a process that is forked finds")
    with processes.pool(1) as pool:
        print(*pool.submit(state).result(), flush=True)
        time.sleep(600)
"""


def test_workers_begin_afresh_have_one_thread_of_opencv_and_end_with_a_process_that_is_killed(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, str(tmp_path / "program.py")]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE) as process:
        told = process.stdout.readline()
        process.kill()
        # Workers write to the same pipe: it ends with the last of them.
        assert (told, process.stdout.read()) == (b"0 1\n", b"")
