"""Names of data sets, readers and frames as names of files: safe, and never two for one."""

import hashlib

from neuroscan.data import codecs

_LONGEST_BYTES = 120


def reader_name(name: str) -> str:
    """Make a reader's name safe, which is how it is shown and kept; "" stays "".

    Example:
        >>> reader_name(" ../<Ann> ")
        '_Ann_'
    """
    return file_name(codecs.safe_name(name.strip())) if name.strip() else ""


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
