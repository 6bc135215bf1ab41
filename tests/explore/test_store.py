"""What is stored, under which key, and where."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset
from neuroscan.explore import record, store
from tests import own_data


@pytest.fixture
def folder(tmp_path):
    return own_data.write(tmp_path / "set", {1: (True, False, True)})


def keys(folder):
    return [job.key for job in store.jobs(dataset.load(folder).samples, folder)]


def measured(folder):
    return [record.measure(job) for job in store.jobs(dataset.load(folder).samples, folder)]


def test_a_key_changes_with_what_its_row_depends_on(folder):
    before = keys(folder)
    assert len(set(before)) == 3 and keys(folder) == before
    os.utime(folder / "1_1.png", ns=(1, 1))
    os.utime(folder / "1_3_mask.png", ns=(1, 1))
    after = keys(folder)
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False]
    (folder / "1_2_mask.png").unlink()
    assert keys(folder)[1] != after[1]
    relabelled = dataset.load(folder, label=2).samples
    assert not set(after) & {job.key for job in store.jobs(relabelled, folder)}


def test_another_version_counts_nothing_that_was_stored_before(folder, monkeypatch):
    before, snapshot = keys(folder), store.snapshot(folder, label=1)
    monkeypatch.setattr(store, "VERSION", store.VERSION + 1)
    assert not set(keys(folder)) & set(before) and store.snapshot(folder, label=1) != snapshot


def test_another_size_at_the_same_time_changes_the_key(folder):
    before, image = keys(folder), folder / "1_2.png"
    time = image.stat().st_mtime_ns
    image.write_bytes(image.read_bytes() + b"\0")
    os.utime(image, ns=(time, time))
    assert [a == b for a, b in zip(before, keys(folder), strict=True)] == [True, False, True]


def test_a_moved_folder_keeps_its_keys(folder, tmp_path):
    before = keys(folder)
    assert keys(folder.rename(tmp_path / "elsewhere")) == before


def test_run_lengths_count_where_there_is_no_mask(folder):
    samples = dataset.load(folder).samples.assign(mask=None, rle=["1 5", "", None])
    made = store.jobs(samples, folder)
    assert [job.rle for job in made] == ["1 5", "", None]
    assert len({job.key for job in made}) == 3
    # Another run, and a frame without a nerve that was unlabelled before.
    other = store.jobs(samples.assign(rle=["1 6", None, None]), folder)
    assert [a.key == b.key for a, b in zip(made, other, strict=True)] == [False, False, True]


def test_run_lengths_count_for_nothing_beside_a_mask(folder):
    samples = dataset.load(folder).samples
    assert [job.key for job in store.jobs(samples.assign(rle="1 5"), folder)] == keys(folder)


def test_rows_come_back_as_they_were(folder):
    at, rows = store.place(folder), measured(folder)
    store.append(at, rows[:2], label=1)
    store.append(at, [*rows[1:], {"key": "x", "problem": "broken"}], label=1)
    store.append(at, [], label=1)
    assert store.known(at) == {row["key"] for row in rows}
    asked = [rows[2], rows[0], rows[1]]
    wanted = [row["key"] for row in asked]
    found = store.rows(at, wanted, columns=["mean", "present"]).set_index("key").loc[wanted]
    assert found["mean"].tolist() == [row["mean"] for row in asked]
    assert found["present"].tolist() == [True, True, False]
    assert store.rows(at, wanted[:1], columns=["mean"])["key"].tolist() == wanted[:1]
    pictures = store.pictures(folder, wanted, columns=["thumbnail", "nerve"])
    assert pictures.index.tolist() == wanted
    assert pictures["thumbnail"].tolist() == [row["thumbnail"] for row in asked]


def test_an_empty_store(tmp_path):
    assert store.known(tmp_path) == set()
    assert store.rows(tmp_path, ["a"], columns=["mean"]).columns.tolist() == ["key", "mean"]


def test_parts_that_are_cut_off_or_of_another_version_are_dropped(folder):
    at, rows = store.place(folder), measured(folder)
    store.append(at, rows[:1], label=1)
    (part,) = at.glob("part-*.parquet")
    (at / "part-cut.parquet").write_bytes(part.read_bytes()[:200])
    pd.DataFrame({"key": ["old"], "mean": [1.0]}).to_parquet(at / "part-old.parquet")
    assert store.known(at) == {rows[0]["key"]}
    assert list(at.glob("part-*.parquet")) == [part]


def test_rows_are_never_seen_half_written(folder, monkeypatch):
    """Another run would take a part that is cut off for broken, and remove it."""
    rename, seen = Path.replace, []
    at = store.place(folder)
    monkeypatch.setattr(Path, "replace", lambda path, to: seen.append(list(at.glob("part-*"))) or rename(path, to))
    store.append(at, measured(folder), label=1)
    assert seen == [[]] and len(store.known(at)) == 3


def test_pruning_leaves_what_still_counts(folder):
    at, rows = store.place(folder), measured(folder)
    store.append(at, rows[:2], label=1)
    store.append(at, rows[2:], label=1)
    store.append(at, [rows[1] | {"key": "of label 2"}], label=2)
    store.prune(at, {rows[0]["key"]}, label=1)
    assert store.known(at) == {rows[0]["key"], rows[1]["key"], "of label 2"}  # a part goes as a whole


def test_the_store_lies_beside_the_frames_or_in_the_cache(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path / "cache"))
    assert store.place(folder) == folder / ".neuroscan"
    other = tmp_path / "other" / "set"
    shutil.copytree(folder, other)
    for one in (folder, other):
        one.chmod(0o555)
    places = {store.place(folder), store.place(other)}
    assert len(places) == 2 and {place.parent for place in places} == {tmp_path / "cache" / "explore"}
    folder.chmod(0o755)
    other.chmod(0o755)


def test_a_snapshot_sees_every_change_but_its_own_store(folder):
    before = store.snapshot(folder, label=1)
    store.append(store.place(folder), measured(folder), label=1)
    assert store.snapshot(folder, label=1) == before != store.snapshot(folder, label=2)
    (folder / "notes.txt").write_text("new")
    changed = store.snapshot(folder, label=1)
    assert changed != before
    (folder / "notes.txt").unlink()
    assert store.snapshot(folder, label=1) == before
    (folder / "deep" / "er" / "still").mkdir(parents=True)
    below = store.snapshot(folder, label=1)
    (folder / "deep" / "er" / "still" / "1.tif").touch()
    assert len({before, below, store.snapshot(folder, label=1)}) == 3
    shutil.rmtree(folder / "deep")
    image = folder / "1_1.png"
    image.write_bytes(np.random.default_rng(0).bytes(image.stat().st_size))
    assert store.snapshot(folder, label=1) != before


def test_a_snapshot_takes_names_that_are_no_text(folder):
    before = store.snapshot(folder, label=1)
    (folder / os.fsdecode(b"caf\xe9.txt")).touch()
    assert store.snapshot(folder, label=1) != before


def test_a_snapshot_sees_into_data_sets_that_are_links(folder, tmp_path):
    links = tmp_path / "links"
    links.mkdir()
    (links / "set").symlink_to(folder)
    (folder / "back").symlink_to(links)
    before = store.snapshot(links, label=1)
    (folder / "1_1.png").touch()
    assert store.snapshot(links, label=1) != before
