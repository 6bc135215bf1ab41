"""A file is the old one or the new one, never a part of either, whatever befalls its writer."""

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neuroscan.data import atomic


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_is_made_and_replaced_and_nothing_else_is_left(sync, tmp_path):
    for data in (b"old", b"", memoryview(b"new")):
        atomic.write(tmp_path / "card.json", data, sync=sync)
        assert (tmp_path / "card.json").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


def test_it_may_be_read_by_whom_any_other_file_may(tmp_path):
    """A temporary file of the standard library would be its owner's alone."""
    (tmp_path / "plain").write_bytes(b"")
    atomic.write(tmp_path / "card.json", b"")
    assert (tmp_path / "card.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(("owner", "name"), [(os, "fsync"), (Path, "replace")])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_no_part_of_the_new(owner, name, error, tmp_path, monkeypatch):
    def fail(*_):
        seen.extend(path.name for path in tmp_path.iterdir())
        raise error

    seen = []
    atomic.write(tmp_path / "card.json", b"old")
    monkeypatch.setattr(owner, name, fail)
    with pytest.raises(type(error)):
        atomic.write(tmp_path / "card.json", b"new", sync=True)
    monkeypatch.undo()
    (part,) = set(seen) - {"card.json"}  # beside it and hidden, so that no listing shows it
    assert part.startswith(".card.json.") and part.endswith(".part")
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]
    assert (tmp_path / "card.json").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127])
def test_every_name_that_a_file_may_have_can_be_written(name, tmp_path):
    atomic.write(tmp_path / name, b"whole")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]


def test_what_cannot_be_replaced_stays(tmp_path):
    (tmp_path / "card.json").mkdir()
    with pytest.raises(OSError):
        atomic.write(tmp_path / "card.json", b"new")
    with pytest.raises(FileNotFoundError):
        atomic.write(tmp_path / "nowhere" / "card.json", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


def test_writers_at_once_leave_one_whole_file_and_readers_find_no_other(tmp_path):
    path = tmp_path / "card.json"
    contents = [bytes([65 + number]) * 300_000 for number in range(8)]
    atomic.write(path, contents[0])

    def turn(data):
        found = []
        for _ in range(20):
            atomic.write(path, data)
            found.append(path.read_bytes())
        return found

    with ThreadPoolExecutor(len(contents)) as pool:
        read = [data for found in pool.map(turn, contents) for data in found]
    assert len(read) == 160 and set(read) <= set(contents)
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs names itself")
def test_only_where_it_is_asked_for_file_and_folder_are_synced(tmp_path, monkeypatch):
    path, synced = tmp_path / "card.json", []

    def note(descriptor):
        status = os.fstat(descriptor)
        synced.append(("folder" if stat.S_ISDIR(status.st_mode) else status.st_size, path.read_bytes()))

    monkeypatch.setattr(os, "fsync", note)
    atomic.write(path, b"quick")
    assert synced == []
    atomic.write(path, b"safe", sync=True)
    assert synced == [(4, b"quick"), ("folder", b"safe")]  # all of the file ahead of its name, then the name
