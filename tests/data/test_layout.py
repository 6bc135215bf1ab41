"""Which folders are data sets, and that no folder of pictures vanishes without a line."""

import pytest

from neuroscan.data import layout


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
        (["1_1.dcm"], None),
        (["._1_1.png"], None),
        (["images/a.png"], None),
        (["train_masks.csv"], None),
    ],
)
def test_the_layout_is_told_by_names(names, kind, tmp_path):
    make(tmp_path, *names)
    assert layout.kind(tmp_path) == kind


def test_a_stray_frame_hides_no_data_set_below_it(tmp_path):
    make(tmp_path, "1_1.png", "a/1_1.png", "b/images/x.png", "b/masks/x.png", ".hidden/1_1.png")
    assert layout.find(tmp_path) == [tmp_path, tmp_path / "a", tmp_path / "b"]
    assert left(tmp_path) == []


def test_parts_of_a_data_set_are_no_data_sets_of_their_own(tmp_path):
    make(tmp_path / "own", "train/1_1.png", "test/1.tif")
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
    make(tmp_path, "1_1.png", "1_2.gif", "1_3.DCM", "notes.txt", "table.csv", "._1_4.gif")
    images, masks, unused = layout.files(tmp_path)
    assert list(images) == ["1_1"] and masks == {}
    assert [path.name for path, _ in unused] == ["1_2.gif", "1_3.DCM"]
    assert {why for _, why in unused} == {
        "a picture of a kind that is not read; accepted are PNG, JPEG, TIFF and BMP pictures"
    }
