"""Steps through frames."""

import pytest

from neuroscan.app.steps import neighbour


@pytest.mark.parametrize(
    ("name", "step", "other"),
    [("b", 1, "c"), ("b", -1, "a"), ("a", 5, "d"), ("d", 1, "d"), ("a", -1, "a"), ("gone", 1, "a")],
)
def test_steps_hold_at_the_ends(name, step, other):
    assert neighbour("abcd", name, step) == other
