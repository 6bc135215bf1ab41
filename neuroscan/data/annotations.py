"""Drawings made in the app, kept so that none is lost: `annotations/<source>/<reader>/<frame>_mask.png` and `.json`.

Every saving is a version of its own under `versions/`, mask first and `.json` last: a version without `.json` was never
finished. Then the two files that other programs read are put in place as copies of it. Each file is written beside its
place, synced to the disk and renamed, and writers take turns by a lock that ends with its holder; so whatever is
killed, and whenever, versions stay whole.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from neuroscan.data import atomic, codecs, json_files, layout, shapes
from neuroscan.data.safe_names import file_name
from neuroscan.data.shapes import Outline
from neuroscan.types import Mask

MASK_SUFFIX = "_mask.png"
_VERSIONS = "versions"
_LOCK_TIMEOUT_S = 10.0
"""How long a writer waits for the lock."""

_VERSION = re.compile(r"^(?P<name>.+)\.(?P<number>\d{4,})\.json$")


@dataclass(frozen=True)
class Annotation:
    """One reader's drawing of one frame.

    Attributes:
        source: data set of the frame.
        frame: its name, the file's stem.
        reader: who drew it, as `safe_names.reader_name` gives it.
        outlines: none at all says that there is no nerve.
        shape: the frame's own size (H, W).
        frame_sha256: of the frame's file, hexadecimal.
        model_shown, expert_shown, reader_shown: whether the reader had seen the model's, the expert's or another
            reader's outline of this frame before it was saved.
        time: when it was saved, UTC, ISO 8601; given by `save`.
        version: 1 for the first of this reader and frame; given by `save`.
    """

    source: str
    frame: str
    reader: str
    outlines: tuple[Outline, ...]
    shape: tuple[int, int]
    frame_sha256: str
    model_shown: bool = False
    expert_shown: bool = False
    reader_shown: bool = False
    time: str = ""
    version: int = 0

    def mask(self) -> Mask:
        """The drawing at the frame's own size, shape (H, W)."""
        return shapes.rasterise(self.outlines, self.shape)


def save(annotation: Annotation, folder: Path) -> Annotation:
    """Save a drawing as a new version, without touching those before it.

    Args:
        annotation: its `time` and `version` are not looked at.
        folder: of all annotations, such as `config.annotations_dir()`; made when it is missing.

    Returns:
        The annotation as it was saved, with time and version.

    Raises:
        ValueError: there are too many points to be read back, the folder cannot be written, or another writer does
            not let go of it.
    """
    shapes.check_count(annotation.outlines)
    mask = codecs.encode_png(annotation.mask().astype("uint8") * 255)
    reader_folder = folder_of(folder, annotation.source, annotation.reader)
    name = file_name(annotation.frame)
    with _disk_errors(folder):
        (reader_folder / _VERSIONS).mkdir(parents=True, exist_ok=True)
        with FileLock(reader_folder / ".lock", timeout=_LOCK_TIMEOUT_S):
            # Only a killed writer leaves these: the lock is ours.
            for leftover in [*reader_folder.glob(".*.part"), *(reader_folder / _VERSIONS).glob(".*.part")]:
                leftover.unlink()
            numbers = _version_numbers(reader_folder).get(name, [])
            saved = replace(
                annotation, version=max(numbers, default=0) + 1, time=datetime.now(UTC).isoformat(timespec="seconds")
            )
            record = (json.dumps(_record(saved), indent=1, ensure_ascii=False) + "\n").encode()
            files = {MASK_SUFFIX: mask, ".json": record}
            for suffix, data in files.items():
                atomic.write(_version_path(reader_folder, name, saved.version, suffix), data, sync=True)
            for suffix, data in files.items():
                _archive_foreign_file(reader_folder, name, numbers, suffix)
                atomic.write(reader_folder / (name + suffix), data, sync=True)
    return saved


def latest(folder: Path, source: str, reader: str, frame: str) -> Annotation | None:
    """Read a reader's newest drawing of a frame; None when there is none."""
    return next(iter(reversed(versions(folder, source, reader, frame))), None)


def versions(folder: Path, source: str, reader: str, frame: str) -> list[Annotation]:
    """Read all versions of a reader's drawing of a frame, oldest first; a damaged file is left out."""
    reader_folder, name = folder_of(folder, source, reader), file_name(frame)
    numbers = sorted(_version_numbers(reader_folder).get(name, []))
    drawings = []
    # A folder brought from elsewhere may hold no more than the file in front.
    for path in [_version_path(reader_folder, name, number, ".json") for number in numbers] or [
        reader_folder / f"{name}.json"
    ]:
        try:
            drawings.append(read(path))
        except ValueError:
            continue
    return drawings


def read(path: Path) -> Annotation:
    """Read the `.json` of a drawing.

    Raises:
        ValueError: it cannot be opened, or is no such file.
    """
    try:
        values = json_files.read(path)
        height, width = values["shape"]
        return Annotation(
            source=str(values["source"]),
            frame=str(values["frame"]),
            reader=str(values["reader"]),
            outlines=shapes.from_rows(values["outlines"]),
            shape=(int(height), int(width)),
            frame_sha256=str(values["frame_sha256"]),
            model_shown=bool(values["model_shown"]),
            expert_shown=bool(values["expert_shown"]),
            reader_shown=bool(values["reader_shown"]),
            time=str(values["time"]),
            version=int(values["version"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path.name} is no annotation ({type(error).__name__}: {error}); use another version of it"
        ) from error


def masks(folder: Path, source: str, reader: str) -> dict[str, Path]:
    """Find the newest mask of every frame that a reader has drawn.

    Returns:
        Paths of PNG masks by `safe_names.file_name` of the frame, sorted.
    """
    reader_folder = folder_of(folder, source, reader)
    found = [path for path in layout.listed(reader_folder) if path.name.endswith(MASK_SUFFIX)]
    paths = {path.name.removesuffix(MASK_SUFFIX): path for path in found}
    # Versions come first: they are whole even where a writer was killed between the two files in front.
    for name, numbers in _version_numbers(reader_folder).items():
        paths[name] = _version_path(reader_folder, name, max(numbers), MASK_SUFFIX)
    return dict(sorted(paths.items()))


def readers(folder: Path, source: str) -> list[str]:
    """List who has drawn frames of a data set, by name."""
    source_folder = folder / file_name(source)
    return [path.name for path in layout.listed(source_folder) if layout.is_open(path)]


def unwritable_reason(folder: Path) -> str | None:
    """Reason, in a sentence, why a folder cannot be written to; None when it can."""
    existing = next(path for path in (folder, *folder.parents) if os.access(path, os.F_OK))
    if not existing.is_dir():
        return _cannot_save(folder, f"{existing.name} is a file")
    return None if os.access(existing, os.W_OK | os.X_OK) else _cannot_save(folder, "it is read-only")


def folder_of(folder: Path, source: str, reader: str) -> Path:
    """Folder of a reader's drawings of a data set."""
    return folder / file_name(source) / file_name(reader)


def _record(annotation: Annotation) -> dict[str, Any]:
    """What the `.json` holds."""
    values = {name: value for name, value in vars(annotation).items() if name != "outlines"}
    return values | {"shape": list(annotation.shape), "outlines": shapes.to_rows(annotation.outlines)}


def _version_numbers(reader_folder: Path) -> dict[str, list[int]]:
    """Numbers of the finished versions in a reader's folder, by file name of the frame."""
    numbers: dict[str, list[int]] = {}
    for path in layout.listed(reader_folder / _VERSIONS):
        if match := _VERSION.match(path.name):
            numbers.setdefault(match["name"], []).append(int(match["number"]))
    return numbers


def _version_path(reader_folder: Path, name: str, number: int, suffix: str) -> Path:
    """Where a version's mask or `.json` is kept."""
    return reader_folder / _VERSIONS / f"{name}.{number:04d}{suffix}"


def _archive_foreign_file(reader_folder: Path, name: str, numbers: list[int], suffix: str) -> None:
    """Archive the file in front among the versions if it is none of them: edited by hand, or brought from elsewhere."""
    front = reader_folder / (name + suffix)
    if not front.is_file():
        return
    data = front.read_bytes()
    paths = [_version_path(reader_folder, name, number, suffix) for number in numbers]
    if not any(path.is_file() and path.read_bytes() == data for path in paths):
        digest = hashlib.sha256(data).hexdigest()[:8]
        atomic.write(reader_folder / _VERSIONS / f"{name}.found-{digest}{suffix}", data, sync=True)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn errors of the disk and its lock into one sentence."""
    try:
        yield
    except Timeout as error:
        # Its own message says where on the server the lock lies, which is not for visitors to read.
        why = f"another writer has held the folder for {_LOCK_TIMEOUT_S:.0f} seconds"
        raise ValueError(f"The drawing is not saved yet: {why}. Save it again.") from error
    except OSError as error:
        raise ValueError(_cannot_save(folder, error.strerror or str(error))) from error


def _cannot_save(folder: Path, why: str) -> str:
    """Why nothing can be saved, and what to do."""
    return (
        f"Drawings cannot be saved in the folder {folder.name}: {why}. Make it writable, or name another folder by "
        "NEUROSCAN_ANNOTATIONS."
    )
