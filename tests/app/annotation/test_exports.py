"""Drawings that leave: what Kaggle's layout and run lengths hold is what was drawn, and reads back here."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neuroscan import config
from neuroscan.app import downloads
from neuroscan.app.annotation import exports
from neuroscan.app.pickers import Chosen
from neuroscan.data import annotations, codecs, dataset, rle
from neuroscan.data.annotations import Annotation
from neuroscan.data.codecs import Frame
from neuroscan.data.safe_names import file_name
from neuroscan.data.shapes import Outline
from tests import own_data


@pytest.fixture
def drawn(tmp_path):
    """A folder of annotations by Ann: two frames of Kaggle's names, one without a nerve, and one of another name."""
    for frame, side in (("1_1", 12), ("1_2", 0), ("scan <a>", 5)):
        outlines = (Outline(((3, 2), (3 + side, 2), (3 + side, 2 + side), (3, 2 + side))),) if side else ()
        annotations.save(Annotation("own", frame, "Ann", outlines, own_data.SHAPE, "0" * 64), tmp_path)
    return tmp_path


FRAMES = {file_name(name): Path(f"own/{name}.png") for name in ("1_1", "1_2", "scan <a>")}


def unpacked(data, folder):
    """Unpack a ZIP over a data set; what it says of each frame, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    found = dataset.load(folder.parent)
    assert not found.problems["problem"].str.contains("twice|without its").any()
    return found.samples.set_index("frame")


def test_kaggle_layout_reads_back_as_a_data_set(drawn, tmp_path):
    data = exports.masks_zip(annotations.masks(drawn, "own", "Ann"), FRAMES, source="own")
    folder = own_data.write(tmp_path / "data" / "own", {1: (True, True, True)})
    for path in folder.glob("*_mask.png"):  # The page says: over a copy that holds frames alone.
        path.unlink()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist())[:4] == [
            "README.txt",
            "masks/scan <a>.png",
            "train/1_1_mask.tif",
            "train/1_2_mask.tif",
        ]
        assert config.DISCLAIMER in archive.read("README.txt").decode()
        assert archive.read("train_masks.csv").decode().splitlines()[0] == "subject,img,pixels"
        with PillowImage.open(io.BytesIO(archive.read("train/1_1_mask.tif"))) as picture:
            assert picture.mode == "L" and picture.tag_v2[270] == config.DISCLAIMER
            assert set(np.unique(picture)) == {0, 255}
    samples = unpacked(data, folder)
    assert samples["present"].to_dict() == {"1_1": True, "1_2": False, "1_3": None}
    mask = dataset.read_mask(samples.loc["1_1"], own_data.SHAPE)
    assert mask.sum() == 144 and mask[2:14, 3:15].all()
    # Mask and run lengths say the same.
    assert np.array_equal(rle.decode(samples.loc["1_1", "rle"], own_data.SHAPE), mask)


@pytest.mark.parametrize("name", ["0007", "1_1", "pat,7", "x#1"])
def test_masks_of_pairs_read_back_beside_their_images_whatever_they_are_called(drawn, tmp_path, name):
    image = tmp_path / "data" / "other" / "images" / f"{name}.png"
    for folder in (image.parent, image.parents[1] / "masks"):
        folder.mkdir(parents=True)
    image.write_bytes(codecs.encode_png(own_data.frame(True, np.random.default_rng(0))[0]))
    masks = {file_name(name): annotations.masks(drawn, "own", "Ann")["1_1"]}
    data = exports.masks_zip(masks, {file_name(name): image}, source="own")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["README.txt", f"masks/{name}.png"]
    sample = unpacked(data, image.parents[1]).loc[name]
    assert sample["present"] is True and dataset.read_mask(sample, own_data.SHAPE).sum() == 144


def test_a_frame_that_is_gone_or_names_a_folder_leaves_under_the_drawings_own_name(drawn):
    found = annotations.masks(drawn, "own", "Ann")
    masks = {"0007": found["1_1"], "a-1f": found["1_2"]}
    data = exports.masks_zip(masks, {"a-1f": Path(r"images/..\..\a.png")}, source="own")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["README.txt", "masks/0007.png", "masks/a-1f.png"]


def test_run_lengths_of_every_frame_with_its_size(drawn):
    found = annotations.masks(drawn, "own", "Ann")
    rows = list(
        csv.DictReader(io.StringIO(downloads.table_csv(exports.rle_rows(found, FRAMES, source="own")).decode()))
    )
    assert [row["frame"] for row in rows] == ["1_1", "1_2", "scan <a>"]
    for row in rows:
        mask = rle.decode(row["pixels"], (int(row["height"]), int(row["width"])))
        assert np.array_equal(mask, codecs.read_mask(found[file_name(row["frame"])]))
        assert row["note"] == config.DISCLAIMER
    assert rows[1]["pixels"] == ""


def test_drawings_on_synthetic_frames_say_so(drawn):
    found = annotations.masks(drawn, "own", "Ann")
    for source, named in (("own", "own"), ("phantom_demo", "phantom_demo (synthetic)")):
        assert {row["source"] for row in exports.rle_rows(found, FRAMES, source=source)} == {named}
        with zipfile.ZipFile(io.BytesIO(exports.masks_zip(found, FRAMES, source=source))) as archive:
            assert f"on frames of {named}.\n" in archive.read("README.txt").decode()


def test_the_files_of_one_drawing_hold_it(monkeypatch):
    mask, offered = np.zeros(own_data.SHAPE, bool), {}
    mask[3:9, 5:7] = True
    monkeypatch.setattr(exports.st, "download_button", lambda label, make, *_, **__: offered.update({label: make()}))
    exports.single(mask, Chosen(Frame(mask.astype(np.uint8), None, "my scan.png")))
    assert offered["Mask"] == downloads.mask_png(mask)
    (row,) = csv.DictReader(io.StringIO(offered["Run lengths"].decode()))
    assert (row["frame"], row["source"], row["pixels"]) == ("my scan", "", rle.encode(mask))
    assert (int(row["height"]), int(row["width"])) == own_data.SHAPE
