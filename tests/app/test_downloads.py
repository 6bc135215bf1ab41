"""Files that leave the app hold exactly what they say, and the disclaimer."""

import csv
import io
import zipfile

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from neuroscan import config
from neuroscan.app import downloads
from neuroscan.data import codecs
from neuroscan.imaging import captions


def decoded(data: bytes) -> np.ndarray:
    """Pixels of a PNG as OpenCV reads them."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (420, 580)])
def test_a_mask_comes_back_exactly(shape):
    mask = np.random.default_rng(0).random(shape) > 0.5
    data = downloads.mask_png(mask)
    assert np.array_equal(decoded(data), mask.astype(np.uint8) * 255)
    assert np.array_equal(codecs.decode_mask(data, "m.png"), mask) or not mask.any()
    assert PillowImage.open(io.BytesIO(data)).text["Comment"] == config.DISCLAIMER


def test_probability_is_kept_to_16_bits():
    values = np.array([[0, 1, 0.5], [1 / 65535, 0.25, 0.999999]], np.float32)
    data = downloads.probability_png(values)
    assert decoded(data).dtype == np.uint16
    assert decoded(data).tolist() == [[0, 65535, 32768], [1, 16384, 65535]]
    assert PillowImage.open(io.BytesIO(data)).text["Comment"] == config.DISCLAIMER


def test_an_overlay_keeps_its_pixels_over_a_strip_of_words():
    picture = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    stored = decoded(downloads.overlay_png(picture, "Frame 1, model unet."))[..., ::-1]
    assert np.array_equal(stored[:300], picture)
    assert stored.shape[0] > 310 and stored[300:].any()


def test_a_table_carries_the_disclaimer_and_no_formula():
    rows = [{"file": "=cmd()|a.png", "area_px": 3}, {"file": 'odd,"name".png', "area_px": -2}]
    read = list(csv.DictReader(io.StringIO(downloads.table_csv(rows).decode())))
    assert [row["file"] for row in read] == ["'=cmd()|a.png", 'odd,"name".png']
    assert [row["area_px"] for row in read] == ["3", "-2"]
    assert {row["note"] for row in read} == {config.DISCLAIMER}


def test_whole_numbers_beside_unknown_ones_stay_whole():
    rows = [{"area_px": 3, "area_mm2": None, "present": "true"}, {"area_px": None, "area_mm2": 0.25, "present": None}]
    read = [row[: row.rindex(",")] for row in downloads.table_csv(rows).decode().splitlines()]
    assert read == ["area_px,area_mm2,present", "3,,true", ",0.25,"]


def test_masks_of_equal_names_do_not_overwrite_each_other():
    masks = [np.eye(3, dtype=bool), ~np.eye(3, dtype=bool), np.ones((2, 2), bool)]
    names = downloads.mask_names(["a.png", "a.tif", "b.png"])
    with zipfile.ZipFile(io.BytesIO(downloads.masks_zip(list(zip(names, masks, strict=True))))) as archive:
        assert archive.namelist() == ["a_mask.png", "a_2_mask.png", "b_mask.png"]
        stored = [decoded(archive.read(name)) > 0 for name in names]
    assert all(np.array_equal(mask, kept) for mask, kept in zip(masks, stored, strict=True))


@pytest.mark.parametrize(
    ("frames", "stems"),
    [
        (["a_2.png", "a.png", "a.jpg"], ["a_2", "a", "a_3"]),
        (["a_3.png", "a.png", "a.jpg"], ["a_3", "a", "a_2"]),
        (["a.png", "a.jpg", "a_2.png"], ["a", "a_2", "a_2_2"]),
        (["a.png", "A.png"], ["a", "A_2"]),
        (["1.2.840.1", "1.2.840.2"], ["1.2.840.1", "1.2.840.2"]),
        (["a.png"] * 4, ["a", "a_2", "a_3", "a_4"]),
        ([], []),
    ],
)
def test_a_number_that_tells_masks_apart_is_free(frames, stems):
    assert downloads.mask_names(frames) == [f"{stem}_mask.png" for stem in stems]


def test_an_overlay_says_its_words_and_the_disclaimer():
    picture = np.full((300, 400, 3), 90, np.uint8)
    stored = decoded(downloads.overlay_png(picture, "Frame 1, model unet."))[..., ::-1]
    assert np.array_equal(stored, captions.stamp(picture, f"Frame 1, model unet. {config.DISCLAIMER}"))
