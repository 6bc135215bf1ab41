"""What a run found is kept and read back, wherever the folder has moved to."""

import os

import pandas as pd
import pytest

from neuroscan.data import dataset
from neuroscan.explore import compute, results, store
from neuroscan.explore.columns import COLUMNS
from tests import own_data


@pytest.fixture
def folder(tmp_path):
    return own_data.write(tmp_path / "set", {1: (True, False), 2: (True,)})


def test_tables_come_back_as_they_were(folder):
    assert results.read(folder) is None and not results.is_current(folder)
    explored = compute.explore(folder)
    again = results.read(folder)
    assert again is not None and results.is_current(folder)
    for name in results.TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(explored, name), check_dtype=False)


def test_rows_that_come_back_can_be_read(folder, tmp_path):
    compute.explore(folder)
    moved = folder.rename(tmp_path / "elsewhere")
    again = results.read(moved)
    assert again is not None
    for _, row in again.frames.iterrows():
        image = dataset.read_image(row)
        mask = dataset.read_mask(row, image.shape)
        assert mask is not None and mask.sum() == row["area_px"] and image.mean() == pytest.approx(row["mean"])


def test_another_label_is_another_run(folder):
    compute.explore(folder)
    assert results.read(folder, label=2) is None and not results.is_current(folder, label=2)


def test_another_version_is_no_run(folder, monkeypatch):
    compute.explore(folder)
    monkeypatch.setattr(store, "VERSION", store.VERSION + 1)
    assert results.read(folder) is None


def test_a_damaged_note_is_no_run(folder):
    compute.explore(folder)
    (store.place(folder) / "state.json").write_text("{")
    assert results.read(folder) is None and not results.is_current(folder)
    assert len(compute.explore(folder).frames) == 3 and results.is_current(folder)


@pytest.mark.parametrize("table", results.TABLES)
@pytest.mark.parametrize("data", [None, b"", b"no Parquet"], ids=["gone", "empty", "other"])
def test_a_damaged_table_is_no_run_and_is_made_anew(table, data, folder):
    compute.explore(folder)
    path = store.place(folder) / f"{table}.parquet"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    assert results.read(folder) is None
    assert len(compute.explore(folder).frames) == 3 and results.read(folder)


def test_parts_are_dropped_once_neither_this_run_nor_the_one_before_counts_them(folder):
    first = compute.explore(folder).frames["key"]
    parts = set(store.place(folder).glob("part-*"))
    for turn in (1, 2):
        for path in folder.glob("*.png"):
            os.utime(path, (turn, turn))
        compute.explore(folder)
        if turn == 1:
            assert len(store.pictures(folder, first)) == 3  # a page may still show them
    assert not parts & set(store.place(folder).glob("part-*"))


@pytest.mark.parametrize("end", [b"", b"PAR1" * 40], ids=["cut off", "no footer"])
def test_damaged_rows_are_no_run_and_are_measured_anew(end, folder):
    keys = compute.explore(folder).frames["key"]
    for part in store.place(folder).glob("part-*.parquet"):
        part.write_bytes(part.read_bytes()[:100] + end)
    assert results.read(folder) is None
    compute.explore(folder)
    assert results.read(folder) and len(store.pictures(folder, keys)) == 3


def test_runs_of_two_labels_lose_each_other_no_frame(folder, monkeypatch):
    check = compute._compare

    def meanwhile(*args, **options):
        monkeypatch.setattr(compute, "_compare", check)
        compute.explore(folder, label=1)
        return check(*args, **options)

    monkeypatch.setattr(compute, "_compare", meanwhile)
    compute.explore(folder, label=2)
    assert len(store.pictures(folder, results.read(folder, label=2).frames["key"])) == 3


def test_counts_are_whole_and_missing_ones_stay_missing(folder):
    (folder / "1_2_mask.png").unlink()
    frames = compute.explore(folder).frames
    text = results.whole_numbers(frames).set_index("frame")[["area_px", "height_px"]].to_csv()
    area = int(frames.set_index("frame").loc["1_1", "area_px"])
    whole = {name for name, kind in results.whole_numbers(frames).dtypes.items() if kind == "Int64"}
    assert whole == {"parts", *(name for name in COLUMNS if name.endswith("_px") and "centroid" not in name)}
    assert f"1_1,{area},60" in text.splitlines() and "1_2,,60" in text.splitlines()


def test_paths_within_the_folder(folder):
    frames = results.inside(compute.explore(folder).frames, folder)
    assert frames["image"].tolist() == ["1_1.png", "1_2.png", "2_1.png"]
    assert frames["mask"].tolist() == ["1_1_mask.png", "1_2_mask.png", "2_1_mask.png"]


def test_every_run_has_a_stamp_of_its_own(folder):
    assert results.stamp(folder) == 0
    compute.explore(folder)
    first = results.stamp(folder)
    compute.explore(folder)
    assert results.stamp(folder) == first  # nothing had changed, so there was no run
    (folder / "1_1.png").touch()
    compute.explore(folder)
    assert 0 < first < results.stamp(folder)
