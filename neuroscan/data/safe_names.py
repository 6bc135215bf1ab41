"""Names of data sets, readers and frames as names of files: safe, and never one for two frames or data sets."""

import hashlib
import re

from neuroscan.data import codecs

_LONGEST_BYTES = 120


def reader_name(name: str) -> str:
    """Make a reader's name safe, which is how it is shown and kept; "" stays "".

    Example:
        >>> reader_name(" <Ann>/1 ")
        '_Ann__1'
    """
    whole = re.sub(r"[/\\]", "_", name.strip())  # Else what stands before it would go, and Ann/1 be Ben/1.
    return file_name(codecs.safe_name(whole)) if whole else ""


def file_name(name: str) -> str:
    """Make a name safe for a file; a name that had to change gets the start of its SHA-256, so that none collide.

    Example:
        >>> file_name("1_12"), file_name("../1_12")
        ('1_12', '1_12-660a2ff7')
    """
    safe = codecs.safe_name(name)
    if safe == name and len(safe.encode()) <= _LONGEST_BYTES:
        return name
    mark = f"-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    while len(safe.encode()) > _LONGEST_BYTES - len(mark):
        safe = safe[:-1]
    return safe + mark
