"""Headers of picture files, read without decoding: size, pages, and whether the file is complete."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image as PillowImage

from neuroscan import config
from neuroscan.data import codecs, layout

_ORIENTATION = 0x0112
_STRIPS, _TILES = (273, 279), (324, 325)
_END = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
_TAIL = 1024
_COLORS = ("LA", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")


@dataclass(frozen=True)
class Header:
    """What is known of a picture without decoding it.

    Attributes:
        shape: size (H, W) of its first page, turned upright.
        pages: how many it has.
        is_grey: whether it surely has one channel, grey or a palette.
    """

    shape: tuple[int, int]
    pages: int
    is_grey: bool


def read(path: Path) -> Header:
    """Read a picture's header, and look whether the end of the file is there.

    A tenth of the time of decoding; damage in the middle of a file stays unseen. Where anything is odd the file is
    decoded after all, which has the last word.

    Args:
        path: a PNG, JPEG, TIFF, BMP or DICOM file.

    Raises:
        ValueError: as `codecs.read`.
    """
    if header := _of_dicom(path) if path.suffix.lower() in layout.DICOM else _of_picture(path):
        return header
    frames = codecs.read(path)
    height, width = frames[0].image.shape
    return Header((height, width), len(frames), is_grey=False)


def _of_dicom(path: Path) -> Header | None:
    """The header of a DICOM file; None where it gives cause to decode."""
    from neuroscan.data import dicom  # Here, as in `codecs`.

    try:
        shape, count = dicom.header(codecs.bytes_of(path), path.name)
    except ValueError:
        return None
    return Header(shape, count, is_grey=False)


def _of_picture(path: Path) -> Header | None:
    """The header of a picture; None where it, the file's length or a limit of `config` gives cause to decode."""
    try:
        size = path.stat().st_size
        with PillowImage.open(path, formats=["PNG", "JPEG", "TIFF", "BMP"]) as picture:
            width, height = picture.size
            # The size that Pillow reports of a TIFF is the upright one already.
            is_turned = picture.format != "TIFF" and 5 <= picture.getexif().get(_ORIENTATION, 1) <= 8
            is_whole = size <= config.MAX_BYTES and _is_whole(picture, path, size)
            is_grey = picture.mode in ("1", "L", "P") or picture.mode.startswith(("I", "F"))
            is_known = is_grey or picture.mode in _COLORS
            pages = getattr(picture, "n_frames", 1)
    except Exception:  # Decoders raise a dozen types on bad bytes; decoding then says in words what is wrong.
        return None
    if not (is_whole and is_known) or width * height > config.MAX_PIXELS or pages > config.MAX_FRAMES:
        return None
    return Header((width, height) if is_turned else (height, width), pages, is_grey)


def _is_whole(picture: PillowImage.Image, path: Path, size: int) -> bool:
    """Whether a file of `size` bytes is complete, as far as its format says."""
    if picture.format == "TIFF":
        tags = picture.tag_v2  # type: ignore[attr-defined]  # only TIFF pictures have it
        starts, counts = next((tags[a], tags[b]) for a, b in (_STRIPS, _TILES) if a in tags)
        return max(map(sum, zip(starts, counts, strict=True))) <= size
    with path.open("rb") as file:
        if picture.format == "BMP":
            return int.from_bytes(file.read(6)[2:], "little") <= size
        file.seek(max(0, size - _TAIL))
        return _END[str(picture.format)] in file.read()
