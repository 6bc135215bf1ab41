"""Picture files to frames and masks, and back to PNG: bytes in, or one clear sentence why not."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from neuroscan.data import kinds, layout, pictures
from neuroscan.data.refusals import ACCEPTED, PICTURES, check_bytes, refusal
from neuroscan.data.safe_names import safe_name
from neuroscan.types import Image, Mask, Spacing

_SUB = 1
_GREY, _RGB = 0, 2


@dataclass(frozen=True)
class Frame:
    """One grey frame and what is known of it.

    Attributes:
        image: shape (H, W).
        spacing: millimetres a pixel, (row, column), None when unknown. DICOM files may hold it, as `dicom.read` says.
            Pictures never do: their DPI, pHYs chunk or TIFF resolution speak of paper and screens, and would make a
            wrong area.
        name: base name of the file, made safe by `safe_name`.
    """

    image: Image
    spacing: Spacing | None
    name: str


def decode(data: bytes, name: str) -> tuple[Frame, ...]:
    """Turn the bytes of a file into frames.

    Reads PNG, JPEG, TIFF, BMP and DICOM; 8-bit, 16-bit and float; grey, RGB(A) and palette. A picture is turned upright
    as its EXIF says. Colours become grey by their luma, see-through pixels lie over black (alpha of deep colour is
    ignored). Samples of more than 8 bits are scaled as `bitdepth.to_bytes` says, all pages of a file alike: a picture
    that uses its 16 bits by their full range, any other by its own maximum.

    Args:
        data: the whole file.
        name: its name, of which only the base name is kept.

    Returns:
        The frames; those of a longer TIFF are named `stem_page1.tif`, `stem_page2.tif` and so on, those of a longer
        DICOM file `stem_frame1.dcm` and so on.

    Raises:
        ValueError: if the bytes are no picture that is accepted, are damaged or cut off, or pass a limit of `config`
            (looked up in the header, before anything is unpacked). No other error leaves here, whatever the bytes.

    Example:
        >>> black = np.zeros((2, 3), np.uint8)
        >>> decode(encode_png(black), "../scan.png")[0].name
        'scan.png'
    """
    name = safe_name(name)
    kind = kinds.kind(data, name, read=(*pictures.KINDS, "DICOM"), accepted=ACCEPTED)
    if kind != "DICOM":  # Pictures never hold their spacing.
        return _named(pictures.grey_pages(data, name, kind), None, name, "page")
    from neuroscan.data import dicom  # Here, as pydicom would take as long to import as all else that reads pictures.

    return _named(*dicom.read(data, name), name, "frame")


def read(path: Path) -> tuple[Frame, ...]:
    """Read the frames of a file: `decode` of its bytes, once its size is known to be within `config.MAX_BYTES`.

    Raises:
        ValueError: as `decode`; also if the file is too large or cannot be opened.
    """
    return decode(bytes_of(path), path.name)


def decode_mask(data: bytes, name: str, *, label: int = 1) -> Mask:
    """Turn the bytes of a picture of labels into a mask.

    - Palette pictures hold labels: nerve is where the index is `label`, whatever the colours. But a palette of
      nothing but black and white is what programs make of two values, and nerve is white; and one in which each index
      is its own grey level is a grey picture. Where no index is `label` and some are over 31, they are no labels: of a
      picture in black and white nerve is white, any other is refused.
    - Grey pictures of whole numbers below 128 hold labels too: nerve is where the value is `label`. Where no value is,
      and some are over 31, they are shades of a drawing, and refused.
    - Any other grey picture (0 and 255, say) is two-valued: nerve is where the value is at least half its largest.
      This holds for float pictures at any size of value.
    - JPEG blurs values, so it holds no labels: nerve is where the value is at least 128, and one that is not black
      and has no such value is refused.
    - One-bit pictures: nerve is white. Colour pictures count as grey where their channels are equal.

    Args:
        data: the whole file, a picture of one page.
        name: its name, for errors.
        label: which label is the nerve.

    Returns:
        The mask, shape (H, W).

    Raises:
        ValueError: as `decode`; also for more than one page, colours without a palette, or shades of grey below 128.

    Example:
        >>> labels = np.array([[0, 1, 2]], np.uint8)
        >>> decode_mask(encode_png(labels), "labels.png", label=2)
        array([[False, False,  True]])
    """
    name = safe_name(name)
    return pictures.label_mask(data, name, kinds.kind(data, name, read=pictures.KINDS, accepted=PICTURES), label)


def read_mask(path: Path, *, label: int = 1) -> Mask:
    """Read a mask from a file: `decode_mask` of its bytes.

    Raises:
        ValueError: as `decode_mask`; also if the file is too large or cannot be opened.
    """
    return decode_mask(bytes_of(path), path.name, label=label)


def encode_png(image: NDArray[np.uint8] | NDArray[np.uint16], *, comment: str = "") -> bytes:
    """Write a picture as PNG, exactly, fast rather than small.

    Each sample is written as its difference to that of the pixel on its left, compressed by ISA-L.

    Args:
        image: shape (H, W) or (H, W, 3), red first; uint8 or uint16.
        comment: what the file says of itself, in Latin-1; "" for nothing.

    Returns:
        The bytes of the file.

    Raises:
        ValueError: if the array has another shape or type, or no pixels.

    Example:
        >>> encode_png(np.zeros((1, 1), np.uint8), comment="For research")[1:4]
        b'PNG'

    References:
        W3C (2025), "Portable Network Graphics (PNG) Specification, Third Edition", sections 5, 9.2 and 11.
    """
    is_picture = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if not is_picture or image.size == 0 or image.dtype not in (np.uint8, np.uint16):
        raise ValueError(
            f"Expected a uint8 or uint16 picture of shape (H, W) or (H, W, 3); received {image.dtype} of shape "
            f"{image.shape}. Scale masks and probabilities first."
        )
    height, width = image.shape[:2]
    samples = np.ascontiguousarray(image, image.dtype.newbyteorder(">")).view(np.uint8).reshape(height, -1)
    pixel = samples.shape[1] // width
    filtered = np.empty((height, 1 + samples.shape[1]), np.uint8)
    filtered[:, 0] = _SUB
    filtered[:, 1 : 1 + pixel] = samples[:, :pixel]
    np.subtract(samples[:, pixel:], samples[:, :-pixel], out=filtered[:, 1 + pixel :])
    header = struct.pack(">IIBBBBB", width, height, 8 * image.itemsize, _GREY if image.ndim == 2 else _RGB, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", isal_zlib.compress(filtered, 1)), (b"IEND", b"")]
    if comment:
        chunks.insert(1, (b"tEXt", b"Comment\0" + comment.encode("latin-1")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG: length, kind, data, checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", isal_zlib.crc32(kind + data))


def bytes_of(path: Path) -> bytes:
    """Read a file, its size first.

    Raises:
        ValueError: it is larger than `config.MAX_BYTES`, or cannot be opened.
    """
    name = safe_name(path.name)
    try:
        if not path.is_file():
            raise refusal(name, "no such file")
        check_bytes(path.stat().st_size, name)
        return path.read_bytes()
    except OSError as error:
        raise refusal(name, f"a file that cannot be opened ({error.strerror})") from error


def _named(images: Sequence[Image], spacing: Spacing | None, name: str, part: str) -> tuple[Frame, ...]:
    """Name the frames of a file: as the file, numbered where there are more."""
    if len(images) == 1:
        return (Frame(images[0], spacing, name),)
    stem = layout.bare_name(name)
    ending = name.removeprefix(stem)
    return tuple(Frame(image, spacing, f"{stem}_{part}{n}{ending}") for n, image in enumerate(images, 1))
