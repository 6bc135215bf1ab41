"""The array types that every room shares. Row comes before column, as in NumPy."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""A grey frame, shape (H, W), 0 black to 255 white."""

Mask: TypeAlias = NDArray[np.bool_]
"""Where the nerve is, shape (H, W), True = nerve."""

Probability: TypeAlias = NDArray[np.float32]
"""How likely each pixel is nerve, shape (H, W) at the frame's own size, in [0, 1]."""

ColorImage: TypeAlias = NDArray[np.uint8]
"""A colour picture for the screen, shape (H, W, 3), red first."""

Spacing: TypeAlias = tuple[float, float]
"""Millimetres a pixel, (row, column)."""
