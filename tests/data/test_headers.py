import numpy as np
import pytest
import tifffile
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless

from neuroscan import config
from neuroscan.data import codecs, headers
from tests.dicom_file import dicom

PICTURE = np.random.default_rng(0).integers(0, 256, (37, 53), np.uint8)
KINDS = [("png", {}), ("jpg", {}), ("bmp", {}), ("tif", {}), ("tif", {"compression": "tiff_lzw"})]
NAMES = ["png", "jpg", "bmp", "tif", "lzw"]


@pytest.fixture
def undecoded(monkeypatch):
    """Decoding is off: what is told comes from the header alone."""

    def refuse(path):
        raise ValueError("decoded after all")

    monkeypatch.setattr(codecs, "read", refuse)


@pytest.mark.parametrize(("ending", "options"), KINDS, ids=NAMES)
def test_size_of_each_kind_comes_from_the_header_alone(ending, options, tmp_path, undecoded):
    path = tmp_path / f"frame.{ending}"
    Image.fromarray(PICTURE).save(path, **options)
    assert headers.read(path).shape == (37, 53)


def test_pages_and_channels_come_from_the_header_alone(tmp_path, undecoded):
    picture = Image.fromarray(PICTURE)
    picture.save(tmp_path / "pages.tif", save_all=True, append_images=[picture] * 2)
    assert headers.read(tmp_path / "pages.tif") == headers.Header((37, 53), 3, is_grey=True)
    for mode, is_grey in (("P", True), ("1", True), ("I;16", True), ("RGB", False), ("LA", False)):
        picture.convert(mode).save(tmp_path / "frame.png")
        assert headers.read(tmp_path / "frame.png") == headers.Header((37, 53), 1, is_grey)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEGBaseline8Bit])
def test_dicom_is_read_by_its_header_alone(syntax, tmp_path, monkeypatch):
    def refuse(*given):
        raise ValueError("decoded after all")

    whole = dicom(np.stack([PICTURE] * 3), syntax=syntax)
    (tmp_path / "frame.dcm").write_bytes(whole)
    (tmp_path / "cut.dcm").write_bytes(whole[:-100])
    with pytest.raises(ValueError, match=r"cut\.dcm: found a DICOM file (that cannot be read|without a picture)"):
        headers.read(tmp_path / "cut.dcm")
    monkeypatch.setattr("neuroscan.data.dicom.read", refuse)
    assert headers.read(tmp_path / "frame.dcm") == headers.Header((37, 53), 3, is_grey=False)
    monkeypatch.setattr(config, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match="a file of"):
        headers.read(tmp_path / "frame.dcm")


def test_a_picture_whose_header_does_not_tell_is_decoded(tmp_path):
    """Pillow opens no TIFF of 64-bit samples, which tifffile reads."""
    path = tmp_path / "frame.tif"
    tifffile.imwrite(path, np.stack([PICTURE.astype(np.float64)] * 2))
    assert headers.read(path) == headers.Header((37, 53), 2, is_grey=False)


def test_colours_that_decoding_refuses_are_refused(tmp_path):
    Image.new("LAB", (53, 37)).save(tmp_path / "frame.tif")
    with pytest.raises(ValueError, match=r"frame\.tif: found colours stored as LAB"):
        headers.read(tmp_path / "frame.tif")


@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
@pytest.mark.parametrize("orientation", range(1, 10))
def test_a_turned_picture_has_the_size_it_has_upright(orientation, ending, tmp_path, request):
    path = tmp_path / f"frame.{ending}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(PICTURE).save(path, exif=exif)
    decoded = codecs.read(path)[0].image.shape
    request.getfixturevalue("undecoded")
    assert headers.read(path).shape == decoded == ((53, 37) if orientation in (5, 6, 7, 8) else (37, 53))


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
@pytest.mark.parametrize(("ending", "options"), KINDS, ids=NAMES)
def test_a_file_cut_off_is_refused_though_its_header_is_whole(ending, options, kept, tmp_path):
    path = tmp_path / f"frame.{ending}"
    Image.fromarray(PICTURE).save(path, **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(ValueError, match=rf"frame\.{ending}: found a .* cannot be read"):
        headers.read(path)


def test_a_mark_of_the_end_amid_a_file_such_as_a_thumbnails_is_not_its_end(tmp_path):
    path = tmp_path / "frame.jpg"
    Image.fromarray(PICTURE).save(path, quality=95, comment=b"\xff\xd9")
    assert headers.read(path).shape == (37, 53)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(ValueError, match=r"frame\.jpg: found a JPEG file that cannot be read"):
        headers.read(path)


@pytest.mark.parametrize("options", [{"rowsperstrip": 8}, {"tile": (16, 16)}], ids=["strips", "tiles"])
def test_a_tiff_cut_off_amid_its_strips_or_tiles_is_refused(options, tmp_path):
    path = tmp_path / "frame.tif"
    tifffile.imwrite(path, PICTURE, **options)
    assert headers.read(path).shape == (37, 53)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match=r"frame\.tif: found a TIFF file that cannot be read"):
        headers.read(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "found an empty file"), (b"not a picture", "found text"), (b"GIF89a....", "found a GIF file")],
    ids=["empty", "text", "GIF"],
)
def test_what_is_no_picture_is_refused_in_the_words_of_decoding(data, words, tmp_path):
    path = tmp_path / "frame.png"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=words):
        headers.read(path)


@pytest.mark.parametrize(
    ("limit", "words"), [("MAX_PIXELS", "53x37"), ("MAX_BYTES", "a file of"), ("MAX_FRAMES", "more than 100 pages")]
)
def test_limits_hold_before_anything_is_decoded(limit, words, tmp_path, monkeypatch):
    path, picture = tmp_path / "frame.tif", Image.fromarray(PICTURE)
    picture.save(path, save_all=True, append_images=[picture] * 100)
    monkeypatch.setattr(config, limit, 100)
    with pytest.raises(ValueError, match=words):
        headers.read(path)


def test_a_file_that_is_gone_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        headers.read(tmp_path / "frame.png")
