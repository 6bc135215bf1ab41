"""What kind of file bytes are, by the bytes themselves, whatever the file's name ends in."""

from collections.abc import Collection

from neuroscan.data.refusals import check_bytes, refusal

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"II+\x00": "TIFF",
    b"MM\x00+": "TIFF",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"RIFF": "RIFF (WebP or AVI)",
    b"%PDF": "PDF",
    b"PK\x03\x04": "ZIP",
    b"\x1f\x8b": "gzip",
}
"""What files start with, and what they are then: those that are read, and common ones to name in errors."""


def kind(data: bytes, name: str, *, read: Collection[str], accepted: str) -> str:
    """Say what a file is; refuse it unless it can be read.

    Args:
        data: the whole file.
        name: what to call it in errors.
        read: kinds that can be read.
        accepted: those kinds in words.

    Returns:
        One of `read`.

    Raises:
        ValueError: if the file is empty, too large or of another kind.

    Example:
        >>> kind(b"BM...", "scan.png", read=("PNG", "BMP"), accepted="pictures")
        'BMP'
    """
    check_bytes(len(data), name)
    if not data:
        raise refusal(name, "an empty file", accepted)
    # DICOM first: the 128 bytes before its mark are free, and may be the start of a TIFF.
    is_dicom = data[128:132] == b"DICM"
    detected = "DICOM" if is_dicom else next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if detected is None or detected not in read:
        raise refusal(name, f"a {detected} file" if detected else _describe_content(data), accepted)
    return detected


def _describe_content(data: bytes) -> str:
    """Name the content of a file that starts like no known format."""
    start = data[:512]
    is_text = all(byte >= 32 or byte in b"\t\r\n" for byte in start)
    return "text" if is_text else f"a file of an unknown kind (first bytes {start[:4].hex(' ')})"
