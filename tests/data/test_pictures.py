"""Masks from pictures of labels: the written rule on hand-made cases, and the real label files."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from neuroscan.data import codecs
from tests.conftest import ROOT
from tests.picture_file import labelled, picture

LABELS = np.array([[0, 1, 2, 1]], np.uint8)
TWO_VALUES = np.array([[0, 255, 0, 255]], np.uint8)


@pytest.mark.parametrize(
    ("data", "label", "expected"),
    [
        (picture(labelled(LABELS, [0, 0, 0, 255, 0, 0, 0, 255, 0]), "PNG"), 1, [0, 1, 0, 1]),
        (picture(labelled(LABELS, [0, 0, 0, 255, 0, 0, 0, 255, 0]), "PNG"), 2, [0, 0, 1, 0]),
        (picture(labelled(LABELS, [0, 0, 0, 255, 0, 0, 0, 255, 0]), "PNG"), 3, [0, 0, 0, 0]),
        (picture(labelled(LABELS, [255, 255, 255, 0, 0, 0, 9, 9, 9]), "TIFF"), 1, [0, 1, 0, 1]),
        (picture(labelled(LABELS[:, :2], [255, 255, 255, 0, 0, 0, 9, 9, 9]), "PNG"), 1, [0, 1]),
        *(
            (picture(as_palette(Image.fromarray(TWO_VALUES)), kind), 1, [0, 1, 0, 1])
            for as_palette in (lambda image: image.convert("P"), lambda image: image.quantize(2), Image.Image.quantize)
            for kind in ("PNG", "TIFF", "BMP")
        ),
        *(
            (picture(Image.fromarray(np.dstack([TWO_VALUES] * 3)).convert("P"), kind), 1, [0, 1, 0, 1])
            for kind in ("PNG", "TIFF", "BMP")
        ),
        (picture(labelled(LABELS * 40, [v for grey in range(81) for v in 3 * [grey * 255 // 80]]), "PNG"), 1, None),
        (picture(labelled(TWO_VALUES // 5, [v for grey in range(52) for v in 3 * [5 * grey]]), "PNG"), 1, [0, 1, 0, 1]),
        (picture(Image.fromarray(LABELS).convert("P"), "PNG"), 2, [0, 0, 1, 0]),
        (picture(Image.fromarray(np.array([[0, 255, 127, 128]], np.uint8)).convert("P"), "PNG"), 1, [0, 1, 0, 1]),
        (picture(LABELS, "PNG"), 1, [0, 1, 0, 1]),
        (picture(LABELS, "PNG"), 2, [0, 0, 1, 0]),
        (picture(LABELS, "PNG"), 3, [0, 0, 0, 0]),
        (picture(np.dstack([LABELS] * 3), "BMP"), 2, [0, 0, 1, 0]),
        (picture(LABELS.astype(np.uint16), "TIFF"), 2, [0, 0, 1, 0]),
        (picture(np.array([[0, 255, 0, 255]], np.uint8), "PNG"), 1, [0, 1, 0, 1]),
        (picture(np.array([[0, 255, 127, 128]], np.uint8), "TIFF"), 1, [0, 1, 0, 1]),
        (picture(np.array([[0, 65535, 1, 40000]], np.uint16), "PNG"), 1, [0, 1, 0, 1]),
        (picture(np.array([[0, 1, 0.4, 0.5]], np.float32), "TIFF"), 1, [0, 1, 0, 1]),
        (picture(np.array([[0, 0, 0, 0]], np.float32), "TIFF"), 1, [0, 0, 0, 0]),
        (picture(np.array([[0, 0, 0, 0]], np.uint8), "PNG"), 1, [0, 0, 0, 0]),
        (picture(Image.fromarray(np.array([[False, True, False, True]])), "PNG"), 1, [0, 1, 0, 1]),
    ],
)
def test_masks_follow_the_written_rule(data: bytes, label: int, expected: list[int] | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="found palette indices up to 80, and no label 1; accepted are 0 and 255"):
            codecs.decode_mask(data, "m.png", label=label)
        return
    mask = codecs.decode_mask(data, "m.png", label=label)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [[bool(value) for value in expected]]


def test_jpeg_masks_are_cut_at_half_and_hold_no_labels() -> None:
    values = np.zeros((16, 32), np.uint8)
    for edge in (13, 16):  # amid a block, where it rings, and between two
        values[:, :edge], values[:, edge:] = 0, 255
        assert np.array_equal(codecs.decode_mask(picture(values, "JPEG", quality=60), "m.jpg"), values > 0)
    assert not codecs.decode_mask(picture(np.zeros((8, 8), np.uint8), "JPEG"), "m.jpg").any()
    for level in (1, 100):
        faint = picture(np.where(values > 0, np.uint8(level), np.uint8(0)), "JPEG")
        with pytest.raises(ValueError, match=rf"^m\.jpg: found a JPEG of grey levels up to {level}; accepted are JPEG"):
            codecs.decode_mask(faint, "m.jpg")


def test_an_index_beyond_a_short_palette_is_refused() -> None:
    # As some sets of labels write what is to be ignored.
    ignored = labelled(np.array([[0, 2, 255]], np.uint8), [v for number in range(21) for v in (number, 0, 9)])
    with pytest.raises(ValueError, match=r"^m\.png: found palette indices up to 255, and no label 1"):
        codecs.decode_mask(picture(ignored, "PNG"), "m.png")
    assert codecs.decode_mask(picture(ignored, "PNG"), "m.png", label=2).tolist() == [[False, True, False]]


def test_masks_in_colours_or_of_many_pages_are_refused() -> None:
    colours = np.array([[[255, 0, 0], [0, 0, 0]]], np.uint8)
    with pytest.raises(ValueError, match=r"m.png: found a mask in colours; accepted are masks in grey"):
        codecs.decode_mask(picture(colours, "PNG"), "m.png")
    pages = picture(LABELS, "TIFF", save_all=True, append_images=[Image.fromarray(LABELS)])
    with pytest.raises(ValueError, match=r"m.tif: found more than one page"):
        codecs.decode_mask(pages, "m.tif")


@pytest.mark.parametrize("level", [32, 100, 127])
def test_a_mask_drawn_in_a_dark_grey_is_refused_and_not_taken_for_empty(level):
    drawn = np.zeros((4, 6), np.uint8)
    assert not codecs.decode_mask(picture(drawn, "PNG"), "m.png").any()
    drawn[1:3, 2:5] = level
    with pytest.raises(ValueError, match=f"grey levels up to {level}, and no label 1"):
        codecs.decode_mask(picture(drawn, "PNG"), "m.png")
    assert codecs.decode_mask(picture(drawn, "PNG"), "m.png", label=level).sum() == 6
    drawn[0, 0] = 1
    assert codecs.decode_mask(picture(drawn, "PNG"), "m.png").sum() == 1


@pytest.mark.parametrize("decode", [codecs.decode, codecs.decode_mask])
def test_colours_that_cannot_be_changed_are_refused_by_name(decode) -> None:
    data = picture(Image.new("LAB", (4, 3), (120, 10, 10)), "TIFF")
    with pytest.raises(
        ValueError, match=r"^scan\.tif: found colours stored as LAB; accepted are pictures in grey, RGB"
    ):
        decode(data, "scan.tif")


def indexed(*more: tuple[bytes, bytes]) -> bytes:
    """A PNG of the palette indices 0 and 1, with chunks between header and pixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 3, 0, 0, 0)), *more, (b"IDAT", zlib.compress(b"\0\0\1"))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))
        for kind, held in (*chunks, (b"IEND", b""))
    )


@pytest.mark.parametrize("decode", [codecs.decode, codecs.decode_mask])
@pytest.mark.parametrize("chunks", [[], [(b"PLTE", b"")], [(b"PLTE", b"\0\0")], [(b"tRNS", b"\0")]], ids=str)
def test_indices_without_a_palette_are_refused_and_not_taken_for_empty(chunks, decode) -> None:
    assert codecs.decode_mask(indexed((b"PLTE", b"\0\0\0\xff\0\0")), "m.png").tolist() == [[False, True]]
    with pytest.raises(ValueError, match=r"^m\.png: found a PNG file that cannot be read"):
        decode(indexed(*chunks), "m.png")


def test_what_pillow_reads_past_is_not_written_to_the_log() -> None:
    """In a process of its own, as pytest takes filters away that were set while it imported a module."""
    data = indexed((b"acTL", bytes(8)), (b"PLTE", bytes(6)))
    with pytest.warns(UserWarning, match="Invalid APNG"):
        Image.open(io.BytesIO(data))
    code = f"from neuroscan.data import codecs; codecs.decode({data!r}, 'm.png')"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stderr == ""


def test_real_masks_hold_the_nerve_not_the_vessel(real_data: Path) -> None:
    # Its palette paints nerve dark red and vessel dark green; OpenCV sees only the paint (blue first).
    paths = sorted((real_data / "usgra" / "masks").glob("*.png"))[::4]
    assert len(paths) == 51
    with_vessel = 0
    for path in paths:
        paint = cv2.imread(str(path), cv2.IMREAD_COLOR)
        nerve, vessel = codecs.read_mask(path), codecs.read_mask(path, label=2)
        assert nerve.any()
        assert np.array_equal(nerve, (paint == (0, 0, 128)).all(axis=2)), path.name
        assert np.array_equal(vessel, (paint == (0, 128, 0)).all(axis=2)), path.name
        with_vessel += vessel.any()
    assert 0 < with_vessel < 51  # some hold no vessel
    for path in sorted((real_data / "uns" / "train").glob("1_*_mask.png")):
        stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(codecs.read_mask(path), stored == 255)
