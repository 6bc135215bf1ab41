"""DICOM files to grey frames, with the spacing that the ultrasound machine itself has written down.

Only pixels and their calibration are read: names, dates and whatever else identifies a person stay in it.
"""

import io
import logging
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image as PillowImage
from pydicom import pixels, uid
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import get_expected_length

from neuroscan import config
from neuroscan.data import pictures, ultrasound_regions
from neuroscan.data.bitdepth import to_bytes
from neuroscan.data.refusals import check_room, check_size, decode_errors, refusal
from neuroscan.types import Image, Spacing

# What pydicom logs and warns of quotes the file, names among it.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore", module="pydicom")

_PLAIN = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian)
_JPEG: dict[str, str] = {
    uid.JPEGBaseline8Bit: "JPEG",
    uid.JPEG2000Lossless: "JPEG 2000",
    uid.JPEG2000: "JPEG 2000",
}
_READ = "DICOM files without compression or with RLE, baseline JPEG or JPEG 2000 of 8 bits"
_RLE_REACH = 64  # Two bytes of run lengths become at most 128.

_ITEM_MARKS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
"""What each item of a sequence and each fragment of pixels begins with, in either order of bytes."""

_MAX_ITEMS = 20_000
"""Items in a whole file, each of which takes pydicom up to 0.1 ms."""

_PALETTE = [
    f"{color}PaletteColorLookupTable{part}" for color in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")
]
_TAGS = [
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    *_PALETTE,
    "SequenceOfUltrasoundRegions",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "PixelData",
]


def read(data: bytes, name: str) -> tuple[list[Image], Spacing | None]:
    """Decode the frames of a DICOM file.

    Grey as `codecs.decode` makes it; where white is stored as zero (MONOCHROME1) it is turned round. Lookup tables for
    display (windows) are not applied. Where the file says which regions of the frame are two-dimensional pictures, all
    else is black: names, scales and curves there are no tissue, and spacing does not hold for them. A file of more
    than 100 regions is refused: each costs time, and without them names would stay in.

    Spacing is that of these regions (Sequence of Ultrasound Regions). It is known only where all of them have the
    same, in centimetres, of a size that ultrasound can have, and where all regions lie in the frame: of a picture made
    smaller afterwards they say nothing. (Where they still fit, nobody can see that it was.) Pixel Spacing, which is
    no part of DICOM's ultrasound pictures, is not believed.

    Args:
        data: the whole file.
        name: what to call it in errors.

    Returns:
        The frames, each of shape (H, W); and millimetres a pixel, (row, column), or None.

    Raises:
        ValueError: if the file is damaged or cut off, holds no picture, passes a limit of `config`, or stores its
            pixels in a way that is not read.
    """
    file, shape, count = _opened(data, name)
    regions = ultrasound_regions.read(file, shape, name)
    with decode_errors(name, "DICOM"):
        # All are looked at before the first is unpacked: 250 bytes can hold 25 million pixels.
        images = _grey(file, count) if _are_packed_as(shape, file, count) else []
    if len(images) != count or any(image.shape != shape for image in images):
        raise refusal(name, "a DICOM file whose frames are not as its header says", "whole files")
    shown = ultrasound_regions.picture_mask(regions, shape)
    if shown is not None:
        images = [np.where(shown, image, 0) for image in images]
    return images, ultrasound_regions.spacing(regions)


def header(data: bytes, name: str) -> tuple[tuple[int, int], int]:
    """Size (H, W) of a DICOM file's frames and their number, unpacking none; arguments and errors as `read`.

    Damage within the pixels, or too many regions, stay unseen.
    """
    _, shape, count = _opened(data, name)
    return shape, count


def _opened(data: bytes, name: str) -> tuple[pydicom.Dataset, tuple[int, int], int]:
    """Parse a DICOM file that can be read, with the size of its frames and their number; pixels stay packed."""
    if uid.DeflatedExplicitVRLittleEndian.encode() in data:
        # It would unpack as a whole, to any size, before there is a header to look at.
        raise refusal(name, "a deflated DICOM file", _READ)
    if max(map(data.count, _ITEM_MARKS)) > _MAX_ITEMS:
        # Items of a few bytes each: a large file would take pydicom minutes and gigabytes.
        raise refusal(name, f"more than {_MAX_ITEMS:,} items", f"DICOM files of up to {_MAX_ITEMS:,} items")
    with decode_errors(name, "DICOM"):
        file = pydicom.dcmread(io.BytesIO(data), specific_tags=list(_TAGS))
        syntax = str(file.file_meta.TransferSyntaxUID)
        shape = (int(file.get("Rows", 0)), int(file.get("Columns", 0)))
        count = int(file.get("NumberOfFrames") or 1)
        samples, bits, stored = (int(file.get(tag, 1)) for tag in ("SamplesPerPixel", "BitsAllocated", "BitsStored"))
        highest = int(file.get("HighBit", stored - 1))
    if "PixelData" not in file:
        raise refusal(name, "a DICOM file without a picture")
    check_size(shape[1], shape[0], name)
    if not 1 <= count <= config.MAX_FRAMES:
        raise refusal(name, f"{count:,} frames", f"files of 1 to {config.MAX_FRAMES:,} frames")
    # Frames of bytes are made grey one at a time.
    check_room(shape[0] * shape[1] * count * (samples * bits // 8 if bits > 8 else 1), name)
    if syntax not in (*_PLAIN, uid.RLELossless, *_JPEG):
        syntax_name = uid.UID_dictionary.get(syntax, ("something unknown",))[0]
        raise refusal(name, f"a DICOM file compressed as {syntax_name}", _READ)
    if _JPEG.get(syntax) == "JPEG 2000" and stored != 8:
        raise refusal(name, f"JPEG 2000 of {stored} bits", _READ)
    if highest != stored - 1:
        raise refusal(name, "samples whose bits stand apart", "DICOM files with the bits of a sample side by side")
    if syntax == uid.RLELossless:
        with decode_errors(name, "DICOM"):
            longest = max(map(len, generate_frames(file.PixelData, number_of_frames=count)))
        check_room(longest * _RLE_REACH, name)
    if syntax in _PLAIN:
        with decode_errors(name, "DICOM"):
            if len(file.PixelData) < get_expected_length(file):
                raise EOFError
    return file, shape, count


def _packed(file: pydicom.Dataset, count: int) -> Iterator[bytes]:
    """The first `count` frames as they are packed."""
    return islice(generate_frames(file.PixelData, number_of_frames=count), count)


def _are_packed_as(shape: tuple[int, int], file: pydicom.Dataset, count: int) -> bool:
    """Whether the first `count` frames say that they are of a shape; those that are no JPEG say nothing."""
    kind = _JPEG.get(file.file_meta.TransferSyntaxUID)
    return not kind or all(pictures.stored_shape(frame, "", kind) == shape for frame in _packed(file, count))


def _grey(file: pydicom.Dataset, count: int) -> list[Image]:
    """Decode the first `count` frames to grey."""
    if kind := _JPEG.get(file.file_meta.TransferSyntaxUID):
        # Not pydicom, which takes pixels of another size for the frame's own.
        is_rgb = file.PhotometricInterpretation == "RGB"
        pages = (pictures.grey_pages(frame, "", kind, is_rgb=is_rgb) for frame in _packed(file, count))
        grey = [page for frame_pages in pages for page in frame_pages]
    else:
        frames = list(_decoded(file, count))
        if any(frame.dtype != np.uint8 for frame in frames) or file.BitsStored < 8:
            frames = to_bytes(frames)
        grey = [_luma(frame) for frame in frames]
    return [255 - frame for frame in grey] if file.PhotometricInterpretation == "MONOCHROME1" else grey


def _decoded(file: pydicom.Dataset, count: int) -> Iterator[NDArray[Any]]:
    """Decode frame by frame: shape (H, W), or (H, W, 3) red first; shallow colours are made grey at once."""
    table = _palette(file) if file.PhotometricInterpretation == "PALETTE COLOR" else None
    for frame in pixels.iter_pixels(file, indices=range(count)):
        if table is not None:
            yield table[frame]
        else:
            yield _luma(frame) if frame.dtype == np.uint8 else frame


def _luma(frame: NDArray[np.uint8]) -> Image:
    """Make a frame of bytes grey."""
    return frame if frame.ndim == 2 else np.array(PillowImage.fromarray(frame).convert("L"))


def _palette(file: pydicom.Dataset) -> NDArray[np.uint8]:
    """Grey of each value that a pixel can have, shape (256,) or (65536,)."""
    if file.BitsAllocated not in (8, 16):
        raise ValueError(f"Expected 8 or 16 bits for a palette; received {file.BitsAllocated}.")
    colors = pixels.apply_color_lut(np.arange(2**file.BitsAllocated, dtype=f"uint{file.BitsAllocated}"), file)
    # Tables of 16 bits hold bytes at times, in the lower half or in the upper.
    return _luma(np.asarray(colors if colors.max() < 256 else colors >> 8, np.uint8)[None])[0]
