"""Folders and limits come from the environment, or are the usual ones."""

from pathlib import Path

import pytest

from neuroscan import config


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
