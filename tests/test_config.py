"""Folders and limits come from the environment, or are the usual ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neuroscan import config
from tests.conftest import ROOT


@pytest.mark.parametrize(("given", "address"), [("", None), (None, None), ("tcp://here:1", "tcp://here:1")])
def test_a_scheduler_is_the_variables_or_none(given, address, monkeypatch):
    monkeypatch.delenv("NEUROSCAN_SCHEDULER", raising=False)
    if given is not None:
        monkeypatch.setenv("NEUROSCAN_SCHEDULER", given)
    assert config.scheduler() == address


@pytest.mark.parametrize("given", ["", None, "elsewhere"])
def test_a_folder_is_the_variables_or_else_the_usual_one(given, monkeypatch):
    monkeypatch.delenv("NEUROSCAN_DATA", raising=False)
    if given is not None:
        monkeypatch.setenv("NEUROSCAN_DATA", given)
    assert config.data_dir() == (Path("elsewhere") if given else config.ROOT / "data")


@pytest.mark.parametrize(("given", "label"), [("", 1), (None, 1), ("3", 3)])
def test_a_label_is_the_variables_or_else_the_first(given, label, monkeypatch):
    monkeypatch.delenv("NEUROSCAN_LABEL", raising=False)
    if given is not None:
        monkeypatch.setenv("NEUROSCAN_LABEL", given)
    assert config.nerve_label() == label


def test_a_number_that_is_none_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("NEUROSCAN_LABEL", "25M")
    with pytest.raises(ValueError, match="NEUROSCAN_LABEL is '25M'; expected a whole number, 1 if it is not set"):
        config.nerve_label()


def test_what_whoever_runs_the_tests_has_set_does_not_count_in_them():
    """Else a README's reader, who names folders of data and models, sees tests fail."""
    code = "import conftest; from neuroscan import config; print(config.MAX_FRAMES, config.weights_dir())"
    variables = os.environ | {"NEUROSCAN_MAX_FRAMES": "3", "NEUROSCAN_WEIGHTS": "elsewhere"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True)
    assert done.stdout.strip() == f"500 {ROOT / 'weights'}", done.stderr
