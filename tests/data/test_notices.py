"""Tables that leave carry the disclaimer, and nothing that a spreadsheet would take for a formula."""

import pandas as pd
import pytest

from neuroscan import config
from neuroscan.data import notices


@pytest.mark.parametrize("kind", ["str", object])
def test_texts_are_no_formulas_and_all_else_stays(kind):
    names = pd.Series(["=1+1.png", "+a", "-b", "@c", "a=b", None], dtype=kind)
    numbers = pd.Series([-1, 2, -3, 4, 5, None], dtype="Int64")
    found = notices.with_disclaimer(pd.DataFrame({"file": names, "area_px": numbers, "dice": -0.5}))
    assert found["file"].tolist()[:5] == ["'=1+1.png", "'+a", "'-b", "'@c", "a=b"] and pd.isna(found["file"][5])
    pd.testing.assert_series_equal(found["area_px"], numbers, check_names=False)
    assert (found["dice"] == -0.5).all()


def test_the_note_is_the_last_column_and_the_table_itself_stays():
    table = pd.DataFrame({"file": ["=a", "b"]})
    found = notices.with_disclaimer(table)
    assert found.columns.tolist() == ["file", "note"] and set(found["note"]) == {config.DISCLAIMER}
    assert table["file"].tolist() == ["=a", "b"] and table.columns.tolist() == ["file"]


def test_a_table_without_rows_gets_the_column():
    assert notices.with_disclaimer(pd.DataFrame({"file": pd.Series(dtype=object)})).columns.tolist() == ["file", "note"]


@pytest.mark.parametrize(
    ("names", "who"),
    [
        (["lab/phantom_1"], "expert"),
        (["phantom_demo/1_1", "phantom/2_1"], "simulator"),
        (["phantom", "lab"], "expert or simulator"),
    ],
)
def test_who_says_where_the_nerve_is(names, who):
    assert notices.truth_by(*names) == who


def test_terms_call_synthetic_frames_so_and_name_the_owners_of_others():
    assert notices.terms("phantom").startswith("Synthetic") and notices.terms("my_phantoms") == notices.terms("phantom")
    assert "competition" in notices.terms("uns") and "CC BY 4.0" in notices.terms("usgra")
