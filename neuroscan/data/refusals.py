"""How a file that is not read is refused: one sentence that names it, what was found and what is accepted."""

from collections.abc import Iterator
from contextlib import contextmanager

from neuroscan import config

PICTURES = "PNG, JPEG, TIFF and BMP pictures"
ACCEPTED = f"{PICTURES}, and DICOM files"

_MAX_SIDE = 65_535  # What JPEG can hold, and well within what OpenCV's PNG can.
_BYTES_PER_PIXEL = 40  # Bytes that the frames of a file may fill, for each pixel of the largest frame: 1 GB by default.


def refusal(name: str, found: str, accepted: str = ACCEPTED) -> ValueError:
    """Word the error of a file that is not read.

    Args:
        name: of the file, made safe.
        found: what it holds.
        accepted: what would be read in its place.

    Returns:
        The error, to be raised.

    Example:
        >>> refusal("notes.png", "text")
        ValueError('notes.png: found text; accepted are PNG, JPEG, TIFF and BMP pictures, and DICOM files.')
    """
    return ValueError(f"{name}: found {found}; accepted are {accepted}.")


def check_bytes(size: int, name: str) -> None:
    """Refuse a file of more than `config.MAX_BYTES`.

    Raises:
        ValueError: if it is larger.
    """
    if size > config.MAX_BYTES:
        found, accepted = f"{size / 2**20:,.0f} MiB", f"{config.MAX_BYTES / 2**20:,.0f} MiB"
        raise refusal(name, f"a file of {found}", f"files of up to {accepted}")


def check_size(width: int, height: int, name: str) -> None:
    """Refuse a picture without pixels, with more than `config.MAX_PIXELS`, or of a side over 65,535.

    Raises:
        ValueError: if it is empty or larger.
    """
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE and width * height <= config.MAX_PIXELS):
        raise refusal(
            name,
            f"a picture of {width}x{height} (width x height) pixels",
            f"pictures of 1 to {config.MAX_PIXELS:,} pixels, and of up to {_MAX_SIDE:,} a side",
        )


def check_room(needed: int, name: str) -> None:
    """Refuse a file whose frames would unpack to more memory than 40 bytes for each of `config.MAX_PIXELS`.

    Args:
        needed: bytes that all its frames take.
        name: what to call it.

    Raises:
        ValueError: if it is more.
    """
    limit = _BYTES_PER_PIXEL * config.MAX_PIXELS
    if needed > limit:
        found = f"frames that unpack to {needed / 2**20:,.0f} MiB"
        raise refusal(name, found, f"up to {limit / 2**20:,.0f} MiB in one file")


@contextmanager
def decode_errors(name: str, kind: str) -> Iterator[None]:
    """Turn whatever error a decoder raises on damaged bytes into one refusal.

    Decoders raise a dozen types on bad bytes (SyntaxError, struct.error, zlib.error, cv2.error, MemoryError…), so
    this is the one place that catches them all. Only calls into decoders belong inside.

    Raises:
        ValueError: if the body raises.
    """
    try:
        yield
    except Exception as error:
        raise refusal(
            name, f"a {kind} file that cannot be read (damaged, cut off or of a rare kind)", f"whole {ACCEPTED}"
        ) from error


def reason(error: Exception) -> str:
    """The error as a clause, without full stop or server paths."""
    return str(error.strerror if isinstance(error, OSError) else error).removesuffix(".")
