"""Bytes that are no whole picture: one sentence each, a ValueError and nothing else."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from neuroscan.data import codecs
from tests.dicom_file import dicom, region
from tests.picture_file import picture

# Readers warn of damage that they read past, which is what these tests are about.
pytestmark = [pytest.mark.filterwarnings(f"ignore::UserWarning:{reader}.*") for reader in ("PIL", "pydicom")]

GREY = (np.add.outer(np.arange(32), np.arange(40)) * 3).astype(np.uint8)
RGB = np.dstack([GREY, GREY // 2, 255 - GREY])


def tiff(values: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric="minisblack", **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_png() -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


def huge_jpeg() -> bytes:
    data = bytearray(picture(GREY, "JPEG"))
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", 30_000, 30_000)
    return bytes(data)


def huge_bmp() -> bytes:
    data = bytearray(picture(GREY, "BMP"))
    data[18:26] = struct.pack("<ii", 30_000, 30_000)
    return bytes(data)


def huge_tiff(values: np.ndarray = GREY) -> bytes:
    data = bytearray(tiff(values))
    tags = tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].tags
    for tag in ("ImageWidth", "ImageLength"):
        start = tags[tag].valueoffset
        data[start : start + 2] = struct.pack("<H", 30_000)
    return bytes(data)


@pytest.mark.parametrize(
    "make", [huge_png, huge_jpeg, huge_bmp, huge_tiff, lambda: huge_tiff(GREY.astype(np.uint16))], ids=range(5)
)
def test_huge_pictures_are_refused_from_their_header(make: Callable[[], bytes]) -> None:
    data = make()
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"huge: found a picture of 30000x30000 .* 1 to 25,000,000 pixels"):
            codecs.decode(data, "huge")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_size_limit_counts_the_last_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroscan.config.MAX_PIXELS", GREY.size)
    assert codecs.decode(picture(GREY, "PNG"), "a.png")
    with pytest.raises(ValueError, match="41x32"):
        codecs.decode(picture(np.pad(GREY, ((0, 0), (0, 1))), "PNG"), "a.png")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"patient,frame\n1,2\n", "text"),
        ("Schmerz läßt nach".encode(), "text"),
        (b"\x00\x01\x02\x03\x04", r"a file of an unknown kind \(first bytes 00 01 02 03\)"),
        (b"GIF89a\x01\x00", "a GIF file"),
        (b"%PDF-1.7", "a PDF file"),
        (bytes(128) + b"DICM" + bytes(20), "a DICOM file"),
        (b"\x89PNG\r\n\x1a\n", r"a PNG file that cannot be read \(damaged, cut off"),
        (b"\xff\xd8\xff", "a JPEG file that cannot be read"),
        (b"BM", "a BMP file that cannot be read"),
        (b"II*\x00", "a TIFF file that cannot be read"),
        (b"MM\x00*\x00\x00\x00\x08\x00\x00", "a TIFF file that cannot be read"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, found: str) -> None:
    for read in (codecs.decode, codecs.decode_mask):
        with pytest.raises(ValueError, match=rf"^a_b\.png: found {found}.*; accepted are .*PNG, JPEG, TIFF and BMP"):
            read(data, "dir/a<b.png")


def samples() -> dict[str, bytes]:
    palette, bits = Image.fromarray(GREY).quantize(7), Image.fromarray(GREY > 99)
    turned = Image.Exif()
    turned[0x0112] = 6
    pages = [Image.fromarray(255 - GREY)] * 2
    whole = region((0, 31, 0, 39))
    return {
        "dicom": dicom(GREY, regions=[whole]),
        "rle dicom": dicom(np.stack([RGB, RGB]), syntax=RLELossless, regions=[whole]),
        "jpeg dicom": dicom(RGB, syntax=JPEGBaseline8Bit),
        "png": picture(GREY, "PNG", exif=turned, dpi=(72, 72)),
        "palette png": picture(palette, "PNG"),
        "rgba png": picture(np.dstack([RGB, GREY]), "PNG"),
        "16-bit png": picture(GREY.astype(np.uint16) * 257, "PNG"),
        "16-bit colour png": cv2.imencode(".png", RGB.astype(np.uint16) * 99)[1].tobytes(),
        "jpeg": picture(GREY, "JPEG"),
        "colour jpeg": picture(RGB, "JPEG", exif=turned),
        "progressive jpeg": picture(RGB, "JPEG", progressive=True),
        "bmp": picture(RGB, "BMP"),
        "one-bit bmp": picture(bits, "BMP"),
        "tiff": picture(GREY, "TIFF"),
        "lzw tiff": picture(GREY, "TIFF", compression="tiff_lzw"),
        "deflate tiff": picture(RGB, "TIFF", compression="tiff_adobe_deflate"),
        "jpeg tiff": picture(RGB, "TIFF", compression="jpeg"),
        "palette tiff": picture(palette, "TIFF"),
        "pages tiff": picture(GREY, "TIFF", save_all=True, append_images=pages, compression="tiff_lzw"),
        "16-bit tiff": tiff(GREY.astype(np.uint16) * 99, rowsperstrip=5),
        "16-bit pages tiff": tiff(np.stack([GREY.astype(np.uint16) * 99] * 3)),
        "16-bit lzw tiff": cv2.imencode(".tif", RGB.astype(np.uint16) * 99)[1].tobytes(),
        "float tiff": tiff(GREY.astype(np.float32), compression="zlib"),
        "tiled big tiff": tiff(np.tile(GREY, (2, 2)), tile=(16, 16), bigtiff=True),
    }


SAMPLES = samples()
ROUNDS = 25


@pytest.mark.parametrize("shape", [(1, 65_536), (65_536, 1)])
def test_a_side_longer_than_can_be_written_again_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"long: found a picture of .* of up to 65,535 a side"):
        codecs.decode(tiff(np.zeros(shape, np.uint8)), "long")


@pytest.mark.parametrize("sample", SAMPLES)
def test_cut_off_file_is_an_error_or_loses_nothing(sample: str) -> None:
    data = SAMPLES[sample]
    whole = codecs.decode(data, "a")
    generator = np.random.default_rng(7)
    # Every length near the ends, where headers and closing marks are, and some between.
    lengths = {*range(40), *range(len(data) - 20, len(data)), *generator.integers(0, len(data), ROUNDS).tolist()}
    refused = 0
    for length in lengths:
        try:
            frames = codecs.decode(data[:length], "a")
        except ValueError as error:
            assert str(error).startswith("a: found ")
            refused += 1
        else:
            assert len(frames) == len(whole), length
            assert all(np.array_equal(f.image, w.image) for f, w in zip(frames, whole, strict=True)), length
    assert refused > len(lengths) / 2


@pytest.mark.parametrize("sample", SAMPLES)
def test_damaged_file_gives_frames_or_one_sentence(sample: str) -> None:
    data = SAMPLES[sample]
    generator = np.random.default_rng(11)
    for round_ in range(ROUNDS * 2):
        damaged = bytearray(data)
        # Headers twice as often as the rest: that is where decoders are led astray.
        reach = len(data) if round_ % 3 == 0 else min(len(data), 200)
        if sample.endswith("tiff") and round_ % 3 == 1:
            damaged.reverse()  # the directory of a TIFF often stands at its end
        for position in generator.integers(0, reach, generator.integers(1, 6)):
            damaged[position] ^= 1 << int(generator.integers(0, 8))
        if sample.endswith("tiff") and round_ % 3 == 1:
            damaged.reverse()
        for read in (codecs.decode, codecs.decode_mask):
            try:
                found = read(bytes(damaged), "a")
            except ValueError as error:
                assert str(error).startswith("a: ")
                assert "\n" not in str(error)
            else:
                for image in [found] if isinstance(found, np.ndarray) else [frame.image for frame in found]:
                    assert image.ndim == 2
                    assert image.dtype in (np.uint8, np.bool_)


def test_noise_after_any_magic_is_refused() -> None:
    generator = np.random.default_rng(13)
    for magic in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"II+\x00", b"BM"):
        for _ in range(ROUNDS):
            with pytest.raises(ValueError, match=r"^a: found .*; accepted are "):
                codecs.decode(magic + generator.bytes(400), "a")
