import numpy as np
import pytest
from PIL import Image

from neuroscan import config
from neuroscan.data import codecs, headers

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
    assert headers.read_shape(path) == (37, 53)


def test_a_turned_picture_has_the_size_it_has_upright(tmp_path, undecoded):
    path = tmp_path / "frame.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PICTURE).save(path, exif=exif)
    assert headers.read_shape(path) == (53, 37)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
@pytest.mark.parametrize(("ending", "options"), KINDS, ids=NAMES)
def test_a_file_cut_off_is_refused_though_its_header_is_whole(ending, options, kept, tmp_path):
    path = tmp_path / f"frame.{ending}"
    Image.fromarray(PICTURE).save(path, **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(ValueError, match=rf"frame\.{ending}: found a .* cannot be read"):
        headers.read_shape(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "found an empty file"), (b"not a picture", "found text"), (b"GIF89a....", "found a GIF file")],
    ids=["empty", "text", "GIF"],
)
def test_what_is_no_picture_is_refused_in_the_words_of_decoding(data, words, tmp_path):
    path = tmp_path / "frame.png"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=words):
        headers.read_shape(path)


@pytest.mark.parametrize(("limit", "words"), [("MAX_PIXELS", "53x37"), ("MAX_BYTES", "a file of")])
def test_limits_hold_before_anything_is_decoded(limit, words, tmp_path, monkeypatch):
    path = tmp_path / "frame.png"
    Image.fromarray(PICTURE).save(path)
    monkeypatch.setattr(config, limit, 100)
    with pytest.raises(ValueError, match=words):
        headers.read_shape(path)


def test_a_file_that_is_gone_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        headers.read_shape(tmp_path / "frame.png")
