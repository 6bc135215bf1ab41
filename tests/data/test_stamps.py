"""Stamps change as files and folders do, and ask nothing of what their names are."""

import os

from neuroscan.data.stamps import folder_stamp, stamp
from tests.closed import close


def test_times_of_folders_with_pictures_count_two_levels_down(tmp_path):
    for place in ("own/train/more", "own/.neuroscan"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "1_1.png").touch()
    for place in ("own", "own/train"):
        (tmp_path / place / "1_1.png").touch()
    (tmp_path / "README.md").touch()
    found = [folder_stamp(tmp_path)]
    for time, place in enumerate((".", "own/.neuroscan", "own/train/more", "own/train", "own"), 1):
        os.utime(tmp_path / place, (time, time))
        found.append(folder_stamp(tmp_path))
    first, top, hidden, deeper, train, own = found
    assert first == top == hidden == deeper
    assert len({first, train, own}) == 3


def test_a_folder_that_comes_counts_even_where_it_is_not_looked_into(tmp_path):
    (tmp_path / "own" / "train").mkdir(parents=True)
    before = folder_stamp(tmp_path)
    (tmp_path / "own" / "train" / "more").mkdir()
    assert folder_stamp(tmp_path) != before


def test_names_that_are_no_text_have_stamps_too(tmp_path):
    bad = os.fsdecode(b"\xe4")
    before = folder_stamp(tmp_path)
    (tmp_path / bad).mkdir()
    (tmp_path / bad / f"{bad}.csv").touch()
    assert folder_stamp(tmp_path) != before


def test_what_is_not_there_or_may_not_be_looked_at_is_gone(tmp_path, monkeypatch):
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "1_1.png").touch()
    assert stamp(tmp_path / "vault" / "1_1.png") == stamp(str(tmp_path / "vault" / "1_1.png")) != "gone"
    close(monkeypatch, tmp_path / "vault")
    for path in (tmp_path / "vault" / "1_1.png", tmp_path / "nowhere.png", None, float("nan")):
        assert stamp(path) == "gone"
