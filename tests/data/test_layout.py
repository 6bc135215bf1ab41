"""Which folders are data sets, and that no folder of pictures vanishes without a line."""

import os

import pytest

from neuroscan.data import dataset, layout
from tests.closed import close


def make(folder, *names):
    """Put empty files into a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def left(folder):
    """What is not read: the data set, the folder and what it was found to hold."""
    return [
        (source.name, place.relative_to(folder).as_posix(), why.removeprefix("folder not read: found ").split(";")[0])
        for source, place, why in layout.unread(folder)
    ]


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["1_1.png"], "kaggle"),
        (["train/P003_12_mask.TIF"], "kaggle"),
        (["images/a.png", "masks/a.png"], "pairs"),
        (["images/1_1.png", "masks/1_1.png", "1_1.png"], "pairs"),
        (["scan.png"], None),
        (["1_1.dcm"], "kaggle"),
        (["1_1.gif"], None),
        (["._1_1.png"], None),
        (["1_1 copy.png"], None),
        (["1_1_1.png"], None),
        (["images/a.png"], None),
        (["train_masks.csv"], None),
    ],
)
def test_the_layout_follows_from_names(names, kind, tmp_path):
    make(tmp_path, *names)
    assert layout.kind(tmp_path) == kind


def test_a_stray_frame_hides_no_data_set_below_it(tmp_path):
    make(tmp_path, "1_1.png", "a/1_1.png", "b/images/x.png", "b/masks/x.png", ".hidden/1_1.png")
    assert layout.find(tmp_path) == [tmp_path, tmp_path / "a", tmp_path / "b"]
    assert left(tmp_path) == []


def test_parts_of_a_data_set_are_no_data_sets_of_their_own(tmp_path):
    make(tmp_path / "own", "train/1_1.png", "train/train_masks.csv", "test/1.tif")
    make(tmp_path / "pairs", "images/1_1.png", "masks/1_1.png")
    assert layout.find(tmp_path / "own") == [tmp_path / "own"]
    assert layout.find(tmp_path / "pairs") == [tmp_path / "pairs"]
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("names", "place", "found"),
    [
        (["own/scan.png", "own/other.tif"], "own", "2 pictures in no known layout"),
        (["own/slice.dcm"], "own", "1 picture in no known layout"),
        (["own/images/a.png"], "own", "images/ without masks/"),
        (["own/masks/a.png"], "own", "masks/ without images/"),
        (["own/train_masks.csv"], "own", "train_masks.csv without pictures"),
        (["own/train_masks.csv", "own/scan.png"], "own", "1 picture in no known layout"),
        (["own/deep/1_1.png"], "own/deep", "1 picture in no known layout"),
        (["images/a.png"], ".", "images/ without masks/"),
    ],
)
def test_a_folder_that_is_no_data_set_is_one_line(names, place, found, tmp_path):
    make(tmp_path, "good/1_1.png", *names)
    source = tmp_path.name if place == "." else place.partition("/")[0]
    assert left(tmp_path) == [(source, place, found)]
    (line,) = layout.unread(tmp_path)
    assert line[2].endswith("such as 7_12.tif, in the folder or its train/, or images/ beside masks/")


def test_folders_inside_a_data_set_that_it_does_not_read(tmp_path):
    make(tmp_path / "own", "train/1_1.png", "train/more/1_2.png", "images/a.png", "test/1_9.png")
    make(tmp_path / "pairs", "images/a.png", "masks/a.png", "b.png")
    assert left(tmp_path) == [
        ("own", "own/images", "1 picture in no known layout"),
        ("own", "own/test", "1 picture in no known layout"),
        ("own", "own/train/more", "1 picture in no known layout"),
        ("pairs", "pairs", "1 picture in no known layout"),
    ]
    make(tmp_path / "pairs", "more/b.png")
    assert left(tmp_path / "pairs") == [
        ("pairs", ".", "1 picture in no known layout"),
        ("pairs", "more", "1 picture in no known layout"),
    ]


def test_harmless_files_and_folders_give_no_line(tmp_path):
    make(tmp_path, "README.md", ".gitkeep", "notes/README.txt", "notes/table.csv", "empty/images/.gitkeep")
    make(tmp_path / "__MACOSX", "._1_1.png", ".DS_Store")
    make(tmp_path / ".cache", "scan.png", "deep/1_1.png")
    make(tmp_path / "phantom", "README.txt", "planted.csv", "train_masks.csv", "train/P001_001.tif")
    assert left(tmp_path) == []
    assert layout.find(tmp_path) == [tmp_path / "phantom"]
    assert layout.files(tmp_path / "phantom")[2] == []


def test_nowhere_is_no_folder(tmp_path):
    assert layout.find(tmp_path / "nowhere") == layout.unread(tmp_path / "nowhere") == []


def test_pictures_of_kinds_that_are_not_read_are_left_over(tmp_path):
    make(tmp_path, "1_1.png", "1_2.gif", "1_3.NII", "notes.txt", "table.csv", "._1_4.gif")
    images, masks, unused = layout.files(tmp_path)
    assert list(images) == ["1_1"] and masks == {}
    assert [path.name for path, _ in unused] == ["1_2.gif", "1_3.NII"]
    assert {why for _, why in unused} == {
        "a picture of a kind that is not read; accepted are PNG, JPEG, TIFF and BMP pictures, and DICOM files"
    }


@pytest.mark.parametrize(
    "names",
    [("1_1.dcm", "1_2.DICOM", "1_1_mask.png", "1_2_mask.dcm"), ("images/1_1.dcm", "images/1_2.DICOM", "masks/1_1.png")],
    ids=["kaggle", "pairs"],
)
def test_frames_may_be_dicom_and_masks_may_not(names, tmp_path):
    make(tmp_path, *names, *(["masks/1_2.dcm"] if "images/1_1.dcm" in names else []))
    images, masks, unused = layout.files(tmp_path)
    assert (list(images), list(masks)) == (["1_1", "1_2"], ["1_1"])
    assert [(path.suffix, why) for path, why in unused] == [
        (".dcm", "masks are read from PNG, JPEG, TIFF and BMP pictures, not from DICOM files")
    ]


def test_a_closed_folder_is_one_line_and_hides_no_data_set(tmp_path, monkeypatch):
    make(tmp_path, "own/1_1.png", "own/train/1_2.png", "lost/images/a.png", "lost/masks/a.png")
    close(monkeypatch, tmp_path / "lost", tmp_path / "own" / "train")
    assert layout.find(tmp_path) == [tmp_path / "own"]
    why = "folder may not be opened"
    assert left(tmp_path) == [("lost", "lost", why), ("own", "own/train", why)]
    assert list(layout.files(tmp_path / "own")[0]) == ["1_1"]


def test_a_data_folder_that_is_closed_is_one_line(tmp_path, monkeypatch):
    make(tmp_path, "data/own/1_1.png")
    close(monkeypatch, tmp_path / "data")
    found = dataset.load(tmp_path / "data")
    assert found.samples.empty
    assert found.problems.values.tolist() == [["data", "data/", "folder may not be opened; change its permissions"]]


def test_a_link_to_where_one_may_not_look_is_one_line(tmp_path, monkeypatch):
    make(tmp_path, "data/own/1_1.png", "vault/lost/1_1.png")
    (tmp_path / "data" / "lost").symlink_to(tmp_path / "vault" / "lost")
    (tmp_path / "data" / "own" / "1_2.png").symlink_to(tmp_path / "vault" / "lost" / "1_1.png")
    (tmp_path / "data" / "own" / ".cache").symlink_to(tmp_path / "vault" / "lost")
    close(monkeypatch, tmp_path / "vault")
    assert layout.find(tmp_path / "data") == [tmp_path / "data" / "own"]
    assert left(tmp_path / "data") == [("lost", "lost", "folder may not be opened")]
    problems = dict(dataset.load(tmp_path / "data").problems[["file", "problem"]].to_numpy())
    assert problems["lost/"].startswith("folder may not be opened") and "Permission denied" in problems["1_2.png"]
    inside = tmp_path / "vault" / "lost"
    assert layout.find(inside) == [] and left(inside) == [("lost", ".", "folder may not be opened")]


def test_names_that_are_no_text_are_reported_in_text(tmp_path):
    bad = os.fsdecode(b"\xe4")
    make(tmp_path / "own", "1_1.png", f"{bad}.png", f"{bad}.txt")
    make(tmp_path / bad, "1_1.png")
    assert layout.find(tmp_path) == [tmp_path / "own"]
    images, _, unused = layout.files(tmp_path / "own")
    assert list(images) == ["1_1"]
    assert [(path.name, why) for path, why in unused] == [("\\udce4.png", "a name that is not UTF-8; rename the file")]
    found = dataset.load(tmp_path).problems
    assert "\\udce4/" in set(found["file"])
    "".join(found["source"] + found["file"] + found["problem"]).encode()
    with pytest.raises(ValueError, match="udce4 is a path that is not UTF-8; rename"):
        dataset.load(tmp_path / bad)


def test_of_one_name_the_first_is_used_and_the_other_left_over(tmp_path):
    make(tmp_path, "1_1.png", "1_1.tif", "1_1_mask.bmp", "train/1_1_mask.bmp")
    images, masks, unused = layout.files(tmp_path)
    assert images == {"1_1": tmp_path / "1_1.png"} and masks == {"1_1": tmp_path / "1_1_mask.bmp"}
    assert unused == [
        (tmp_path / "1_1.tif", "the same frame twice: 1_1.png is used"),
        (tmp_path / "train" / "1_1_mask.bmp", f"the same frame twice: that in {tmp_path.name}/ is used"),
    ]


@pytest.mark.parametrize(
    ("place", "inside", "name"),
    [
        ("uns_native", ["1_1.png"], "uns"),
        ("uns_native_2", ["1_1.png"], "uns_native_2"),
        ("lab", ["1_1.png", "planted.csv"], "phantom_lab"),
        ("Phantoms", ["1_1.png", "planted.csv"], "Phantoms"),
        ("lab/train", ["1_1.png", "../planted.csv"], "phantom_lab"),
        ("lab/..", [], None),
        ("link", [], "link"),
    ],
)
def test_a_data_set_is_named_as_its_folder_and_a_simulated_one_says_so(place, inside, name, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    make(tmp_path / "disk", "1_1.png")
    make(tmp_path / place, *inside)
    assert layout.source(tmp_path / place) == (name or tmp_path.name)


def test_only_an_image_beside_masks_is_of_a_pair(tmp_path):
    make(tmp_path, "images/1_1.png")  # a folder in Kaggle's layout may be called so
    assert not layout.is_pair(tmp_path / "images" / "1_1.png")
    make(tmp_path, "masks/1_1.png")
    assert layout.is_pair(tmp_path / "images" / "1_1.png")
    assert not layout.is_pair(tmp_path / "masks" / "1_1.png")


@pytest.mark.parametrize(
    ("name", "bare"),
    [("a.tif", "a"), ("a.b.PNG", "a.b"), ("1.2.840.10008.1", "1.2.840.10008.1"), ("x.dcm", "x"), (".png", ".png")],
)
def test_only_endings_of_pictures_are_cut_off(name, bare):
    assert layout.bare_name(name) == bare
