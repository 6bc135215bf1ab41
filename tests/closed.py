"""Folders that may not be opened, also by the administrator, to whom file modes mean nothing."""

import os
from pathlib import Path

import pytest


def close(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Let nothing in folders be listed or asked about, through links neither, as the system would refuse it."""
    ask, scan, look = os.access, os.scandir, os.stat

    def real(path: object) -> Path:
        return Path(os.path.realpath(os.fsdecode(path)))

    def is_inside(path: object) -> bool:
        return any(folder in real(path).parents for folder in folders)

    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    def scandir(path):
        return refuse(path) if real(path) in folders or is_inside(path) else scan(path)

    def stat(path, **options):
        return refuse(path) if not isinstance(path, int) and is_inside(path) else look(path, **options)

    def access(path, mode):
        is_shut = is_inside(path) or (mode != os.F_OK and real(path) in folders)
        return not is_shut and ask(path, mode)

    monkeypatch.setattr("os.access", access)
    monkeypatch.setattr("os.scandir", scandir)
    monkeypatch.setattr("os.stat", stat)
