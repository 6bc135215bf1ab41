"""Marks hold for all tests that they are meant for."""

import subprocess
import sys

from tests.conftest import ROOT


def test_what_asks_for_real_frames_is_marked_real_and_nothing_else():
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-m", "real"]
    done = subprocess.run([*command, "tests/imaging/test_measure.py"], cwd=ROOT, capture_output=True, text=True)
    listed = [line for line in done.stdout.splitlines() if "::" in line]
    assert listed == ["tests/imaging/test_measure.py::test_a_native_mask_measures_what_it_counts"], done.stdout
