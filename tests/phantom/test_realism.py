"""The five numbers, and whether phantoms lie where real frames do."""

import cv2
import numpy as np
import pandas as pd
import pytest

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
    assert cv2.imread(str(tmp_path / "out" / "realism.png")).shape[1] == 900
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
    for number, rows in ((1, 0), (2, 5)):
        mask = np.zeros((20, 20), np.uint8)
        mask[:rows] = 255
        cv2.imwrite(str(tmp_path / f"1_{number}.png"), np.full((20, 20), 90, np.uint8))
        cv2.imwrite(str(tmp_path / f"1_{number}_mask.png"), mask)
    assert realism.measure(tmp_path)["nerve area"].tolist() == pytest.approx([np.nan, 0.25], nan_ok=True)


def test_table_and_figure_carry_the_disclaimer(tmp_path, monkeypatch):
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
    shown = cv2.imread(str(tmp_path / "out" / "realism.png"), cv2.IMREAD_GRAYSCALE)
    monkeypatch.setattr(config, "DISCLAIMER", "")
    realism.compare(tmp_path / "made", tmp_path / "real", tmp_path / "out")
    bare = cv2.imread(str(tmp_path / "out" / "realism.png"), cv2.IMREAD_GRAYSCALE)
    rows, columns = np.nonzero(shown != bare)
    assert (bare[rows.min() : rows.max() + 1] == 255).all()  # words stand on white, at the foot
    assert rows.min() > 700 and 400 < np.ptp(columns) < 800 and columns.max() < 880


@pytest.mark.parametrize("nerve", [True, False])
def test_folders_without_a_nerve_or_of_one_frame_are_refused(nerve, tmp_path):
    for name in ("made", "real"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "1_1.png"), np.full((20, 20), 90, np.uint8))
        cv2.imwrite(str(tmp_path / name / "1_1_mask.png"), np.full((20, 20), 255 * nerve, np.uint8))
    with pytest.raises(ValueError, match="there is no value in one of the folders, or one in all; name more frames"):
        realism.compare(tmp_path / "made", tmp_path / "real", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_without_frames_is_named(tmp_path):
    with pytest.raises(ValueError, match="holds no frames with masks"):
        realism.measure(tmp_path)


def test_a_statistic_that_hardly_any_frame_differs_in_is_refused(tmp_path, monkeypatch):
    table = pd.DataFrame({name: np.arange(2000.0) for name in realism.COLUMNS})
    table["edge density"] = np.where(table.index == 0, 0.1, 0.0)
    monkeypatch.setattr(realism, "measure", lambda folder: table)
    with pytest.raises(ValueError, match="edge density: there is no value in one of the folders, or one in all"):
        realism.compare(tmp_path, tmp_path, tmp_path / "out")
