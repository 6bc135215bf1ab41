"""Without a browser its tests skip and say why, but fail where CI=true says that there has to be one."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(("ci", "code", "word"), [("false", 0, "SKIPPED"), ("true", 1, "ERROR")])
def test_a_missing_chromium_is_told(ci: str, code: int, word: str) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider"]
    command += ["tests/browser/test_overlay.py", "-k", "by_keyboard_alone"]
    variables = os.environ | {"PATH": "/nowhere", "CI": ci}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    assert done.returncode == code
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(word)]
    assert "no Chromium on this machine: install Debian's `chromium`" in line
