"""Run-length masks: hand-drawn cases, every official row of Kaggle UNS, and every native mask picture."""

import csv
from pathlib import Path

import numpy as np
import pytest

from neuroscan.data import codecs, rle

NATIVE_SHAPE = (420, 580)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", ["...", "..."]),
        ("1 1", ["#..", "..."]),
        ("2 1", ["...", "#.."]),  # down before across
        ("3 1", [".#.", "..."]),
        ("2 2", [".#.", "#.."]),  # a run goes on at the top of the next column
        ("1 1 6 1", ["#..", "..#"]),
        ("1 6", ["###", "###"]),
    ],
)
def test_hand_drawn_masks_read_and_write(text: str, rows: list[str]) -> None:
    mask = np.array([[pixel == "#" for pixel in row] for row in rows])
    assert np.array_equal(rle.decode(text, (2, 3)), mask)
    assert rle.encode(mask) == text


def test_runs_that_touch_are_read_and_written_as_one() -> None:
    mask = rle.decode("1 2 3 1", (2, 3))
    assert rle.encode(mask) == "1 3"


def test_decoded_mask_is_contiguous_and_boolean() -> None:
    mask = rle.decode("2 2", (2, 3))
    assert mask.dtype == np.bool_
    assert mask.flags.c_contiguous


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (13, 29)])
def test_random_masks_come_back(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(3)
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        mask = generator.random(shape) < share
        assert np.array_equal(rle.decode(rle.encode(mask), shape), mask)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1", "received 1 numbers"),
        ("1 2 3", "received 3 numbers"),
        ("1 x", "'1 x'"),
        ("1.5 2", "whole numbers"),
        ("1 99999999999999999999", "whole numbers"),
        ("nan", "whole numbers"),
        ("0 1", "starts 0 to 0"),
        ("-3 1", "starts -3 to -3"),
        ("7 1", "pixels 1 to 6 of a 2x3"),
        ("6 2", "pixels 1 to 6"),
        ("1 9223372036854775807", "pixels 1 to 6"),
        ("1 0", "received length 0"),
        ("1 -1", "received length -1"),
        ("1 2 2 1", "run 2 starts before"),
        ("3 1 1 1", "run 2 starts before"),
        ("1 1 1 1", "run 2 starts before"),
    ],
)
def test_wrong_rows_are_refused_with_what_was_received(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rle.decode(text, (2, 3))


@pytest.mark.parametrize("mask", [np.zeros((2, 3), np.uint8), np.zeros(6, bool), np.zeros((1, 2, 3), bool)])
def test_only_boolean_masks_are_written(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"boolean mask of shape \(H, W\)"):
        rle.encode(mask)


@pytest.fixture(scope="module")
def official_rows(real_data: Path) -> dict[str, str]:
    with (real_data / "uns_native" / "train_masks.csv").open(newline="") as file:
        return {f"{row['subject']}_{row['img']}": row["pixels"] for row in csv.DictReader(file)}


def test_every_official_row_comes_back_exactly(official_rows: dict[str, str]) -> None:
    assert len(official_rows) == 4_556
    for frame, text in official_rows.items():
        mask = rle.decode(text, NATIVE_SHAPE)
        # The lengths of the runs add up to the area: a check that does not pass through `encode`.
        assert mask.sum() == sum(map(int, text.split()[1::2])), frame
        assert rle.encode(mask) == text, frame


def test_official_rows_equal_the_native_mask_pictures(real_data: Path, official_rows: dict[str, str]) -> None:
    paths = sorted((real_data / "uns_native" / "train").glob("*_mask.tif"))
    assert len(paths) == 50
    present = 0
    for path in paths:
        mask = codecs.read_mask(path)
        text = official_rows[path.stem.removesuffix("_mask")]
        assert np.array_equal(mask, rle.decode(text, NATIVE_SHAPE)), path.name
        assert rle.encode(mask) == text, path.name
        present += bool(text)
    assert present == 24


def test_a_row_longer_than_the_csv_module_takes_by_itself_is_read(tmp_path: Path) -> None:
    ragged = np.random.default_rng(0).random((420, 580)) < 0.5
    pixels = rle.encode(ragged)
    csv.field_size_limit(131_072)
    assert len(pixels) > 131_072
    (tmp_path / "train_masks.csv").write_text(f"subject,img,pixels\n1,1,{pixels}\n1,2,\n")
    runs, complaints = rle.read_table(tmp_path / "train_masks.csv")
    assert complaints == [] and list(runs) == ["1_1", "1_2"]
    assert np.array_equal(rle.decode(runs["1_1"], ragged.shape), ragged)
