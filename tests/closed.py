"""Folders that may not be opened, also by the administrator, to whom file modes mean nothing."""

import os
from pathlib import Path

import pytest


def close(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Let nothing in folders be listed or asked about, as the system would refuse it."""
    ask, scan, look = os.access, os.scandir, os.stat

    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    def scandir(path):
        return refuse(path) if Path(path) in folders else scan(path)

    def stat(path, **options):
        inside = not isinstance(path, int) and Path(os.fsdecode(path)).parent in folders
        return refuse(path) if inside else look(path, **options)

    monkeypatch.setattr("os.access", lambda path, mode: Path(path) not in folders and ask(path, mode))
    monkeypatch.setattr("os.scandir", scandir)
    monkeypatch.setattr("os.stat", stat)
