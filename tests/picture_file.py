"""Picture files made for tests, by Pillow."""

import io

import numpy as np
from PIL import Image


def picture(values: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    """A file of a kind, such as "PNG", that holds these pixels."""
    buffer = io.BytesIO()
    (values if isinstance(values, Image.Image) else Image.fromarray(values)).save(buffer, kind, **options)
    return buffer.getvalue()


def labelled(indices: np.ndarray, palette: list[int]) -> Image.Image:
    """A picture of palette indices."""
    image = Image.fromarray(indices, "P")
    image.putpalette(palette)
    return image
