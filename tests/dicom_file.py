"""DICOM files made for tests, as an ultrasound machine would write them."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

PERSON = "Doe^Jane"


def region(place: tuple[int, int, int, int], delta_cm: tuple[float, float] = (0.01, 0.01), **other: object) -> Dataset:
    """An item of the Sequence of Ultrasound Regions: (top, bottom, left, right), and (down, across) cm a pixel."""
    item = Dataset()
    top, bottom, left, right = place
    item.RegionLocationMinY0, item.RegionLocationMaxY1 = top, bottom
    item.RegionLocationMinX0, item.RegionLocationMaxX1 = left, right
    item.RegionSpatialFormat, item.RegionDataType = 1, 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaY, item.PhysicalDeltaX = delta_cm
    for name, value in other.items():
        setattr(item, name, value)
    return item


def dicom(
    values: np.ndarray,
    *,
    regions: Sequence[Dataset] = (),
    syntax: str = ExplicitVRLittleEndian,
    **other: object,
) -> bytes:
    """Write frames as a DICOM file.

    Args:
        values: shape (H, W), (N, H, W), (H, W, 3) or (N, H, W, 3); uint8 or uint16.
        regions: from `region`.
        syntax: how pixels are packed.
        other: attributes by DICOM keyword, which win.
    """
    is_color = values.ndim > 2 and values.shape[-1] == 3
    frames = values if values.ndim == (4 if is_color else 3) else values[None]
    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == RLELossless else syntax
    file.SOPClassUID, file.SOPInstanceUID = UltrasoundMultiFrameImageStorage, generate_uid(entropy_srcs=["tests"])
    file.PatientName, file.Modality = PERSON, "US"
    file.NumberOfFrames, file.Rows, file.Columns = frames.shape[:3]
    file.SamplesPerPixel = 3 if is_color else 1
    file.PhotometricInterpretation = "RGB" if is_color else "MONOCHROME2"
    if is_color:
        file.PlanarConfiguration = 0
    file.BitsAllocated = file.BitsStored = 8 * values.itemsize
    file.HighBit, file.PixelRepresentation = 8 * values.itemsize - 1, 0
    if regions:
        file.SequenceOfUltrasoundRegions = list(regions)
    file.PixelData = frames.tobytes()
    if packed := {JPEGBaseline8Bit: jpeg, JPEG2000Lossless: jpeg_2000}.get(syntax):
        file.PixelData = encapsulate([packed(frame) for frame in frames])
        file["PixelData"].VR = "OB"
    elif syntax == RLELossless:
        file.compress(RLELossless, generate_instance_uid=False)
    for name, value in other.items():
        if value is None:
            del file[name]
        else:
            setattr(file, name, value)
    buffer = io.BytesIO()
    file.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def jpeg(frame: np.ndarray) -> bytes:
    """A JPEG of a frame, for `encapsulate`."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def jpeg_2000(frame: np.ndarray) -> bytes:
    """A lossless JPEG 2000 codestream of a frame, for `encapsulate`."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG2000", no_jp2=True, irreversible=False)
    return buffer.getvalue()
