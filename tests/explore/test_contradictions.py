"""Contradictions that were planted, and their neighbours that are none; real ones that an eye has seen."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset, rle
from neuroscan.data.codecs import encode_png
from neuroscan.explore import compute, contradictions, store
from neuroscan.phantom import dataset as phantoms
from tests.data.test_duplicates import near_duplicate, texture

SHAPE = (210, 290)


def nerve(column, row=100, size=(28, 16)):
    return cv2.ellipse(np.zeros(SHAPE, np.uint8), (column, row), size, 10, 0, 360, 1, -1) > 0


def write(folder, frames):
    folder.mkdir()
    for stem, (image, mask) in frames.items():
        (folder / f"{stem}.png").write_bytes(encode_png(image))
        if mask is not None:
            (folder / f"{stem}_mask.png").write_bytes(encode_png(mask.astype(np.uint8) * 255))
    return folder


@pytest.fixture(scope="module")
def explored(tmp_path_factory):
    """Nine views, each with its near-duplicate, with masks that agree, contradict or are missing."""
    views = [texture(seed) for seed in range(9)]
    here, none = nerve(140), np.zeros(SHAPE, bool)
    # The eighth near-duplicate shows what the first does not.
    shown = np.where(here, texture(99), near_duplicate(views[7]))
    masks = [
        (here, none),
        (none, here),
        (here, nerve(70)),
        (here, nerve(146)),
        (none, none),
        (here, None),
        (here, nerve(172)),  # Dice 0.3
    ]
    frames = {}
    for number, (view, (mask, other)) in enumerate(zip(views, masks, strict=False), start=1):
        frames |= {f"1_{number}": (view, mask), f"2_{number}": (near_duplicate(view), other)}
    frames |= {"1_8": (views[7], none), "2_8": (shown, here)}
    frames |= {"1_9": (views[8], here), "2_9": (near_duplicate(views[8]), nerve(180))}  # Dice 0.17
    return compute.explore(write(tmp_path_factory.mktemp("planted") / "set", frames))


def nerves(explored):
    folder = Path(explored.frames["image"][0]).parent
    return store.pictures(folder, explored.frames["key"], columns=["nerve"])["nerve"]


def test_all_near_duplicates_are_found(explored):
    found = set(zip(explored.pairs["first"], explored.pairs["second"], strict=True))
    assert found == {(f"set/1_{n}", f"set/2_{n}") for n in range(1, 10)}
    assert explored.pairs["ncc"].is_monotonic_decreasing


def test_planted_contradictions_are_found_and_nothing_else(explored):
    rows = explored.contradictions.set_index("first")
    assert sorted(rows.index) == ["set/1_1", "set/1_2", "set/1_3", "set/1_9"]
    assert rows["dice"].to_dict() == {
        "set/1_1": 0,
        "set/1_2": 0,
        "set/1_3": 0,
        "set/1_9": pytest.approx(0.168, abs=1e-3),
    }
    kinds = {"set/1_1": "one empty", "set/1_2": "one empty", "set/1_3": "elsewhere", "set/1_9": "elsewhere"}
    assert rows["kind"].to_dict() == kinds
    assert (rows["local_ncc"] >= contradictions.MIN_LOCAL_NCC).all()


def test_a_nerve_that_came_into_view_is_no_contradiction(explored):
    frames = explored.frames.set_index("name")
    one, other = (cv2.imread(frames.loc[name, "image"], 0) for name in ("set/1_8", "set/2_8"))
    assert contradictions.local_ncc(one, other, nerve(140)) < 0.7
    assert contradictions.local_ncc(one, other, nerve(40)) > 0.9


@pytest.mark.parametrize("place", [(0, 0), (200, 280), (100, 140)])
def test_local_ncc_works_at_the_edges(place):
    where = np.zeros(SHAPE, bool)
    where[place] = True
    image = texture(1)
    assert contradictions.local_ncc(image, image, where) == pytest.approx(1, abs=1e-4)
    assert contradictions.local_ncc(image, texture(2), where) < 0.3


@pytest.mark.parametrize("step", [1, 2, 4096])
def test_a_score_belongs_to_its_pair_in_whatever_order_and_steps_pairs_are_compared(explored, monkeypatch, step):
    monkeypatch.setattr(contradictions, "_STEP", step)
    monkeypatch.setattr(
        contradictions, "parallel_map", lambda function, work, **_: [(pair, function(pair)) for pair in work[::-1]]
    )
    found = contradictions.check(explored.pairs, explored.frames, nerves(explored))
    pd.testing.assert_frame_equal(found, explored.contradictions)


def test_which_frame_of_a_pair_comes_first_changes_nothing(explored):
    turned = explored.pairs.rename(columns={"first": "second", "second": "first"})
    found = contradictions.check(turned, explored.frames, nerves(explored)).set_index("second")
    expected = explored.contradictions.set_index("first")
    assert found.index.tolist() == expected.index.tolist()
    pd.testing.assert_frame_equal(found[["dice", "kind"]], expected[["dice", "kind"]], check_names=False)


@pytest.mark.parametrize("masks", ["labels", "run lengths"])
def test_contradictions_are_of_the_label_and_of_run_lengths_too(masks, tmp_path):
    view = texture(3)
    # Twice as large: of the size that Kaggle's run lengths are for.
    views, outlined = (
        {n: cv2.resize(x.astype(np.uint8), (580, 420), interpolation=cv2.INTER_NEAREST) for n, x in enumerate(pair, 1)}
        for pair in ((view, near_duplicate(view)), (nerve(140), nerve(70)))
    )
    folder = write(tmp_path / "set", {f"1_{number}": (image, None) for number, image in views.items()})
    if masks == "labels":
        for number, mask in outlined.items():
            labels = mask * np.uint8(2)
            labels[:9, :9] = 1  # what both call something else
            (folder / f"1_{number}_mask.png").write_bytes(encode_png(labels))
    else:
        rows = [f"1,{number},{rle.encode(mask > 0)}\n" for number, mask in outlined.items()]
        (folder / dataset.RLE_FILE).write_text("subject,img,pixels\n" + "".join(rows))
    found = compute.explore(folder, label=2).contradictions
    assert found[["first", "second", "dice", "kind"]].values.tolist() == [["set/1_1", "set/1_2", 0, "elsewhere"]]


def test_frames_that_have_become_unreadable_contradict_nothing(explored):
    lost = explored.frames["name"] == "set/2_2"
    frames = explored.frames.assign(image=explored.frames["image"].mask(lost, "gone.png"))
    found = contradictions.check(explored.pairs, frames, nerves(explored))
    assert sorted(found["first"]) == ["set/1_1", "set/1_3", "set/1_9"]


def test_frames_of_two_sizes_can_contradict(tmp_path):
    view = texture(3)
    small = cv2.resize(view, (145, 105), interpolation=cv2.INTER_AREA)
    elsewhere = cv2.resize(nerve(70).astype(np.uint8), (145, 105), interpolation=cv2.INTER_NEAREST) > 0
    folder = write(tmp_path / "set", {"1_1": (view, nerve(140)), "1_2": (small, elsewhere)})
    assert compute.explore(folder).contradictions[["first", "dice"]].values.tolist() == [["set/1_1", 0]]


def test_near_duplicates_that_leak_across_a_split(explored):
    split = pd.Series("train", explored.frames["name"])
    assert contradictions.cross_split_pairs(explored.pairs, split).empty
    split["set/2_4"] = "test"
    split["set/2_5"] = "validation"
    del split["set/1_6"]
    leaked = contradictions.cross_split_pairs(explored.pairs, split).set_index("first")
    assert leaked[["first_split", "second_split"]].T.to_dict("list") == {
        "set/1_4": ["train", "test"],
        "set/1_5": ["train", "validation"],
    }


def test_phantoms_planted_ones_are_found(tmp_path):
    folder = phantoms.write(tmp_path / "phantoms", subjects=1, frames=50, seed=11, workers=2)
    planted = pd.read_csv(folder / "planted.csv")
    wanted = {frozenset(pair) for pair in ("phantoms/" + planted[["frame", "duplicate_of"]]).itertuples(index=False)}
    rows = compute.explore(folder).contradictions
    found = {frozenset(pair) for pair in rows[["first", "second"]].itertuples(index=False)}
    assert len(wanted) == 1 and wanted <= found
    # A third frame of the same view contradicts the near-duplicate as the first does.
    assert all(pair & frozenset().union(*wanted) for pair in found)


def test_real_contradictions_and_a_leak_between_subjects(real_data, tmp_path):
    folder = tmp_path / "uns" / "train"
    folder.mkdir(parents=True)
    for subject in (17, 18, 31):
        for path in (real_data / "uns" / "train").glob(f"{subject}_*"):
            (folder / path.name).symlink_to(path)
    explored = compute.explore(tmp_path / "uns")
    found = {frozenset(pair) for pair in explored.contradictions[["first", "second"]].itertuples(index=False)}
    # Looked at: one picture outlined at the nerve and along the skin; twice the same neck, two places.
    assert {frozenset(("uns/31_52", "uns/31_71")), frozenset(("uns/31_34", "uns/31_108"))} <= found
    subjects = explored.frames.set_index("name")["subject"]
    leaked = contradictions.cross_split_pairs(
        explored.pairs, subjects.map({"17": "train", "18": "test", "31": "train"})
    )
    # Subjects 17 and 18 of UNS are one person.
    assert len(leaked) > 30 and leaked["ncc"].max() > 0.99
