"""What the overlay page says of all frames of a split, of one model or two."""

import numpy as np
import pandas as pd
import pytest

from neuroscan.app.state import Thresholds
from neuroscan.app.truth import ranking, whole_split
from neuroscan.app.truth.ranking import ORDERS
from neuroscan.app.truth.selection import Part
from neuroscan.evaluation.counts import dice
from neuroscan.evaluation.thresholds import THRESHOLDS
from tests.app.truth.test_split_scores import CUT, GATE, frames, kept

USED = (Thresholds(CUT, GATE), Thresholds(THRESHOLDS[40], 0.0))
FRAMES = frames()
TRUTHS = [truth for truth, _ in FRAMES]
PREDICTIONS = [[found for _, found in FRAMES], [found for _, found in FRAMES[2:] + FRAMES[:2]]]
"""Of two models: the second answers as the first does two frames on."""

NAMES = [f"tiny/{number}" for number in range(len(FRAMES))]
NERVES = [number for number, truth in enumerate(TRUTHS) if truth.any()]


@pytest.fixture
def part():
    """All frames under both models."""
    scores = tuple(kept(list(zip(TRUTHS, found, strict=True))) for found in PREDICTIONS)
    samples = pd.DataFrame({"present": [truth.any() for truth in TRUTHS]}, NAMES, dtype=object)
    return Part(samples, ("one", "two"), (), scores)


@pytest.fixture
def shown(monkeypatch):
    """Charts, lists and sentences, as they are handed to Streamlit."""
    found = {"charts": [], "lists": [], "words": []}
    monkeypatch.setattr(whole_split.st, "session_state", {})
    monkeypatch.setattr(whole_split.st, "plotly_chart", lambda figure, **_: found["charts"].append(figure))
    monkeypatch.setattr(whole_split.st, "pills", lambda _, names, **__: found["lists"].append(names))
    monkeypatch.setattr(whole_split.st, "caption", lambda text, **_: found["words"].append(text.replace("\\", "")))
    return found


def scores_at(used):
    """Dice of each frame, model by model, from the masks themselves."""
    return [
        [dice(truth, one.mask(own.threshold, own.presence)) for truth, one in zip(TRUTHS, found, strict=True)]
        for found, own in zip(PREDICTIONS, used, strict=True)
    ]


def test_a_gap_is_the_first_models_lead(part):
    first, second = scores_at(USED)
    table = whole_split.table(part, USED)
    assert table["dice"].tolist() == pytest.approx(first) and table["dice_second"].tolist() == pytest.approx(second)
    assert table["gap"].tolist() == pytest.approx(np.subtract(first, second)) and max(table["gap"]) > 0


def test_curves_are_of_the_frame_on_screen_and_means_of_the_frames_with_a_nerve(part, shown):
    at = NAMES.index("tiny/3")
    whole_split.curve(part, whole_split.curves(part), NAMES[at], USED)
    lines = {trace.name: trace.y for trace in shown["charts"][0].data}
    for model in (0, 1):
        for threshold in (0, 40, 96, 200):
            found = scores_at(2 * (Thresholds(THRESHOLDS[threshold], 0.0),))[model]
            name = part.models[model]
            assert lines[f"{name}, this frame"][threshold] == pytest.approx(found[at])
            assert lines[f"{name}, mean"][threshold] == pytest.approx(np.mean([found[n] for n in NERVES]))
    best = [lines[f"{name}, this frame"] for name in part.models]
    told = ", ".join(
        f"{name} best at {THRESHOLDS[own.argmax()]:.2f} with {own.max():.3f}"
        for name, own in zip(part.models, best, strict=True)
    )
    assert f"On this frame {told}." in shown["words"][0]


def test_the_mean_that_is_told_is_of_the_frames_with_a_nerve(part, shown):
    first, second = ([found[n] for n in NERVES] for found in scores_at(USED))
    rows = ranking.ordered(whole_split.table(part, USED), ORDERS["Dice"])
    whole_split.distribution(part, rows, "tiny/0", USED)
    words = f"of the {len(NERVES)} frames with a nerve: one {np.mean(first):.3f}, two {np.mean(second):.3f}."
    assert f"{words} Counted at 0.375 and 0.156, the nearest of 256 thresholds." in shown["words"][0]
    marked = [mark.x0 for mark in shown["charts"][0].layout.shapes]
    assert marked == pytest.approx([scores[0] for scores in scores_at(USED)])


def test_the_surest_misses_stand_first(part, shown):
    rows = ranking.ordered(whole_split.table(part, USED), ORDERS["Subject"])
    whole_split.lists(part, rows, "tiny/0")
    assert shown["lists"][0] == ["tiny/5", "tiny/1"]  # called absent, with presence scores of 0.2 and 0.7
