"""What is said beside a frame whose near-duplicates are labelled otherwise."""

from contextlib import nullcontext

import pandas as pd
import pytest

from neuroscan.app import near_duplicates

PAIRS = pd.DataFrame({"first": ["a", "b", "d"], "second": ["b", "c", "e"], "dice": [0.1, 0.0, 0.05]})


@pytest.mark.parametrize(
    ("name", "title", "span", "open_here", "elsewhere"),
    [
        ("b", "Contradictory labels: 2 twins", "0.00 to 0.10", ["c · Dice 0.00"], "In other splits or data sets: a"),
        ("e", "Contradictory labels: 1 twin", "0.05", ["d · Dice 0.05"], None),
        ("x", None, None, [], None),
    ],
)
def test_the_notice_names_the_twins_and_how_little_their_masks_share(
    name, title, span, open_here, elsewhere, monkeypatch
):
    titles, said, offered = [], [], []
    monkeypatch.setattr(near_duplicates, "known", lambda: PAIRS)
    monkeypatch.setattr(near_duplicates.st, "session_state", {})
    monkeypatch.setattr(near_duplicates.st, "popover", lambda words, **_: titles.append(words) or nullcontext())
    for element in ("markdown", "caption"):
        monkeypatch.setattr(near_duplicates.st, element, said.append)
    monkeypatch.setattr(
        near_duplicates.st, "pills", lambda _, names, format_func, **__: offered.extend(map(format_func, names))
    )
    near_duplicates.notice(name, pd.Index(["b", "c", "d", "e"]))
    assert titles == ([title] if title else []) and [words.replace("\\", "") for words in offered] == open_here
    assert (f"(Dice between the masks {span}): no model can be right on all of them." in "".join(said)) is bool(title)
    assert said[1:] == ([elsewhere] if elsewhere else [])
