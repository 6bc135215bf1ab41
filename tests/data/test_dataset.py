"""Folders to samples and problems: hand-made folders of every layout and fault, and the real ones."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from neuroscan.data import codecs, dataset, layout, rle
from tests import own_data
from tests.dicom_file import dicom, region

GREY = np.full((6, 8), 90, np.uint8)
NERVE = np.zeros((6, 8), np.uint8)
NERVE[2:4, 3:6] = 255
LABELS = np.zeros((6, 8), np.uint8)
LABELS[0, :3], LABELS[3:5, 3:5] = 1, 2


def save(path, values, *, palette=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(values)
    if palette:
        picture = picture.convert("P")
        picture.putdata(values.ravel().tolist())
        picture.putpalette(palette)
    picture.save(path)


def row(samples, frame):
    """The only row of a frame."""
    (index,) = samples.index[samples["frame"] == frame]
    return samples.loc[index]


def told(found):
    """Problems as pairs of file and text."""
    return set(zip(found.problems["file"], found.problems["problem"], strict=True))


@pytest.mark.parametrize("place", ["", "train"])
@pytest.mark.parametrize("mask_ending", [".png", ".tif", ".bmp"])
@pytest.mark.parametrize("ending", [".tif", ".jpg", ".JPEG", ".bmp"])
def test_kaggle_layout_with_any_endings_on_either_side(ending, mask_ending, place, tmp_path):
    save(tmp_path / "own" / place / f"7_12{ending}", GREY)
    save(tmp_path / "own" / place / f"7_12_mask{mask_ending}", NERVE)
    found = dataset.load(tmp_path)
    assert found.problems.empty
    (sample,) = found.samples.to_dict("records")
    assert (sample["source"], sample["subject"], sample["frame"]) == ("own", "7", "7_12")
    assert sample["present"] is True and sample["prevalence"] == 1
    assert dataset.read_image(sample).shape == (6, 8)
    assert np.array_equal(dataset.read_mask(sample, (6, 8)), NERVE > 0)


@pytest.mark.parametrize(("label", "pixels"), [(1, 3), (2, 4), (3, 0)])
def test_pairs_of_folders_with_palette_masks_and_a_label_of_choice(label, pixels, tmp_path):
    save(tmp_path / "own" / "images" / "0007.png", GREY)
    save(tmp_path / "own" / "masks" / "0007.png", LABELS, palette=[0, 0, 0, 250, 0, 0, 0, 0, 250])
    found = dataset.load(tmp_path, label=label)
    sample = found.samples.iloc[0]
    assert sample["subject"] is None and sample["frame"] == "0007"
    assert sample["present"] is (pixels > 0)
    # The row itself knows its label: nobody who reads the mask later can take the vessel for the nerve.
    assert dataset.read_mask(sample, (6, 8)).sum() == pixels
    assert found.problems.empty


def test_a_folder_is_a_data_set_or_holds_some(tmp_path):
    assert layout.find(tmp_path / "nowhere") == []
    assert layout.find(tmp_path) == []
    for name in ("test", "b", "a"):
        save(tmp_path / name / "1_1.png", GREY)
    (tmp_path / "notes").mkdir()
    assert [path.name for path in layout.find(tmp_path)] == ["a", "b", "test"]
    assert layout.find(tmp_path / "b") == [tmp_path / "b"]


def test_a_folder_without_data_gives_two_empty_tables(tmp_path):
    found = dataset.load(tmp_path)
    assert len(found.samples) == len(found.problems) == 0
    assert list(found.samples.columns) == dataset.SAMPLE_COLUMNS
    assert list(found.problems.columns) == dataset.PROBLEM_COLUMNS


def test_rows_come_by_source_then_subject_then_frame_as_numbers(tmp_path):
    for stem in ("10_1", "2_10", "2_9"):
        save(tmp_path / "b" / f"{stem}.png", GREY)
    save(tmp_path / "a" / "images" / "x.png", GREY)
    save(tmp_path / "a" / "masks" / "x.png", NERVE)
    assert dataset.load(tmp_path).samples["frame"].tolist() == ["x", "2_9", "2_10", "10_1"]


def test_a_subject_is_its_source_and_number_together(tmp_path):
    for source in ("a", "b"):
        save(tmp_path / source / "1_1.png", GREY)
    save(tmp_path / "c" / "images" / "0001.png", GREY)
    save(tmp_path / "c" / "masks" / "0001.png", NERVE)
    assert dataset.subject_keys(dataset.load(tmp_path).samples).tolist() == ["a/1", "b/1", None]


def test_every_problem_is_listed_and_none_is_raised(tmp_path):
    own = tmp_path / "own"
    save(own / "1_1.png", GREY)
    save(own / "1_1_mask.png", NERVE)
    save(own / "1_2.png", GREY)  # no mask
    save(own / "1_3_mask.png", NERVE)  # no image
    save(own / "1_4.png", GREY)
    save(own / "1_4_mask.png", NERVE[:, :5])  # another size
    (own / "1_5.png").write_text("not a picture")
    save(own / "1_5_mask.png", NERVE)
    save(own / "1_6.png", GREY)
    (own / "1_6_mask.png").write_bytes(b"")
    save(own / "1_7.png", GREY)
    save(own / "1_7.tif", GREY)  # the same frame twice
    save(own / "1_7_mask.png", NERVE)
    save(own / "scan.png", GREY)  # whose?
    whole = (own / "1_1.png").read_bytes()
    (own / "1_8.png").write_bytes(whole[: len(whole) // 2])
    save(own / "1_8_mask.png", NERVE)
    found = dataset.load(tmp_path)
    assert found.samples["frame"].tolist() == ["1_1", "1_2", "1_7"]
    assert set(found.problems["source"]) == {"own"}
    by_file = dict(told(found))
    assert len(by_file) == len(found.problems) == 8
    assert by_file["1_2.png"] == "image without mask"
    assert by_file["1_3_mask.png"] == "mask without image"
    assert by_file["1_4.png"] == "sizes differ: image is 8x6, mask 1_4_mask.png is 5x6"
    assert "found text" in by_file["1_5.png"]
    assert "1_6_mask.png: found an empty file" in by_file["1_6.png"]
    assert by_file["1_7.tif"] == "the same frame twice: 1_7.png is used"
    assert "cannot be read" in by_file["1_8.png"]
    assert by_file["scan.png"] == "name is not SUBJECT_NUMBER, such as 7_12"
    assert row(found.samples, "1_2")["present"] is None


def test_unlabelled_frames_alone_are_samples_without_a_share(tmp_path):
    save(tmp_path / "own" / "1_1.png", GREY)
    sample = dataset.load(tmp_path).samples.iloc[0]
    assert sample["present"] is None and np.isnan(sample["prevalence"])
    assert dataset.read_mask(sample, (6, 8)) is None


def native(folder, stems):
    for stem in stems:
        save(folder / f"{stem}.png", np.full(dataset.NATIVE_SHAPE, 90, np.uint8))


def table(folder, *lines):
    (folder / layout.RLE_FILE).write_text("\n".join(["subject,img,pixels", *lines]) + "\n")


def test_run_lengths_are_masks_too_and_tell_the_share_of_frames_that_are_not_here(tmp_path):
    native(tmp_path / "own", ["1_1", "1_2", "2_1"])
    table(tmp_path / "own", "1,1,5 3", "1,2,", "2,1, ", "1,3,7 1", "1,4,9 2", "3,1,")
    found = dataset.load(tmp_path)
    assert found.samples["present"].tolist() == [True, False, False]
    assert found.samples["prevalence"].tolist() == [3 / 4, 3 / 4, 0]
    assert told(found) == {(layout.RLE_FILE, "3 rows have no picture here")}
    mask = dataset.read_mask(found.samples.iloc[0], dataset.NATIVE_SHAPE)
    assert mask[4:7, 0].all() and mask.sum() == 3
    assert not dataset.read_mask(found.samples.iloc[1], dataset.NATIVE_SHAPE).any()


def test_run_lengths_need_the_native_size_and_sense(tmp_path):
    native(tmp_path / "own", ["1_2", "1_4", "1_5"])
    save(tmp_path / "own" / "1_1.png", GREY)
    save(tmp_path / "own" / "1_3.png", GREY)
    table(tmp_path / "own", "1,1,5 3", "1,2,5 3 2", "1,3,", "1,4,8 1", "1,4,9 1", "1,5,nerve")
    found = dataset.load(tmp_path)
    assert found.samples["frame"].tolist() == ["1_3", "1_4"]  # an empty mask fits any size
    assert row(found.samples, "1_4")["rle"] == "9 1"
    by_file = dict(told(found))
    assert by_file["1_1.png"] == "sizes differ: image is 8x6, its run lengths need 580x420"
    assert "come in pairs" in by_file["1_2.png"] and "whole numbers" in by_file["1_5.png"]
    assert by_file[layout.RLE_FILE] == "the same frame twice: 1_4; the last row is used"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\xff"], ids=["empty", "other columns", "bytes"])
def test_a_table_of_run_lengths_that_is_none_is_a_problem(text, tmp_path):
    save(tmp_path / "own" / "1_1.png", GREY)
    (tmp_path / "own" / layout.RLE_FILE).write_text(text, encoding="latin-1")
    found = dataset.load(tmp_path)
    assert "expected the columns subject, img, pixels" in dict(told(found))[layout.RLE_FILE]
    assert found.samples["frame"].tolist() == ["1_1"]


def test_of_a_frame_at_two_sizes_the_native_one_counts_with_its_own_mask(tmp_path):
    for folder, size in (("own", 1), ("own_native", 2)):
        for stem in ("1_1", "1_2") if folder == "own" else ("1_1",):
            save(tmp_path / folder / "train" / f"{stem}.png", np.repeat(np.repeat(GREY, size, 0), size, 1))
            save(tmp_path / folder / "train" / f"{stem}_mask.png", np.repeat(np.repeat(NERVE, size, 0), size, 1))
    found = dataset.load(tmp_path)
    assert found.problems.empty
    assert found.samples["source"].tolist() == ["own", "own"]
    assert [dataset.read_image(s).shape for _, s in found.samples.iterrows()] == [(12, 16), (6, 8)]
    assert dataset.read_mask(found.samples.iloc[0], (12, 16)).sum() == 4 * (NERVE > 0).sum()


def test_a_table_of_run_lengths_that_is_not_to_be_had_is_a_problem_and_tells_no_path(tmp_path):
    save(tmp_path / "own" / "1_1.png", GREY)
    (tmp_path / "own" / layout.RLE_FILE).symlink_to(tmp_path / "nowhere.csv")
    found = dataset.load(tmp_path)
    why = "unreadable: expected the columns subject, img, pixels (FileNotFoundError: No such file or directory)"
    assert dict(told(found))[layout.RLE_FILE] == why


def test_of_two_tables_of_run_lengths_the_native_one_wins(tmp_path):
    native(tmp_path / "own_native", ["1_1"])
    table(tmp_path / "own_native", "1,1,5 3")
    save(tmp_path / "own" / "1_2.png", GREY)
    table(tmp_path / "own", "1,1,", "1,2,")
    found = dataset.load(tmp_path)
    assert told(found) == set()
    assert (row(found.samples, "1_1")["rle"], found.samples["present"].tolist()) == ("5 3", [True, False])


def test_a_native_picture_without_a_mask_hides_no_labelled_one(tmp_path):
    save(tmp_path / "own_native" / "1_1.png", np.full((12, 16), 90, np.uint8))
    save(tmp_path / "own" / "1_1.png", GREY)
    save(tmp_path / "own" / "1_1_mask.png", NERVE)
    found = dataset.load(tmp_path)
    assert told(found) == set()
    (sample,) = found.samples.to_dict("records")
    assert sample["present"] is True and dataset.read_image(sample).shape == (6, 8)


def test_a_native_picture_labelled_by_run_lengths_wins_over_a_reduced_one_with_a_mask(tmp_path):
    native(tmp_path / "own_native", ["1_1"])
    table(tmp_path / "own_native", "1,1,5 3")
    save(tmp_path / "own" / "1_1.png", GREY)
    save(tmp_path / "own" / "1_1_mask.png", NERVE)
    (sample,) = dataset.load(tmp_path).samples.to_dict("records")
    assert dataset.read_image(sample).shape == dataset.NATIVE_SHAPE
    assert dataset.read_mask(sample, dataset.NATIVE_SHAPE).sum() == 3


def test_of_two_folders_with_one_name_the_first_counts_and_the_other_is_reported(tmp_path):
    for folder in ("lab", "phantom_lab"):
        save(tmp_path / folder / "1_1.png", GREY)
        save(tmp_path / folder / "1_1_mask.png", NERVE)
    (tmp_path / "lab" / "planted.csv").touch()  # simulated, so that it is called phantom_lab too
    found = dataset.load(tmp_path)
    assert found.samples["source"].tolist() == ["phantom_lab"]
    assert told(found) == {("1_1.png", "the same frame twice: that in lab/ is used")}


def test_a_data_set_named_by_a_dot_has_its_folders_name(tmp_path, monkeypatch):
    own_data.write(tmp_path / "own", {1: [True]})
    monkeypatch.chdir(tmp_path / "own")
    assert dataset.load(Path()).samples["source"].tolist() == ["own"]


def test_the_train_folder_of_a_data_set_is_that_data_set(tmp_path):
    own_data.write(tmp_path / "uns_native" / "train", {1: (True,)})
    for folder in (tmp_path, tmp_path / "uns_native", tmp_path / "uns_native" / "train"):
        assert dataset.load(folder).samples["source"].tolist() == ["uns"]


def test_a_mask_that_may_be_its_own_negative_is_reported(tmp_path):
    folder = own_data.write(tmp_path / "own", {1: (True, True)})
    path = folder / "1_1_mask.png"
    path.write_bytes(codecs.encode_png(np.uint8(255) - codecs.read(path)[0].image))
    found = dataset.load(folder)
    assert len(found.samples) == 2 and found.problems["file"].tolist() == ["1_1.png"]
    assert "mask 1_1_mask.png covers" in found.problems["problem"][0] and "inverted" in found.problems["problem"][0]


def test_of_one_name_in_two_places_the_place_is_reported(tmp_path):
    folder = own_data.write(tmp_path / "own", {1: (True,)})
    own_data.write(folder / "train", {1: (True,)})
    problems = dataset.load(folder).problems
    assert set(problems["problem"]) == {"the same frame twice: that in own/ is used"}


def test_a_mask_of_another_size_than_asked_for_is_refused(tmp_path):
    own_data.write(tmp_path / "own", {1: [True]})
    sample = dataset.load(tmp_path).samples.iloc[0]
    with pytest.raises(ValueError, match=r"1_1_mask\.png: mask is 80x60, frame is 8x6"):
        dataset.read_mask(sample, (6, 8))


def test_a_picture_of_900_megapixels_is_a_problem_and_not_decoded(tmp_path):
    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    save(tmp_path / "own" / "1_1.png", GREY)
    (tmp_path / "own" / "1_2.png").write_bytes(data + b"\0\0\0\0IEND\xaeB`\x82")
    found = dataset.load(tmp_path)
    assert "30000x30000" in dict(told(found))["1_2.png"]


def damage(path):
    """Spoil the pixels of a TIFF, which lie ahead of its tags: the headers and the length stay."""
    data = bytearray(path.read_bytes())
    data[12:212] = b"\xff" * 200
    path.write_bytes(data)


NOISE = np.random.default_rng(0).integers(0, 256, (60, 80), np.uint8)


@pytest.mark.parametrize("compression", ["tiff_adobe_deflate", "tiff_lzw"])
@pytest.mark.parametrize("spoilt", ["1_1.tif", "1_1_mask.tif"])
def test_verifying_finds_damage_amid_a_file_that_its_header_does_not_tell(spoilt, compression, tmp_path):
    native(tmp_path / "own", ["1_2"])
    table(tmp_path / "own", "1,1,5 3", "1,2,5 3")  # run lengths tell presence, so that the mask is not decoded
    for name, values in (("1_1.tif", NOISE), ("1_1_mask.tif", (NOISE > 127).astype(np.uint8) * 255)):
        Image.fromarray(values).save(tmp_path / "own" / name, compression=compression)
    damage(tmp_path / "own" / spoilt)
    assert dataset.load(tmp_path).samples["frame"].tolist() == ["1_1", "1_2"]
    found = dataset.load(tmp_path, verify=True)
    assert found.samples["frame"].tolist() == ["1_2"]
    ((file, why),) = told(found)
    assert file == "1_1.tif" and why.startswith(f"{spoilt}: found a TIFF file that cannot be read")


def test_verifying_leaves_sound_data_as_it_is(tmp_path):
    own_data.write(tmp_path / "own")
    plain, verified = dataset.load(tmp_path), dataset.load(tmp_path, verify=True)
    pd.testing.assert_frame_equal(plain.samples, verified.samples)
    assert verified.problems.empty


@pytest.mark.parametrize("shape", [(6, 8), dataset.NATIVE_SHAPE])
def test_a_mask_that_may_be_refused_is_looked_at_though_run_lengths_tell_presence(shape, tmp_path):
    for stem in ("1_1", "1_2", "1_3"):
        save(tmp_path / "own" / f"{stem}.png", np.full(shape, 90, np.uint8))
    colours = np.zeros((*shape, 3), np.uint8)
    colours[2:4, 3:6, 0] = 255
    save(tmp_path / "own" / "1_1_mask.png", colours)
    save(tmp_path / "own" / "1_2_mask.png", np.repeat(colours[..., :1], 3, axis=2))  # grey, stored as colours
    page = Image.fromarray(colours[..., 0])
    page.save(tmp_path / "own" / "1_3_mask.tif", save_all=True, append_images=[page])
    table(tmp_path / "own", "1,1,5 3", "1,2,5 3", "1,3,5 3")
    found = dataset.load(tmp_path)
    assert found.samples["frame"].tolist() == ["1_2"]
    assert {file: why.split(";")[0] for file, why in told(found)} == {
        "1_1.png": "1_1_mask.png: found a mask in colours",
        "1_3.png": "1_3_mask.tif: found more than one page",
    }


def test_verifying_lists_masks_that_contradict_their_run_lengths_and_the_mask_decides(tmp_path):
    native(tmp_path / "own", ["1_1", "1_2", "1_3"])
    drawn = rle.decode("5 3", dataset.NATIVE_SHAPE).astype(np.uint8) * 255
    for stem in ("1_1", "1_2", "1_3", "2_1", "2_2"):
        save(tmp_path / "own" / f"{stem}_mask.png", drawn if stem[0] == "1" else NERVE)
    for stem in ("2_1", "2_2"):
        save(tmp_path / "own" / f"{stem}.png", GREY)  # reduced: only presence can be compared
    table(tmp_path / "own", "1,1,5 3", "1,2,6 3", "1,3,nerve", "2,1,5 3", "2,2,")
    assert dataset.load(tmp_path).problems.empty
    found = dataset.load(tmp_path, verify=True)
    assert found.samples["present"].tolist() == [True] * 5 and found.samples["prevalence"].tolist() == [1] * 5
    assert found.samples["rle"].tolist() == ["5 3", None, None, "5 3", None]
    by_file = dict(told(found))
    assert set(by_file) == {"1_2.png", "1_3.png", "2_2.png"}
    assert by_file["1_2.png"] == "mask 1_2_mask.png differs in 2 pixels from its run-length row; the mask is used"
    assert "cannot be compared (Run lengths must be whole numbers" in by_file["1_3.png"]
    assert "contradicts the presence of a nerve in its run-length row" in by_file["2_2.png"]


def test_a_folder_that_is_no_data_set_is_a_problem_and_no_sample(tmp_path):
    save(tmp_path / "own" / "1_1.png", GREY)
    save(tmp_path / "own" / "1_1_mask.png", NERVE)
    save(tmp_path / "own" / "more" / "1_2.png", GREY)
    save(tmp_path / "scans" / "one.png", GREY)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "README.txt").write_text("nothing to see")
    found = dataset.load(tmp_path)
    assert found.samples["frame"].tolist() == ["1_1"]
    assert found.problems[["source", "file"]].values.tolist() == [["own", "own/more/"], ["scans", "scans/"]]
    assert found.problems["problem"].str.contains("1 picture in no known layout; expected pictures named").all()


def test_folders_that_are_no_data_set_are_found_through_links_and_at_any_depth(tmp_path):
    data = tmp_path / "data"
    own_data.write(data / "own", {1: [True]})
    save(tmp_path / "elsewhere" / "scan.png", GREY)
    (data / "linked").symlink_to(tmp_path / "elsewhere")
    save(data / "more" / "patient" / "study" / "images" / "x.png", GREY)
    save(data / "own" / "extra" / "visit" / "masks" / "x.png", NERVE)
    save(data / "a" / "b" / "c" / "d" / "scan.png", GREY)
    found = dataset.load(data)
    assert found.samples["source"].tolist() == ["own"]
    assert {file: problem.split(";")[0] for file, problem in told(found)} == {
        "a/b/c/": "folder not read: found folders too deep to be looked into",
        "linked/": "folder not read: found 1 picture in no known layout",
        "more/patient/study/": "folder not read: found images/ without masks/",
        "own/extra/visit/": "folder not read: found masks/ without images/",
    }


def test_a_stray_frame_beside_data_sets_is_listed_and_hides_none(tmp_path):
    own_data.write(tmp_path / "own", {1: [True]})
    save(tmp_path / "1_1.png", GREY)
    found = dataset.load(tmp_path)
    assert sorted(found.samples["source"]) == sorted([tmp_path.name, "own"])
    assert found.problems.values.tolist() == [[tmp_path.name, "1_1.png", "image without mask"]]


@pytest.mark.parametrize("verify", [False, True])
def test_of_a_frame_of_several_pages_the_first_is_used_and_the_rest_reported(verify, tmp_path):
    own_data.write(tmp_path / "own", {1: [True], 2: [True]})
    (tmp_path / "own" / "1_1.png").unlink()
    page = Image.fromarray(np.full(own_data.SHAPE, 90, np.uint8))
    page.save(tmp_path / "own" / "1_1.tif", save_all=True, append_images=[page, page])
    found = dataset.load(tmp_path, verify=verify)
    assert found.samples["frame"].tolist() == ["1_1", "2_1"]
    assert told(found) == {("1_1.tif", "3 pictures: the first is used")}


def test_pictures_of_kinds_that_are_not_read_and_hidden_files(tmp_path):
    own_data.write(tmp_path / "own", {1: [True]})
    for name in ("1_2.gif", "1_3.nii", "._1_1.png", ".gitkeep", "README.md", "planted.csv"):
        (tmp_path / "own" / name).write_bytes(b"GIF89a")
    why = "a picture of a kind that is not read; accepted are PNG, JPEG, TIFF and BMP pictures, and DICOM files"
    assert told(dataset.load(tmp_path)) == {("1_2.gif", why), ("1_3.nii", why)}


@pytest.mark.parametrize("verify", [False, True])
def test_frames_of_dicom_bring_their_spacing_and_a_clip_its_first(verify, tmp_path):
    save(tmp_path / "own" / "1_1_mask.png", NERVE)
    save(tmp_path / "own" / "1_2_mask.png", NERVE)
    whole = dicom(GREY, regions=[region((0, 5, 0, 7), (0.01, 0.02))])
    (tmp_path / "own" / "1_1.dcm").write_bytes(whole)
    (tmp_path / "own" / "1_2.dcm").write_bytes(dicom(np.stack([GREY, GREY, GREY])))
    (tmp_path / "own" / "1_3.dcm").write_bytes(whole[:-1])
    found = dataset.load(tmp_path, verify=verify)
    still, clip = (dataset.read_frame(row) for _, row in found.samples.iterrows())
    assert still.spacing == pytest.approx((0.1, 0.2)) and clip.spacing is None
    assert np.array_equal(still.image, GREY) and np.array_equal(clip.image, GREY)
    assert found.samples["present"].tolist() == [True, True]
    words = dict(told(found))
    assert words.pop("1_3.dcm").startswith("1_3.dcm: found a DICOM file that cannot be read")
    assert words == {"1_2.dcm": "3 pictures: the first is used"}


def test_a_mask_of_another_size_than_its_dicom_frame_is_a_problem(tmp_path):
    save(tmp_path / "own" / "1_1_mask.png", NERVE[:, 1:])
    (tmp_path / "own" / "1_1.dcm").write_bytes(dicom(GREY))
    found = dataset.load(tmp_path)
    assert found.samples.empty
    assert told(found) == {("1_1.dcm", "sizes differ: image is 8x6, mask 1_1_mask.png is 7x6")}


def test_a_row_cut_off_before_its_pixels_is_not_taken_for_no_nerve(tmp_path):
    native(tmp_path / "own", ["1_1", "1_2"])
    table(tmp_path / "own", "1,1", "1,2,")
    found = dataset.load(tmp_path)
    assert found.samples["present"].tolist() == [None, False]
    by_file = dict(told(found))
    assert by_file["1_1.png"] == "image without mask"
    assert by_file[layout.RLE_FILE].startswith("rows without the field pixels, which are left out")
    assert by_file[layout.RLE_FILE].endswith(": 1_1")


def test_the_real_folders_bear_verifying(real_data, real_set):
    found = dataset.load(real_data, verify=True)
    pd.testing.assert_frame_equal(found.samples, real_set.samples)
    pd.testing.assert_frame_equal(found.problems, real_set.problems)


def test_real_folders_hold_what_their_readme_says(real_set):
    samples = real_set.samples
    assert samples.groupby("source")["frame"].size().to_dict() == {"uns": 2021, "usgra": 204}
    uns = samples[samples["source"] == "uns"]
    assert uns["subject"].nunique() == 38 and uns["present"].eq(True).sum() == 1995
    assert samples.loc[samples["source"] == "usgra", "subject"].isna().all()
    assert samples.loc[samples["source"] == "usgra", "present"].all()
    # The only problem of the real folders: rows of frames whose picture is not here.
    assert real_set.problems.values.tolist() == [["uns", "train_masks.csv", "2,535 rows have no picture here"]]


def test_the_native_frame_wins_over_the_reduced_one(real_set):
    uns = real_set.samples[real_set.samples["source"] == "uns"]
    is_native = uns["image"].str.contains("uns_native")
    assert is_native.sum() == 50 and set(uns.loc[is_native, "subject"]) == {"1"}
    assert uns.loc[is_native, "present"].value_counts().to_dict() == {False: 26, True: 24}
    assert not uns["frame"].duplicated().any()


def test_native_masks_equal_their_run_lengths(real_set):
    native_rows = real_set.samples[real_set.samples["image"].str.contains("uns_native")]
    for _, sample in native_rows.iterrows():
        drawn = dataset.read_mask(sample, dataset.NATIVE_SHAPE)
        assert np.array_equal(drawn, rle.decode(sample["rle"], dataset.NATIVE_SHAPE))
        assert drawn.any() == sample["present"]


def test_presence_by_run_length_agrees_with_the_reduced_masks(real_set):
    reduced = real_set.samples[real_set.samples["image"].str.contains("uns/train")].iloc[::97]
    assert len(reduced) > 15
    for _, sample in reduced.iterrows():
        assert codecs.read_mask(Path(sample["mask"])).any() == sample["present"]


def test_the_share_of_nerve_frames_counts_rows_without_pictures(real_set, real_data):
    rows = pd.read_csv(real_data / "uns_native" / layout.RLE_FILE)
    expected = rows["pixels"].notna().groupby(rows["subject"].astype(str)).mean()
    found = real_set.samples[real_set.samples["source"] == "uns"].groupby("subject")["prevalence"].first()
    pd.testing.assert_series_equal(found, expected, check_names=False, check_dtype=False, check_index_type=False)
    assert found.mean() == pytest.approx(0.44, abs=0.04)  # of the pictures here nearly all show a nerve
