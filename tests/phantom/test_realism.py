"""The five numbers, and whether phantoms lie where real frames do."""

import itertools

import cv2
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Polygon, Rectangle

from neuroscan import config
from neuroscan.phantom import realism
from neuroscan.phantom.dataset import frame


def test_numbers_of_a_hand_made_frame():
    image = np.zeros((185, 256), np.uint8)
    image[:, 128:] = 200
    mask = np.zeros(image.shape, bool)
    mask[:37, :64] = True
    mean, entropy, edges, sharp, share = realism.statistics(image, mask)
    assert mean == 100 and entropy == pytest.approx(1) and share == pytest.approx(37 * 64 / (185 * 256))
    assert edges == pytest.approx(1 / 256)
    # The Laplacian is +200 on one column and -200 on the next.
    assert sharp == pytest.approx(2 * 200**2 / 256)
    image[:, 128:] = 40  # a Sobel gradient of 160: over Canny's lower threshold, not over its upper one
    assert realism.statistics(image, mask)[2] == 0


def test_native_size_is_measured_at_the_small_size():
    image, mask = frame(7)
    small = cv2.resize(image, (256, 185), interpolation=cv2.INTER_AREA)
    assert realism.statistics(image, mask)[:4] == realism.statistics(small, mask)[:4]


def test_phantoms_lie_between_the_real_quartiles(real_data, tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    for subject in range(1, 25):
        image, mask = frame(21, subject=subject)
        cv2.imwrite(str(made / f"P21{subject:03d}_1.png"), image)
        cv2.imwrite(str(made / f"P21{subject:03d}_1_mask.png"), mask.astype(np.uint8) * 255)
    table = realism.compare(made, real_data / "uns" / "train", tmp_path / "out")
    assert table["inside"].all(), table.to_string()
    assert cv2.imread(str(tmp_path / "out" / "realism.png")).shape[1] >= 1350
    assert (tmp_path / "out" / "realism.csv").read_text().count("\n") == 6


def test_real_and_synthetic_keep_their_sides(tmp_path, monkeypatch):
    values = {"made": np.arange(25.0, 36.0), "real": np.arange(0.0, 101.0)}
    tables = {who: pd.DataFrame(dict.fromkeys(realism.COLUMNS, own)) for who, own in values.items()}
    monkeypatch.setattr(realism, "measure", lambda folder: tables[folder.name])
    table = realism.compare(tmp_path / "made", tmp_path / "real", tmp_path / "out")
    for who, quartiles in (("real", [25, 50, 75]), ("synthetic", [27.5, 30, 32.5])):
        assert table.filter(like=who).iloc[0].tolist() == quartiles
    assert table["inside"].all()
    assert not realism.compare(tmp_path / "real", tmp_path / "made", tmp_path / "back")["inside"].any()


def test_frames_without_a_nerve_do_not_count_in_its_area(tmp_path):
    (tmp_path / "train").mkdir()
    for number, rows in ((1, 0), (2, 5)):
        mask = np.full((20, 20), 9, np.uint8)  # as lossy compression leaves black
        mask[:rows] = 255
        cv2.imwrite(str(tmp_path / "train" / f"1_{number}.png"), np.full((20, 20), 90, np.uint8))
        cv2.imwrite(str(tmp_path / "train" / f"1_{number}_mask.png"), mask)
    assert realism.measure(tmp_path)["nerve area"].tolist() == pytest.approx([np.nan, 0.25], nan_ok=True)


def test_a_broken_frame_is_named_and_not_left_out(tmp_path):
    (tmp_path / "1_1.png").write_bytes(b"no picture")
    cv2.imwrite(str(tmp_path / "1_1_mask.png"), np.zeros((20, 20), np.uint8))
    with pytest.raises(ValueError, match=r"1_1\.png: found text"):
        realism.measure(tmp_path)


def test_table_and_figure_carry_the_disclaimer(tmp_path):
    for name, seed in (("made", 3), ("real", 4)):
        (tmp_path / name).mkdir()
        for subject in (1, 2, 3):
            image, mask = frame(seed, subject=subject)
            cv2.imwrite(str(tmp_path / name / f"{subject}_1.png"), image)
            cv2.imwrite(str(tmp_path / name / f"{subject}_1_mask.png"), mask.astype(np.uint8) * 255)
    table = realism.compare(tmp_path / "made", tmp_path / "real", tmp_path / "out")
    written = pd.read_csv(tmp_path / "out" / "realism.csv", index_col="statistic")
    assert set(written.pop("note")) == {config.DISCLAIMER}
    assert written.columns.tolist() == table.columns.tolist() and written.index.tolist() == list(realism.COLUMNS)
    # The disclaimer is the last line of the picture, and in its middle.
    shown = cv2.imread(str(tmp_path / "out" / "realism.png"), cv2.IMREAD_GRAYSCALE)
    rows = np.flatnonzero((shown < 200).any(axis=1))
    line = rows[np.flatnonzero(np.diff(rows, prepend=0) > 1)[-1] :]
    columns = np.flatnonzero((shown[line] < 200).any(axis=0))
    assert 10 < len(line) < 40 and np.ptp(columns) > shown.shape[1] / 2
    page = realism.figure(realism.measure(tmp_path / "made"), realism.measure(tmp_path / "real"))
    assert page.get_supxlabel() == config.DISCLAIMER


@pytest.fixture
def drawn():
    """Numbers of 300 synthetic and 900 real frames, which differ in each statistic, and their figure."""
    rng = np.random.default_rng(3)
    made = pd.DataFrame(rng.normal(range(10, 15), 1, (300, 5)), columns=list(realism.COLUMNS))
    found = pd.DataFrame(rng.normal(range(20, 25), 8, (900, 5)), columns=list(realism.COLUMNS))
    found.loc[:99, "nerve area"] = np.nan
    return made, found, realism.figure(made, found)


def test_real_frames_are_filled_and_synthetic_ones_a_line_each_of_the_same_area(drawn):
    made, found, page = drawn
    for ax, name in zip(page.axes, realism.COLUMNS, strict=True):
        bins = np.linspace(*ax.get_xlim(), 61)
        bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)][:60]
        expected = np.histogram(found[name].dropna(), bins, density=True)[0]
        assert [bar.get_height() for bar in bars] == pytest.approx(expected)
        assert all(bar.get_fill() for bar in bars)
        (line,) = (patch for patch in ax.patches if isinstance(patch, Polygon))
        assert not line.get_fill()
        assert line.get_xy()[:, 1].max() == pytest.approx(np.histogram(made[name], bins, density=True)[0].max())


def test_nearly_all_values_of_both_are_in_the_picture(drawn):
    made, found, page = drawn
    for shown in (page, realism.figure(found, made)):
        for ax, name in zip(shown.axes, realism.COLUMNS, strict=True):
            values = pd.concat([made[name], found[name]]).dropna()
            assert values.between(*ax.get_xlim()).mean() == pytest.approx(0.99, abs=0.005)


def test_the_band_is_the_middle_half_of_real_frames_and_the_dashes_the_median_of_synthetic_ones(drawn):
    made, found, page = drawn
    for ax, name in zip(page.axes, realism.COLUMNS, strict=True):
        band = next(patch for patch in ax.patches if "percentile" in patch.get_label())
        edges = (band.get_x(), band.get_x() + band.get_width())
        assert edges == pytest.approx(tuple(np.nanpercentile(found[name], [25, 75])))
        (dashes,) = ax.lines
        assert dashes.get_xdata() == pytest.approx([made[name].median()] * 2)


def test_legend_counts_frames_and_lies_over_the_rows_that_it_names(drawn):
    _, _, page = drawn
    page.draw_without_rendering()
    (legend,) = page.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "900 real UNS frames",
        "their 25th to 75th percentile",
        "300 synthetic frames",
        "their median",
    ]
    boxes = [legend.get_window_extent(), *(ax.get_tightbbox() for ax in page.axes)]
    assert all(upper.y0 >= lower.y1 for upper, lower in itertools.pairwise(boxes))
    assert boxes[0].y1 <= page.bbox.y1 and min(box.x0 for box in boxes) >= 0
    assert [ax.get_ylabel() for ax in page.axes] == [f"{name}\n{unit}" for name, unit in realism.COLUMNS.items()]


@pytest.mark.parametrize("nerve", [True, False])
def test_folders_without_a_nerve_or_of_one_frame_are_refused(nerve, tmp_path):
    for name in ("made", "real"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "1_1.png"), np.full((20, 20), 90, np.uint8))
        cv2.imwrite(str(tmp_path / name / "1_1_mask.png"), np.full((20, 20), 255 * nerve, np.uint8))
    with pytest.raises(ValueError, match="there is no value in one of the folders, or one in all; name more frames"):
        realism.compare(tmp_path / "made", tmp_path / "real", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("side", ["made", "real"])
def test_a_nerve_in_one_of_the_folders_alone_is_refused(side, tmp_path, monkeypatch):
    numbers = pd.DataFrame({name: np.arange(9.0) for name in realism.COLUMNS})
    tables = {"made": numbers, "real": numbers, side: numbers.assign(**{"nerve area": np.nan})}
    monkeypatch.setattr(realism, "measure", lambda folder: tables[folder.name])
    with pytest.raises(ValueError, match="nerve area: there is no value in one of the folders"):
        realism.compare(tmp_path / "made", tmp_path / "real", tmp_path / "out")


def test_a_folder_without_frames_is_named(tmp_path):
    with pytest.raises(ValueError, match="holds no frames with masks"):
        realism.measure(tmp_path)


def test_a_statistic_that_hardly_any_frame_differs_in_is_refused(tmp_path, monkeypatch):
    table = pd.DataFrame({name: np.arange(2000.0) for name in realism.COLUMNS})
    table["edge density"] = np.where(table.index == 0, 0.1, 0.0)
    monkeypatch.setattr(realism, "measure", lambda folder: table)
    with pytest.raises(ValueError, match="edge density: there is no value in one of the folders, or one in all"):
        realism.compare(tmp_path, tmp_path, tmp_path / "out")
