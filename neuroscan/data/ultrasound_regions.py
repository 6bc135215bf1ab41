"""Regions of a DICOM ultrasound picture: which parts of it are tissue, and how large a pixel of them is.

References:
    DICOM PS3.3, C.8.5.5 "US Region Calibration Module".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pydicom

from neuroscan.data.refusals import refusal
from neuroscan.types import Mask, Spacing

_2D, _CM, _LOW_PRIORITY = 1, 3, 1
"""Region Spatial Format, Physical Units, and the bit of Region Flags for a region that others may cover."""

_SPACING_MM, _MAX_ASPECT = (0.001, 5.0), 10
"""Pixels that ultrasound can have: the range of their sides, and how many times longer one may be."""

_MAX_REGIONS = 100
"""In a whole file; machines write a handful."""


@dataclass(frozen=True)
class Region:
    """A part of the frame: its rows and columns, whether it is a two-dimensional picture, and its spacing, if known."""

    rows: slice
    columns: slice
    is_2d: bool
    may_be_covered: bool
    spacing: Spacing | None

    def lies_in(self, shape: tuple[int, int]) -> bool:
        """Whether it has an extent and lies in a frame of this shape; some machines count its last pixel from 1."""
        sides = zip((self.rows, self.columns), shape, strict=True)
        return all(0 <= part.start < part.stop - 1 <= side for part, side in sides)


def read(file: pydicom.Dataset, shape: tuple[int, int], name: str) -> list[Region]:
    """Read the Sequence of Ultrasound Regions.

    Args:
        file: the DICOM file, parsed.
        shape: (H, W) of its frames.
        name: what to call it in errors.

    Returns:
        The regions; none where any of them is damaged or does not lie in the frame.

    Raises:
        ValueError: there are more than 100.
    """
    regions, count = [], 0
    try:
        items = file.get("SequenceOfUltrasoundRegions") or ()
        count = len(items)
        if count <= _MAX_REGIONS:
            regions = [_region(item) for item in items]
    except Exception:  # Damaged values raise a dozen types, and a picture without calibration is still one.
        return []
    if count > _MAX_REGIONS:
        raise refusal(name, f"{count:,} ultrasound regions", f"DICOM files of up to {_MAX_REGIONS} of them")
    return regions if all(region.lies_in(shape) for region in regions) else []


def _region(item: pydicom.Dataset) -> Region:
    """Read an item of the Sequence of Ultrasound Regions."""
    is_2d = item.get("RegionSpatialFormat") == _2D
    top, bottom, left, right = (
        int(item[f"RegionLocation{edge}"].value) for edge in ("MinY0", "MaxY1", "MinX0", "MaxX1")
    )
    may_be_covered = bool(int(item.get("RegionFlags") or 0) & _LOW_PRIORITY)
    spacing = None
    if is_2d and {item.get(f"PhysicalUnits{way}Direction") for way in "YX"} == {_CM}:
        # The sign says which way an axis points.
        down, across = (10 * abs(float(item[f"PhysicalDelta{way}"].value)) for way in "YX")
        low, high = _SPACING_MM
        if low <= min(down, across) and max(down, across) <= min(high, _MAX_ASPECT * min(down, across)):
            spacing = (down, across)
    return Region(slice(top, bottom + 1), slice(left, right + 1), is_2d, may_be_covered, spacing)


def picture_mask(regions: Sequence[Region], shape: tuple[int, int]) -> Mask | None:
    """What lies in two-dimensional pictures, shape (H, W); None where there are none, and frames stay whole."""
    if not any(region.is_2d for region in regions):
        return None
    # Those that others may cover first, then those others, then what nothing covers.
    mask = np.zeros(shape, np.bool_)
    for region in sorted(regions, key=lambda region: (not region.may_be_covered, region.is_2d)):
        mask[region.rows, region.columns] = region.is_2d
    return mask


def spacing(regions: Sequence[Region]) -> Spacing | None:
    """Millimetres a pixel, (row, column), that all two-dimensional pictures share, or None."""
    spacings = {region.spacing for region in regions if region.is_2d}
    return spacings.pop() if len(spacings) == 1 else None
