"""A whole folder: equal by every road, continued after a stop, nothing computed twice, nothing broken passed over."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset
from neuroscan.explore import compute, outliers, record, results, store
from neuroscan.explore.columns import COLUMNS
from tests import own_data

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """150 frames of 5 subjects."""
    subjects = dict.fromkeys(range(1, 6), tuple(number % 3 > 0 for number in range(30)))
    return own_data.write(tmp_path_factory.mktemp("made") / "set", subjects)


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "set")


@pytest.fixture
def measured(monkeypatch):
    """Keys of the frames that were measured, here and not in processes."""
    seen = []

    def here(function, items, **_):
        for item in items:
            seen.append(item)
            yield item, function(item)

    monkeypatch.setattr("neuroscan.explore.compute.parallel_map", here)
    return seen


def assert_equal(one: results.Explored, other: results.Explored) -> None:
    for name in results.TABLES:
        left, right = (
            getattr(explored, name).drop(columns=["image", "mask"], errors="ignore") for explored in (one, other)
        )
        pd.testing.assert_frame_equal(left, right, check_dtype=False)


def test_rows_hold_sample_and_statistics(folder, measured):
    explored = compute.explore(folder)
    samples = dataset.load(folder).samples
    assert explored.frames["name"].tolist() == ("set/" + samples["frame"]).tolist()
    assert explored.frames.columns.tolist() == [
        "name",
        *samples.columns.drop("present"),
        "key",
        *COLUMNS,
    ]
    assert explored.frames["present"].tolist() == samples["present"].tolist()
    direct = record.measure(store.jobs(samples, folder)[40])
    row = explored.frames.iloc[40]
    assert {k: row[k] for k in COLUMNS} == pytest.approx({k: direct[k] for k in COLUMNS}, nan_ok=True)
    assert explored.problems.empty


def test_processes_and_a_cluster_that_loses_a_worker_give_the_same(folder, cluster, tmp_path):
    here = compute.explore(folder, workers=2)
    other = shutil.copytree(folder, tmp_path / "again" / "set", ignore=shutil.ignore_patterns(store.FOLDER))
    killed = []

    def kill(done, total):
        if done >= 30 and not killed:
            cluster.workers[0].kill()
            killed.append(done)

    there = compute.explore(other, scheduler=cluster.address, progress=kill)
    assert killed and killed[0] < 150
    assert cluster.workers[0].wait() == -signal.SIGKILL and cluster.workers[1].poll() is None
    # Copies have other times, and so other keys.
    assert_equal(*(results.Explored(**(vars(x) | {"frames": x.frames.drop(columns="key")})) for x in (here, there)))


def test_nothing_is_measured_twice(folder, measured):
    first = compute.explore(folder)
    assert len(measured) == 150
    measured.clear()
    steps = []
    assert_equal(compute.explore(folder, progress=lambda *step: steps.append(step)), first)
    assert not measured and steps == [(150, 150)]
    # A file beside them: all is looked at again, but nothing measured.
    (folder / "notes.txt").write_text("hello")
    assert not results.is_current(folder)
    assert_equal(compute.explore(folder), first)
    assert not measured and results.is_current(folder)


def test_a_frame_that_comes_while_a_run_goes_on_is_found_by_the_next(tmp_path):
    folder = own_data.write(tmp_path / "set", {1: (True, False)})

    def meanwhile(done, total):
        (folder / "9_1.png").write_bytes((folder / "1_1.png").read_bytes())

    assert len(compute.explore(folder, progress=meanwhile).frames) == 2
    assert not results.is_current(folder)
    assert len(compute.explore(folder).frames) == 3 and results.is_current(folder)


def test_a_pair_is_named_rightly_whatever_the_order_in_which_frames_were_measured(tmp_path, monkeypatch):
    folder = own_data.write(tmp_path / "set", {1: (True, False, True)})
    (folder / "1_2.png").write_bytes((folder / "1_1.png").read_bytes())
    monkeypatch.setattr(
        "neuroscan.explore.compute.parallel_map",
        lambda function, items, **_: ((item, function(item)) for item in reversed(list(items))),
    )
    pairs = compute.explore(folder).pairs
    assert pairs[["first", "second"]].values.tolist() == [["set/1_1", "set/1_2"]]


def test_new_changed_and_removed_frames(folder, measured):
    first = compute.explore(folder).frames.set_index("name")
    measured.clear()
    image, mask = own_data.frame(True, np.random.default_rng(77))
    for name, values in (("9_1", image), ("9_1_mask", mask.astype(np.uint8) * 255), ("2_2", image)):
        (folder / f"{name}.png").write_bytes(own_data.encode_png(values))
    for name in ("3_3.png", "3_3_mask.png"):
        (folder / name).unlink()
    second = compute.explore(folder).frames.set_index("name")
    assert sorted(Path(job.image).stem for job in measured) == ["2_2", "9_1"]
    assert set(first.index) ^ set(second.index) == {"set/3_3", "set/9_1"}
    assert second.loc["set/2_2", "mean"] == image.mean() != first.loc["set/2_2", "mean"]
    same = first.index.intersection(second.index).drop("set/2_2")
    pd.testing.assert_frame_equal(first.loc[same, list(COLUMNS)], second.loc[same, list(COLUMNS)])


def test_a_worker_that_dies_on_a_frame_makes_it_a_problem(folder, monkeypatch):
    monkeypatch.setattr(
        "neuroscan.explore.compute.parallel_map",
        lambda function, items, **_: ((i, None if i.image.endswith("4_4.png") else function(i)) for i in items),
    )
    explored = compute.explore(folder)
    assert len(explored.frames) == 149
    assert explored.problems[["file", "problem"]].values.tolist() == [
        ["4_4.png", "4_4.png: the process that read it died"]
    ]


@pytest.mark.parametrize("passing", ["a limit", "a death"])
def test_what_could_not_be_read_is_tried_again_and_nothing_else(passing, folder, measured, monkeypatch):
    with monkeypatch.context() as patch:
        if passing == "a limit":
            patch.setattr("neuroscan.config.MAX_PIXELS", own_data.SHAPE[0] * own_data.SHAPE[1] - 1)
        else:
            patch.setattr(
                "neuroscan.explore.compute.parallel_map", lambda _, items, **options: ((i, None) for i in items)
            )
        assert len(compute.explore(folder).problems) == 150
    measured.clear()
    assert compute.explore(folder).problems.empty and len(measured) == 150
    measured.clear()
    assert len(compute.explore(folder).frames) == 150 and not measured


def test_an_interrupted_run_is_continued(folder, measured):
    def stop(done, total):
        if done == 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute.explore(folder, progress=stop)
    assert results.read(folder) is None
    measured.clear()
    steps = []
    explored = compute.explore(folder, progress=lambda *step: steps.append(step))
    assert len(measured) == 90 and steps[0] == (60, 150) and steps[-1] == (150, 150)
    assert len(explored.frames) == 150


def test_a_killed_run_keeps_what_it_had_flushed(folder, monkeypatch):
    script = (
        "import sys; from pathlib import Path; from neuroscan.explore import compute\n"
        "compute._FLUSH_SECONDS = 0.0\n"
        "import time; compute.explore(Path(sys.argv[1]), workers=1, progress=lambda d, t: time.sleep(0.05))"
    )
    # A file and not -c: processes that are spawned load it again as their main module.
    program = folder.parent / "program.py"
    program.write_text(f"if __name__ == '__main__':\n    {script.replace(chr(10), chr(10) + '    ')}\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, str(program), str(folder)], env=environment)
    at = store.place(folder)
    deadline = time.monotonic() + 120
    while len(list(at.glob("part-*.parquet"))) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    kept = len(store.known(at))
    assert 20 <= kept < 150
    steps = []
    assert len(compute.explore(folder, workers=1, progress=lambda *step: steps.append(step)).frames) == 150
    assert steps[0] == (kept, 150)


def test_a_read_only_folder_is_explored_into_the_cache(folder, measured, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path / "cache"))
    folder.chmod(0o555)
    before = sorted(folder.iterdir())
    compute.explore(folder)
    assert sorted(folder.iterdir()) == before
    measured.clear()
    compute.explore(folder)
    assert not measured
    folder.chmod(0o755)


def test_several_data_sets_in_one_folder(folder, tmp_path, measured):
    own_data.write(tmp_path / "more", {1: (True,), 2: (False,)}, seed=3)
    frames = compute.explore(tmp_path).frames
    assert frames.groupby("source").size().to_dict() == {"more": 2, "set": 150}
    assert frames["name"].is_unique


@pytest.mark.parametrize("kept", [0, 60])
def test_a_folder_of_broken_frames_alone_is_all_problems(folder, measured, kept):
    for path in folder.glob("*.png"):
        path.write_bytes(path.read_bytes()[:kept])
    explored = compute.explore(folder)
    assert explored.frames.empty and explored.pairs.empty and explored.contradictions.empty
    assert len(explored.problems) >= 3
    again = results.read(folder)
    assert again is not None and again.frames.empty and len(again.problems) == len(explored.problems)
    assert outliers.frame_outliers(again.frames).empty and outliers.subject_outliers(again.frames, again.pairs).empty


def test_no_data_set_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"holds no data set; expected frames S_N\.tif"):
        compute.explore(tmp_path)


def test_real_frames_agree_with_the_run_lengths(real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path))
    native = real_data / "uns_native"
    frames = compute.explore(native, workers=2).frames
    assert not (native / store.FOLDER).exists()
    rows = pd.read_csv(native / "train_masks.csv", keep_default_na=False)
    rows["frame"] = rows["subject"].astype(str) + "_" + rows["img"].astype(str)
    official = rows.set_index("frame")["pixels"].map(lambda text: sum(map(int, text.split()[1::2])))
    labelled = frames[frames["present"].notna()]
    assert len(labelled) == 50 and labelled["present"].sum() == 24
    assert labelled["area_px"].tolist() == official[labelled["frame"]].tolist()
