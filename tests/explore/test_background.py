"""A run in a process of its own: started once, followed, lost, refused."""

import json
import os
import time
from types import SimpleNamespace

import pytest

from neuroscan.explore import background, results, store
from tests import own_data


def wait_for_end(folder):
    deadline = time.monotonic() + 200
    while background.status(folder).is_running and time.monotonic() < deadline:
        time.sleep(0.2)
    return background.status(folder)


def test_a_run_is_started_once_and_followed_to_its_end(tmp_path, monkeypatch):
    folder = own_data.write(tmp_path / "set", {1: (True, False), 2: (True,)})
    assert background.status(folder) == background.Status()
    background.start(folder)
    assert background.status(folder).is_running
    monkeypatch.setattr("subprocess.Popen", None)
    background.start(folder)
    assert wait_for_end(folder) == background.Status(3, 3)
    assert results.is_current(folder)


def test_a_run_has_a_session_and_the_label_that_it_was_started_with(tmp_path, monkeypatch):
    """In the server's session Ctrl-C would end it with the server."""
    started, explored = [], []

    def popen(command, **options):
        started.append((command, options))
        return SimpleNamespace(wait=lambda: 0)

    monkeypatch.setattr("subprocess.Popen", popen)
    background.start(tmp_path, label=3)
    ((command, options),) = started
    assert options["start_new_session"] and command[1:3] == ["-m", background.__name__]
    monkeypatch.setattr(
        "neuroscan.explore.compute.explore", lambda folder, *, label, **_: explored.append((folder, label))
    )
    assert background.main(command[3:]) == 0
    assert explored == [(tmp_path, 3)]


def test_while_it_runs_it_says_how_far_it_is(tmp_path, monkeypatch):
    """A large folder takes minutes; a run that is silent for half a minute counts as interrupted."""
    found = []

    def explore(folder, *, progress, **_):
        progress(3, 9)
        deadline = time.monotonic() + 100
        while background.status(folder).total != 9 and time.monotonic() < deadline:
            time.sleep(0.01)
        found.append(background.status(folder))

    monkeypatch.setattr(background, "_HEARTBEAT_S", 0.01)
    monkeypatch.setattr("neuroscan.explore.compute.explore", explore)
    assert background.main([str(tmp_path)]) == 0
    assert found == [background.Status(3, 9, is_running=True)]


def test_it_runs_on_the_scheduler_that_the_environment_names(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr("neuroscan.explore.compute.explore", lambda *_, scheduler, **__: given.append(scheduler))
    for address in ("tcp://here:1", ""):
        monkeypatch.setenv("NEUROSCAN_SCHEDULER", address)
        assert background.main([str(tmp_path)]) == 0
    assert given == ["tcp://here:1", None]


def test_a_refusal_reaches_the_page(tmp_path):
    assert background.main([str(tmp_path)]) == 2
    noted = background.status(tmp_path)
    assert not noted.is_running and "holds no data set" in noted.error


def test_a_bug_is_noted_and_stays_loud(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise LookupError("bug")

    monkeypatch.setattr("neuroscan.explore.compute.explore", fail)
    with pytest.raises(LookupError):
        background.main([str(tmp_path)])
    assert "log says why" in background.status(tmp_path).error


def test_a_process_that_is_not_heard_of_is_over(tmp_path):
    note = store.place(tmp_path) / "progress.json"
    note.parent.mkdir()
    note.write_text(json.dumps({"done": 5, "total": 9, "is_running": True}))
    assert background.status(tmp_path) == background.Status(5, 9, is_running=True)
    os.utime(note, (time.time() - 60,) * 2)
    lost = background.status(tmp_path)
    assert (lost.done, lost.is_running) == (5, False) and "interrupted" in lost.error


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nothing": 1}'])
def test_a_damaged_note_is_none(tmp_path, text):
    note = store.place(tmp_path) / "progress.json"
    note.parent.mkdir()
    note.write_text(text)
    assert background.status(tmp_path) == background.Status()
