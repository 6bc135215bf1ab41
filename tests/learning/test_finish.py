"""What a card says of itself when a training ends."""

from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset
from neuroscan.inference import card as cards
from neuroscan.learning import finish
from neuroscan.learning.config import Config
from neuroscan.learning.finish import area_shares, presence_limit
from tests import own_data
from tests.conftest import write_stand_in_model


def frames(*groups, present=False):
    """Test frames of the named subjects."""
    sources = [group.partition("/")[0] for group in groups]
    return pd.DataFrame({"source": sources, "group": groups, "present": present}, dtype=object)


@pytest.mark.parametrize(
    ("test", "limit"),
    [
        (frames("uns/1", "uns/2", present=True), "Presence was not tested: every test frame has a nerve."),
        (
            frames("uns/1", "uns/1"),
            "Presence was tested on 2 frames without a nerve, all of uns/1: one subject, no interval.",
        ),
        (frames("uns/1", "uns/2"), "Presence was tested on 2 frames without a nerve, of 2 subjects."),
        (
            frames("uns/1", "phantom/P1", "phantom/P2", "phantom/P2"),
            "Presence was tested on 1 frames without a nerve, all of uns/1: one subject, no interval; and on 3 "
            "synthetic frames without a nerve, of 2 made-up subjects.",
        ),
        (frames("phantom/P1"), "Presence was tested on 1 synthetic frames without a nerve, of 1 made-up subjects."),
    ],
)
def test_on_how_much_presence_was_tested(test, limit):
    assert presence_limit(test) == limit


def test_the_nerves_share_is_that_of_the_scanned_area(tmp_path):
    """Black borders are the machine's, and not the patient's."""
    plain = own_data.write(tmp_path / "plain" / "own", {1: (True, True, False), 2: (True,)})
    framed = tmp_path / "framed" / "own"
    framed.mkdir(parents=True)
    for path in plain.iterdir():
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(framed / path.name), np.pad(picture, ((30, 20), (10, 40))))
    shares = [area_shares(dataset.load(folder.parent).samples) for folder in (plain, framed)]
    assert shares[0] == shares[1]
    low, middle, high = shares[0]["own"]
    assert 0.02 < low <= middle <= high < 0.1


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """Ends a run of three epochs, and the frames that it was judged on; nothing is exported, scored or measured."""
    subjects = {1: (True, False), 2: (True,), 3: (True, False, False), 4: (True, False)}
    samples = dataset.load(own_data.write(tmp_path / "own", subjects)).samples
    split = samples["subject"].map({"1": "train", "2": "train", "3": "validation", "4": "test"})
    samples = samples.assign(group="own/" + samples["subject"], split=split)
    run, judged = tmp_path / "run", []

    def exported(_, folder):
        folder.mkdir(parents=True)
        (folder / cards.ONNX_FILE).write_bytes(b"network")

    def judge(card, _, validation, test, *, progress):
        judged.extend([validation, test])
        return card, None

    monkeypatch.setattr(finish.export, "write", exported)
    monkeypatch.setattr(finish.export, "multiply_adds", lambda _: 1)
    monkeypatch.setattr(finish.score, "judge", judge)
    monkeypatch.setattr(finish, "publish", lambda *_: None)
    monkeypatch.setattr(finish, "area_shares", lambda rows: {"own": [float(subject) for subject in rows["subject"]]})

    def ended(**options):
        run.mkdir()
        pd.DataFrame({"epoch": range(3)}).to_csv(run / finish.fit.LOG)
        pd.DataFrame({"weights": ["the best epoch", "the last epoch"]}).to_csv(run / finish.fit.CANDIDATES)
        config = Config(sources={"own": 1.0}, steps_per_epoch=10, batch_size=4, **options)
        model = SimpleNamespace(count_params=lambda: 2)
        return finish.finish(model, config, samples, run, commit="now", output=tmp_path / "weights")

    return ended, samples, judged


def test_a_model_is_tuned_on_validation_and_tested_on_test_and_its_card_says_so(finished):
    ended, samples, judged = finished
    card = ended(label=2)
    assert card.subjects == {"train": ["own/1", "own/2"], "validation": ["own/3"], "test": ["own/4"]}
    assert [set(part["group"]) for part in judged] == [{"own/3"}, {"own/4"}]
    assert presence_limit(samples[samples["group"] == "own/4"]) in card.limits
    assert card.area_share == {"own": [1.0, 1.0, 2.0]}  # of the subjects of the training frames
    assert card.frames_seen == 3 * 10 * 4
    assert card.notes["weights"] == "the best epoch" and card.notes["label"] == 2
    assert not {"reader", "start"} & set(card.notes) and finish.LEAKY not in card.limits


def test_a_warm_start_adds_its_training_subjects_and_the_frames_it_saw(finished, tmp_path):
    learnt_from = {"train": ["own/1", "elsewhere/7"], "validation": ["own/3"], "test": ["own/4"]}
    write_stand_in_model(tmp_path / "first", subjects=learnt_from, notes={"frames_seen": 1000})
    card = finished[0](start=str(tmp_path / "first"))
    assert card.subjects == learnt_from | {"train": ["elsewhere/7", "own/1", "own/2"]}
    assert card.frames_seen == 1000 + 3 * 10 * 4
    assert card.notes["start"].startswith("the weights of first, commit none")
