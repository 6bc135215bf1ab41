"""The command: tables on disk, sentences on standard error."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from neuroscan import config
from neuroscan.data import dataset
from tests import own_data
from training import explore


@pytest.fixture
def folder(tmp_path):
    return own_data.write(tmp_path / "set", {1: (True, False), 2: (True,)})


def refused(capsys, given):
    """What the command says as it ends."""
    with pytest.raises(SystemExit) as ended:
        explore.main(given)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_tables(folder, tmp_path, capsys):
    assert explore.main(["--data", str(folder), "--output", str(tmp_path / "out")]) == 0
    assert "3 frames, 0 problems, 0 near-duplicate pairs" in capsys.readouterr().out
    written = pd.read_csv(tmp_path / "out" / "frames.csv", dtype={"subject": str})
    areas = []
    for _, row in dataset.load(folder).samples.iterrows():
        mask = dataset.read_mask(row, own_data.SHAPE)
        assert mask is not None
        areas.append(int(mask.sum()))
    assert written["subject"].tolist() == ["1", "1", "2"]
    assert written["frame"].tolist() == ["1_1", "1_2", "2_1"]
    assert written["area_px"].tolist() == areas and written["area_px"].dtype == np.int64
    assert str(tmp_path) not in (tmp_path / "out" / "frames.csv").read_text()
    parquet = pd.read_parquet(tmp_path / "out" / "frames.parquet")
    assert parquet.columns.tolist() == written.columns.tolist() and len(parquet) == 3
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {
        "frames.csv",
        "frames.parquet",
        "problems.csv",
        "pairs.csv",
        "contradictions.csv",
        "outliers.csv",
        "subjects.csv",
    }


def test_options_reach_the_run(tmp_path, monkeypatch, capsys):
    given = {}

    def run(data, *, progress, **options):
        given.update(options, data=data)
        raise ValueError("enough")

    monkeypatch.setattr(explore.compute, "explore", run)
    options = ["--label", "2", "--workers", "3", "--scheduler", "tcp://there:2"]
    assert "enough" in refused(capsys, ["--data", str(tmp_path), "--output", str(tmp_path / "out"), *options])
    assert given == {"data": tmp_path, "label": 2, "workers": 3, "scheduler": "tcp://there:2"}


def test_the_nerve_is_the_label_that_is_asked_for(folder, tmp_path):
    indices = np.zeros(own_data.SHAPE, np.uint8)
    indices[10:20, 10:20], indices[30:35, 30:50] = 1, 2
    mask = Image.fromarray(indices)
    mask.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    mask.save(folder / "1_1_mask.png")
    for label, top in ((2, 30), (1, 10)):
        given = ["--data", str(folder), "--output", str(tmp_path / "out"), "--label", str(label)]
        assert explore.main(given) == 0
        frames = pd.read_csv(tmp_path / "out" / "frames.csv", index_col="frame")
        assert frames.loc["1_1", ["area_px", "top_px"]].tolist() == [100, top]


def test_every_table_carries_the_disclaimer_and_calls_synthetic_frames_synthetic(tmp_path):
    folder = own_data.write(tmp_path / "phantom_own", {1: (True, True), 2: (True,)})
    (folder / "1_2.png").write_bytes((folder / "1_1.png").read_bytes())
    (folder / "9_9.png").write_text("not a picture")
    assert explore.main(["--data", str(folder), "--output", str(tmp_path / "out")]) == 0
    tables = {path.stem: pd.read_csv(path) for path in (tmp_path / "out").glob("*.csv")}
    tables["parquet"] = pd.read_parquet(tmp_path / "out" / "frames.parquet")
    assert all("synthetic" in table and table["synthetic"].all() for table in tables.values())
    assert all("note" in table and (table["note"] == config.DISCLAIMER).all() for table in tables.values())
    assert all(len(tables[name]) for name in ("frames", "problems", "pairs", "subjects"))


def test_spreadsheets_read_no_formula_from_names_which_programs_get_as_they_are(folder, tmp_path):
    folder = folder.rename(tmp_path / "=set")
    (folder / "9_9.png").write_text("not a picture")
    assert explore.main(["--data", str(folder), "--output", str(tmp_path / "out")]) == 0
    assert set(pd.read_csv(tmp_path / "out" / "frames.csv")["source"]) == {"'=set"}
    assert set(pd.read_csv(tmp_path / "out" / "problems.csv")["source"]) == {"'=set"}
    assert set(pd.read_parquet(tmp_path / "out" / "frames.parquet")["source"]) == {"=set"}


@pytest.mark.parametrize("below", ["", "tables"])
def test_an_output_that_is_no_folder_is_refused_before_the_work(below, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(explore.compute, "explore", None)
    (tmp_path / "out").write_text("kept")
    assert "name another folder" in refused(capsys, ["--data", str(folder), "--output", str(tmp_path / "out" / below)])
    assert (tmp_path / "out").read_text() == "kept"


def test_a_table_that_cannot_be_written_is_a_sentence(folder, tmp_path, capsys):
    (tmp_path / "out" / "frames.csv").mkdir(parents=True)
    given = ["--data", str(folder), "--output", str(tmp_path / "out"), "--workers", "1"]
    assert "frames.csv" in refused(capsys, given)


@pytest.mark.parametrize(("data", "output"), [("set", "set"), (".", "set"), (".", ".")])
def test_tables_in_a_data_folder_are_never_written_over(data, output, folder, tmp_path, capsys):
    for place in (folder, tmp_path):
        (place / "subjects.csv").write_text("my own")
    given = ["--data", str(tmp_path / data), "--output", str(tmp_path / output)]
    assert "tables in it could be lost" in refused(capsys, given)
    assert [(place / "subjects.csv").read_text() for place in (folder, tmp_path)] == ["my own", "my own"]


def test_no_data_set_is_a_sentence(tmp_path, capsys):
    words = refused(capsys, ["--data", str(tmp_path), "--output", str(tmp_path / "out")])
    assert "error: " in words and "holds no data set" in words


def test_the_scheduler_may_be_named_by_the_environment(monkeypatch):
    monkeypatch.setenv("NEUROSCAN_SCHEDULER", "tcp://here:1")
    assert explore.build_parser().parse_args(["--output", "x"]).scheduler == "tcp://here:1"
    assert (
        explore.build_parser().parse_args(["--output", "x", "--scheduler", "tcp://there:2"]).scheduler
        == "tcp://there:2"
    )
