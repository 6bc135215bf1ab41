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
