"""python -m training.predict: a mask and a row for each frame, and a sentence for each file that is none."""

import csv
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from neuroscan import config, phantom
from neuroscan.data import codecs, layout
from neuroscan.inference.predictor import Predictor
from tests import own_data
from tests.closed import close
from tests.conftest import stand_in_frame
from tests.dicom_file import PERSON, dicom, region
from training import predict

HEADER = "file,presence,present,area_px,area_mm2,centroid_row,centroid_col,threshold,seconds,error"


@pytest.fixture
def run(stand_in, tmp_path):
    """Predict a folder with a stand-in model; returns the exit code, the rows by file and the folder of masks."""

    def ran(folder, *more, weights="blob", output="out"):
        place = tmp_path / output
        given = ["--weights", weights, "--models", str(stand_in.weights), "--input", str(folder)]
        code = predict.main([*given, "--output", str(place), *more])
        with (place / "predictions.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return code, {row["file"]: row for row in rows}, place

    return ran


@pytest.fixture
def folder(tmp_path):
    """Frames with a nerve and without, in Kaggle's layout, with masks and run lengths beside."""
    made = own_data.write(tmp_path / "frames", {1: (True, False), 2: (True,)}, shape=(70, 100))
    (made / layout.RLE_FILE).write_text("subject,img,pixels\n1,1,\n")
    (made / ".hidden").write_text("")
    return made


def test_areas_are_in_mm2_where_a_dicom_file_tells_the_size_of_a_pixel(run, tmp_path):
    place = tmp_path / "clips"
    place.mkdir()
    frames = np.stack([stand_in_frame(seed, nerve=True)[0] for seed in (1, 2)])
    whole = [region((0, 119, 0, 159), (0.02, 0.01))]
    (place / "IM0001").write_bytes(dicom(frames, regions=whole))
    (place / "plain.dcm").write_bytes(dicom(frames[0]))
    code, rows, output = run(place)
    assert code == 0 and list(rows) == ["IM0001_frame1", "IM0001_frame2", "plain.dcm"]
    for name in ("IM0001_frame1", "IM0001_frame2"):
        outlined = np.count_nonzero(stored(output / f"{name}_mask.png"))
        assert outlined and int(rows[name]["area_px"]) == outlined
        assert float(rows[name]["area_mm2"]) == pytest.approx(outlined * 0.2 * 0.1, abs=0.01)
    assert rows["plain.dcm"]["area_mm2"] == ""
    assert not any(PERSON.encode() in path.read_bytes() for path in output.iterdir())


def stored(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_frames_alone_are_predicted_not_masks_nor_tables(run, folder):
    code, rows, output = run(folder)
    assert code == 0
    assert list(rows) == ["1_1.png", "1_2.png", "2_1.png"]
    assert sorted(path.name for path in output.iterdir()) == [
        "1_1_mask.png",
        "1_2_mask.png",
        "2_1_mask.png",
        "predictions.csv",
        "predictions.txt",
    ]
    assert (output / "predictions.csv").read_text().splitlines()[0] == HEADER


def test_masks_are_the_predictors_at_the_frames_own_size_in_0_and_255(run, folder, stand_in):
    _, rows, output = run(folder)
    predictor = Predictor(stand_in.weights / "blob")
    for name, row in rows.items():
        frame = codecs.read(folder / name)[0].image
        mask = stored(output / f"{name.removesuffix('.png')}_mask.png")
        assert mask.shape == frame.shape == (70, 100) and mask.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 255}
        found = predictor.predict(frame)
        expected = found.mask(predictor.card.threshold, predictor.card.presence_threshold)
        assert np.array_equal(mask > 0, expected)
        assert float(row["presence"]) == pytest.approx(found.presence, abs=1e-4)
        assert row["present"] == ("true" if found.presence >= predictor.card.presence_threshold else "false")


def test_masks_carry_the_disclaimer(run, folder):
    _, _, output = run(folder)
    notes = [Image.open(path).text["Comment"] for path in output.glob("*.png")]
    assert notes == [config.DISCLAIMER] * 3


def test_a_note_beside_the_table_says_what_made_it(run, folder, stand_in):
    _, _, output = run(folder, "--threshold", "0.4")
    note = (output / "predictions.txt").read_text()
    card = Predictor(stand_in.weights / "blob").card
    assert (
        f"blob (ONNX file {card.onnx_sha256[:12]}), threshold 0.4, presence threshold {card.presence_threshold:g}."
        in note
    )
    assert config.DISCLAIMER in note and "synthetic" not in note


@pytest.mark.parametrize("part", ["", "train"])
def test_the_note_calls_the_simulators_frames_synthetic_whatever_their_folder_is_called(run, part, tmp_path):
    made = phantom.write(tmp_path / "sim", subjects=1, frames=1, seed=1)
    _, rows, output = run(made / part)
    assert list(rows) == ["P01001_1.tif"]
    assert "The frames are synthetic: no person was scanned." in (output / "predictions.txt").read_text()


def test_a_row_measures_its_mask(run, folder):
    _, rows, output = run(folder, "--presence-threshold", "0", "--threshold", "0.4")
    for name, row in rows.items():
        mask = stored(output / f"{name.removesuffix('.png')}_mask.png") > 0
        assert int(row["area_px"]) == mask.sum() > 0
        assert row["area_mm2"] == ""  # pictures do not tell their spacing
        middle = np.argwhere(mask).mean(axis=0)
        assert (float(row["centroid_row"]), float(row["centroid_col"])) == pytest.approx(middle, abs=0.06)
        assert float(row["threshold"]) == 0.4 and float(row["seconds"]) > 0 and row["error"] == ""


def test_presence_threshold_0_switches_the_gate_off(run, folder):
    _, gated, output = run(folder, weights="shy")
    for name, row in gated.items():
        assert row["present"] == "false" and row["area_px"] == "0"
        assert row["centroid_row"] == row["centroid_col"] == ""
        assert not stored(output / f"{name.removesuffix('.png')}_mask.png").any()
    _, free, output = run(folder, "--presence-threshold", "0", weights="shy", output="free")
    for name, row in free.items():
        assert row["present"] == "true" and int(row["area_px"]) > 0
        assert stored(output / f"{name.removesuffix('.png')}_mask.png").any()


def test_threshold_is_the_callers_or_the_cards(run, folder):
    areas = []
    for threshold in ("0", "0.3", "0.6", "0.9"):
        _, rows, _ = run(folder, "--threshold", threshold, "--presence-threshold", "0", output=threshold)
        assert {row["threshold"] for row in rows.values()} == {str(float(threshold))}
        areas.append(int(rows["1_1.png"]["area_px"]))
    assert areas == sorted(areas, reverse=True) and areas[0] == 70 * 100 > areas[1] > areas[3]
    _, rows, _ = run(folder, weights="shy", output="own")
    assert rows["1_1.png"]["threshold"] == "0.4"


@pytest.mark.parametrize("value", ["1.1", "-0.1", "nan", "much"])
@pytest.mark.parametrize("flag", ["--threshold", "--presence-threshold"])
def test_thresholds_are_shares(flag, value, folder, run, capsys):
    with pytest.raises(SystemExit) as ended:
        run(folder, flag, value)
    assert ended.value.code == 2
    assert f"{flag}: expected a number from 0 to 1, got '{value}'" in capsys.readouterr().err


def png_header(width, height):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + end


def test_each_bad_file_is_a_row_with_its_error_and_the_rest_goes_on(run, folder, capsys):
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("no picture at all")
    Image.fromarray(np.full((50, 60), 9, np.uint8)).save(folder / "whole.tif", compression="tiff_lzw")
    data = (folder / "whole.tif").read_bytes()
    (folder / "cut.tif").write_bytes(data[: len(data) // 2])
    (folder / "whole.tif").unlink()
    (folder / "huge.png").write_bytes(png_header(30_000, 30_000))
    with (folder / "heavy.bmp").open("wb") as file:
        file.truncate(config.MAX_BYTES + 1)  # sparse: takes no room
    (folder / "gone.png").symlink_to("nowhere.png")
    code, rows, output = run(folder)
    assert code == 0
    words = {
        "empty.png": "found an empty file",
        "text.png": "found text",
        "cut.tif": "cannot be read",
        "huge.png": "30000x30000",
        "heavy.bmp": "a file of 200 MiB",
        "gone.png": "found no such file",
    }
    for name, text in words.items():
        assert text in rows[name]["error"] and name in rows[name]["error"]
        assert all(value == "" for column, value in rows[name].items() if column not in ("file", "error"))
        assert "\n" not in rows[name]["error"]
        assert not (output / f"{name.rpartition('.')[0]}_mask.png").exists()
    assert [name for name, row in rows.items() if not row["error"]] == ["1_1.png", "1_2.png", "2_1.png"]
    assert "3 frames outlined in" in (told := capsys.readouterr().err) and config.DISCLAIMER in told
    assert f"{len(words)} not: predictions.csv says why" in told


def test_a_link_to_a_file_that_is_not_to_be_had_is_a_row_with_its_error(run, folder, tmp_path, monkeypatch):
    (tmp_path / "vault").mkdir()
    (folder / "1_1.png").rename(tmp_path / "vault" / "1_1.png")
    (folder / "1_1.png").symlink_to(tmp_path / "vault" / "1_1.png")
    (folder / "1_2.png").unlink()
    (folder / "1_2.png").symlink_to(tmp_path / "nowhere.png")
    close(monkeypatch, tmp_path / "vault")
    code, rows, _ = run(folder)
    assert code == 0 and list(rows) == ["1_1.png", "1_2.png", "2_1.png"]
    assert "Permission denied" in rows["1_1.png"]["error"] and "no such file" in rows["1_2.png"]["error"]


def test_a_folder_that_may_not_be_opened_is_passed_over_as_others_are(run, folder, tmp_path, monkeypatch):
    for name in ("open", "closed"):
        (tmp_path / "scans" / name).mkdir(parents=True)
    (folder / "1_1.png").rename(tmp_path / "scans" / "left.png")
    close(monkeypatch, tmp_path / "scans" / "closed")
    code, rows, _ = run(tmp_path / "scans")
    assert code == 0 and list(rows) == ["left.png"]


def test_a_mask_that_cannot_be_written_whole_leaves_the_one_before(run, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    _, _, output = run(folder)
    before = {path.name: path.read_bytes() for path in output.glob("*.png")}
    monkeypatch.setattr(Path, "replace", full)
    code, rows, _ = run(folder, "--threshold", "0")
    assert code == 1 and all("cannot be written (No space left" in row["error"] for row in rows.values())
    assert {path.name: path.read_bytes() for path in output.iterdir() if "predictions" not in path.name} == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no stand-in for a full disk")
def test_a_table_that_finds_the_disk_full_is_a_sentence(run, folder, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / predict.TABLE).symlink_to("/dev/full")
    with pytest.raises(SystemExit) as ended:
        run(folder)
    assert ended.value.code == 2
    assert "cannot be written on (No space left on device); 0 frames were outlined" in capsys.readouterr().err


def test_a_run_cut_short_has_a_row_for_each_mask_and_says_how_far_it_came(run, folder, tmp_path, monkeypatch, capsys):
    predict_file, written = predict.predict_file, []

    def stopped(path, *given, **options):
        written.append((tmp_path / "out" / predict.TABLE).read_text().splitlines()[1:])
        if path.name == "2_1.png":
            raise KeyboardInterrupt
        return predict_file(path, *given, **options)

    monkeypatch.setattr(predict, "predict_file", stopped)
    with pytest.raises(SystemExit) as ended:
        run(folder)
    assert ended.value.code == 130 and "2 frames were outlined in" in capsys.readouterr().err
    assert [len(rows) for rows in written] == [0, 1, 2]


def test_where_no_frame_worked_the_exit_code_says_so(run, tmp_path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "notes.txt").write_text("no picture")
    code, rows, _ = run(tmp_path / "frames")
    assert code == 1 and "found text" in rows["notes.txt"]["error"]


@pytest.mark.parametrize(("part", "masks"), [("train", "train"), ("train", ""), ("", "train"), ("images", "masks")])
def test_frames_of_a_data_set_are_found_below_its_folder(part, masks, run, folder, tmp_path):
    for path in sorted(folder.glob("*.png")):
        is_mask = path.stem.endswith("_mask")
        place = tmp_path / "set" / (masks if is_mask else part)
        place.mkdir(parents=True, exist_ok=True)
        path.rename(place / (path.name.replace("_mask", "") if masks == "masks" else path.name))
    (tmp_path / "set" / "README.txt").write_text("notes")
    (tmp_path / "set" / part / "notes.csv").write_text("notes")
    code, rows, _ = run(tmp_path / "set")
    assert code == 0 and list(rows) == ["1_1.png", "1_2.png", "2_1.png"]
    assert not any(row["error"] for row in rows.values())


def test_notes_beside_the_frames_of_a_data_set_are_no_rows_but_bad_pictures_are(run, folder):
    for name in ("README.txt", "planted.csv", "Thumbs.db", "text.png", "scan.gif"):
        (folder / name).write_text("no picture")
    code, rows, _ = run(folder)
    assert code == 0 and set(rows) == {"1_1.png", "1_2.png", "2_1.png", "text.png", "scan.gif"}
    assert "found text" in rows["text.png"]["error"] and "found text" in rows["scan.gif"]["error"]


def test_a_mask_is_passed_over_only_beside_its_picture(run, folder, tmp_path):
    (tmp_path / "scans").mkdir()
    for name in ("left_mask.tif", "right.jpg", "right_mask.png", "note_mask.png", "_mask.png"):
        Image.fromarray(np.full((20, 30), 90, np.uint8)).save(tmp_path / "scans" / name)
    (tmp_path / "scans" / "note.txt").write_text("no picture")
    _, rows, _ = run(tmp_path / "scans")
    assert set(rows) == {"left_mask.tif", "right.jpg", "note.txt", "note_mask.png", "_mask.png"}
    assert [name for name, row in rows.items() if row["error"]] == ["note.txt"]
    (folder / "1_1.png").unlink()
    _, rows, output = run(folder, output="orphan")
    assert "a mask without its frame" in rows["1_1_mask.png"]["error"] and not rows["1_2.png"]["error"]
    assert not list(output.glob("1_1*"))


@pytest.mark.parametrize(
    ("name", "picture", "options"),
    [
        ("dot.png", np.full((1, 1), 7, np.uint8), {}),
        ("deep.tif", np.arange(600, dtype=np.uint16).reshape(20, 30) * 100, {}),
        ("real.tif", np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30), {}),
        ("colour.jpg", np.full((20, 30, 3), 90, np.uint8), {}),
        ("line.png", np.full((1, 900), 7, np.uint8), {}),
    ],
)
def test_odd_pictures_work(name, picture, options, run, tmp_path):
    (tmp_path / "frames").mkdir()
    Image.fromarray(picture).save(tmp_path / "frames" / name, **options)
    code, rows, output = run(tmp_path / "frames")
    assert code == 0 and rows[name]["error"] == ""
    assert stored(output / f"{name.rpartition('.')[0]}_mask.png").shape == picture.shape[:2]


def test_pages_of_a_file_are_frames_of_their_own(run, tmp_path):
    (tmp_path / "frames").mkdir()
    random = np.random.default_rng(0)
    first, second = (Image.fromarray(own_data.frame(True, random)[0]) for _ in range(2))
    first.save(tmp_path / "frames" / "loop.tif", save_all=True, append_images=[second])
    _, rows, output = run(tmp_path / "frames")
    assert list(rows) == ["loop_page1.tif", "loop_page2.tif"]
    assert {path.name for path in output.glob("*.png")} == {"loop_page1_mask.png", "loop_page2_mask.png"}


def test_two_frames_never_share_a_mask(run, folder):
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(folder / "1_1.tif")
    _, rows, output = run(folder)
    assert rows["1_1.png"]["error"] == ""
    assert "1_1_mask.png is the mask of another frame" in rows["1_1.tif"]["error"]
    assert stored(output / "1_1_mask.png").shape == (70, 100)


@pytest.mark.parametrize("name", ["<script>alert(1)<", "a b (2)", "naïve–9", "..odd", "=1+1", "n" * 250])
def test_a_strange_name_does_no_harm(name, run, folder, tmp_path):
    os.replace(folder / "1_1.png", folder / f"{name}.png")  # noqa: PTH105 - the name is the case
    code, rows, output = run(folder)
    assert code == 0
    if name.startswith("."):
        assert f"{name}.png" not in rows  # hidden files are no frames
        return
    row = rows[f"{name}.png"]
    if len(name) < 240:
        assert row["error"] == "" and (output / f"{name}_mask.png").is_file()
    else:
        assert "its mask cannot be written" in row["error"]
    assert {path.parent for path in tmp_path.rglob("*_mask.png")} == {folder, output}


def test_a_name_that_is_no_text_is_written_down(run, folder):
    (folder / "1_1.png").rename(folder / os.fsdecode(b"bad\xff.png"))
    code, rows, _ = run(folder)
    assert code == 0 and "bad\\udcff.png" in rows


def test_masks_of_the_input_are_never_written_over(folder, stand_in, capsys):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    given = ["--models", str(stand_in.weights), "--weights", "blob", "--input", str(folder)]
    for output in (folder, folder / ".." / folder.name):
        with pytest.raises(SystemExit) as ended:
            predict.main([*given, "--output", str(output)])
        assert ended.value.code == 2 and "frames or masks of --input" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    folder.rename(folder.parent / "train")
    with pytest.raises(SystemExit):
        predict.main([*given[:-1], str(folder.parent), "--output", str(folder.parent / "train")])
    assert "frames or masks of --input" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["other", "other/train"])
def test_masks_of_another_data_set_are_never_written_over(output, folder, run, tmp_path, capsys):
    other = own_data.write(tmp_path / "other" / "train", {1: (True,)})
    before = {path.name: path.read_bytes() for path in other.iterdir()}
    with pytest.raises(SystemExit) as ended:
        run(folder, output=output)
    assert ended.value.code == 2 and "belongs to a data set" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in other.iterdir()} == before
    # Beside its frames there is room, and masks of an earlier run are no data set.
    for _ in range(2):
        assert run(folder, output="other/outlined")[0] == 0


def test_frames_named_by_numbers_with_dots_keep_the_whole_name(run, tmp_path):
    place = tmp_path / "series"
    place.mkdir()
    names = ["1.2.840.55.3.1", "1.2.840.55.3.2"]
    for seed, name in enumerate(names):
        (place / name).write_bytes(dicom(stand_in_frame(seed, nerve=True)[0]))
    (place / "1.2.840.55.4").write_bytes(dicom(np.stack([stand_in_frame(9, nerve=True)[0]] * 2)))
    _, rows, output = run(place)
    assert list(rows) == [*names, "1.2.840.55.4_frame1", "1.2.840.55.4_frame2"]
    assert not any(row["error"] for row in rows.values())
    assert all((output / f"{name}_mask.png").is_file() for name in rows)


@pytest.mark.parametrize(("part", "masks"), [("train", ""), ("images", "masks")])
def test_masks_of_the_data_set_are_never_written_over(part, masks, folder, stand_in, tmp_path, capsys):
    made = tmp_path / "set"
    for path in sorted(folder.glob("*.png")):
        place = made / (masks if path.stem.endswith("_mask") else part)
        place.mkdir(parents=True, exist_ok=True)
        path.rename(place / path.name)
    before = {path: path.read_bytes() for path in made.rglob("*.png")}
    given = ["--models", str(stand_in.weights), "--weights", "blob"]
    for frames in (made, made / part):
        for output in (made, made / part, made / masks, made / "." / masks):
            with pytest.raises(SystemExit) as ended:
                predict.main([*given, "--input", str(frames), "--output", str(output)])
            assert ended.value.code == 2 and "frames or masks of --input" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before
    assert predict.main([*given, "--input", str(made), "--output", str(made / "predicted")]) == 0


def test_masks_that_lie_by_themselves_are_never_written_over(folder, run, tmp_path, capsys):
    output = tmp_path / "drawn"
    output.mkdir()
    (output / "1_1_mask.png").write_bytes(b"an expert's")
    with pytest.raises(SystemExit) as ended:
        run(folder, output=output.name)
    assert (
        ended.value.code == 2 and "masks that this command did not write, such as 1_1_mask" in capsys.readouterr().err
    )
    assert [path.read_bytes() for path in output.iterdir()] == [b"an expert's"]


def test_a_table_that_cannot_be_written_is_a_sentence(folder, run, tmp_path, capsys):
    (tmp_path / "taken" / predict.TABLE).mkdir(parents=True)
    with pytest.raises(SystemExit) as ended:
        run(folder, output="taken")
    told = capsys.readouterr().err
    assert ended.value.code == 2 and predict.TABLE in told and "Traceback" not in told


def test_masks_of_an_earlier_run_that_have_no_row_any_more_are_told_of(run, folder, capsys):
    _, _, output = run(folder)
    assert "earlier run" not in capsys.readouterr().err
    frames = predict.frame_files(folder)
    frames[0].unlink()
    run(folder)
    mask = f"{frames[0].stem}_mask.png"
    assert f"one mask there is of an earlier run and not in predictions.csv, such as {mask}" in capsys.readouterr().err
    assert (output / mask).is_file()


def test_a_second_run_into_the_same_folder_gives_the_same(run, folder):
    _, first, output = run(folder)
    masks = {path.name: path.read_bytes() for path in output.glob("*.png")}
    _, second, _ = run(folder)
    assert {path.name: path.read_bytes() for path in output.glob("*.png")} == masks
    assert [{**row, "seconds": ""} for row in first.values()] == [{**row, "seconds": ""} for row in second.values()]


@pytest.mark.parametrize(
    ("weights", "place", "words"),
    [
        ("nowhere", "frames", "--weights nowhere: no such model lies in"),
        ("blob", "missing", "is no folder; name a folder of pictures"),
        ("blob", "void", "holds no files; name a folder of pictures"),
    ],
)
def test_what_cannot_be_begun_is_refused_in_a_sentence(weights, place, words, folder, run, tmp_path, capsys):
    (tmp_path / "void").mkdir()
    with pytest.raises(SystemExit) as ended:
        run(tmp_path / place, weights=weights)
    told = capsys.readouterr().err
    assert ended.value.code == 2 and words in told and "Traceback" not in told


def test_an_output_that_is_a_file_is_refused(folder, run, tmp_path, capsys):
    (tmp_path / "out").write_text("")
    with pytest.raises(SystemExit) as ended:
        run(folder)
    assert ended.value.code == 2 and "out" in capsys.readouterr().err


def test_a_model_that_was_just_trained_predicts(trained, tmp_path):
    given = ["--weights", "tiny", "--models", str(trained.weights), "--input", str(trained.data / "own")]
    assert predict.main([*given, "--output", str(tmp_path / "out"), "--presence-threshold", "0"]) == 0
    with (tmp_path / "out" / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 18 and not any(row["error"] for row in rows)
    assert all(stored(tmp_path / "out" / row["file"].replace(".png", "_mask.png")).shape == (60, 80) for row in rows)


def test_real_native_frames_are_predicted_at_their_own_size(run, real_data, tmp_path):
    (tmp_path / "frames").mkdir()
    for path in sorted((real_data / "uns_native" / "test").glob("*.tif"))[:3]:
        (tmp_path / "frames" / path.name).write_bytes(path.read_bytes())
    code, rows, output = run(tmp_path / "frames")
    assert code == 0 and len(rows) == 3 and not any(row["error"] for row in rows.values())
    assert all(stored(path).shape == (420, 580) for path in output.glob("*.png"))
