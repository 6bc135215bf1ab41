"""A written folder: layout, determinism, planted near-duplicates, refusals."""

import csv
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from neuroscan import config
from neuroscan.data import dataset as data_sets
from neuroscan.data import notices
from neuroscan.data.rle import decode
from neuroscan.phantom import dataset, plan


def written(folder, workers):
    """A small set with more near-duplicates than usual, so that it holds both kinds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "DUPLICATE_SHARE", 0.1)
        return dataset.write(folder, subjects=2, frames=11, seed=7, workers=workers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("made") / "phantoms", workers=1)


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_layout_and_run_lengths(folder):
    table = rows(folder / "train_masks.csv")
    assert len(table) == 22
    for row in table:
        stem = f"{row['subject']}_{row['img']}"
        image = cv2.imread(str(folder / "train" / f"{stem}.tif"), cv2.IMREAD_UNCHANGED)
        mask = cv2.imread(str(folder / "train" / f"{stem}_mask.tif"), cv2.IMREAD_UNCHANGED)
        assert image.shape == mask.shape == (420, 580)
        assert image.dtype == mask.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 255}
        assert np.array_equal(decode(row["pixels"], (420, 580)), mask > 0)
    assert sum(not row["pixels"] for row in table) == round(0.588 * 22)


def test_planted_near_duplicates_look_alike_and_contradict(folder):
    planted = rows(folder / "planted.csv")
    assert {row["kind"] for row in planted} == {"empty", "elsewhere"}

    def read(stem):
        return cv2.imread(str(folder / "train" / f"{stem}.tif"), 0).astype(float)

    for row in planted:
        one, two = (cv2.GaussianBlur(read(row[k]), (0, 0), 4) for k in ("duplicate_of", "frame"))
        assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.97
        first, second = (
            cv2.imread(str(folder / "train" / f"{row[k]}_mask.tif"), 0) > 0 for k in ("duplicate_of", "frame")
        )
        assert first.any() and second.any() == (row["kind"] == "elsewhere")
        assert 2 * (first & second).sum() / (first.sum() + second.sum()) < 0.2
        assert float(row["dice"]) < 0.2


@pytest.mark.parametrize("workers", [1, 2])
def test_equal_bytes_on_a_second_run_with_one_or_two_processes(folder, tmp_path, workers):
    again = written(tmp_path / "phantoms", workers)
    files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    assert len(files) == 2 * 22 + 3 and len(rows(folder / "planted.csv")) == 2
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    for name in files:
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name


def test_near_duplicates_are_no_copies(folder):
    for row in rows(folder / "planted.csv"):
        one, two = (cv2.imread(str(folder / "train" / f"{row[k]}.tif"), 0) for k in ("duplicate_of", "frame"))
        assert (one != two).mean() > 0.2


def test_the_folder_says_that_no_person_was_scanned_and_with_which_seed_it_was_made(folder):
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert text.startswith("Synthetic ultrasound, made by NeuroScan's simulator (seed 7). No person was scanned.")
    assert config.DISCLAIMER in text


def test_a_frame_that_is_not_written_is_an_error_and_no_gap(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imwrite", lambda *_: False)
    with pytest.raises(OSError, match=r"P01001_1\.tif could not be written"):
        dataset.write(tmp_path / "phantoms", subjects=1, frames=1, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_every_frame(tmp_path):
    seen = []
    dataset.write(tmp_path / "phantoms", subjects=1, frames=3, seed=1, progress=lambda *step: seen.append(step))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_interrupted_run_leaves_no_folder_and_can_be_repeated(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataset.write(tmp_path / "phantoms", subjects=1, frames=2, seed=1, progress=stop)
    assert list(tmp_path.iterdir()) == []
    assert len(list((dataset.write(tmp_path / "phantoms", subjects=1, frames=2, seed=1) / "train").iterdir())) == 4


def test_what_another_process_wrote_meanwhile_stays(tmp_path):
    def meanwhile(done, total):
        (tmp_path / "phantoms").mkdir()
        (tmp_path / "phantoms" / "theirs.txt").write_text("kept")

    with pytest.raises(ValueError, match="not empty"):
        dataset.write(tmp_path / "phantoms", subjects=1, frames=1, seed=1, progress=meanwhile)
    assert [path.read_text() for path in (tmp_path / "phantoms").iterdir()] == ["kept"]


def test_a_full_folder_is_refused(tmp_path):
    full = tmp_path / "phantoms"
    full.mkdir()
    (full / "mine.txt").write_text("kept")
    with pytest.raises(ValueError, match="not empty"):
        dataset.write(full, subjects=1, frames=1, seed=1)
    assert (full / "mine.txt").read_text() == "kept" and len(list(full.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [("phantoms", "phantoms"), ("My_Phantom", "My_Phantom"), ("sim", "phantom_sim"), ("sim_native", "phantom_sim")],
)
def test_what_is_written_is_loaded_as_synthetic_whatever_it_is_called(tmp_path, name, source):
    made = dataset.write(tmp_path / name, subjects=1, frames=1, seed=1)
    assert set(data_sets.load(tmp_path).samples["source"]) == {source} and notices.is_synthetic(source)
    assert set(data_sets.load(made / "train").samples["source"].map(notices.is_synthetic)) == {True}


def test_frames_of_one_seed_repeat_and_of_two_differ():
    (one, mask), (same, _), (other, _) = dataset.frame(5), dataset.frame(5), dataset.frame(6)
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert one.shape == mask.shape == (420, 580) and mask.any()
    assert not dataset.frame(5, nerve=False)[1].any()


def test_each_frame_of_each_subject_has_a_pose_and_a_gain_of_its_own(monkeypatch):
    monkeypatch.setattr(dataset, "section", lambda person, pose, *, nerve: SimpleNamespace(nerve=pose))
    monkeypatch.setattr(dataset, "scan", lambda tissue, machine, rng: machine.target_mean)
    frames = [
        dataset.frame(seed, subject=subject, number=number)
        for seed, subject, number in ((5, 1, 1), (5, 1, 2), (5, 2, 1), (6, 1, 1))
    ]
    assert len({pose.tilt for _, pose in frames}) == len({gain for gain, _ in frames}) == 4
    assert dataset.frame(5, along=0.25)[1] == replace(dataset.frame(5)[1], along=0.25)


@pytest.mark.parametrize(("columns", "moved_to"), [(slice(1, 5), slice(5, 9)), (slice(4, 8), slice(0, 4))])
def test_a_contradicting_outline_lies_beside_and_whole(columns, moved_to):
    mask, expected = np.zeros((2, 3, 9), bool)
    mask[1, columns] = expected[1, moved_to] = True
    assert np.array_equal(dataset.contradict(mask, nerve=True), expected)


def test_a_subject_keeps_its_machine_and_shares_it_with_no_other_seeds(monkeypatch):
    monkeypatch.setattr(dataset, "scan", lambda tissue, machine, rng: machine)
    first, next_frame, other_seed, other_subject = (
        dataset.frame(seed, subject=subject, number=number)[0].frequency
        for seed, subject, number in ((5, 1, 1), (5, 1, 2), (6, 1, 1), (5, 2, 1))
    )
    assert first == next_frame and len({first, other_seed, other_subject}) == 3
