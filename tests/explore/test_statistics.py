"""Statistics against hand counts, direct scikit-image calls, and Kaggle's own run lengths."""

import math

import cv2
import numpy as np
import pytest

from neuroscan.data import codecs, dataset
from neuroscan.explore.columns import COLUMNS, FRAME_COLUMNS, MASK_COLUMNS
from neuroscan.explore.statistics import frame_statistics, mask_statistics, ring_width
from tests.explore import plain

FLAT = np.full((30, 40), 100, np.uint8)


def ellipse(shape=(90, 120), centre=(60, 40), axes=(30, 12), angle=30.0):
    return cv2.ellipse(np.zeros(shape, np.uint8), centre, axes, angle, 0, 360, 1, -1) > 0


def speckle(seed, shape=(90, 120)):
    return np.clip(np.random.default_rng(seed).rayleigh(45, shape), 0, 255).astype(np.uint8)


def assert_equal_to_plain(image, mask):
    row, direct = frame_statistics(image), plain.frame_row(image)
    assert row.keys() == direct.keys()
    # OpenCV's Canny judges directions in steps of 45 degrees where scikit-image interpolates.
    assert row.pop("edge_density") == pytest.approx(direct.pop("edge_density"), rel=0.06, abs=0.003)
    assert row == pytest.approx(direct, rel=1e-6, abs=1e-9, nan_ok=True)
    row, direct = mask_statistics(image, mask), plain.mask_row(image, mask)
    assert {name: row[name] for name in direct} == pytest.approx(direct, rel=1e-9, abs=1e-9, nan_ok=True)


def test_every_column_is_defined_once_and_in_order():
    image = speckle(0)
    assert list(frame_statistics(image)) == list(FRAME_COLUMNS)
    assert list(mask_statistics(image, ellipse(), spacing=(1, 1))) == list(MASK_COLUMNS)
    assert list(COLUMNS) == list(FRAME_COLUMNS) + list(MASK_COLUMNS)
    assert all(column.meaning.endswith(".") and column.unit for column in COLUMNS.values())


def test_a_flat_frame():
    row = frame_statistics(FLAT)
    assert row["mean"] == row["p05"] == row["p50"] == row["p95"] == 100
    assert row["variance"] == row["entropy"] == row["edge_density"] == row["sharpness"] == row["dark_share"] == 0
    assert math.isnan(row["speckle_snr"])


def test_percentiles_lie_between_pixels():
    row = frame_statistics(np.array([[10, 20, 30, 40]], np.uint8))
    assert [row[f"p{q:02d}"] for q in (5, 25, 50, 75, 95)] == pytest.approx([11.5, 17.5, 25, 32.5, 38.5])


def test_half_black_half_white():
    image = np.zeros((64, 64), np.uint8)
    image[:, 32:] = 255
    row = frame_statistics(image)
    assert (row["mean"], row["entropy"], row["dark_share"]) == (127.5, 1.0, 0.5)
    # The edge is one pixel wide or two, and 64 long.
    assert row["edge_density"] in (1 / 64, 2 / 64)
    # Two columns of +255 and -255 among zeros.
    assert row["sharpness"] == pytest.approx(255**2 * 2 / 64)


def test_blocks_of_known_speckle():
    # Even and dark blocks are left out; in the other one mean is 50 and standard deviation 10.
    image = np.full((16, 16), 200, np.uint8)
    image[:8, :8] = np.where(np.indices((8, 8)).sum(axis=0) % 2, 60, 40)
    image[8:, :8] = image[:8, :8] // 5
    assert frame_statistics(image)["speckle_snr"] == pytest.approx(5)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        # 4 rows x 10 columns at (5, 20): inertia 10^2 - 1 against 4^2 - 1.
        (
            (slice(5, 9), slice(20, 30)),
            {
                "parts": 1,
                "area_px": 40,
                "area_share": 40 / 1200,
                "centroid_row_px": 6.5,
                "centroid_column_px": 24.5,
                "centroid_row_rel": 7 / 30,
                "centroid_column_rel": 25 / 40,
                "top_px": 5,
                "left_px": 20,
                "box_height_px": 4,
                "box_width_px": 10,
                "eccentricity": math.sqrt(1 - 15 / 99),
                "solidity": 1,
            },
        ),
        ((slice(0, 1), slice(39, 40)), {"area_px": 1, "top_px": 0, "left_px": 39, "eccentricity": 0, "solidity": 1}),
        ((slice(0, 30), slice(0, 40)), {"area_share": 1, "centroid_row_rel": 0.5, "centroid_column_rel": 0.5}),
    ],
)
def test_rectangles_by_hand(mask, expected):
    drawn = np.zeros(FLAT.shape, bool)
    drawn[mask] = True
    row = mask_statistics(FLAT, drawn)
    assert {name: row[name] for name in expected} == pytest.approx(expected)
    assert row["present"] is True


def test_orientation_turns_from_the_vertical():
    upright, lying = np.zeros((2, 40, 40), bool)
    upright[5:35, 18:22] = True
    lying[18:22, 5:35] = True
    assert mask_statistics(FLAT[:1].repeat(40, 0), upright)["orientation_deg"] == pytest.approx(0)
    assert abs(mask_statistics(FLAT[:1].repeat(40, 0), lying)["orientation_deg"]) == pytest.approx(90)


def test_contrast_and_noise_by_hand():
    mask = np.zeros((30, 40), bool)
    mask[10:20, 10:20] = True
    rows = np.indices(mask.shape)[0] % 2
    image = np.where(mask, 120 + 10 * rows, 80 - 10 * rows).astype(np.uint8)
    row = mask_statistics(image, mask)
    assert ring_width(100) == 3
    assert row["contrast"] == pytest.approx(50, abs=0.5)
    assert row["cnr"] == pytest.approx(50 / math.sqrt(25 + 25), rel=0.02)


@pytest.mark.parametrize("corner", [(0, 0), (1, 1), (1, 29), (19, 1), (20, 30)])
def test_the_ring_of_a_nerve_at_an_edge_is_what_the_frame_shows_of_it(corner):
    mask = np.zeros((30, 40), bool)
    mask[corner[0] : corner[0] + 10, corner[1] : corner[1] + 10] = True
    assert mask_statistics(np.where(mask, 120, 80).astype(np.uint8), mask)["contrast"] == 40


def test_what_is_missing():
    unlabelled = mask_statistics(FLAT, None)
    assert unlabelled.pop("present") is None
    assert all(math.isnan(value) for value in unlabelled.values())
    absent = mask_statistics(FLAT, FLAT > 200, spacing=(0.1, 0.1))
    assert [absent[name] for name in ("present", "parts", "area_px", "area_share", "area_mm2")] == [False, 0, 0, 0, 0]
    assert all(math.isnan(absent[name]) for name in list(MASK_COLUMNS)[5:] if name != "area_mm2")
    everywhere = mask_statistics(FLAT, FLAT > 50)
    assert math.isnan(everywhere["contrast"]) and math.isnan(everywhere["cnr"]) and math.isnan(everywhere["area_mm2"])


def test_lengths_in_mm():
    mask = np.zeros((30, 40), bool)
    mask[9:12, 20:24] = True
    row = mask_statistics(FLAT, mask, spacing=(0.5, 0.2))
    assert row["area_mm2"] == pytest.approx(12 * 0.1)
    assert row["centroid_depth_mm"] == pytest.approx(10.5 * 0.5)
    bordered = np.vstack([np.zeros((20, 40), np.uint8), FLAT])
    row = mask_statistics(bordered, np.vstack([np.zeros((20, 40), bool), mask]), spacing=(0.5, 0.2))
    assert row["centroid_depth_mm"] == pytest.approx(10.5 * 0.5), "depth counts from where the picture begins"


def test_parts_touching_at_a_corner_are_one():
    mask = np.zeros((30, 40), bool)
    mask[2:4, 2:4] = mask[4:6, 4:6] = True
    assert mask_statistics(FLAT, mask)["parts"] == 1
    mask[20:22, 30:33] = True
    assert mask_statistics(FLAT, mask)["parts"] == 2


@pytest.mark.parametrize("shape", [(90, 120), (37, 61), (8, 8), (1, 5)])
def test_synthetic_frames_equal_direct_calls(shape):
    image = speckle(3, shape)
    mask = cv2.resize(ellipse().astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    row, direct = frame_statistics(image), plain.frame_row(image)
    del row["edge_density"], direct["edge_density"]
    assert row == pytest.approx(direct, rel=1e-6, nan_ok=True)
    if mask.any():
        row, direct = mask_statistics(image, mask), plain.mask_row(image, mask)
        assert {name: row[name] for name in direct} == pytest.approx(direct, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("image", "mask", "message"),
    [
        (FLAT.astype(float), None, "received float64"),
        (np.zeros((0, 4), np.uint8), None, r"shape \(0, 4\)"),
        (np.zeros((4, 4, 3), np.uint8), None, r"shape \(4, 4, 3\)"),
    ],
)
def test_frames_that_are_none(image, mask, message):
    with pytest.raises(ValueError, match=message):
        frame_statistics(image)


@pytest.mark.parametrize("mask", [np.zeros((30, 41), bool), np.zeros((30, 40), np.uint8)])
def test_masks_that_do_not_fit(mask):
    with pytest.raises(ValueError, match="Expected a bool mask"):
        mask_statistics(FLAT, mask)


def test_real_frames_equal_direct_calls(real_data):
    native = sorted((real_data / "uns_native" / "train").glob("*_mask.tif"))[::9]
    small = sorted((real_data / "uns" / "train").glob("*_mask.png"))[::250]
    for path in native + small:
        image_path = path.with_name(path.name.replace("_mask.png", ".jpg").replace("_mask.tif", ".tif"))
        assert_equal_to_plain(codecs.read(image_path)[0].image, codecs.read_mask(path))
    for number in ("0001", "0100", "0200"):
        image = codecs.read(real_data / "usgra" / "images" / f"{number}.jpg")[0].image
        assert_equal_to_plain(image, codecs.read_mask(real_data / "usgra" / "masks" / f"{number}.png"))


def test_presence_and_area_are_those_of_the_run_lengths(real_data):
    lines = (real_data / "uns_native" / "train_masks.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split(",") for line in lines]
    official = {f"{subject}_{number}": sum(map(int, pixels.split()[1::2])) for subject, number, pixels in rows}
    samples = dataset.load(real_data / "uns_native").samples
    labelled = samples[samples["mask"].notna()]
    assert len(labelled) == 50
    for _, row in labelled.iterrows():
        image = dataset.read_image(row)
        found = mask_statistics(image, dataset.read_mask(row, image.shape))
        assert (found["area_px"], found["present"]) == (official[row["frame"]], official[row["frame"]] > 0)
    for path in sorted((real_data / "uns" / "train").glob("*_mask.png"))[::40]:
        mask = codecs.read_mask(path)
        share = mask_statistics(np.zeros(mask.shape, np.uint8), mask)["area_share"]
        assert share == pytest.approx(official[path.stem.removesuffix("_mask")] / (580 * 420), rel=0.03)
