"""Folders that commands are given: understood and tried before the work, not after it."""

import argparse
import os
from pathlib import Path

from neuroscan import config


def path(text: str) -> Path:
    """Read a path from a command line: of `--output=~/masks` a shell leaves the ~ for us to understand."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: nobody's home folder is called so") from error


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add --models."""
    parser.add_argument("--models", type=path, default=config.weights_dir(), help="folder of models (%(default)s)")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data."""
    parser.add_argument("--data", type=path, default=config.data_dir(), help="folder of data sets (%(default)s)")


def make_writable(folder: Path, flag: str) -> None:
    """Make a folder, with those above it, or see that it can be written to.

    Args:
        folder: where results will lie.
        flag: the option that named it, for the error.

    Raises:
        ValueError: it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{flag} {folder} cannot be made ({error.strerror}); name another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"{flag} {folder} may not be written to; name another folder")
