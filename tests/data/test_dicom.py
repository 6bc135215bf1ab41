"""DICOM ultrasound: the pixels, the spacing that the machine gave, and nothing that could be wrong."""

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEG2000MCLossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from neuroscan import config
from neuroscan.data import codecs
from tests.dicom_file import dicom, jpeg, jpeg_2000, region

# pydicom warns of what it reads past, which is what some of these tests are about.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom.*")

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


def test_a_jpeg_that_does_not_say_its_colours_has_those_that_the_file_says():
    """As some machines write it: red, green and blue, with no marker that says so; others would see luma and chroma."""
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None], 24, axis=0)
    colors = np.dstack([ramp, ramp, ramp])
    # What Pillow takes for luma and chroma is stored as it is.
    buffer = io.BytesIO()
    Image.frombytes("YCbCr", ramp.shape[::-1], colors.tobytes()).save(buffer, "JPEG", quality=95, subsampling=0)
    data = buffer.getvalue()
    bare = data[:2] + data[4 + int.from_bytes(data[4:6], "big") :]  # without its JFIF marker
    file = dicom(colors, syntax=JPEGBaseline8Bit, PixelData=encapsulate([bare]))
    assert np.abs(only(file).image.astype(int) - ramp).max() <= 3
    marked = dicom(colors, syntax=JPEGBaseline8Bit)
    assert np.abs(only(marked).image.astype(int) - ramp).max() <= 3


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


def test_deep_frames_of_a_clip_share_one_scale():
    clip = np.stack([np.full_like(GREY, level, np.uint16) for level in (1_000, 4_000)])
    frames = codecs.decode(dicom(clip, BitsStored=12, HighBit=11), "a.dcm")
    assert [np.unique(frame.image).tolist() for frame in frames] == [[64], [255]]


def palette(steps: np.ndarray, bits: int) -> dict[str, object]:
    """Attributes of a table that makes the same of all three colours."""
    tables = {
        f"{color}PaletteColorLookupTable{part}": value
        for color in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [len(steps), 0, bits]), ("Data", steps.tobytes()))
    }
    return {"PhotometricInterpretation": "PALETTE COLOR", **tables}


@pytest.mark.parametrize(
    ("steps", "bits"),
    [
        (np.arange(256, dtype=np.uint16) * 256, 16),
        (np.arange(256, dtype=np.uint16) * 257, 16),
        (np.arange(256, dtype=np.uint16), 16),
        (np.arange(256, dtype=np.uint8), 8),
    ],
    ids=["upper byte", "both bytes", "lower byte", "bytes"],
)
def test_a_palette_is_looked_up_and_dark_frames_stay_dark(steps, bits):
    for values in (GREY, GREY // 4):
        frame = only(dicom(values, **palette(steps[::-1], bits)))
        assert np.array_equal(frame.image, 255 - values)
        assert np.array_equal(only(dicom(values, **palette(steps, bits))).image, values)


def test_samples_of_less_than_a_byte_reach_white():
    assert np.array_equal(only(dicom(GREY // 16, BitsStored=4, HighBit=3)).image, np.rint(GREY // 16 / 6 * 255))
    bits = np.packbits((GREY > 80).ravel(), bitorder="little").tobytes()
    assert np.array_equal(
        only(dicom(GREY, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=bits)).image, (GREY > 80) * 255
    )


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


def test_a_region_over_a_picture_hides_what_it_covers():
    """Regions of low priority (bit 0 of their flags) give way to others; a picture gives way to nothing else."""
    cases = (((1, 0), True), ((0, 0), False), ((1, 1), False), ((0, 1), False), ((3, 2), True), ((2, 0), False))
    for flags, hidden in cases:
        picture = region((0, 31, 0, 39), RegionFlags=flags[0])
        curve = region((20, 27, 0, 39), RegionFlags=flags[1], RegionSpatialFormat=4)
        for regions in ([picture, curve], [curve, picture]):
            expected = GREY.copy()
            expected[20:28] *= not hidden
            assert np.array_equal(only(dicom(GREY, regions=regions)).image, expected)


LEFT, RIGHT = (0, 31, 0, 18), (0, 31, 20, 39)


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        ([region(LEFT), region(RIGHT)], (0.1, 0.1)),
        ([region(LEFT), region(RIGHT, (0.02, 0.02))], None),
        ([region(LEFT), region(RIGHT, PhysicalUnitsXDirection=0)], None),
        ([region(LEFT, PhysicalUnitsXDirection=4)], None),
        ([region(LEFT, PhysicalUnitsYDirection=4)], None),
        ([region(LEFT, PhysicalUnitsXDirection=4, PhysicalUnitsYDirection=4)], None),
        ([region(LEFT, (0.0, 0.01))], None),
        ([region(LEFT, (float("nan"), 0.01))], None),
        ([region(LEFT, (float("inf"), 0.01))], None),
        ([region(LEFT, (1e200, 1e200))], None),
        ([region(LEFT, (0.6, 0.6))], None),
        ([region(LEFT, (5e-324, 0.01))], None),
        ([region(LEFT, (1e-5, 1e-5))], None),
        ([region(LEFT, (0.01, 0.2))], None),
        ([region(LEFT), region(RIGHT, RegionLocationMinX0=None, RegionSpatialFormat=4)], None),
        ([region(LEFT, RegionSpatialFormat=2)], None),
        ([region((9, 3, 0, 18))], None),
        ([region((0, 31, 0, 80))], None),
        ([region((0, 33, 0, 39))], None),
        ([region(LEFT), region((900, 950, 0, 18))], None),
        ([region((0, 32, 0, 40))], (0.1, 0.1)),
    ],
    ids=[
        "two alike",
        "two that differ",
        "one unknown",
        "seconds across",
        "seconds down",
        "seconds",
        "no height",
        "NaN",
        "infinite",
        "beyond numbers",
        "centimetres a pixel",
        "next to nothing",
        "smaller than any",
        "twenty times as wide",
        "a place that is missing",
        "motion over time",
        "upside down",
        "of a larger picture",
        "of one a row larger",
        "one beyond the frame",
        "counted to the end",
    ],
)
def test_spacing_is_unknown_unless_every_picture_in_the_frame_has_the_same(regions, expected):
    frame = only(dicom(GREY, regions=regions))
    assert frame.spacing == (None if expected is None else pytest.approx(expected))
    assert frame.image.any()


def test_more_regions_than_any_machine_writes_are_refused_rather_than_shown_whole(monkeypatch):
    part = (8, 27, 5, 34)
    assert only(dicom(GREY, regions=[region(part)] * 100)).spacing == pytest.approx((0.1, 0.1))
    data = dicom(GREY, regions=[region((9, 3, 0, 18))] + [region(part)] * 100)
    monkeypatch.setattr("neuroscan.data.dicom._grey", None)
    with pytest.raises(ValueError, match=r"^a\.dcm: found 101 ultrasound regions; accepted are .* up to 100 of them"):
        codecs.decode(data, "a.dcm")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_items_that_would_take_minutes_are_refused_before_they_are_parsed(syntax, monkeypatch):
    data = dicom(GREY, syntax=syntax, ReferencedImageSequence=[Dataset()] * 20_001)
    assert len(data) < 200_000
    monkeypatch.setattr("pydicom.dcmread", None)
    with pytest.raises(ValueError, match=r"^a\.dcm: found more than 20,000 items; accepted are "):
        codecs.decode(data, "a.dcm")


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


@pytest.mark.parametrize(
    ("syntax", "found"),
    [
        (JPEGLosslessSV1, "JPEG Lossless"),
        (JPEG2000MCLossless, "JPEG 2000 Part 2"),
        ("1.2.840.1.2.3.4.5.6.7", "something unknown"),
        ("Doe\nJane", "something unknown"),
    ],
)
def test_a_packing_that_is_not_read_is_named_and_nothing_else_of_the_file(syntax, found):
    data = dicom(GREY, syntax=JPEGBaseline8Bit)
    swapped = data.replace(JPEGBaseline8Bit.encode(), syntax.ljust(len(JPEGBaseline8Bit), "\0").encode())
    with pytest.raises(ValueError, match=rf"^a\.dcm: found a DICOM file compressed as {found}[^\n]*$"):
        codecs.decode(swapped, "a.dcm")


@pytest.mark.parametrize("syntax", ["1.2\\1.3", ""])
def test_a_packing_that_is_no_name_is_damage(syntax):
    data = dicom(GREY).replace(
        ExplicitVRLittleEndian.encode() + b"\0", syntax.ljust(len(ExplicitVRLittleEndian) + 1, "\0").encode()
    )
    with pytest.raises(ValueError, match=r"^a\.dcm: found a DICOM file"):
        codecs.decode(data, "a.dcm")


@pytest.mark.parametrize("values", [np.zeros((40, 32), np.uint8), np.zeros((16, 80), np.uint8), GREY[:, :20], RGB[:16]])
@pytest.mark.parametrize(("syntax", "packed"), [(JPEGBaseline8Bit, jpeg), (JPEG2000Lossless, jpeg_2000)])
def test_a_jpeg_of_another_size_than_the_header_says_is_refused(values, syntax, packed):
    data = dicom(GREY, syntax=syntax, PixelData=encapsulate([packed(values)]))
    with pytest.raises(ValueError, match=r"^a\.dcm: found a DICOM file whose frames are not as its header says"):
        codecs.decode(data, "a.dcm")


def test_no_frame_is_unpacked_before_all_are_known_to_be_of_the_right_size(monkeypatch):
    """250 bytes hold 25 million pixels; refused after unpacking, a clip of them would take minutes and gigabytes."""
    huge = jpeg_2000(np.zeros((4990, 5000), np.uint8))
    data = dicom(np.stack([GREY] * 3), syntax=JPEG2000Lossless, PixelData=encapsulate([jpeg_2000(GREY)] * 2 + [huge]))
    assert len(huge) < 300
    monkeypatch.setattr("neuroscan.data.pictures.grey_pages", None)
    with pytest.raises(ValueError, match=r"^a\.dcm: found a DICOM file whose frames are not as its header says"):
        codecs.decode(data, "a.dcm")


def test_jpeg_2000_of_more_than_8_bits_or_cut_off_is_refused():
    with pytest.raises(ValueError, match=r"^a\.dcm: found JPEG 2000 of 16 bits"):
        codecs.decode(dicom(GREY.astype(np.uint16), syntax=JPEG2000Lossless), "a.dcm")
    whole = jpeg_2000(GREY)
    with pytest.raises(ValueError, match=r"^a\.dcm: found a DICOM file"):
        codecs.decode(dicom(GREY, syntax=JPEG2000Lossless, PixelData=encapsulate([whole[: len(whole) // 2]])), "a.dcm")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEGBaseline8Bit, JPEG2000Lossless])
def test_no_more_frames_are_unpacked_than_the_header_says(syntax):
    clip = np.stack([GREY, GREY + 1, GREY + 2])
    frames = codecs.decode(dicom(clip, syntax=syntax, NumberOfFrames=2), "a.dcm")
    assert len(frames) == 2 and np.abs(frames[1].image.astype(int) - clip[1]).max() <= 3


def test_run_lengths_that_would_fill_the_memory_are_refused(monkeypatch):
    bomb = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56) + b"\x81\0" * 50_000
    monkeypatch.setattr(config, "MAX_PIXELS", 100_000)
    data = dicom(GREY, syntax=RLELossless)
    assert codecs.decode(data, "a.dcm")
    with pytest.raises(ValueError, match="frames that unpack to"):
        codecs.decode(dicom(GREY, syntax=RLELossless, PixelData=encapsulate([bomb])), "a.dcm")


def test_bits_that_stand_apart_are_refused():
    with pytest.raises(ValueError, match="samples whose bits stand apart"):
        codecs.decode(dicom(GREY.astype(np.uint16), BitsStored=10, HighBit=15), "a.dcm")


def test_nobody_is_named_in_what_pydicom_logs(caplog):
    data = dicom(GREY).replace(ExplicitVRLittleEndian.encode(), b"Doe\nJane".ljust(len(ExplicitVRLittleEndian), b"\0"))
    with pytest.raises(ValueError, match="something unknown"):
        codecs.decode(data, "a.dcm")
    assert not caplog.records


def test_masks_are_pictures():
    with pytest.raises(ValueError, match="found a DICOM file; accepted are PNG, JPEG, TIFF and BMP pictures"):
        codecs.decode_mask(dicom(GREY), "a.dcm")


def test_a_file_that_is_a_tiff_too_is_read_as_dicom():
    data = dicom(GREY, regions=[region((0, 31, 0, 39))])
    assert only(b"II*\x00" + data[4:]).spacing == pytest.approx((0.1, 0.1))


def test_a_picture_that_holds_the_mark_of_dicom_elsewhere_is_a_picture():
    assert np.array_equal(only(codecs.encode_png(GREY, comment="DICM")).image, GREY)


def test_limits_are_looked_up_before_pixels_are(monkeypatch):
    monkeypatch.setattr(config, "MAX_PIXELS", GREY.size)
    assert only(dicom(GREY)).image.shape == GREY.shape
    monkeypatch.setattr("pydicom.pixels.iter_pixels", None)
    with pytest.raises(ValueError, match="41x32"):
        codecs.decode(dicom(np.pad(GREY, ((0, 0), (0, 1)))), "a.dcm")
