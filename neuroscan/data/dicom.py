"""DICOM files to grey frames, with the spacing that the ultrasound machine itself has written down.

Only pixels and their calibration are taken: names, dates and whatever else a file tells of a person stay in it.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image as PillowImage
from pydicom import pixels
from pydicom.uid import DeflatedExplicitVRLittleEndian

from neuroscan import config
from neuroscan.data.bitdepth import to_bytes
from neuroscan.data.refusals import check_room, check_size, damage_told, refusal
from neuroscan.types import Image, Spacing

_READ = "DICOM files without compression or with RLE, JPEG or JPEG 2000"
_2D, _CM = 1, 3
"""Codes of Region Spatial Format and Physical Units."""


@dataclass(frozen=True)
class _Region:
    """A two-dimensional picture within the frame: its rows and columns, and its spacing where the unit is known."""

    rows: slice
    columns: slice
    spacing: Spacing | None


def read(data: bytes, name: str) -> tuple[list[Image], Spacing | None]:
    """Decode the frames of a DICOM file.

    Grey as `codecs.decode` makes it; where white is stored as zero (MONOCHROME1) it is turned round. Lookup tables for
    display (windows) are not applied. Where the file says which regions of the frame are two-dimensional pictures, all
    else is black: names, scales and curves there are no tissue, and spacing does not hold for them.

    Spacing is that of these regions (Sequence of Ultrasound Regions), and known only where all of them have the same,
    in centimetres, and lie in the frame: of a picture made smaller afterwards they tell nothing. Pixel
    Spacing, which is no part of DICOM's ultrasound pictures, is not believed.

    Args:
        data: the whole file.
        name: what to call it in errors.

    Returns:
        The frames, each of shape (H, W); and millimetres a pixel, (row, column), or None.

    Raises:
        ValueError: if the file is damaged or cut off, holds no picture, passes a limit of `config`, or is compressed in
            a way that is not read.

    References:
        DICOM PS3.3, C.8.5.5 "US Region Calibration Module".
    """
    if DeflatedExplicitVRLittleEndian.encode() in data:
        # It would unpack as a whole, to any size, before there is a header to look at.
        raise refusal(name, "a deflated DICOM file", _READ)
    with damage_told(name, "DICOM"):
        file = pydicom.dcmread(io.BytesIO(data))
        syntax = file.file_meta.TransferSyntaxUID
        width, height = int(file.get("Columns", 0)), int(file.get("Rows", 0))
        count = int(file.get("NumberOfFrames") or 1)
        samples, bits = int(file.get("SamplesPerPixel", 1)), int(file.get("BitsAllocated", 8))
        regions = [region for item in file.get("SequenceOfUltrasoundRegions") or () if (region := _region(item))]
    if "PixelData" not in file:
        raise refusal(name, "a DICOM file without a picture")
    check_size(width, height, name)
    if not 1 <= count <= config.MAX_FRAMES:
        raise refusal(name, f"{count:,} frames", f"files of 1 to {config.MAX_FRAMES:,} frames")
    # Frames of bytes are made grey one at a time.
    check_room(width * height * count * (samples * bits // 8 if bits > 8 else 1), name)
    if not _is_decoded(syntax):
        raise refusal(name, f"a DICOM file compressed as {syntax.name}", _READ)
    with damage_told(name, "DICOM"):
        images = _grey(file)
    if len(images) != count or any(image.shape != (height, width) for image in images):
        raise refusal(name, "a DICOM file whose frames are not as its header says", "whole files")
    if any(region.rows.stop - 1 > height or region.columns.stop - 1 > width for region in regions):
        regions = []  # Somebody made the picture smaller and left the regions, which now say a wrong size.
    return [_only(image, regions) for image in images], _spacing(regions)


def _is_decoded(uid: str) -> bool:
    """Whether a transfer syntax can be decoded with what is installed."""
    try:
        return pixels.get_decoder(uid).is_available
    except NotImplementedError:
        return False


def _grey(file: pydicom.Dataset) -> list[Image]:
    """Decode all frames to grey."""
    found = list(_decoded(file))
    if any(frame.dtype != np.uint8 for frame in found) or int(file.get("BitsStored") or 8) < 8:
        found = to_bytes(found)
    grey = [frame if frame.ndim == 2 else np.array(PillowImage.fromarray(frame).convert("L")) for frame in found]
    return [255 - frame for frame in grey] if file.PhotometricInterpretation == "MONOCHROME1" else grey


def _decoded(file: pydicom.Dataset) -> Iterator[NDArray[Any]]:
    """Decode frame by frame: shape (H, W), or (H, W, 3) red first; shallow colours are made grey at once."""
    for frame in pixels.iter_pixels(file):
        if file.PhotometricInterpretation == "PALETTE COLOR":
            frame = pixels.apply_color_lut(frame, file)
        is_shallow_color = frame.ndim == 3 and frame.dtype == np.uint8
        yield np.array(PillowImage.fromarray(frame).convert("L")) if is_shallow_color else frame


def _region(item: pydicom.Dataset) -> _Region | None:
    """Read an item of the Sequence of Ultrasound Regions; None unless it is a two-dimensional picture."""
    top, bottom = (int(item.get(f"RegionLocation{edge}", -1)) for edge in ("MinY0", "MaxY1"))
    left, right = (int(item.get(f"RegionLocation{edge}", -1)) for edge in ("MinX0", "MaxX1"))
    if item.get("RegionSpatialFormat") != _2D or not (0 <= top < bottom and 0 <= left < right):
        return None
    units = {item.get(f"PhysicalUnits{way}Direction") for way in "YX"}
    # The sign tells which way an axis points. Of 0, as of nothing, no size can be told.
    down, across = (10 * abs(float(item.get(f"PhysicalDelta{way}") or math.nan)) for way in "YX")
    is_known = units == {_CM} and math.isfinite(down) and math.isfinite(across)
    return _Region(slice(top, bottom + 1), slice(left, right + 1), (down, across) if is_known else None)


def _only(image: Image, regions: Sequence[_Region]) -> Image:
    """Leave what lies in regions, and make the rest black; a frame of no known region stays whole."""
    kept = np.zeros_like(image) if regions else image
    for region in regions:
        kept[region.rows, region.columns] = image[region.rows, region.columns]
    return kept


def _spacing(regions: Sequence[_Region]) -> Spacing | None:
    """The spacing that all regions share, or None."""
    found = {region.spacing for region in regions}
    return found.pop() if len(found) == 1 else None
