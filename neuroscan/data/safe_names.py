"""Names made safe for pages and disks; as names of files, never one for two frames, readers or data sets."""

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

_MAX_BYTES = 120


def safe_name(name: str) -> str:
    """Make a file name that does no harm on a page or a disk.

    Keeps what stands after the last slash or backslash, at most its last 120 characters; anything but letters,
    digits, spaces and `._-()` becomes `_`; dots and spaces at the ends go.

    Args:
        name: as it came.

    Returns:
        The safe name, "unnamed" if nothing is left.

    Example:
        >>> safe_name("../../etc/<script>.png")
        '_script_.png'
    """
    base = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    return "".join(c if _is_safe(c) else "_" for c in base)[-120:].strip(" .") or "unnamed"


def _is_safe(character: str) -> bool:
    """Whether a character is a letter, its accent, a digit, or one of ` ._-()`."""
    return unicodedata.category(character)[0] in "LMN" or character in " ._-()"


def reader_name(name: str) -> str:
    """Make a reader's name safe, which is how it is shown and kept; "" stays "".

    Example:
        >>> reader_name(" <Ann>/1 ")
        '_Ann__1'
    """
    whole = re.sub(r"[/\\]", "_", name.strip())  # Else what stands before it would go, and Ann/1 be Ben/1.
    return file_name(safe_name(whole)) if whole else ""


def file_name(name: str) -> str:
    """Make a name safe for a file; a name that had to change gets the start of its SHA-256, so that none collide.

    Example:
        >>> file_name("1_12"), file_name("../1_12")
        ('1_12', '1_12-660a2ff7')
    """
    safe = safe_name(name)
    if safe == name and len(safe.encode()) <= _MAX_BYTES:
        return name
    mark = f"-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    while len(safe.encode()) > _MAX_BYTES - len(mark):
        safe = safe[:-1]
    return safe + mark
