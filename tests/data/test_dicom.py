"""DICOM ultrasound: the pixels, the spacing that the machine gave, and nothing that could be wrong."""

import numpy as np
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from neuroscan import config
from neuroscan.data import codecs
from tests.dicom_file import dicom, region

GREY = (40 + np.add.outer(np.arange(32), np.arange(40))).astype(np.uint8)
RGB = np.dstack([GREY, GREY // 2, 255 - GREY])
LUMA = np.array([0.299, 0.587, 0.114])


def only(data: bytes) -> codecs.Frame:
    (frame,) = codecs.decode(data, "US000001.dcm")
    return frame


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEG2000Lossless]
)
@pytest.mark.parametrize("values", [GREY, RGB], ids=["grey", "colour"])
def test_pixels_come_back_exactly(values, syntax):
    frame = only(dicom(values, syntax=syntax))
    expected = values if values.ndim == 2 else np.rint(values @ LUMA)
    assert np.abs(frame.image.astype(int) - expected).max() <= (values.ndim == 3)
    assert (frame.spacing, frame.name, frame.image.dtype) == (None, "US000001.dcm", np.uint8)


def test_jpeg_is_read():
    frame = only(dicom(GREY, syntax=JPEGBaseline8Bit))
    assert np.abs(frame.image.astype(int) - GREY).max() <= 3


def test_jpeg_in_the_colours_that_machines_write_is_read():
    data = dicom(np.stack([RGB, RGB]), syntax=JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422")
    for frame in codecs.decode(data, "clip.dcm"):
        assert np.abs(frame.image - RGB @ LUMA).max() <= 4


def test_frames_of_a_clip_are_numbered():
    clip = np.stack([GREY, GREY + 1, GREY + 2])
    frames = codecs.decode(dicom(clip), "clip.dcm")
    assert [frame.name for frame in frames] == ["clip_frame1.dcm", "clip_frame2.dcm", "clip_frame3.dcm"]
    assert np.array_equal([frame.image for frame in frames], clip)


def test_zero_is_white_where_the_file_says_so():
    assert np.array_equal(only(dicom(GREY, PhotometricInterpretation="MONOCHROME1")).image, 255 - GREY)


def test_twelve_bits_are_scaled_as_in_other_pictures():
    deep = GREY.astype(np.uint16) * 16
    assert np.array_equal(only(dicom(deep, BitsStored=12, HighBit=11)).image, np.rint(GREY / GREY.max() * 255))
    assert np.array_equal(only(dicom(GREY.astype(np.uint16) * 257)).image, GREY)


def test_a_palette_is_looked_up():
    steps = np.arange(256, dtype=np.uint16) * 256
    tables = {
        f"{color}PaletteColorLookupTable{part}": value
        for color in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", steps[::-1].tobytes()))
    }
    frame = only(dicom(GREY, PhotometricInterpretation="PALETTE COLOR", **tables))
    assert np.abs(frame.image.astype(int) - (255 - GREY)).max() <= 1


def test_spacing_is_the_machines_own_in_millimetres():
    whole = region((0, 31, 0, 39), (0.0123, 0.0045))
    assert only(dicom(GREY, regions=[whole])).spacing == pytest.approx((0.123, 0.045))
    upward = region((0, 31, 0, 39), (-0.0123, 0.0045))
    assert only(dicom(GREY, regions=[upward])).spacing == pytest.approx((0.123, 0.045))


def test_what_lies_outside_the_picture_is_black_and_cannot_name_anybody():
    picture, curve = region((8, 27, 5, 34)), region((29, 31, 0, 39), RegionSpatialFormat=4)
    for values in (GREY, np.stack([GREY, GREY])):
        for frame in codecs.decode(dicom(values, regions=[picture, curve]), "a.dcm"):
            expected = np.zeros_like(GREY)
            expected[8:28, 5:35] = GREY[8:28, 5:35]
            assert np.array_equal(frame.image, expected)
            assert frame.spacing == pytest.approx((0.1, 0.1))


LEFT, RIGHT = (0, 31, 0, 18), (0, 31, 20, 39)


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        ([region(LEFT), region(RIGHT)], (0.1, 0.1)),
        ([region(LEFT), region(RIGHT, (0.02, 0.02))], None),
        ([region(LEFT), region(RIGHT, PhysicalUnitsXDirection=0)], None),
        ([region(LEFT, PhysicalUnitsXDirection=4)], None),
        ([region(LEFT, PhysicalUnitsXDirection=4, PhysicalUnitsYDirection=4)], None),
        ([region(LEFT, (0.0, 0.01))], None),
        ([region(LEFT, (float("nan"), 0.01))], None),
        ([region(LEFT, (float("inf"), 0.01))], None),
        ([region(LEFT, RegionSpatialFormat=2)], None),
        ([region((9, 3, 0, 18))], None),
        ([region((0, 31, 0, 80))], None),
        ([region(LEFT), region((900, 950, 0, 18))], None),
        ([region((0, 32, 0, 40))], (0.1, 0.1)),
    ],
    ids=[
        "two alike",
        "two that differ",
        "one unknown",
        "seconds across",
        "seconds",
        "no height",
        "NaN",
        "infinite",
        "motion over time",
        "upside down",
        "of a larger picture",
        "one beyond the frame",
        "counted to the end",
    ],
)
def test_spacing_is_unknown_unless_every_picture_in_the_frame_has_the_same(regions, expected):
    frame = only(dicom(GREY, regions=regions))
    assert frame.spacing == (None if expected is None else pytest.approx(expected))
    assert frame.image.any()


def test_pixel_spacing_is_not_believed():
    assert only(dicom(GREY, PixelSpacing=[0.2, 0.2])).spacing is None


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (dicom(GREY, PixelData=None), "a DICOM file without a picture"),
        (dicom(GREY, syntax=DeflatedExplicitVRLittleEndian), "a deflated DICOM file"),
        (dicom(GREY, Rows=30_000, Columns=30_000), "a picture of 30000x30000"),
        (dicom(GREY, Rows=0), "a picture of 40x0"),
        (dicom(GREY, NumberOfFrames=501), "501 frames"),
        (dicom(GREY, NumberOfFrames=-1), "-1 frames"),
        (dicom(GREY, NumberOfFrames=400, Rows=4_000, Columns=4_000), "frames that unpack to"),
        (dicom(GREY, NumberOfFrames=2), "a DICOM file that cannot be read"),
        (dicom(GREY, Rows=33), "a DICOM file that cannot be read"),
    ],
    ids=["no pixels", "deflated", "huge", "empty", "long", "minus", "large", "too few frames", "too few rows"],
)
def test_what_cannot_be_read_is_named(data, found):
    with pytest.raises(ValueError, match=rf"^a\.dcm: found {found}.*; accepted are "):
        codecs.decode(data, "a.dcm")


def test_a_packing_that_needs_another_program_is_named():
    data = dicom(GREY, syntax=JPEGBaseline8Bit)
    swapped = data.replace(JPEGBaseline8Bit.encode(), JPEGLosslessSV1.encode())
    with pytest.raises(ValueError, match=r"compressed as JPEG Lossless.*accepted are DICOM files without compression"):
        codecs.decode(swapped, "a.dcm")


def test_masks_are_pictures():
    with pytest.raises(ValueError, match="found a DICOM file; accepted are PNG, JPEG, TIFF and BMP pictures"):
        codecs.decode_mask(dicom(GREY), "a.dcm")


def test_a_file_that_is_a_tiff_too_is_read_as_dicom():
    data = dicom(GREY, regions=[region((0, 31, 0, 39))])
    assert only(b"II*\x00" + data[4:]).spacing == pytest.approx((0.1, 0.1))


def test_limits_are_looked_up_before_pixels_are(monkeypatch):
    monkeypatch.setattr(config, "MAX_PIXELS", GREY.size)
    assert only(dicom(GREY)).image.shape == GREY.shape
    monkeypatch.setattr("pydicom.pixels.iter_pixels", None)
    with pytest.raises(ValueError, match="41x32"):
        codecs.decode(dicom(np.pad(GREY, ((0, 0), (0, 1)))), "a.dcm")
