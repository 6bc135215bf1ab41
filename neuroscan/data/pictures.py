"""PNG, JPEG, TIFF and BMP bytes to grey frames or labels: checked from the header first, then decoded.

Pillow reads them: it knows all their palettes and colour spaces, and refuses what is cut off, at the speed of OpenCV
(3.4 against 2.9 ms for a 580x420 PNG). Only what it would lose, 16-bit colour, goes to OpenCV.
"""

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, ImageChops, ImageOps, Jpeg2KImagePlugin, JpegImagePlugin, PngImagePlugin
from PIL import Image as PillowImage

from neuroscan.data import tiff
from neuroscan.data.bitdepth import to_bytes
from neuroscan.data.refusals import check_size, decode_errors, refusal
from neuroscan.types import Image, Mask

# Pillow warns of what it reads past in damaged files, which is noise in a log: it is read or refused. Once and for all
# here, as `warnings.catch_warnings` around a call would change the filters under other threads.
warnings.filterwarnings("ignore", category=UserWarning, module="PIL")

# Plugins are called directly: Image.open tries formats that are not accepted, and warns before sizes can be checked.
_PLUGINS: dict[str, Callable[[io.BytesIO], PillowImage.Image]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "JPEG 2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
}

_MAX_LABEL = 31
"""Grey levels over this are shades of a drawing rather than numbers of labels."""

KINDS = ("PNG", "JPEG", "BMP", "TIFF")
"""Kinds of file that are read here; JPEG 2000 is met in DICOM files alone."""


def grey_pages(data: bytes, name: str, kind: str, *, is_rgb: bool = False) -> list[Image]:
    """Decode a picture file to grey frames; the rules stand at `codecs.decode`.

    Args:
        data: the whole file.
        name: what to call it in errors.
        kind: one of `KINDS`, or "JPEG 2000".
        is_rgb: the colours of a JPEG that does not say which they are: red, green and blue, where else they would be
            taken for luma and chroma.

    Returns:
        The pages in file order, each of shape (H, W): one, unless a TIFF holds more.

    Raises:
        ValueError: if the file is damaged or cut off, passes a limit of `config`, or stores its samples in a way
            that is not read.
    """
    # Shallow pages are made grey at once: the colours of many pages would fill the memory.
    pages = _pages(data, name, kind, is_rgb=is_rgb)
    frames = [page if isinstance(page, np.ndarray) else _grey(page, name) for page in pages]
    if any(page.dtype != np.uint8 for page in frames):
        try:
            frames = to_bytes(frames)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return [page if page.ndim == 2 else _grey(PillowImage.fromarray(page), name) for page in frames]


def stored_shape(data: bytes, name: str, kind: str) -> tuple[int, int]:
    """Size (H, W) that a picture says it is stored in, before it is turned upright; no pixel is unpacked.

    Args:
        data: the whole file.
        name: what to call it in errors.
        kind: one of `KINDS` but TIFF, or "JPEG 2000".

    Raises:
        ValueError: if its header is damaged or passes a limit of `config`.
    """
    picture = _opened(data, name, kind)
    return picture.height, picture.width


def label_mask(data: bytes, name: str, kind: str, label: int) -> Mask:
    """Decode a picture of labels to a mask; the rules stand at `codecs.decode_mask`.

    Args:
        data: the whole file.
        name: what to call it in errors.
        kind: "PNG", "JPEG", "BMP" or "TIFF".
        label: which label is the nerve.

    Returns:
        Shape (H, W).

    Raises:
        ValueError: as `grey_pages`; also for more than one page, or colours without a palette.
    """
    pages = _pages(data, name, kind)
    picture = next(pages)
    if next(pages, None) is not None:
        raise refusal(name, "more than one page", "masks of one page")
    if isinstance(picture, PillowImage.Image) and picture.mode == "P":
        indices, palette = np.array(picture), np.array(picture.getpalette("RGB")).reshape(-1, 3)
        if {tuple(color) for color in palette.tolist()} == {(0, 0, 0), (255, 255, 255)}:
            return np.array(picture.convert("L")) == 255
        if (palette != np.arange(len(palette))[:, None]).any():
            return _by_palette(indices, palette, label, name)
        picture = picture.convert("L")
    values = _one_channel(picture, name)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise refusal(name, "values that are not finite", "masks of finite values")
    if values.dtype == np.bool_:
        return values
    if kind == "JPEG":
        # Black stays black in a JPEG: what is faint all over was drawn so, and blurred.
        if 0 < values.max() < 128:
            raise refusal(name, f"a JPEG of grey levels up to {values.max()}", "JPEG masks of 0 and 255")
        return values >= 128
    if values.dtype.kind == "f" or values.max() >= 128:
        return (values > 0) & (values >= values.max() / 2)
    if values.max() > _MAX_LABEL and not (values == label).any():
        raise refusal(name, f"grey levels up to {values.max()}, and no label {label}", "0 and 255, or labels")
    return values == label


def _by_palette(indices: Image, palette: NDArray[Any], label: int, name: str) -> Mask:
    """Nerve by its label; or by white, where a palette of more colours than there are labels lends black and white."""
    used = np.unique(indices)
    if used[-1] <= _MAX_LABEL or label in used:
        return indices == label
    painted = used[-1] < len(palette) and {tuple(color) for color in palette[used].tolist()}
    if not painted or not painted <= {(0, 0, 0), (255, 255, 255)}:
        raise refusal(name, f"palette indices up to {used[-1]}, and no label {label}", "0 and 255, or labels")
    return np.asarray(palette[indices, 0] == 255)


def _pages(data: bytes, name: str, kind: str, *, is_rgb: bool = False) -> Iterator[PillowImage.Image | NDArray[Any]]:
    """Decode pages, turned upright: Pillow's picture, or the samples where they are deeper than 8 bits."""
    if kind == "TIFF":
        yield from tiff.pages(data, name)
        return
    picture = _opened(data, name, kind)
    with decode_errors(name, kind):
        as_stored = is_rgb and picture.mode == "RGB" and not {"jfif", "adobe_transform"} & set(picture.info)
        if as_stored:
            picture.draft("YCbCr", picture.size)  # What Pillow takes them for: nothing is converted.
        picture.load()
        if picture.mode == "P" and not picture.getpalette("RGB"):
            raise ValueError("There is no palette.")  # Pillow goes on, and fails later or makes it all black.
        if as_stored:
            picture = PillowImage.frombytes("RGB", picture.size, picture.tobytes())
        ImageOps.exif_transpose(picture, in_place=True)
        is_deep_color = kind == "PNG" and data[24] == 16 and data[25] != 0  # IHDR: bits, and colour type 0 is grey
        page = _deep_color(data) if is_deep_color else picture
    yield np.array(page) if picture.mode.startswith("I;16") else page


def _opened(data: bytes, name: str, kind: str) -> PillowImage.Image:
    """Read the header of a picture that is no TIFF, and check its size; pixels stay packed."""
    with decode_errors(name, kind):
        picture = _PLUGINS[kind](io.BytesIO(data))
    check_size(picture.width, picture.height, name)
    return picture


def _deep_color(data: bytes) -> NDArray[Any]:
    """Read a 16-bit colour PNG, of which Pillow would keep the upper bytes, red first and without alpha.

    OpenCV does not look whether the file is whole: Pillow has done so before.
    """
    values = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH)
    if values is None:
        raise ValueError("OpenCV cannot decode the picture.")
    return values


def _grey(picture: PillowImage.Image, name: str) -> Image:
    """Make a shallow picture grey: colours by their luma (ITU-R BT.601), see-through pixels laid over black.

    Grey keeps its values, whether stored as grey, as colour or through a palette. A picture that is see-through
    everywhere is taken as if it were solid: some programs leave alpha at zero.
    """
    if not picture.has_transparency_data:
        return np.array(picture if picture.mode == "L" else _converted(picture, "L", name))
    picture = _converted(picture, "RGBA", name)
    luma, alpha = picture.convert("L"), picture.getchannel("A")
    return np.array(luma if alpha.getextrema() == (0, 0) else ImageChops.multiply(luma, alpha))


def _converted(picture: PillowImage.Image, mode: str, name: str) -> PillowImage.Image:
    """Change the colour space of a picture; refuse one that Pillow cannot change."""
    try:
        return picture.convert(mode)
    except ValueError as error:
        raise refusal(name, f"colours stored as {picture.mode}", "pictures in grey, RGB or with a palette") from error


def _one_channel(picture: PillowImage.Image | NDArray[Any], name: str) -> NDArray[Any]:
    """Take the values of a mask: those of a grey picture, or of channels that are all equal."""
    if isinstance(picture, PillowImage.Image):
        if picture.mode in ("1", "L"):
            return np.array(picture)
        values: NDArray[Any] = np.asarray(_converted(picture, "RGB", name))
        is_grey, single = (values == values[..., :1]).all(), _grey(picture, name)
    else:
        is_grey = picture.ndim == 2 or (picture == picture[..., :1]).all()
        single = picture if picture.ndim == 2 else picture[..., 0]
    if not is_grey:
        raise refusal(name, "a mask in colours", "masks in grey (0 and 255) or with a palette of labels")
    return single
