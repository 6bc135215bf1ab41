"""The challenge: a fair order, an honest tally."""

from dataclasses import replace

import pandas as pd
import pytest

from neuroscan.app.annotation.game import Round, learnt, shuffled, tally, verdict
from neuroscan.imaging.preprocess import Settings
from neuroscan.inference.card import Card

CARD = Card(
    name="blob",
    architecture="",
    parameters=0,
    multiply_adds=0,
    preprocess=Settings(),
    sources={"uns": 1.0},
    subjects={"train": ["uns/1"], "validation": ["uns/2"], "test": ["uns/3"]},
    seed=0,
    commit="",
    threshold=0.5,
    presence_threshold=0.5,
    onnx_sha256="",
)
HIT = Round("uns/1_1", nerve=True, you=True, your_dice=0.8, model=True, model_dice=0.6)
MISS = Round("uns/1_2", nerve=True, you=False, your_dice=0.0, model=True, model_dice=0.9)
RIGHTLY_NONE = Round("uns/1_3", nerve=False, you=False, your_dice=1.0, model=True, model_dice=0.0)
FALSE_ALARM = Round("uns/1_4", nerve=False, you=True, your_dice=0.0, model=False, model_dice=1.0)


def test_every_frame_comes_once_and_nerves_no_more_often_than_none():
    present = pd.Series({f"a/{n}": n < 900 for n in range(1000)})
    order = shuffled(present, 5)
    assert sorted(order) == sorted(present.index)
    # Nine of ten have a nerve, yet while there are both kinds they come like heads and tails.
    first = [present[name] for name in order[:100]]
    assert 30 < sum(first) < 70
    assert order == shuffled(present, 5) != shuffled(present, 6)


@pytest.mark.parametrize("value", [True, False])
def test_one_kind_alone_is_an_order_too(value):
    present = pd.Series({"a/1": value, "a/2": value})
    assert sorted(shuffled(present, 0)) == ["a/1", "a/2"]


def test_fair_frames_are_those_of_subjects_that_the_model_never_saw():
    samples = pd.DataFrame(
        {"source": ["uns", "uns", "uns", "uns", "uns", "other"], "subject": ["1", "2", "3", "9", None, None]}
    ).assign(frame="x")
    # Subject 9 stands in no list; of a subject unknown the whole data set tells.
    assert list(learnt(samples, CARD)) == [True, True, False, False, True, False]
    # A network trained elsewhere may have learnt from anybody.
    assert learnt(samples, replace(CARD, subjects={"validation": ["uns/2"]})).all()
    # 17 and 18 are one person.
    assert learnt(samples.iloc[:1].assign(subject="17"), replace(CARD, subjects={"train": ["uns/18"]})).all()


def test_the_tally_keeps_presence_and_overlap_apart():
    words = tally([HIT, MISS, RIGHTLY_NONE, FALSE_ALARM])
    assert "**4 frames.**" in words
    assert "you were right in **2**, the model in **3** of 4" in words
    # Nerves alone count for Dice: (0.8 + 0) / 2 and (0.6 + 0.9) / 2; no 1 for a right "no nerve" slips in.
    assert "outlined a nerve (2): you **0.400**, the model **0.750**." in words


def test_the_tally_without_a_model_or_a_nerve():
    alone = replace(HIT, model=None, model_dice=None)
    assert tally([alone]) == (
        "**1 frame.** Nerve or none: you were right in **1**. Mean Dice where the expert outlined a nerve (1): you "
        "**0.800**."
    )
    synthetic = replace(alone, frame="phantom/1_1")
    assert "Mean Dice where the simulator drew a nerve (1): you **0.800**." in tally([synthetic])
    assert tally([RIGHTLY_NONE]) == "**1 frame.** Nerve or none: you were right in **1**, the model in **0** of 1."


@pytest.mark.parametrize(
    ("played", "words"),
    [
        (HIT, "Your Dice against the expert: **0.800**. The model's: **0.600**."),
        (MISS, "The expert outlined **a nerve** here, which you did not find. The model's: **0.900**."),
        (RIGHTLY_NONE, "The expert saw **no nerve** here; so did you. The model outlined one."),
        (FALSE_ALARM, "The expert saw **no nerve** here; you drew one. The model found none either."),
        (
            replace(HIT, model=False, model_dice=0.0),
            "Your Dice against the expert: **0.800**. The model found no nerve.",
        ),
        (replace(HIT, model=None, model_dice=None), "Your Dice against the expert: **0.800**."),
        (
            replace(RIGHTLY_NONE, frame="phantom/1_3"),
            "The simulator drew **no nerve** here; so did you. The model outlined one.",
        ),
        (
            replace(MISS, frame="phantom/1_2"),
            "The simulator drew **a nerve** here, which you did not find. The model's: **0.900**.",
        ),
    ],
)
def test_verdicts(played, words):
    assert verdict(played) == words
