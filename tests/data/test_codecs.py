"""Frames from bytes: every format, depth and colour that is accepted, names, limits, and real files."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from neuroscan import config
from neuroscan.data import codecs
from tests.picture_file import labelled, picture

GREY = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12)


def only(data: bytes, name: str = "a.png") -> np.ndarray:
    (frame,) = codecs.decode(data, name)
    return frame.image


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "packbits"}),
    ],
)
def test_grey_comes_back_exactly_as_grey_and_as_colour(kind: str, options: dict[str, str]) -> None:
    for values in (GREY, np.dstack([GREY] * 3)):
        image = only(picture(values, kind, **options))
        assert image.dtype == np.uint8
        assert image.flags.c_contiguous
        assert np.array_equal(image, GREY)


def test_jpeg_comes_back_nearly() -> None:
    assert np.abs(only(picture(GREY, "JPEG", quality=95)).astype(int) - GREY).max() <= 3


def test_ending_of_the_name_does_not_matter() -> None:
    assert np.array_equal(only(picture(GREY, "BMP"), "a.png"), GREY)


def test_single_pixel_works() -> None:
    assert only(picture(np.array([[7]], np.uint8), "PNG")).tolist() == [[7]]


def test_colours_become_their_luma() -> None:
    # 0.299 R + 0.587 G + 0.114 B, of 255: 76.2, 149.7, 29.1
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    for kind in ("PNG", "BMP", "TIFF"):
        assert only(picture(colours, kind)).tolist() == [[76, 150, 29]]


def test_palette_pictures_show_their_colours() -> None:
    image = labelled(np.array([[0, 1, 2]], np.uint8), [10, 10, 10, 255, 0, 0, 200, 200, 200])
    assert only(picture(image, "PNG")).tolist() == [[10, 76, 200]]


def test_see_through_pixels_lie_over_black_unless_nothing_is_solid() -> None:
    grey = np.array([[200, 200, 200]], np.uint8)
    for alpha, expected in (([255, 128, 0], [200, 100, 0]), ([0, 0, 0], [200, 200, 200])):
        data = picture(np.dstack([grey, grey, grey, np.array([alpha], np.uint8)]), "PNG")
        assert only(data).tolist() == [expected]


def test_one_bit_pictures_are_black_and_white() -> None:
    assert only(picture(Image.fromarray(np.array([[True, False]])), "PNG")).tolist() == [[255, 0]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_every_8_bit_value_stored_times_257_comes_back(kind: str) -> None:
    values = np.arange(256, dtype=np.uint16).reshape(16, 16)
    assert np.array_equal(only(picture(values * 257, kind)), values)
    assert np.array_equal(only(picture(values[:5] * 257, kind)), values[:5])  # a dark one too


def test_16_bit_colour_is_scaled_by_its_own_largest_value() -> None:
    # Pillow alone would keep the upper byte: 15 of 255 for 12-bit white.
    values = np.zeros((1, 3, 3), np.uint16)
    values[0, 1], values[0, 2] = 2048, 4095
    for ending in (".png", ".tif"):
        data = cv2.imencode(ending, values)[1].tobytes()
        assert only(data).tolist() == [[0, 128, 255]]


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_16_bit_colours_become_their_luma(ending: str) -> None:
    colours = np.array([[[65_535, 0, 0], [0, 65_535, 0], [0, 0, 65_535]]], np.uint16)
    data = cv2.imencode(ending, colours[..., ::-1])[1].tobytes()  # OpenCV takes blue first
    assert only(data).tolist() == [[76, 150, 29]]


# Turned as a viewer would turn it: what is stored, row by row, is 1 2 3 / 4 5 6.
UPRIGHT = {
    1: [[1, 2, 3], [4, 5, 6]],
    2: [[3, 2, 1], [6, 5, 4]],
    3: [[6, 5, 4], [3, 2, 1]],
    4: [[4, 5, 6], [1, 2, 3]],
    5: [[1, 4], [2, 5], [3, 6]],
    6: [[4, 1], [5, 2], [6, 3]],
    7: [[6, 3], [5, 2], [4, 1]],
    8: [[3, 6], [2, 5], [1, 4]],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "16-bit PNG", "16-bit colour PNG", "16-bit TIFF"])
def test_pictures_are_turned_upright(kind: str, orientation: int) -> None:
    stored = np.array([[1, 2, 3], [4, 5, 6]], np.uint8) * 40
    if kind == "JPEG":
        stored = stored.repeat(8, axis=0).repeat(8, axis=1)  # a block a value, so that nothing is blurred
    exif = Image.Exif()
    exif[0x0112] = orientation
    if kind == "16-bit colour PNG":
        # Pillow writes no such file: take the one of OpenCV and put the eXIf chunk of Pillow's after its header.
        plain = cv2.imencode(".png", np.dstack([stored] * 3).astype(np.uint16) * 257)[1].tobytes()
        small = picture(stored, "PNG", exif=exif)
        start = small.index(b"eXIf") - 4
        length = 12 + int.from_bytes(small[start : start + 4], "big")
        data = plain[:33] + small[start : start + length] + plain[33:]
    else:
        values = stored.astype(np.uint16) * 257 if kind.startswith("16") else stored
        data = picture(values, kind.split()[-1], exif=exif)
    image = only(data)
    upright = np.rint(image[:: 8 if kind == "JPEG" else 1, :: 8 if kind == "JPEG" else 1] / 40)
    assert upright.tolist() == UPRIGHT[orientation]


def test_spacing_is_never_taken_from_print_resolution() -> None:
    assert codecs.decode(picture(GREY, "PNG", dpi=(254, 254)), "a.png")[0].spacing is None
    assert codecs.decode(picture(GREY, "TIFF", resolution=10, resolution_unit=3), "a.tif")[0].spacing is None
    assert codecs.decode(picture(GREY, "JPEG", dpi=(254, 254)), "a.jpg")[0].spacing is None


def test_pages_are_named_by_number() -> None:
    more = [Image.fromarray(GREY[:5]), Image.fromarray(255 - GREY)]
    data = picture(GREY, "TIFF", save_all=True, append_images=more, compression="tiff_lzw")
    frames = codecs.decode(data, "S/cine.tif")
    assert [frame.name for frame in frames] == ["cine_page1.tif", "cine_page2.tif", "cine_page3.tif"]
    for frame, expected in zip(frames, (GREY, GREY[:5], 255 - GREY), strict=True):
        assert np.array_equal(frame.image, expected)


def test_names_are_made_safe() -> None:
    data = picture(GREY, "PNG")
    names = ["../../<b>.png", "..", "x" * 500 + ".png"]
    assert [codecs.decode(data, name)[0].name for name in names] == ["_b_.png", "unnamed", "x" * 116 + ".png"]


def test_read_looks_at_the_size_before_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate(300 * 2**20)  # sparse: takes no room on the disk
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("was read"))
    with pytest.raises(ValueError, match=r"huge.png: found a file of 300 MiB; accepted are files of up to 200 MiB"):
        codecs.read(huge)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(ValueError, match=f"{path.name}: found no such file"):
            codecs.read(path)


def test_bytes_over_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture(GREY, "PNG")
    monkeypatch.setattr(config, "MAX_BYTES", len(data))
    assert np.array_equal(only(data), GREY)
    with pytest.raises(ValueError, match="files of up to"):
        codecs.decode(data + b"\0", "a.png")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(9, 11), (9, 11, 3), (1, 1)])
def test_encoded_png_holds_the_very_pixels(dtype: type, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(5).integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)
    back = cv2.imdecode(np.frombuffer(codecs.encode_png(values), np.uint8), cv2.IMREAD_UNCHANGED)
    assert back.dtype == dtype
    assert np.array_equal(back if back.ndim == 2 else back[..., ::-1], values)
    strided = np.repeat(values, 2, axis=1)[:, ::2]
    assert codecs.encode_png(strided) == codecs.encode_png(values)


@pytest.mark.parametrize(("comment", "text"), [("", {}), ("µm, for research", {"Comment": "µm, for research"})])
def test_encoded_png_is_whole_and_says_its_comment(comment: str, text: dict[str, str]) -> None:
    data = codecs.encode_png(GREY, comment=comment)
    # Pillow checks every chunk's sum, where OpenCV would read on.
    Image.open(io.BytesIO(data)).verify()
    with Image.open(io.BytesIO(data)) as written:
        assert written.text == text


@pytest.mark.parametrize(
    "values",
    [np.zeros((2, 2), bool), np.zeros((2, 2), np.float32), np.zeros((2, 2, 4), np.uint8), np.zeros((0, 3), np.uint8)],
)
def test_only_pictures_are_encoded(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"Expected a uint8 or uint16 picture"):
        codecs.encode_png(values)


def test_real_frames_equal_what_opencv_reads(real_data: Path) -> None:
    # JPEG decoders may differ by rounding, TIFFs may not.
    for pattern, tolerance in (("uns_native/*/*.tif", 0), ("uns/train/1_*.jpg", 1), ("usgra/images/00*.jpg", 2)):
        paths = sorted(path for path in real_data.glob(pattern) if "mask" not in path.name)[:12]
        assert len(paths) == 12
        for path in paths:
            (frame,) = codecs.read(path)
            expected = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            assert frame.name == path.name
            assert frame.spacing is None
            assert np.abs(frame.image.astype(int) - expected).max() <= tolerance, path.name
