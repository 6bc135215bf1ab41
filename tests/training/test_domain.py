"""python -m training.domain: the card of a model tells what its training frames look like, and nothing else changes."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from neuroscan.data import dataset, splits
from neuroscan.explore import domain as shift
from neuroscan.explore import domain_card
from neuroscan.inference import card as cards
from tests import own_data
from tests.conftest import write_stand_in_model
from training import domain

SUBJECTS = {"train": [f"own/{n}" for n in range(1, 5)], "validation": ["own/5"], "test": ["own/6"]}


@pytest.fixture
def place(tmp_path):
    """Six subjects of three frames, and a model that was trained on four of them."""
    own_data.write(tmp_path / "data" / "own")
    write_stand_in_model(tmp_path / "weights" / "mine", subjects=SUBJECTS, sources={"own": 1.0}, notes={"other": 1})
    return tmp_path


def ask(place, *more, name="mine"):
    return ["--weights", name, "--models", str(place / "weights"), "--data", str(place / "data"), *more]


def test_the_card_describes_its_training_frames_and_keeps_the_rest(place, capsys):
    before = cards.read(place / "weights" / "mine")
    assert domain.main(ask(place)) == 0
    after = cards.read(place / "weights" / "mine")
    assert replace(after, notes=before.notes) == before and after.notes["other"] == 1
    samples = dataset.load(place / "data").samples
    samples["group"] = splits.group_keys(samples)
    training = samples[samples["group"].isin(SUBJECTS["train"])]
    expected = shift.of_training(training, training["group"], before.preprocess)
    assert domain_card.from_card(after.notes["domain"]) == expected
    assert (expected["own"].frames, expected["own"].subjects) == (12, 4)
    assert "mine: own, 12 frames of 4 subjects" in capsys.readouterr().out


def test_a_second_run_writes_the_same(place):
    domain.main(ask(place))
    once = cards.read(place / "weights" / "mine")
    domain.main(ask(place))
    assert cards.read(place / "weights" / "mine") == once


def test_training_adds_it_at_its_end(trained):
    card = cards.read(trained.weights / "tiny")
    references = domain_card.from_card(card.notes["domain"])
    assert references["own"].subjects == len(card.subjects["train"])
    black = np.zeros((60, 80), np.uint8)
    assert shift.compare(black, card.preprocess, references).is_ood


def test_a_source_with_one_training_frame_is_left_out(place):
    shutil.copytree(place / "data" / "own", place / "data" / "lone")
    for path in (place / "data" / "lone").iterdir():
        if not path.name.startswith("1_1"):
            path.unlink()
    card = cards.read(place / "weights" / "mine")
    cards.write(replace(card, subjects=SUBJECTS | {"train": [*SUBJECTS["train"], "lone/1"]}), place / "weights/mine")
    assert domain.main(ask(place)) == 0
    assert list(cards.read(place / "weights" / "mine").notes["domain"]["sources"]) == ["own"]


def test_what_the_card_says_of_frames_that_are_not_here_is_kept(place, capsys):
    assert domain.main(ask(place)) == 0
    before = (place / "weights" / "mine" / cards.CARD_FILE).read_bytes()
    for path in (place / "data" / "own").glob("1_*"):
        path.unlink()
    with pytest.raises(SystemExit):
        domain.main(ask(place))
    assert "1 of its 4 training subjects are not here (own/1…)" in capsys.readouterr().err
    assert (place / "weights" / "mine" / cards.CARD_FILE).read_bytes() == before


def test_a_warm_starts_other_sources_need_not_be_here(place):
    card = cards.read(place / "weights" / "mine")
    cards.write(replace(card, subjects=SUBJECTS | {"train": [*SUBJECTS["train"], "uns/3"]}), place / "weights/mine")
    assert domain.main(ask(place)) == 0


@pytest.mark.parametrize(("name", "wanted"), [("none", "at hand: mine"), ("mine", "no frame of its training subjects")])
def test_what_is_missing_is_said(place, capsys, name, wanted):
    shutil.rmtree(place / "data")
    own_data.write(place / "data" / "theirs")
    with pytest.raises(SystemExit) as ended:
        domain.main(ask(place, name=name))
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert wanted in said and (name == "none" or "sources at hand: theirs, expected own" in said)
