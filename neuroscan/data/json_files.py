"""JSON files that others may have written, or damaged: read into values that every page can show and count with."""

import json
import math
from pathlib import Path
from typing import Any

_MAX_NUMBER = 10**15


def read(path: Path) -> Any:
    """Read a JSON file.

    Args:
        path: of the file, UTF-8, with or without a byte order mark.

    Returns:
        Its values, as `json.loads` gives them.

    Raises:
        ValueError: it cannot be opened, is no JSON, is nested too deep, or holds text that nobody can write out (half
            a surrogate pair) or a number that is not finite or beyond 10^15.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Editors on Windows put a mark before it.
        values = json.loads(text, parse_int=_whole, parse_float=_number, parse_constant=_number)
        json.dumps(values, ensure_ascii=False).encode()
    except OSError as error:
        raise ValueError(error.strerror) from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except UnicodeEncodeError as error:
        raise ValueError("it holds text that cannot be written out") from error
    return values


def _number(text: str) -> float:
    """A finite number."""
    value = float(text)
    if not math.isfinite(value) or abs(value) > _MAX_NUMBER:
        raise ValueError(f"it holds the number {text[:20]}; expected finite ones up to 10^15")
    return value


def _whole(text: str) -> int:
    """A whole number: measured first, as Python takes long over thousands of digits."""
    _number(text)
    return int(text)
