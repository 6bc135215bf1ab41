"""Marks hold for all tests that they are meant for."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(("mark", "count"), [("real", 1), ("not real", 0)])
def test_whatever_asks_for_real_frames_is_marked_real(mark, count):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-m", mark]
    done = subprocess.run([*command, "tests/imaging/test_measure.py"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.count("test_a_native_mask_measures_what_it_counts") == count
    assert done.returncode == 0, done.stdout
