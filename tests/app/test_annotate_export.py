"""Drawings that leave: what Kaggle's layout and run lengths hold is what was drawn, and reads back here."""

import csv
import io
import zipfile

import numpy as np
import pytest
from PIL import Image as PillowImage

from neuroscan import config
from neuroscan.app import annotate_export, downloads
from neuroscan.data import annotations, codecs, dataset, rle
from neuroscan.data.annotations import Annotation
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


FRAMES = {file_name(name): name for name in ("1_1", "1_2", "scan <a>")}


def test_kaggle_layout_reads_back_as_a_data_set(drawn, tmp_path):
    data = annotate_export.kaggle_zip(annotations.masks(drawn, "own", "Ann"), FRAMES)
    folder = own_data.write(tmp_path / "data" / "own", {1: (True, True, True)})
    for path in folder.glob("*_mask.png"):
        path.unlink()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist())[:4] == [
            "README.txt",
            f"masks/{file_name('scan <a>')}.png",
            "train/1_1_mask.tif",
            "train/1_2_mask.tif",
        ]
        assert config.DISCLAIMER in archive.read("README.txt").decode()
        assert archive.read("train_masks.csv").decode().splitlines()[0] == "subject,img,pixels"
        with PillowImage.open(io.BytesIO(archive.read("train/1_1_mask.tif"))) as picture:
            assert picture.mode == "L" and picture.tag_v2[270] == config.DISCLAIMER
            assert set(np.unique(picture)) == {0, 255}
        archive.extractall(folder)
    samples = dataset.load(tmp_path / "data").samples.set_index("frame")
    assert samples["present"].to_dict() == {"1_1": True, "1_2": False, "1_3": None}
    mask = dataset.read_mask(samples.loc["1_1"], own_data.SHAPE)
    assert mask.sum() == 144 and mask[2:14, 3:15].all()
    # Mask and run lengths say the same.
    assert np.array_equal(rle.decode(samples.loc["1_1", "rle"], own_data.SHAPE), mask)


def test_masks_of_other_names_read_back_beside_their_images(drawn, tmp_path):
    data = annotate_export.kaggle_zip({"0007": annotations.masks(drawn, "own", "Ann")["1_1"]}, {})
    (tmp_path / "data" / "other" / "images").mkdir(parents=True)
    picture = codecs.encode_png(own_data.frame(True, np.random.default_rng(0))[0])
    (tmp_path / "data" / "other" / "images" / "0007.png").write_bytes(picture)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["README.txt", "masks/0007.png"]
        archive.extractall(tmp_path / "data" / "other")
    found = dataset.load(tmp_path / "data")
    assert found.problems.empty
    assert dataset.read_mask(found.samples.iloc[0], own_data.SHAPE).sum() == 144


def test_run_lengths_of_every_frame_with_its_size(drawn):
    found = annotations.masks(drawn, "own", "Ann")
    rows = list(csv.DictReader(io.StringIO(downloads.table_csv(annotate_export.rle_rows(found, FRAMES)).decode())))
    assert [row["frame"] for row in rows] == ["1_1", "1_2", "scan <a>"]
    for row in rows:
        mask = rle.decode(row["pixels"], (int(row["height"]), int(row["width"])))
        assert np.array_equal(mask, codecs.read_mask(found[file_name(row["frame"])]))
        assert row["note"] == config.DISCLAIMER
    assert rows[1]["pixels"] == ""
