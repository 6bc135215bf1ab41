"""Publish a finished model to the folder that the app reads."""

import shutil
from pathlib import Path

from neuroscan.inference.card import CARD_FILE


def publish(staging: Path, target: Path) -> None:
    """Copy a finished model from its staging folder to the app's; nothing is replaced before all is copied.

    Raises:
        OSError: a file cannot be read or written.
    """
    target.mkdir(parents=True, exist_ok=True)
    # The card comes last: until then it speaks of another network than lies beside it, and the app says so.
    files = sorted((path for path in staging.iterdir() if path.is_file()), key=lambda path: path.name == CARD_FILE)
    parts = {path: target / f".{path.name}.part" for path in files}
    try:
        for path, part in parts.items():
            shutil.copy(path, part)
        for path, part in parts.items():
            part.replace(target / path.name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
