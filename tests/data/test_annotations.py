"""Drawings on the disk: nothing that was saved is lost, whoever writes, whatever is killed or how things are called."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from neuroscan.data import annotations, atomic, codecs, dataset, shapes
from neuroscan.data.annotations import Annotation
from neuroscan.data.safe_names import file_name, reader_name
from neuroscan.data.shapes import Outline
from tests import own_data
from tests.closed import close

ROOT = Path(__file__).resolve().parents[2]


def square(side, *, corner=(5, 5)):
    """An outline of side x side pixels."""
    x, y = corner
    return Outline(((x, y), (x + side, y), (x + side, y + side), (x, y + side)))


def drawing(side=10, *, frame="1_1", reader="Ann", source="own", shape=own_data.SHAPE):
    outlines = (square(side),) if side else ()
    return Annotation(source, frame, reader, outlines, shape, hashlib.sha256(b"frame").hexdigest())


def in_front(folder, *, source="own", reader="Ann", frame="1_1"):
    """Mask and record that other programs read."""
    place = folder / source / reader
    return codecs.read_mask(place / f"{frame}_mask.png"), json.loads((place / f"{frame}.json").read_text())


def test_what_is_saved_is_read_again(tmp_path):
    kept = annotations.save(replace(drawing(12), model_shown=True), tmp_path)
    assert kept.version == 1 and kept.time.endswith("+00:00")
    assert annotations.latest(tmp_path, "own", "Ann", "1_1") == kept
    mask, record = in_front(tmp_path)
    assert mask.shape == own_data.SHAPE and mask.sum() == 144 and mask[5:17, 5:17].all()
    assert record["outlines"] == [{"points": [[5, 5], [17, 5], [17, 17], [5, 17]], "cut": False}]
    assert record["frame_sha256"] == hashlib.sha256(b"frame").hexdigest()
    assert (record["reader"], record["time"], record["version"]) == ("Ann", kept.time, 1)
    assert (record["model_shown"], record["expert_shown"], record["reader_shown"]) == (True, False, False)


@pytest.mark.parametrize("shown", ["model_shown", "expert_shown", "reader_shown"])
def test_what_the_reader_had_seen_is_read_again(shown, tmp_path):
    kept = annotations.save(replace(drawing(), **{shown: True}), tmp_path)
    assert annotations.latest(tmp_path, "own", "Ann", "1_1") == kept
    assert [kept.model_shown, kept.expert_shown, kept.reader_shown].count(True) == 1


def test_a_drawing_that_could_not_be_read_back_is_refused(tmp_path):
    points = tuple((5 + 0.01 * (n // 2), 5 + n % 2) for n in range(shapes.MAX_POINTS + 1))
    annotations.save(drawing(), tmp_path)
    with pytest.raises(ValueError, match="may have 5,000 points, received 5,001"):
        annotations.save(replace(drawing(), outlines=(Outline(points),)), tmp_path)
    assert [kept.version for kept in annotations.versions(tmp_path, "own", "Ann", "1_1")] == [1]
    assert annotations.save(replace(drawing(), outlines=(Outline(points[1:]),)), tmp_path).version == 2
    assert annotations.latest(tmp_path, "own", "Ann", "1_1").version == 2


def test_no_nerve_is_a_drawing_too(tmp_path):
    annotations.save(drawing(0), tmp_path)
    mask, record = in_front(tmp_path)
    assert mask.shape == own_data.SHAPE and not mask.any() and record["outlines"] == []


def test_earlier_versions_stay_to_the_byte(tmp_path):
    annotations.save(drawing(10), tmp_path)
    first = {path.name: path.read_bytes() for path in (tmp_path / "own" / "Ann" / "versions").iterdir()}
    for side in (11, 12):
        annotations.save(drawing(side), tmp_path)
    found = annotations.versions(tmp_path, "own", "Ann", "1_1")
    assert [(one.version, one.mask().sum()) for one in found] == [(1, 100), (2, 121), (3, 144)]
    assert in_front(tmp_path)[0].sum() == 144
    for name, data in first.items():
        assert (tmp_path / "own" / "Ann" / "versions" / name).read_bytes() == data


def test_a_version_that_somebody_took_away_lets_no_other_be_written_over(tmp_path):
    for side in (10, 11):
        annotations.save(drawing(side), tmp_path)
    for path in (tmp_path / "own" / "Ann" / "versions").glob("1_1.0001*"):
        path.unlink()
    assert annotations.save(drawing(12), tmp_path).version == 3
    found = annotations.versions(tmp_path, "own", "Ann", "1_1")
    assert [(one.version, one.mask().sum()) for one in found] == [(2, 121), (3, 144)]


def test_versions_of_five_digits_are_the_newest(tmp_path):
    annotations.save(drawing(10), tmp_path)
    for path in (tmp_path / "own" / "Ann" / "versions").iterdir():
        path.rename(path.with_name(path.name.replace("0001", "9999")))
    for version, side in ((10_000, 11), (10_001, 12)):
        assert annotations.save(drawing(side), tmp_path).version == version
        assert annotations.latest(tmp_path, "own", "Ann", "1_1").version == version
        (path,) = annotations.masks(tmp_path, "own", "Ann").values()
        assert codecs.read_mask(path).sum() == side**2


def test_readers_and_frames_do_not_mix(tmp_path):
    for side, (source, reader, frame) in enumerate(
        [("own", "Ann", "1_1"), ("own", "Ann", "1_2"), ("own", "Bo", "1_1"), ("other", "Ann", "1_1")], start=3
    ):
        annotations.save(drawing(side, source=source, reader=reader, frame=frame), tmp_path)
    assert annotations.readers(tmp_path, "own") == ["Ann", "Bo"]
    assert annotations.readers(tmp_path, "nowhere") == []
    found = annotations.masks(tmp_path, "own", "Ann")
    assert {name: codecs.read_mask(path).sum() for name, path in found.items()} == {"1_1": 9, "1_2": 16}
    assert annotations.latest(tmp_path, "own", "Bo", "1_2") is None


NAMES = [
    "../../../etc/passwd",
    "..",
    "/",
    "",
    "<script>alert(1)</script>",
    "&amp;",
    "a\x00b",
    "con\n",
    "神経 Ärzte",
    "e\u0301",  # an e with its accent apart
    "\u0440aypal",  # a Cyrillic r
    "x" * 500,
    "神" * 200,
    ".hidden",
    "versions",
    "1_1_mask",
    "a.0001",
    "\ud800",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_kind_stay_inside_and_come_back(name, tmp_path):
    folder = tmp_path / "annotations"
    given = drawing(7, source=name, reader=reader_name(name) or "nobody", frame=name)
    if "\ud800" in name:  # no text of JSON: half a character
        given = replace(given, source="own", frame="own")
    annotations.save(given, folder)
    kept = annotations.save(given, folder)
    assert list(tmp_path.iterdir()) == [folder]
    for path in folder.rglob("*"):
        assert not set(path.name) & set('<>&:"/\\|?*\x00\n') and len(path.name.encode()) < 200
    found = annotations.latest(folder, given.source, given.reader, given.frame)
    assert found == kept and found.version == 2 and found.frame == given.frame
    assert list(annotations.masks(folder, given.source, given.reader)) == [file_name(given.frame)]


def test_no_two_names_share_a_file():
    names = [*NAMES, "\udfff", "1_1", "x/1_1", "y/1_1", "<1_1>", "[1_1]", "1_1 ", " 1_1"]
    assert len({file_name(name) for name in names}) == len(set(names))
    assert all(file_name(file_name(name)) == file_name(name) for name in [*names, 60 * "文", 200 * "a", 112 * "a"])


def test_threads_that_save_at_once_lose_nothing(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda side: annotations.save(drawing(side), tmp_path), range(1, 13)))
    assert sorted(one.version for one in kept) == list(range(1, 13))
    found = annotations.versions(tmp_path, "own", "Ann", "1_1")
    assert sorted(one.mask().sum() for one in found) == [side**2 for side in range(1, 13)]
    mask, record = in_front(tmp_path)
    assert record["version"] == 12 and np.array_equal(mask, found[-1].mask())


LAUNCHER = """
import os, signal, sys
from pathlib import Path
from neuroscan.data import annotations
from neuroscan.data.annotations import Annotation
from neuroscan.data.shapes import Outline, rasterise
rasterise([Outline(((0, 0), (1, 0), (1, 1)))], (2, 2))  # loads what is loaded late, once for all
folder, told = Path(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    seed = int(line)
    if pid := os.fork():
        print(pid, flush=True)
        continue
    while True:
        side = 1 + seed % 40
        outline = Outline(((0, 0), (side, 0), (side, side), (0, side)))
        kept = annotations.save(Annotation("own", "1_1", "Ann", (outline,), (60, 80), "0" * 64), folder)
        os.write(told, f"{kept.version} {side}\\n".encode())
        seed += 1
"""


def kill(pid):
    """Kill a writer and see it gone."""
    os.kill(pid, signal.SIGKILL)
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise TimeoutError("the writer lives on")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_kill_at_any_moment_loses_nothing_that_was_saved(tmp_path):
    random = np.random.default_rng(0)
    folder, log = tmp_path / "annotations", tmp_path / "told"
    place = folder / "own" / "Ann"
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(folder), str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert launcher.stdout.readline() == "ready\n"
    told = {}
    for _ in range(12):
        # Two programs save version upon version; both are killed amid their work.
        pids = []
        for seed in random.integers(1000, size=2):
            print(seed, file=launcher.stdin, flush=True)
            pids.append(int(launcher.stdout.readline()))
        while len(log.read_text().splitlines()) < len(told) + 3:
            time.sleep(0.005)
        time.sleep(float(random.uniform(0, 0.03)))
        for pid in pids:
            kill(pid)
        told = dict(map(int, line.split()) for line in log.read_text().splitlines())
        found = {one.version: one for one in annotations.versions(folder, "own", "Ann", "1_1")}
        for version, side in told.items():
            assert found[version].mask().sum() == side**2
        for version in sorted(found)[-5:]:
            mask = codecs.read_mask(place / "versions" / f"1_1.{version:04d}_mask.png")
            assert np.array_equal(mask, found[version].mask())
        # Whatever stands in front is whole, and what training reads is the newest.
        assert not list(place.glob("*_mask.png")) or codecs.read_mask(place / "1_1_mask.png").any()
        if found:
            newest = codecs.read_mask(annotations.masks(folder, "own", "Ann")["1_1"])
            assert np.array_equal(newest, found[max(found)].mask())
    launcher.stdin.close()
    launcher.wait()
    assert len(told) >= 36
    kept = annotations.save(drawing(3), folder)
    assert kept.version > max(told)
    assert in_front(folder)[1]["version"] == kept.version and in_front(folder)[0].sum() == 9
    assert not list(folder.rglob("*.part"))


def test_a_full_disk_leaves_the_last_version_in_place(tmp_path, monkeypatch):
    annotations.save(drawing(10), tmp_path)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match=r"cannot be saved in the folder .*: No space left on device"):
        annotations.save(drawing(11), tmp_path)
    monkeypatch.undo()
    assert annotations.latest(tmp_path, "own", "Ann", "1_1").version == 1
    assert in_front(tmp_path)[0].sum() == 100


def test_every_file_has_reached_the_disk_once_a_drawing_is_saved(tmp_path, monkeypatch):
    write, synced = atomic.write, []

    def watched(path, data, *, sync=False):
        write(path, data, sync=sync)
        synced.append(sync)

    monkeypatch.setattr(atomic, "write", watched)
    annotations.save(drawing(10), tmp_path)
    (tmp_path / "own" / "Ann" / "1_1.json").write_text("edited by hand")
    annotations.save(drawing(11), tmp_path)
    assert synced == [True] * 9  # of each version two files and two in front, and what was edited


@contextmanager
def nobody():
    """Act as a user without rights: the superuser may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="folders are made read-only otherwise here")
def test_a_read_only_folder_is_one_clear_sentence():
    sentence = "Drawings cannot be saved in the folder kept here:"
    remedy = "Make it writable, or name another folder by NEUROSCAN_ANNOTATIONS."
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "kept here"
        annotations.save(drawing(10), folder)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        with nobody():
            assert annotations.unwritable_reason(folder) == f"{sentence} it is read-only. {remedy}"
            for frame in ("1_1", "1_2"):
                with pytest.raises(ValueError) as told:
                    annotations.save(drawing(frame=frame), folder)
                assert str(told.value) == f"{sentence} Permission denied. {remedy}"
            # What is there can still be read.
            assert annotations.latest(folder, "own", "Ann", "1_1").mask().sum() == 100
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


def test_a_file_in_the_folder_s_place(tmp_path):
    path = tmp_path / "annotations"
    path.write_text("mine")
    assert "annotations is a file" in annotations.unwritable_reason(path)
    with pytest.raises(ValueError, match="Drawings cannot be saved in the folder annotations"):
        annotations.save(drawing(), path)
    assert path.read_text() == "mine"
    assert annotations.unwritable_reason(tmp_path / "not" / "yet") is None


def test_drawings_that_may_not_be_read_are_none(tmp_path, monkeypatch):
    for reader in ("Ann", "Ben", "Eve"):
        annotations.save(drawing(reader=reader), tmp_path / "kept")
    ben = tmp_path / "kept" / "own" / "Ben"
    ben.rename(tmp_path / "Ben")
    ben.symlink_to(tmp_path / "Ben" / "versions")
    close(monkeypatch, tmp_path / "Ben", tmp_path / "kept" / "own" / "Eve")
    assert annotations.readers(tmp_path / "kept", "own") == ["Ann"]
    for reader in ("Ben", "Eve"):
        assert annotations.masks(tmp_path / "kept", "own", reader) == {}
    assert annotations.latest(tmp_path / "kept", "own", "Ben", "1_1") is None
    close(monkeypatch, tmp_path / "kept")
    assert annotations.readers(tmp_path / "kept", "own") == []
    assert "it is read-only" in annotations.unwritable_reason(tmp_path / "kept" / "own" / "new")


def test_a_writer_that_does_not_let_go(tmp_path, monkeypatch):
    annotations.save(drawing(10), tmp_path)
    monkeypatch.setattr(annotations, "_LOCK_TIMEOUT_S", 1.0)
    with FileLock(tmp_path / "own" / "Ann" / ".lock"), pytest.raises(ValueError) as told:
        annotations.save(drawing(11), tmp_path)
    sentence = "The drawing is not saved yet: another writer has held the folder for 1 seconds. Save it again."
    assert str(told.value) == sentence  # and nothing of where on the server it lies
    assert annotations.save(drawing(11), tmp_path).version == 2


def test_files_from_elsewhere_are_kept_when_they_give_way(tmp_path):
    place = tmp_path / "own" / "Ann"
    place.mkdir(parents=True)
    masks = [codecs.encode_png(np.eye(60, 80, offset, dtype=np.uint8) * 255) for offset in (0, 1)]
    (place / "1_1_mask.png").write_bytes(masks[0])
    assert list(annotations.masks(tmp_path, "own", "Ann")) == ["1_1"], "used while there is no other"
    annotations.save(drawing(10), tmp_path)
    annotations.save(drawing(11), tmp_path)
    (place / "1_1_mask.png").write_bytes(masks[1])
    (place / "1_1.json").write_text("edited by hand")
    annotations.save(drawing(12), tmp_path)
    assert {path.read_bytes() for path in (place / "versions").glob("1_1.found-*_mask.png")} == set(masks)
    (record,) = (place / "versions").glob("1_1.found-*.json")
    assert record.read_text() == "edited by hand"
    assert [one.version for one in annotations.versions(tmp_path, "own", "Ann", "1_1")] == [1, 2, 3]


def test_a_folder_without_versions_is_read_by_its_files_in_front(tmp_path):
    kept = annotations.save(drawing(10), tmp_path)
    for path in (tmp_path / "own" / "Ann" / "versions").iterdir():
        path.unlink()
    assert annotations.latest(tmp_path, "own", "Ann", "1_1") == kept


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"shape": [1]}', '{"shape": [Infinity, 20]}', 9999 * "[", "\x00\xff"]
)
def test_a_damaged_version_gives_way_to_the_one_before(text, tmp_path):
    kept = annotations.save(drawing(10), tmp_path)
    annotations.save(drawing(11), tmp_path)
    path = tmp_path / "own" / "Ann" / "versions" / "1_1.0002.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="is no annotation"):
        annotations.read(path)
    assert annotations.latest(tmp_path, "own", "Ann", "1_1") == kept
    newer = annotations.save(drawing(12), tmp_path)
    assert annotations.versions(tmp_path, "own", "Ann", "1_1") == [kept, newer]


@pytest.fixture
def own_set(tmp_path, monkeypatch):
    """A data set of one subject: a frame with a nerve, one without; and where drawings are kept."""
    monkeypatch.setenv("NEUROSCAN_ANNOTATIONS", str(tmp_path / "annotations"))
    own_data.write(tmp_path / "data" / "own", {1: (True, False)})
    return tmp_path / "data", tmp_path / "annotations"


def test_the_samples_table_reads_drawings_as_one_more_source_of_masks(own_set):
    data, folder = own_set
    before = dataset.load(data)
    assert list(before.samples["present"]) == [True, False]
    annotations.save(drawing(0, frame="1_1"), folder)
    annotations.save(drawing(9, frame="1_2"), folder)
    after = dataset.load(data, reader="Ann")
    assert list(after.samples["frame"]) == ["1_1", "1_2"] and after.problems.empty
    assert list(after.samples["present"]) == [False, True]
    assert dataset.read_mask(after.samples.iloc[0], own_data.SHAPE).sum() == 0
    assert dataset.read_mask(after.samples.iloc[1], own_data.SHAPE).sum() == 81
    for nobody in (None, "Bo"):
        assert dataset.load(data, reader=nobody).samples.equals(before.samples)


def test_drawings_win_over_run_lengths_and_labels(own_set):
    data, folder = own_set
    (data / "own" / "train_masks.csv").write_text("subject,img,pixels\n1,1,1 5\n1,2,\n")
    for path in (data / "own").glob("*_mask.png"):
        path.unlink()
    annotations.save(drawing(9, frame="1_2"), folder)
    samples = dataset.load(data, reader="Ann", label=2).samples
    sample = samples.set_index("frame").loc["1_2"]
    assert sample["present"] is True and sample["rle"] is None
    assert dataset.read_mask(sample, own_data.SHAPE).sum() == 81


def test_a_frame_drawn_where_there_is_no_mask_becomes_labelled(own_set):
    data, folder = own_set
    (data / "own" / "1_2_mask.png").unlink()
    annotations.save(drawing(4, frame="1_2"), folder)
    assert list(dataset.load(data).samples["present"]) == [True, None]
    found = dataset.load(data, reader="Ann")
    assert list(found.samples["present"]) == [True, True] and found.problems.empty


def test_a_drawing_of_a_frame_with_any_name_is_found(own_set):
    data, kept = own_set
    for part in ("images", "masks"):
        (data / "pairs" / part).mkdir(parents=True)
        (data / "pairs" / part / "scan [1].png").write_bytes(codecs.encode_png(np.zeros(own_data.SHAPE, np.uint8)))
    annotations.save(drawing(10, source="pairs", frame="scan [1]"), kept)
    found = dataset.load(data / "pairs", reader="Ann").samples.iloc[0]
    assert found["frame"] == "scan [1]" and dataset.read_mask(found, own_data.SHAPE).sum() == 100


def test_a_drawing_of_another_size_is_reported(own_set):
    data, folder = own_set
    annotations.save(drawing(9, shape=(50, 50)), folder)
    found = dataset.load(data, reader="Ann")
    assert list(found.samples["frame"]) == ["1_2"]
    assert "sizes differ: image is 80x60, mask 1_1.0001_mask.png is 50x50" in found.problems["problem"].iloc[0]
