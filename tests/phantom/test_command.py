"""python -m training.phantom."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from neuroscan.phantom import DEMO_SEED
from tests.conftest import ROOT
from training import phantom


def refused(capsys, given):
    """What the command says as it ends."""
    with pytest.raises(SystemExit) as ended:
        phantom.main(given)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_the_command_writes_a_set_and_refuses_a_full_folder(tmp_path, capsys):
    options = ["--out", str(tmp_path / "phantoms"), "--subjects", "1", "--frames", "2", "--seed", "3", "--workers", "1"]
    assert phantom.main(options) == 0
    assert {p.name for p in (tmp_path / "phantoms" / "train").iterdir()} == {
        "P03001_1.tif",
        "P03001_1_mask.tif",
        "P03001_2.tif",
        "P03001_2_mask.tif",
    }
    assert "2/2" in capsys.readouterr().err
    words = refused(capsys, options)
    assert "error: " in words and "not empty" in words and "frame/s" not in words  # no bar before the sentence


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert f"error: [Errno 17] File exists: '{tmp_path / 'file'}'" in refused(
        capsys, ["--out", str(tmp_path / "file" / "below")]
    )


def test_compare_needs_real_frames(tmp_path, capsys):
    words = refused(capsys, ["--compare", str(tmp_path), "--out", str(tmp_path)])
    assert "--compare needs real frames" in words


def test_compare_measures_phantoms_against_real_frames(monkeypatch, capsys):
    given = []
    monkeypatch.setattr(
        "neuroscan.phantom.realism.compare", lambda *folders: given.extend(folders) or pd.DataFrame({"inside": [True]})
    )
    assert phantom.main(["--compare", "made", "--real", "real", "--out", "out"]) == 0
    assert given == [Path("made"), Path("real"), Path("out")] and "inside" in capsys.readouterr().out


@pytest.mark.parametrize("seed", [DEMO_SEED, 7])
def test_numbers_are_handed_on_and_training_will_refuse_the_demos_seed(seed, monkeypatch, capsys):
    given = []
    monkeypatch.setattr(phantom, "write", lambda out, *, progress, **numbers: given.append((out, numbers)))
    options = ["--out", "made", "--subjects", "2", "--frames", "3", "--seed", str(seed), "--workers", "4"]
    assert phantom.main(options) == 0
    assert given == [(Path("made"), {"subjects": 2, "frames": 3, "seed": seed, "workers": 4})]
    assert ("training refuses these frames" in capsys.readouterr().err) == (seed == DEMO_SEED)


def test_by_default_there_is_a_process_for_each_core_that_may_be_used(monkeypatch, capsys):
    monkeypatch.setattr("neuroscan.config.cores", lambda: 3)
    with pytest.raises(SystemExit):
        phantom.main(["--help"])
    assert "processes (3)" in capsys.readouterr().out


def test_the_command_starts_as_a_module_and_names_its_options():
    command = [sys.executable, "-m", "training.phantom", "--help"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "--subjects" in text and "--compare" in text
