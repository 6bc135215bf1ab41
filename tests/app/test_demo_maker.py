"""The program that makes demo frames: once, in the first folder that takes them, and in sentences when none does."""

import subprocess
import sys
import threading

import cv2
import pytest

from neuroscan import phantom
from neuroscan.app import demo_maker
from tests.conftest import ROOT


def command(*places, subjects=1, frames=2):
    return [
        sys.executable,
        "-m",
        "neuroscan.app.demo_maker",
        *map(str, places),
        "--subjects",
        str(subjects),
        "--frames",
        str(frames),
    ]


def test_the_program_counts_frames_and_makes_the_reserved_seeds(tmp_path):
    said = subprocess.run(command(tmp_path / "phantom_demo"), capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.splitlines() == ["1 2", "2 2"]
    assert sorted(path.name for path in (tmp_path / "phantom_demo" / "train").glob("*_mask.tif")) == [
        "P588001_1_mask.tif",
        "P588001_2_mask.tif",
    ]
    assert cv2.imread(str(tmp_path / "phantom_demo" / "train" / "P588001_1.tif"), -1).shape == (420, 580)


def test_a_folder_that_takes_no_files_is_passed_over(tmp_path):
    (tmp_path / "file").touch()
    made = demo_maker.make([tmp_path / "file" / "a", tmp_path / "b" / "phantom_demo"], subjects=1, frames=1)
    assert made == tmp_path / "b" / "phantom_demo" and (made / "train" / "P588001_1.tif").is_file()


def test_no_folder_at_all_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    said = subprocess.run(command(tmp_path / "file" / "a"), capture_output=True, text=True, cwd=ROOT)
    assert said.returncode == 2 and said.stderr == ""
    assert said.stdout.startswith("! ") and "file takes no files" in said.stdout and "NEUROSCAN_CACHE" in said.stdout


def test_frames_that_are_there_stay(tmp_path, monkeypatch):
    demo_maker.make([tmp_path / "phantom_demo"], subjects=1, frames=1)
    monkeypatch.setattr(demo_maker, "write", lambda *a, **k: pytest.fail("made again"))
    demo_maker.make([tmp_path / "phantom_demo"], subjects=1, frames=1)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "phantom_demo").mkdir()
    (tmp_path / "phantom_demo" / "mine.txt").write_text("kept")
    with pytest.raises(ValueError, match="not empty"):
        demo_maker.make([tmp_path / "phantom_demo"], subjects=1, frames=1)
    assert [path.name for path in (tmp_path / "phantom_demo").iterdir()] == ["mine.txt"]


def test_two_at_once_make_it_once(tmp_path, monkeypatch):
    written = []

    def slow(folder, **rest):
        written.append(folder)
        inside.set()
        go_on.wait(30)
        return phantom.write(folder, **rest)

    inside, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(demo_maker, "write", slow)
    runs = [
        threading.Thread(
            target=demo_maker.make, args=([tmp_path / "phantom_demo"],), kwargs={"subjects": 1, "frames": 1}
        )
        for _ in range(2)
    ]
    runs[0].start()
    assert inside.wait(30)
    runs[1].start()
    runs[1].join(0.5)
    assert runs[1].is_alive()
    go_on.set()
    for run in runs:
        run.join(60)
    assert len(written) == 1 and (tmp_path / "phantom_demo" / "train" / "P588001_1.tif").is_file()


def test_when_nobody_reads_on_it_ends_and_leaves_nothing(tmp_path):
    process = subprocess.Popen(command(tmp_path / "phantom_demo", frames=40), stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout.readline() == b"1 40\n"
    process.stdout.close()
    assert process.wait(60) == 1
    assert [path.name for path in tmp_path.iterdir()] == [".phantom_demo.lock"]
