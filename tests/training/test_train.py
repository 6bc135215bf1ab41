"""python -m training.train on a person's own folder: to the end, refused, killed and gone on with."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neuroscan import config as folders
from neuroscan.data import annotations, codecs, splits
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.learning import config as configs
from neuroscan.learning import warm_start
from neuroscan.learning.config import Config
from tests import own_data
from tests.training.conftest import SMALL, quickly
from training import evaluate, export, train


def arguments(root, *more):
    """The small run in a folder of its own."""
    places = ["--data", str(root / "data"), "--runs", str(root / "runs"), "--output", str(root / "weights")]
    return [*SMALL, *places, *more]


def refused(capsys, given, command=train):
    """The sentence with which the command ends."""
    with pytest.raises(SystemExit) as ended:
        command.main(given)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.fixture(scope="module")
def card(trained):
    found, problems = cards.find(trained.weights)
    assert list(found) == ["tiny"] and problems == []
    return found["tiny"]


def test_a_folder_of_frames_becomes_a_model_that_is_listed_and_predicts(trained, card):
    folder = trained.weights / "tiny"
    names = {cards.CARD_FILE, cards.ONNX_FILE, cards.KERAS_FILE, cards.LOG_FILE}
    names |= {cards.FRAMES_FILE, cards.CURVES_FILE, cards.RELIABILITY_FILE}
    assert {path.name for path in folder.iterdir()} == names
    found = Predictor(folder).predict(np.full((50, 70), 90, np.uint8))
    assert found.probability.shape == (50, 70)
    assert pd.read_csv(folder / cards.LOG_FILE)["epoch"].tolist() == [0, 1]


def test_the_card_tells_what_was_trained_on_what(trained, card):
    assert (card.name, card.architecture, card.seed) == ("tiny", "unet", 1)
    assert (card.preprocess.height, card.preprocess.width) == (32, 48)
    assert card.parameters > 10_000 and card.multiply_adds > 100_000
    assert card.sources == {"own": 1.0}
    subjects = [name for split in splits.SPLITS for name in card.subjects[split]]
    assert sorted(subjects) == [f"own/{number}" for number in range(1, 7)] and all(card.subjects.values())
    assert card.onnx_sha256 == cards.sha256(trained.weights / "tiny" / cards.ONNX_FILE)
    low, middle, high = card.area_share["own"]
    assert 0.02 < low <= middle <= high < 0.1  # an ellipse of 20x12 on 80x60
    assert card.terms == {"own": "Terms unknown: ask whoever gave you the data."}
    assert "U-Net" in card.notes["architecture"]
    assert set(card.latency) == {"p50_ms", "p95_ms", "real_time", "height", "width"}


def test_the_card_says_where_its_thresholds_come_from_and_claims_no_test_that_was_not_made(card):
    held = len(card.subjects["validation"])
    assert card.chosen_on.startswith(f"{2 * held} positive validation frames – own: {2 * held} of {held} subjects –,")
    assert 0 <= card.threshold < 1 and 0 <= card.presence_threshold <= 1
    assert "calibrated" in card.chosen_on and card.temperature > 0
    (limit,) = [text for text in card.limits if text.startswith("Presence was tested on")]
    absent = len(card.subjects["test"])
    assert limit.startswith(f"Presence was tested on {absent} frames without a nerve")
    assert not any("UNS" in text for text in card.limits)


def test_the_card_scores_validation_and_test_with_the_gate_off_and_on(card):
    assert [(row["split"], row["source"], row["gate"]) for row in card.scores] == [
        (split, "own", gate) for split in ("validation", "test") for gate in (False, True)
    ]
    for row in card.scores:
        assert (row["n_present"], row["n_absent"]) == (2 * len(card.subjects[row["split"]]), row["n_present"] / 2)
        assert 0 <= row["dice_frames"] <= 1
    # Chosen so that 90 % of the positive validation frames are called present: of a few frames, all.
    assert card.scores[0]["presence_sensitivity"] >= 0.9


def test_the_run_keeps_its_options_split_and_log(trained, card):
    run = trained.runs / "tiny"
    split = pd.read_csv(run / train.SPLIT_FILE)
    assert len(split) == 18
    assert {name: sorted(set(rows["group"])) for name, rows in split.groupby("split")} == card.subjects
    assert {path.parent.name for path in run.glob("tensorboard/*/events.out.*")} == {"train", "validation"}
    begun = json.loads((run / train.RUN_FILE).read_text())
    assert begun["config"]["steps_per_epoch"] == 3 and begun["commit"] == card.commit


def test_the_new_model_appears_in_the_app(trained, open_page):
    page = open_page("pages/1_Live_Prediction.py", data=trained.data, weights=trained.weights)
    assert not page.exception
    assert any("tiny" in option for box in page.selectbox for option in box.options)


def test_a_run_is_not_begun_twice_nor_gone_on_with_where_there_is_none(trained, capsys):
    root = trained.data.parent
    assert "holds a run already; add --resume" in refused(capsys, arguments(root, "--epochs", "2"))
    given = arguments(root, "--name", "other", "--resume")
    assert "holds no run to go on with; leave --resume out" in refused(capsys, given)
    assert not (root / "runs" / "other").exists()


def test_a_run_goes_on_only_as_it_was_begun(trained, capsys):
    """With another seed, a subject that was trained on could end up in test."""
    given = arguments(trained.data.parent, "--resume", "--epochs", "2", "--seed", "2", "--augmentation.gamma", "0.1")
    assert "was begun with another augmentation, seed" in refused(capsys, given)


def test_a_run_goes_on_only_with_the_frames_it_was_begun_with(trained, capsys, tmp_path):
    more = own_data.write(tmp_path / "data" / "own", dict.fromkeys(range(1, 9), (True, True, False))).parent
    places = ["--data", str(more), "--runs", str(trained.runs), "--output", str(tmp_path)]
    sentence = refused(capsys, [*SMALL, *places, "--epochs", "2", "--resume"])
    assert "was begun with other frames or another split" in sentence
    assert not (tmp_path / "tiny").exists()


@pytest.mark.parametrize(
    ("subjects", "more", "words"),
    [
        ({}, [], "holds no labelled frames; see data/README.md"),
        ({1: (True,), 2: (True,)}, [], "no subject whose frames show a nerve is left for test"),
        (dict.fromkeys(range(1, 7), (False,)), [], "show a nerve is left for train, validation, test"),
        (None, ["--sources", "own=1,usgra=1"], "holds no labelled frames of usgra, only of own; bring"),
        (None, ["--preprocess.height", "40"], "multiple of 16, got 40x48"),
        (None, ["--architecture", "unit"], "architecture must be one of unet"),
        (None, ["--precision", "mixed_float8"], "mixed_float8"),
        (None, ["--devices", "4"], "devices = 4, but only 1 are at hand"),
        (
            None,
            ["--architecture", "mobilenet", "--preprocess.width", "64", "--encoder_weights", "none.h5"],
            "encoder_weights must be 'imagenet'",
        ),
        (None, ["--sources", "own"], "expected NAME=WEIGHT,NAME=WEIGHT, got 'own'"),
        (None, ["--preprocess.crop", "maybe"], "expected true or false, got 'maybe'"),
        (None, ["--epoch", "3"], "unrecognized arguments: --epoch"),
        (None, ["--config", "nowhere.toml"], "nowhere.toml: not a readable TOML file"),
        (None, ["--batch_size", "0"], "batch_size must be 1 or more"),
        (None, ["--reader", "Nobody"], "reader 'Nobody' has drawn no frame"),
        (None, ["--augmentation.zoom_out", "1"], "augmentation.zoom_out must lie in [0, 0.5], got 1.0"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(subjects, more, words, tmp_path, capsys):
    own_data.write(tmp_path / "data" / "own", subjects)
    sentence = refused(capsys, arguments(tmp_path, *more))
    assert words in sentence and "Traceback" not in sentence
    assert not (tmp_path / "runs").exists()  # the next try is not told of a run
    assert not (tmp_path / "weights" / "tiny").exists()


def test_problems_of_the_data_are_shown_before_training(tmp_path, capsys):
    own_data.write(tmp_path / "data" / "own", {1: (True,)})
    (tmp_path / "data" / "own" / "1_2.png").write_text("not a picture")
    with pytest.raises(SystemExit):
        train.main(arguments(tmp_path))
    shown = capsys.readouterr().out
    assert "1 problem in" in shown and "1_2.png" in shown and "found text" in shown


def test_a_subject_on_two_sides_of_the_split_is_named(tmp_path, capsys, monkeypatch):
    by_subject = splits.by_subject

    names = []

    def torn(samples, *, seed):
        split = by_subject(samples, seed=seed)
        first = split.index[split["split"] == "train"][0]
        names.append(split.loc[first, "group"])
        split.loc[first, "split"] = "test"
        return split

    monkeypatch.setattr(splits, "by_subject", torn)
    own_data.write(tmp_path / "data" / "own")
    sentence = refused(capsys, arguments(tmp_path))
    assert f"subjects in more than one split: {names[0]};" in sentence
    assert not (tmp_path / "runs").exists()


def test_what_is_trained_and_validated_on_is_as_the_config_says(tmp_path, monkeypatch):
    """Its sources alone, of their palette masks the label that is the nerve; test subjects play no part."""
    from neuroscan.learning import fit

    for source in ("own", "other"):
        for path in own_data.write(tmp_path / "data" / source).glob("*_mask.png"):
            labels = (codecs.read_mask(path) * np.uint8(2)).astype(np.uint8)
            labels[:3, :3] = 1  # and something else in a corner
            path.write_bytes(codecs.encode_png(labels))
    seen = []
    monkeypatch.setattr(fit, "train", lambda _, *parts: seen.extend(parts) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train.main(arguments(tmp_path, "--label", "2"))
    *parts, run = seen
    assert [set(part["split"]) for part in parts] == [{"train"}, {"validation"}]
    assert all(set(part["source"]) == {"own"} for part in parts)
    assert all((part["present"] == (part["frame"].str[-1] != "3")).all() for part in parts)
    assert set(pd.read_csv(run / train.SPLIT_FILE)["source"]) == {"own"}


def test_folds_by_flag_are_those_of_the_split(tmp_path, monkeypatch):
    own_data.write(tmp_path / "data" / "own")
    seen = []
    monkeypatch.setattr(train, "_begin", lambda config, samples, *_: seen.append(splits.lists(samples)) or 1 / 0)
    for fold in (1, 2, 3):
        with pytest.raises(ZeroDivisionError):  # before anything is trained
            train.main(arguments(tmp_path, "--folds", "3", "--fold", str(fold)))
    assert sorted(name for names in seen for name in names["test"]) == [f"own/{number}" for number in range(1, 7)]


def test_the_card_says_that_a_split_leaks_and_whose_drawings_were_learnt_from(trained, tmp_path, monkeypatch, capsys):
    """And such a model is nobody's to test. Its network is not trained: the card does not know."""
    from neuroscan.learning import fit

    monkeypatch.setenv("NEUROSCAN_ANNOTATIONS", str(tmp_path / "annotations"))
    drawn = annotations.Annotation("own", "1_1", "Ann", (), own_data.SHAPE, "0" * 64)
    annotations.save(drawn, tmp_path / "annotations")
    seen = []

    def untrained(config, training, validation, run):
        seen.append(pd.concat([training, validation]))
        for name in (fit.LOG, fit.CANDIDATES):
            shutil.copy(trained.runs / "tiny" / name, run)
        return fit.build(config)

    monkeypatch.setattr(fit, "train", untrained)
    places = ["--data", str(trained.data), "--runs", str(tmp_path / "runs"), "--output", str(tmp_path / "weights")]
    assert train.main([*SMALL, *places, "--split", "frames", "--reader", "Ann"]) == 0
    said = capsys.readouterr().out
    assert "the scores claim more than they should" in said and f"{tmp_path / 'weights' / 'tiny'}: " in said
    assert seen[0].set_index("frame").loc["1_1", "present"] is False
    card = cards.read(tmp_path / "weights" / "tiny")
    assert card.notes["reader"] == "Ann" and card.limits[-1].endswith("Not for use.")
    with pytest.raises(SystemExit):
        evaluate.main(["--weights", "tiny", "--models", str(tmp_path / "weights"), "--data", str(trained.data)])
    assert "no labelled frame of its test subjects is here" in capsys.readouterr().err


def test_the_same_run_again_gives_the_same_u_net(trained, tmp_path, monkeypatch):
    """Dropout and all, in its first epoch; to the end of a run goes a smaller network, in the tests of `fit`."""
    from keras.callbacks import LambdaCallback

    from neuroscan.learning import fit

    def enough(epoch, _):
        if epoch:
            raise KeyboardInterrupt

    callbacks = fit._callbacks
    monkeypatch.setattr(fit, "_callbacks", lambda *args: [LambdaCallback(on_epoch_begin=enough), *callbacks(*args)])
    places = ["--data", str(trained.data), "--runs", str(tmp_path / "runs"), "--output", str(tmp_path)]
    with quickly(), pytest.raises(SystemExit):
        train.main([*SMALL, *places, "--epochs", "2"])
    first, again = (pd.read_csv(folder / "tiny" / fit.LOG) for folder in (trained.runs, tmp_path / "runs"))
    pd.testing.assert_frame_equal(again, first.head(1), rtol=1e-3, atol=1e-3)


def kernels(folder):
    """Weights of a model's convolutions."""
    import keras

    weights = keras.saving.load_model(folder / cards.KERAS_FILE, compile=False).get_weights()
    return [value for value in weights if value.ndim == 4]


def test_a_run_goes_on_from_a_finished_models_weights(trained, tmp_path, capsys):
    start = trained.weights / "tiny"
    places = ["--data", str(trained.data), "--runs", str(tmp_path / "runs"), "--output", str(tmp_path)]
    given = [*SMALL, *places, "--name", "next", "--start", str(start), "--epochs", "1", "--learning_rate", "1e-9"]
    given += ["--steps_per_epoch", "1"]
    with quickly():
        assert train.main(given) == 0
    first, following = (kernels(folder) for folder in (start, tmp_path / "next"))
    assert len(first) > 10 and all(np.allclose(*pair, atol=1e-6) for pair in zip(first, following, strict=True))
    assert cards.read(tmp_path / "next").notes["start"].startswith("the weights of tiny, commit ")
    shown = capsys.readouterr()  # After the last epoch, too, minutes pass with real data: they are not silent.
    chosen_among = pd.read_csv(tmp_path / "runs" / "next" / "candidates.csv")
    said = re.findall(r"^validation Dice (\S+) with the weights of (.+)$", shown.out, re.MULTILINE)
    assert {name: float(dice) for dice, name in said} == dict(chosen_among[["weights", "dice"]].to_numpy())
    assert "scoring: 100%" in shown.err


def test_a_start_that_changed_meanwhile_is_noticed(trained, tmp_path):
    """The interpolation at the end would be with other weights, and the card would not know."""
    start = tmp_path / "start" / cards.KERAS_FILE
    start.parent.mkdir()
    start.write_bytes(b"weights")
    samples = pd.read_csv(trained.runs / "tiny" / train.SPLIT_FILE, dtype=str)
    config = replace(Config(), start=str(start.parent))
    (tmp_path / "run").mkdir()
    for _ in range(2):
        assert train._begin(config, samples, tmp_path / "run", "now") == "now"
    start.write_bytes(b"other weights")
    with pytest.raises(ValueError, match=f"was begun with other weights in {start.parent}"):
        train._begin(config, samples, tmp_path / "run", "now")


def test_a_data_set_of_the_start_is_judged_on_its_own_subjects_alone(trained, capsys, tmp_path):
    """Who stood on neither side of its split may stand among its training subjects under another name."""
    card = cards.read(trained.weights / "tiny")
    (tmp_path / "start").mkdir()
    less = {name: [one for one in rows if name == "train"] for name, rows in card.subjects.items()}
    cards.write(replace(card, subjects=less), tmp_path / "start")
    sentence = refused(capsys, arguments(trained.data.parent, "--name", "next", "--start", str(tmp_path / "start")))
    assert "may have learnt from own/" in sentence


def test_a_start_that_a_test_subject_has_chosen_is_refused(trained, capsys, tmp_path):
    card = cards.read(trained.weights / "tiny")
    (tmp_path / "start").mkdir()
    swapped = card.subjects | {"validation": card.subjects["test"], "test": card.subjects["validation"]}
    cards.write(replace(card, subjects=swapped), tmp_path / "start")
    sentence = refused(capsys, arguments(trained.data.parent, "--name", "next", "--start", str(tmp_path / "start")))
    assert f"may have learnt from {', '.join(card.subjects['test'])}, which" in sentence


def test_a_run_file_that_was_cut_short_is_named(trained, capsys, tmp_path):
    shutil.copytree(trained.runs / "tiny", tmp_path / "runs" / "tiny")
    (tmp_path / "runs" / "tiny" / "run.json").write_text('{"config": {"na')
    given = arguments(trained.data.parent, "--runs", str(tmp_path / "runs"), "--epochs", "2", "--resume")
    sentence = refused(capsys, given)
    assert "run.json cannot be used" in sentence and "begin anew" in sentence


def test_a_run_goes_on_where_lines_end_in_two_characters(trained, tmp_path, monkeypatch):
    """As on Windows, where pandas would write another split than is read."""
    monkeypatch.setattr(os, "linesep", "\r\n")
    samples = pd.read_csv(trained.runs / "tiny" / train.SPLIT_FILE, dtype=str)
    for _ in range(2):
        assert train._begin(Config(), samples, tmp_path, "now") == "now"


def test_two_commands_never_train_in_one_folder_at_once(trained, capsys):
    given = arguments(trained.data.parent, "--epochs", "2", "--resume")
    before = sorted((trained.runs / "tiny").rglob("*"))
    with train._held(trained.runs / "tiny"):
        assert "tiny is being trained in by another process" in refused(capsys, given)
    assert sorted((trained.runs / "tiny").rglob("*")) == before


def test_a_run_that_another_command_began_meanwhile_is_not_gone_on_with(trained, tmp_path, capsys, monkeypatch):
    def begun():
        shutil.copytree(trained.runs / "tiny", tmp_path / "runs" / "tiny")
        return "now"

    monkeypatch.setattr(train, "commit", begun)
    shutil.copytree(trained.data, tmp_path / "data")
    assert "was begun or removed by another command" in refused(capsys, arguments(tmp_path, "--epochs", "2"))
    log = (tmp_path / "runs" / "tiny" / "log.csv").read_text()
    assert log == (trained.runs / "tiny" / "log.csv").read_text()


@pytest.mark.parametrize(("name", "advice"), [("tiny", "with --resume goes on"), ("new", "nothing was begun")])
def test_a_run_that_is_stopped_by_hand_says_how_it_goes_on(name, advice, trained, monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "run", stopped)
    with pytest.raises(SystemExit) as ended:
        train.main(arguments(trained.data.parent, "--name", name))
    assert ended.value.code == 130 and advice in capsys.readouterr().err


def test_a_backend_that_is_not_installed_is_a_sentence(tmp_path, capsys, monkeypatch):
    def missing(*_, **__):
        raise ModuleNotFoundError("No module named 'jax'")

    monkeypatch.setattr(train, "run", missing)
    monkeypatch.setattr(export, "run", missing)
    monkeypatch.setattr(evaluate.models, "find", missing)  # as if --choose had asked for Keras
    words = "Keras cannot be loaded (No module named 'jax'); set KERAS_BACKEND"
    assert words in refused(capsys, arguments(tmp_path))
    assert words in refused(capsys, ["--file", "x", "--name", "x", "--data", "x"], export)
    assert words in refused(capsys, [], evaluate)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path, capsys):
    assert f"there is no folder {tmp_path / 'data'};" in refused(capsys, arguments(tmp_path))


def test_home_is_understood_wherever_it_is_written(tmp_path, capsys, monkeypatch):
    """Of --data=~/data a shell leaves the ~, and a folder of that name would be made here."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert f"there is no folder {tmp_path / 'here'};" in refused(capsys, [*SMALL, "--data=~/here"])
    assert "nobody's home folder" in refused(capsys, [*SMALL, "--data=~who-is-this/here"])
    own_data.write(tmp_path / "data" / "own")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / cards.CARD_FILE).write_text("found")
    assert "Expecting value" in refused(capsys, arguments(tmp_path, "--start=~/model"))
    assert "nobody's home folder" in refused(capsys, arguments(tmp_path, "--start=~who-is-this/model"))


def test_help_says_what_each_option_does(capsys):
    with pytest.raises(SystemExit):
        train.main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--absent_share VALUE share of negatives among the drawn frames" in told
    assert "--augmentation.rotation VALUE largest angle, degrees either way (default: 10.0)" in told


def test_a_run_gone_on_with_at_another_commit_names_both(trained, tmp_path):
    shutil.copytree(trained.runs / "tiny", tmp_path / "tiny")
    told = json.loads((tmp_path / "tiny" / "run.json").read_text())
    samples = pd.read_csv(tmp_path / "tiny" / "split.csv", dtype=str)
    config = configs.from_dict(told["config"])
    assert train._begin(config, samples, tmp_path / "tiny", told["commit"]) == told["commit"]
    assert train._begin(config, samples, tmp_path / "tiny", "later") == f"{told['commit']}, then later"


def test_a_start_that_has_seen_who_this_run_is_judged_by_is_refused(trained, capsys):
    given = arguments(trained.data.parent, "--name", "next", "--start", str(trained.weights / "tiny"), "--seed", "2")
    held = {name for split in ("validation", "test") for name in cards.read(trained.weights / "tiny").subjects[split]}
    sentence = refused(capsys, given)
    named = set(sentence.split("may have learnt from ")[1].split(", which")[0].split(", "))
    assert named and not named & held
    assert not (trained.runs / "next").exists()


def test_a_start_passes_on_whom_it_learnt_from(trained, capsys):
    """A model that went on from another one has learnt from the other's people, whatever it was shown itself."""
    first = cards.read(trained.weights / "tiny")
    config = replace(Config(), start=str(trained.weights / "tiny"), sources={"next": 1.0})
    lists = {"train": ["next/1"], "validation": ["next/2"], "test": ["next/3"]}
    second = replace(first, sources=config.sources, subjects=warm_start.subjects(config, lists))
    assert second.subjects == lists | {"train": sorted(["next/1", *first.subjects["train"]])}
    (trained.weights.parent / "second").mkdir()
    cards.write(second, trained.weights.parent / "second")
    given = arguments(trained.data.parent, "--name", "third", "--start", str(trained.weights.parent / "second"))
    assert "may have learnt from own/" in refused(capsys, [*given, "--seed", "2"])
    cards.write(replace(second, subjects=lists | {"train": []}), trained.weights.parent / "second")
    assert "was trained elsewhere: its card does not say on whom" in refused(capsys, given)


def test_a_start_of_another_size_is_refused(trained, capsys):
    given = arguments(trained.data.parent, "--name", "next", "--start", str(trained.weights / "tiny"))
    assert "does not fit unet of 4 base filters" in refused(capsys, [*given, "--base_filters", "4"])
    assert "is no model card" in refused(capsys, [*given, "--start", "nowhere"])


def test_a_config_file_and_flags_over_it(tmp_path, monkeypatch):
    (tmp_path / "own.toml").write_text("epochs = 7\nsteps_per_epoch = 9\nname = 'own'\n[augmentation]\nflip = 0\n")
    seen = {}
    monkeypatch.setattr(train, "run", lambda config, data, folder, **_: seen.update(config=config, folder=folder))
    given = ["--config", str(tmp_path / "own.toml"), "--runs", str(tmp_path), "--steps_per_epoch", "4", "--label", "2"]
    assert train.main([*given, "--sources", "a=0.5,b=2"]) == 0
    config = seen["config"]
    assert (config.epochs, config.steps_per_epoch, config.label, config.augmentation.flip) == (7, 4, 2, 0)
    assert config.sources == {"a": 0.5, "b": 2.0} and seen["folder"] == tmp_path / "own"


@pytest.mark.parametrize("flag", ["--output", "--runs"])
def test_a_place_that_cannot_be_written_to_is_refused_before_the_work(flag, tmp_path, capsys):
    own_data.write(tmp_path / "data" / "own")
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit):
        train.main([*arguments(tmp_path), flag, str(tmp_path / "file" / "below")])
    assert f"{flag} {tmp_path}/file/below cannot be made (Not a directory)" in capsys.readouterr().err
    assert not (tmp_path / "runs" / "tiny").exists()


def test_commit_is_told_or_unknown(monkeypatch, tmp_path):
    assert 7 <= len(train.commit()) <= 13
    monkeypatch.setattr(folders, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert train.commit() == "unknown"


def test_a_killed_run_goes_on_and_loses_no_finished_epoch(tmp_path, capsys):
    own_data.write(tmp_path / "data" / "own")
    given = arguments(tmp_path, "--epochs", "5", "--architecture", "cnn")  # traced sooner than the U-Net
    backup = tmp_path / "runs" / "tiny" / "backup-5" / "training_metadata.json"
    log = tmp_path / "runs" / "tiny" / "log.csv"
    command = subprocess.Popen(
        [sys.executable, "-m", "training.train", *given],
        cwd=Path(train.__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        while command.poll() is None and not (backup.is_file() and backup.read_text()):
            time.sleep(0.01)
    finally:
        command.send_signal(signal.SIGKILL)
    _, errors = command.communicate()
    assert command.returncode == -signal.SIGKILL, errors.decode()[-2000:]
    done = json.loads(backup.read_text())["epoch"]
    before = pd.read_csv(log).head(done)
    assert 1 <= done < 5 and not (tmp_path / "weights" / "tiny").exists()
    capsys.readouterr()
    with quickly():
        assert train.main([*given, "--resume"]) == 0
    begun = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Epoch ")]
    assert begun == [f"Epoch {epoch}/5" for epoch in range(done + 1, 6)]
    after = pd.read_csv(log)
    assert after["epoch"].tolist() == list(range(5))
    pd.testing.assert_frame_equal(after.head(done), before)
    assert list(cards.find(tmp_path / "weights")[0]) == ["tiny"]
