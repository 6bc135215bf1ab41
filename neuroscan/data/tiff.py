"""TIFF pages as they are stored: all headers are checked first, then one page is decoded at a time.

tifffile reads headers (without a further package it cannot unpack LZW), Pillow pages of up to 8 bits a sample, OpenCV
deeper ones, of which Pillow would keep the upper byte or nothing.
"""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from operator import index
from typing import Any, cast

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import TiffImagePlugin

from neuroscan import config
from neuroscan.data.bitdepth import white_level
from neuroscan.data.refusals import check_room, check_size, decode_errors, refusal

# They log each tag and strip that they stumble over; what cannot be read is refused in a sentence.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True)
class _Header:
    """What must be known of a page before it is decoded."""

    width: int
    height: int
    samples: int
    bits: int
    tile: tuple[int, int] | None
    is_float: bool
    is_unsigned: bool
    is_in_planes: bool
    is_whole: bool
    photometric: int

    @property
    def is_deep(self) -> bool:
        """Whether samples are more than plain bytes; 9 to 15 are packed; OpenCV would scale 12 up to 16."""
        return self.bits in (16, 32, 64) or not self.is_unsigned

    @property
    def bytes_needed(self) -> int:
        """Memory that the page takes until the file is done: shallow pages are made grey one at a time."""
        return self.width * self.height * (self.samples * self.bits // 8 if self.is_deep else 1)


def pages(data: bytes, name: str) -> Iterator[PillowImage.Image | NDArray[Any]]:
    """Decode a TIFF page by page, turned upright, zero black.

    Args:
        data: the whole file.
        name: what to call it in errors.

    Yields:
        For a page of up to 8 bits a sample the Pillow picture, for a deeper one its samples: any type but uint8,
        shape (H, W) or (H, W, 3), red first, alpha left out.

    Raises:
        ValueError: if the file is damaged or cut off, passes a limit of `config`, or stores its samples in a way
            that is not read.
    """
    with decode_errors(name, "TIFF"):
        headers = _headers(data)
    _check(headers, name)
    if headers[0].is_deep:
        with decode_errors(name, "TIFF"):
            decoded = _deep_pages(data, headers)
        yield from decoded
        return
    with decode_errors(name, "TIFF"):
        picture = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    for number in range(len(headers)):
        with decode_errors(name, "TIFF"):
            picture.seek(number)
            picture.load()
            # 12 bits come unpacked in 16.
            page = np.array(picture) if picture.mode.startswith("I;16") else picture.copy()
        yield page


def _headers(data: bytes) -> list[_Header]:
    """List the headers of the pages, at most one more than is accepted."""
    headers: list[_Header] = []
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        while len(headers) <= config.MAX_FRAMES:
            try:
                page = cast(tifffile.TiffPage, file.pages[len(headers)])
            except IndexError:
                # tifffile stops at a page that it cannot reach: without this, a file cut off would seem a short one.
                end = file.pages.next_page_offset or len(data)
                if any(data[end : end + file.tiff.offsetsize]) or end >= len(data):
                    raise
                break
            headers.append(_header(page, len(data)))
    return headers


def _header(page: tifffile.TiffPage, size: int) -> _Header:
    """Take what counts from a page of a file of `size` bytes."""
    starts, counts = page.dataoffsets, page.databytecounts
    is_whole = len(starts) == len(counts) == np.prod(page.chunked) and all(
        start > 0 and count > 0 and start + count <= size for start, count in zip(starts, counts, strict=True)
    )
    # A damaged tag can hold several numbers where one belongs; `index` raises then.
    return _Header(
        width=index(page.imagewidth),
        height=index(page.imagelength),
        samples=index(page.samplesperpixel),
        bits=index(page.bitspersample),
        tile=(index(page.tilewidth), index(page.tilelength)) if page.is_tiled else None,
        is_float=page.sampleformat == 3,
        is_unsigned=page.sampleformat == 1,
        is_in_planes=page.planarconfig != 1,
        is_whole=is_whole,
        photometric=index(page.photometric),
    )


def _check(headers: list[_Header], name: str) -> None:
    """Refuse too many pages, too large ones, and those that would be misread."""
    if not headers:
        raise refusal(name, "a TIFF file without a page")
    if len(headers) > config.MAX_FRAMES:
        found = f"more than {config.MAX_FRAMES:,} pages"
        raise refusal(name, found, f"files of up to {config.MAX_FRAMES:,} pages")
    for header in headers:
        check_size(header.width, header.height, name)
        if header.tile:
            check_size(*header.tile, name)
        if header.is_deep != headers[0].is_deep:
            raise refusal(name, "pages of 8 bits a sample and of more in one file", "files of pages that are alike")
        if header.is_deep:
            _check_samples(header, name)
    check_room(sum(header.bytes_needed for header in headers), name)


def _check_samples(header: _Header, name: str) -> None:
    """Refuse deep pages that OpenCV would misread: data missing, half floats, planes, palettes, other colour spaces."""
    if not header.is_whole:
        # Pillow looks for itself; OpenCV would hand out memory that nothing was written to.
        raise refusal(name, "a TIFF file without all its data (damaged or cut off)", "whole files")
    if header.is_float and header.bits < 32:
        raise refusal(name, f"{header.bits}-bit floats", "pictures of 8-bit, 16-bit or 32-bit float samples")
    in_planes = header.samples > 1 and header.is_in_planes
    if header.samples not in (1, 3, 4) or in_planes or header.photometric not in (0, 1, 2):
        found = f"{header.samples} {header.bits}-bit samples a pixel in an order or colour space that is not read"
        raise refusal(name, found, "grey, RGB and RGBA pages with the samples of a pixel side by side")


def _deep_pages(data: bytes, headers: list[_Header]) -> list[NDArray[Any]]:
    """Read all pages with OpenCV, which turns them upright but leaves zero as it is, unless samples are bytes.

    All at once: it walks from the first page to the one that is asked for.
    """
    is_read, decoded = cv2.imdecodemulti(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if not is_read or len(decoded) != len(headers):
        raise ValueError(f"Expected {len(headers)} pages; received {len(decoded)}.")
    colors = [values if values.ndim == 2 else values[..., 2::-1] for values in decoded]
    white, is_below_zero = white_level(colors), any(values.min() < 0 for values in colors)
    return [
        _turned(values, white, is_below_zero=is_below_zero) if header.photometric == 0 and header.bits > 8 else values
        for values, header in zip(colors, headers, strict=True)
    ]


def _turned(values: NDArray[Any], white: float, *, is_below_zero: bool) -> NDArray[Any]:
    """Make samples black that were white, and the other way round; all pages of a file alike."""
    if values.dtype.kind != "f":
        if is_below_zero:
            return ~values  # Differences may not fit in the type.
        white = min(white, np.iinfo(values.dtype).max)  # 65,535, which signed samples cannot have.
    return (white - values).astype(values.dtype)
