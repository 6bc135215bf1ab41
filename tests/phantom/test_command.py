"""python -m training.phantom."""

import subprocess
import sys

from training import phantom


def test_the_command_writes_a_set_and_refuses_a_full_folder(tmp_path, capsys):
    options = ["--out", str(tmp_path / "phantoms"), "--subjects", "1", "--frames", "2", "--seed", "3", "--workers", "1"]
    assert phantom.main(options) == 0
    assert {p.name for p in (tmp_path / "phantoms" / "train").iterdir()} == {
        "P03001_1.tif",
        "P03001_1_mask.tif",
        "P03001_2.tif",
        "P03001_2_mask.tif",
    }
    assert phantom.main(options) == 2
    assert "not empty" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert phantom.main(["--out", str(tmp_path / "file" / "below")]) == 2
    assert "file" in capsys.readouterr().err


def test_compare_needs_real_frames(tmp_path, capsys):
    assert phantom.main(["--compare", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "--real" in capsys.readouterr().err


def test_the_command_starts_as_a_module_and_names_its_options():
    text = subprocess.run(
        [sys.executable, "-m", "training.phantom", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "--subjects" in text and "--compare" in text
