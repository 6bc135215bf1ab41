"""TIFF in its many ways: depths, packings, tiles, byte orders, zero white; and what is refused from the header."""

import io
import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from neuroscan import config
from neuroscan.data import codecs

BYTES = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12)
WORDS = BYTES.astype(np.uint16) * 257


def tiff(values: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **{"photometric": "minisblack", **options})
    return buffer.getvalue()


def lzw(values: np.ndarray) -> bytes:
    return cv2.imencode(".tif", values, [cv2.IMWRITE_TIFF_COMPRESSION, 5])[1].tobytes()


@pytest.mark.parametrize("values", [BYTES, WORDS, BYTES.astype(np.float32), BYTES.astype(np.float64)])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"tile": (16, 16)},
        {"rowsperstrip": 3},
    ],
    ids=str,
)
def test_grey_pages_come_back_exactly(values: np.ndarray, options: dict[str, object]) -> None:
    (frame,) = codecs.decode(tiff(values, **options), "a.tif")
    assert np.array_equal(frame.image, BYTES)


def test_deep_pages_of_a_large_file_come_in_either_order_of_bytes() -> None:
    (frame,) = codecs.decode(tiff(WORDS, bigtiff=True, byteorder=">"), "a.tif")  # of bytes Pillow reads none
    assert np.array_equal(frame.image, BYTES)


@pytest.mark.parametrize("values", [BYTES, WORDS])
def test_deflate_of_differences_comes_back_exactly(values: np.ndarray) -> None:
    (frame,) = codecs.decode(tiff(values, compression="zlib", predictor=True), "a.tif")
    assert np.array_equal(frame.image, BYTES)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_lzw_of_every_depth_and_colour_comes_back_exactly(dtype: type, channels: int) -> None:
    values = (WORDS if dtype == np.uint16 else BYTES).astype(dtype)
    if channels > 1:
        solid = np.full_like(values, 255 if dtype == np.uint8 else 65_535)
        values = np.dstack([values] * 3 + [solid] * (channels - 3))
    data = lzw(values)
    assert tifffile.TiffFile(io.BytesIO(data)).pages[0].compression == 5
    (frame,) = codecs.decode(data, "a.tif")
    assert np.array_equal(frame.image, BYTES)


@pytest.mark.parametrize("values", [BYTES, WORDS, BYTES.astype(np.float32)])
def test_zero_can_be_white(values: np.ndarray) -> None:
    top = 65_535 if values.dtype == np.uint16 else 255
    (frame,) = codecs.decode(tiff((top - values).astype(values.dtype), photometric="miniswhite"), "a.tif")
    if values.dtype == np.float32:
        # The largest stored value is black, since a float has no fixed top.
        assert frame.image.tolist() == BYTES.tolist()
    else:
        assert np.array_equal(frame.image, BYTES)


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("i2", [-20_000, -10_000, 0, 10_000, 20_000], [255, 191, 128, 64, 0]),
        ("i2", [-32_768, -16_384, 0, 16_384, 32_767], [255, 191, 127, 64, 0]),
        ("i4", [-(2**31), -(2**30), 0, 2**30, 2**31 - 1], [255, 191, 127, 64, 0]),
        ("i1", [-100, -50, 0, 50, 100], [255, 191, 128, 64, 0]),
        ("i2", [0, 1_000, 2_000, 3_000, 4_000], [255, 191, 128, 64, 0]),
        ("i2", [0, 0, 0, 257, 257], [255, 255, 255, 253, 253]),
        ("i4", [0, 0, 0, 0, 65_535], [255, 255, 255, 255, 0]),
    ],
)
def test_zero_can_be_white_where_samples_have_a_sign(dtype: str, values: list[int], expected: list[int]) -> None:
    (frame,) = codecs.decode(tiff(np.array([values] * 4, dtype), photometric="miniswhite"), "a.tif")
    assert frame.image.tolist() == [expected] * 4


def test_a_mask_with_a_sign_and_zero_white_is_white_where_it_is_zero() -> None:
    mask = codecs.decode_mask(tiff(np.array([[0, 255]], np.int16), photometric="miniswhite"), "a.tif")
    assert mask.tolist() == [[True, False]]


def test_what_tifffile_reads_past_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    data = bytearray(tiff(BYTES, description="x" * 40))
    # The description lies beyond the end of the file.
    tag = tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].tags["ImageDescription"]
    data[tag.offset + 8 : tag.offset + 12] = (10**6).to_bytes(4, "little")
    with pytest.raises(ValueError, match=r"^a\.tif: found a TIFF file that cannot be read"):
        codecs.decode(bytes(data), "a.tif")
    assert not caplog.records


def test_what_opencv_stumbles_over_is_not_logged(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(lzw(WORDS))
    start = tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].dataoffsets[0]
    data[start : start + 20] = b"\xff" * 20
    with pytest.raises(ValueError, match=r"^a\.tif: found a TIFF file that cannot be read"):
        codecs.decode(bytes(data), "a.tif")
    assert capfd.readouterr().err == ""


def test_packed_12_bits_are_scaled_by_their_largest_value() -> None:
    # Two samples in three bytes, 0x400 and 0x800; a header of eleven lines by hand, since nothing here writes it.
    tags = [(256, 2), (257, 1), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 3)]
    directory = b"".join(struct.pack("<HHIHxx", tag, 3, 1, value) for tag, value in tags)
    pixels = bytes([0x40, 0x08, 0x00]) + b"\0"
    data = b"II*\0" + struct.pack("<I", 12) + pixels + struct.pack("<H", len(tags)) + directory + bytes(4)
    (frame,) = codecs.decode(data, "a.tif")
    assert frame.image.tolist() == [[128, 255]]


def test_deep_pages_share_one_scale() -> None:
    stack = np.array([[[0, 1_000]], [[2_000, 4_000]]], np.uint16)
    frames = codecs.decode(tiff(stack), "a.tif")
    assert [frame.image.tolist() for frame in frames] == [[[0, 64]], [[128, 255]]]


@pytest.mark.parametrize(
    ("dtype", "pages", "expected"),
    [
        ("u2", [[0, 1_000], [2_000, 4_000]], [[255, 191], [128, 0]]),
        ("i2", [[0, 20_000], [-20_000, 0]], [[128, 0], [255, 128]]),
    ],
)
def test_deep_pages_with_zero_white_share_one_scale(dtype: str, pages: list, expected: list) -> None:
    for order in (slice(None), slice(None, None, -1)):
        stack = np.array(pages[order], dtype)[:, None]
        frames = codecs.decode(tiff(stack, photometric="miniswhite"), "a.tif")
        assert [frame.image.tolist() for frame in frames] == [[row] for row in expected[order]]


def test_values_without_bound_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"a.tif: Expected finite values"):
        codecs.decode(tiff(np.array([[0, np.nan]], np.float32)), "a.tif")
    with pytest.raises(ValueError, match=r"a.tif: found values that are not finite"):
        codecs.decode_mask(tiff(np.array([[0, np.inf]], np.float32)), "a.tif")


def append(*pages: np.ndarray, white: int | None = None) -> bytes:
    """Write pages, each of its own kind; that of number `white` says that zero is white."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for number, page in enumerate(pages):
            writer.write(page, photometric="miniswhite" if number == white else "minisblack")
    return buffer.getvalue()


@pytest.mark.parametrize("white", [0, 1])
def test_each_page_says_for_itself_whether_zero_is_white(white: int) -> None:
    page = np.array([[0, 4_000]], np.uint16)
    frames = codecs.decode(append(page, page, white=white), "a.tif")
    assert [frame.image.tolist() for frame in frames] == [[[255, 0] if n == white else [0, 255]] for n in (0, 1)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (tiff(BYTES.astype(np.float16)), "16-bit floats"),
        (tiff(np.stack([WORDS] * 3), photometric="rgb", planarconfig="separate"), "3 16-bit samples a pixel"),
        (tiff(np.dstack([WORDS] * 4), photometric="separated"), "4 16-bit samples a pixel"),
        (tiff(np.dstack([WORDS] * 2), extrasamples=["unassalpha"], planarconfig="contig"), "2 16-bit samples a pixel"),
        (append(BYTES, WORDS), "pages of 8 bits a sample and of more"),
        (append(WORDS, WORDS.astype(np.float32)), "float32 and uint16"),
    ],
)
def test_rare_kinds_say_what_they_are(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=rf"a\.tif: .*{said}"):
        codecs.decode(data, "a.tif")


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "MAX_FRAMES", 3)
    assert len(codecs.decode(append(*[BYTES] * 3), "a.tif")) == 3
    with pytest.raises(ValueError, match=r"a.tif: found more than 3 pages; accepted are files of up to 3 pages"):
        codecs.decode(append(*[BYTES] * 4), "a.tif")


@pytest.mark.parametrize(("page", "fit"), [(WORDS, 20), (BYTES, 40)])
def test_pages_that_fill_the_memory_together_are_refused(
    page: np.ndarray, fit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 120 pixels of 2 bytes, or 1, a page; the room is 40 bytes for each pixel of the largest page.
    monkeypatch.setattr(config, "MAX_PIXELS", BYTES.size)
    assert len(codecs.decode(append(*[page] * fit), "a.tif")) == fit
    with pytest.raises(ValueError, match="frames that unpack to"):
        codecs.decode(append(*[page] * (fit + 1)), "a.tif")


@pytest.mark.parametrize("values", [BYTES, WORDS])
def test_file_that_lost_its_later_pages_is_not_taken_for_a_short_one(values: np.ndarray) -> None:
    data = append(values, values, values)
    second, third = (tifffile.TiffFile(io.BytesIO(data)).pages[number].offset for number in (1, 2))
    for length in (second, second + 30, third, third + 30):
        with pytest.raises(ValueError, match=r"cannot be read|without all its data"):
            codecs.decode(data[:length], "a.tif")


@pytest.mark.parametrize(("tag", "number"), [("StripOffsets", 0), ("RowsPerStrip", 2)], ids=["no place", "too few"])
def test_strips_that_are_not_there_are_not_read_from_elsewhere_in_the_file(tag: str, number: int) -> None:
    data = bytearray(tiff(WORDS, rowsperstrip=5))
    offset = tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].tags[tag].valueoffset
    data[offset : offset + 4] = number.to_bytes(4, "little")
    with pytest.raises(ValueError, match=r"a\.tif: found a TIFF file without all its data"):
        codecs.decode(bytes(data), "a.tif")


def test_tile_larger_than_any_frame_is_refused() -> None:
    data = bytearray(tiff(BYTES, tile=(16, 16)))
    tags = tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].tags
    for tag in ("TileWidth", "TileLength"):
        offset, width = tags[tag].valueoffset, 2 if tags[tag].dtype == 3 else 4
        data[offset : offset + width] = (30_000).to_bytes(width, "little")
    with pytest.raises(ValueError, match="30000x30000"):
        codecs.decode(bytes(data), "a.tif")


def test_colours_beyond_rgb_are_read_by_pillow() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([BYTES] * 3)).convert("CMYK").save(buffer, "TIFF")
    (frame,) = codecs.decode(buffer.getvalue(), "a.tif")
    assert np.abs(frame.image.astype(int) - BYTES).max() <= 1
