"""Tables that leave carry the disclaimer, and nothing that a spreadsheet would take for a formula."""

from pathlib import Path

import pandas as pd
import pytest

from neuroscan import config


@pytest.mark.parametrize("kind", ["str", object])
def test_texts_are_no_formulas_and_all_else_stays(kind):
    names = pd.Series(["=1+1.png", "+a", "-b", "@c", "a=b", None], dtype=kind)
    numbers = pd.Series([-1, 2, -3, 4, 5, None], dtype="Int64")
    found = config.with_disclaimer(pd.DataFrame({"file": names, "area_px": numbers, "dice": -0.5}))
    assert found["file"].tolist()[:5] == ["'=1+1.png", "'+a", "'-b", "'@c", "a=b"] and pd.isna(found["file"][5])
    pd.testing.assert_series_equal(found["area_px"], numbers, check_names=False)
    assert (found["dice"] == -0.5).all()


def test_the_note_is_the_last_column_and_the_table_itself_stays():
    table = pd.DataFrame({"file": ["=a", "b"]})
    found = config.with_disclaimer(table)
    assert found.columns.tolist() == ["file", "note"] and set(found["note"]) == {config.DISCLAIMER}
    assert table["file"].tolist() == ["=a", "b"] and table.columns.tolist() == ["file"]


def test_a_table_without_rows_gets_the_column():
    assert config.with_disclaimer(pd.DataFrame({"file": pd.Series(dtype=object)})).columns.tolist() == ["file", "note"]


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
