"""Samples of more than 8 bits to 8-bit frames, by one rule for all pages of a file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 1e-3  # How far above 1 a picture in [0, 1] may stray through resampling.


def to_bytes(pages: Sequence[NDArray[Any]]) -> list[NDArray[np.uint8]]:
    """Scale deep samples to 0…255, black staying black, with one scale for all pages of a file.

    The value that becomes 255 (white) is, for whole numbers without a sign:

    - 65,535 where the picture uses its 16 bits: its largest value is 32,768 or more, or all its values are multiples
      of 257, which is how 8-bit pictures are stored in 16 bits; those come back exactly;
    - else its own largest value, as 10, 12 or 14-bit data in 16 bits, and 32-bit data, need.

    For floats: 1 where no value is above 1; 255 where none is above 255 (values are kept, rounded); else their own
    largest value. Where any value is below zero, whole or float, the smallest becomes 0 and the largest 255.

    Args:
        pages: arrays of whole or float numbers, any shape.

    Returns:
        Arrays of the same shapes, in the same order.

    Raises:
        ValueError: if the pages differ in type, or any value is not finite.

    Example:
        >>> to_bytes([np.array([[0, 257, 65535]], np.uint16), np.array([[0.0, 0.5, 1.0]])])
        Traceback (most recent call last):
        ...
        ValueError: Expected pages of one type of number; received float64 and uint16. Save them alike.
        >>> to_bytes([np.array([[0, 257, 65535]], np.uint16)])
        [array([[  0,   1, 255]], dtype=uint8)]
        >>> to_bytes([np.array([[0.0, 0.5, 1.0]])])
        [array([[  0, 128, 255]], dtype=uint8)]
    """
    kinds = sorted({str(page.dtype) for page in pages})
    if len(kinds) > 1:
        raise ValueError(f"Expected pages of one type of number; received {' and '.join(kinds)}. Save them alike.")
    smallest, largest = float(np.min([page.min() for page in pages])), float(np.max([page.max() for page in pages]))
    black, white = (smallest, largest) if smallest < 0 else (0.0, white_level(pages))
    reach = white - black
    if not np.isfinite([smallest, largest, reach]).all():
        raise ValueError("Expected finite values; received NaN, infinity or near it. Replace them and save again.")
    reach = reach or 1.0  # A picture of one value below zero has no reach, and is black.
    if kinds == ["uint16"]:
        # Looking values up costs a tenth of the time and memory of working them out pixel by pixel.
        table = _scaled(np.arange(2**16), black, reach)
        return [table[page] for page in pages]
    return [_scaled(page, black, reach) for page in pages]


def white_level(pages: Sequence[NDArray[Any]]) -> float:
    """Say which value becomes 255 where no value is below zero: the rule of `to_bytes`.

    Args:
        pages: arrays of one type of number, any shape.

    Returns:
        The value.

    Example:
        >>> white_level([np.array([0, 4095], np.uint16)])
        4095.0
    """
    largest = max(float(page.max()) for page in pages)
    if pages[0].dtype.kind == "f":
        return next((level for level in (1.0, 255.0) if largest <= level + _ROUNDING), largest)
    is_wide = pages[0].dtype.itemsize > 1  # NumPy divides no byte by 257.
    full = 32_768 <= largest <= 65_535 or (is_wide and not any((page % 257).any() for page in pages))
    return 65_535.0 if full and largest <= 65_535 else largest


def _scaled(values: NDArray[Any], black: float, reach: float) -> NDArray[np.uint8]:
    """Move `black` to 0 and `black + reach` to 255, rounded, in one temporary array."""
    scaled = np.subtract(values, black, dtype=np.float64)
    # Divided first: multiples of 257 come out whole, and neither huge nor tiny ranges overflow.
    scaled /= reach
    scaled *= 255.0
    return np.rint(scaled, out=scaled).clip(0, 255, out=scaled).astype(np.uint8)
