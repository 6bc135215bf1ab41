"""What a model's folder keeps of its scores."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from neuroscan.data import dataset, splits
from neuroscan.evaluation import calibration, run
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.learning import score
from tests import own_data
from tests.conftest import write_stand_in_model


def test_presence_near_one_is_kept_with_all_its_digits(tmp_path):
    samples = dataset.load(own_data.write(tmp_path / "own")).samples
    samples = samples.assign(group=splits.group_keys(samples))
    write_stand_in_model(tmp_path / "sure", presence_shift=8.0)
    predictor = Predictor(tmp_path / "sure")
    results = score.evaluate(predictor, samples)
    score.write(predictor, samples, results, tmp_path / "sure")
    kept = pd.read_csv(tmp_path / "sure" / cards.FRAMES_FILE)
    assert results.rows["presence"].min() > 0.999 and kept["presence"].nunique() > 4
    assert (kept["presence"].astype("float32") == results.rows["presence"].astype("float32")).all()
    aucs = [roc_auc_score(rows["present_true"], rows["presence"]) for rows in (kept, results.rows)]
    assert aucs[0] == aucs[1]


def test_a_model_is_scored_at_the_thresholds_of_its_card(tmp_path):
    samples = dataset.load(own_data.write(tmp_path / "own")).samples
    samples = samples.assign(group=splits.group_keys(samples))
    write_stand_in_model(tmp_path / "blob")
    predictor = Predictor(tmp_path / "blob")
    middle = float(score.evaluate(predictor, samples).rows["presence"].median())
    for thresholds in ({"threshold": 0.3, "presence_threshold": middle}, {"threshold": 0.7, "presence_threshold": 0.0}):
        write_stand_in_model(tmp_path / "blob", **thresholds)
        predictor = Predictor(tmp_path / "blob")
        expected = run.evaluate(predictor.predict, samples, name="blob", **thresholds).rows
        pd.testing.assert_frame_equal(score.evaluate(predictor, samples).rows, expected)


def test_tables_call_a_simulated_source_synthetic(tmp_path):
    for source in ("own", "phantom_own"):
        own_data.write(tmp_path / "data" / source, {1: (True, False)})
    samples = dataset.load(tmp_path / "data").samples
    samples = samples.assign(group=splits.group_keys(samples))
    write_stand_in_model(tmp_path / "blob")
    predictor = Predictor(tmp_path / "blob")
    score.write(predictor, samples, score.evaluate(predictor, samples), tmp_path / "blob")
    for name in (cards.FRAMES_FILE, cards.CURVES_FILE, cards.RELIABILITY_FILE):
        kept = pd.read_csv(tmp_path / "blob" / name)
        assert set(kept["source"]) == {"own", "phantom_own"}
        assert (kept["synthetic"] == (kept["source"] == "phantom_own")).all()


def test_reliability_is_told_before_calibration_and_after(tmp_path):
    samples = dataset.load(own_data.write(tmp_path / "own")).samples
    samples = samples.assign(group=splits.group_keys(samples))
    write_stand_in_model(tmp_path / "soft", temperature=2.0)
    predictor = Predictor(tmp_path / "soft")
    score.write(predictor, samples, score.evaluate(predictor, samples), tmp_path / "soft")
    kept = pd.read_csv(tmp_path / "soft" / cards.RELIABILITY_FILE)
    pairs = [(image := dataset.read_image(row), dataset.read_mask(row, image.shape)) for _, row in samples.iterrows()]
    for stage, model in (("before", predictor.with_calibration()), ("after", predictor)):
        sums = [calibration.bin_sums(mask, model.predict(image).probability) for image, mask in pairs]
        expected = calibration.reliability(calibration.pooled(np.stack(sums)))
        found = kept[kept["stage"] == stage].reset_index(drop=True)
        for name in ("mean_probability", "observed"):
            assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-3, nan_ok=True)
        assert found["count"].to_numpy() == pytest.approx(expected["count"].to_numpy(), abs=1)
    counts = kept.pivot_table(index="bin_low", columns="stage", values="count")
    assert (counts["before"] - counts["after"]).abs().max() > 10


@pytest.fixture
def parts(tmp_path):
    """Validation and test samples of two subjects each."""
    folder = own_data.write(tmp_path / "own", dict.fromkeys(range(1, 5), (True, True, False)))
    samples = dataset.load(folder).samples
    samples = samples.assign(group=splits.group_keys(samples))
    return samples[samples["subject"] < "3"], samples[samples["subject"] >= "3"]


@pytest.fixture
def timed(monkeypatch):
    """The frames that a model was timed on; no time is taken."""
    seen = []

    def measure(_, images):
        seen.extend(images)
        return {"p50_ms": 1.0, "p95_ms": 2.0, "real_time": True}

    monkeypatch.setattr(score.latency, "measure", measure)
    return seen


def pictures(samples):
    return [dataset.read_image(row) for _, row in samples.iterrows()]


def test_what_was_chosen_stays_unless_it_is_to_be_chosen_anew(tmp_path, parts, timed):
    validation, test = parts
    old = [{"source": "own", "split": split, "gate": False, "dice_frames": 0.123} for split in ("validation", "test")]
    write_stand_in_model(tmp_path / "blob", threshold=0.37, chosen_on="before", scores=old)
    before, told = cards.read(tmp_path / "blob"), []
    card, rows = score.judge(
        before, tmp_path / "blob", validation, test, choose=False, progress=lambda *step: told.append(step)
    )
    assert replace(card, scores=before.scores, latency=before.latency, steadiness={}) == before
    assert card.scores == [old[0], *score.card_rows(rows, "test")]
    expected = score.evaluate(Predictor(tmp_path / "blob"), test).rows
    pd.testing.assert_frame_equal(rows, expected)
    assert cards.read(tmp_path / "blob") == card
    assert len(pd.read_csv(tmp_path / "blob" / cards.FRAMES_FILE)) == len(rows) == 2 * len(test)
    number = len(test) + int(test["present"].sum())  # for steadiness those with a nerve are gone through again
    assert told == [(done, number) for done in range(1, number + 1)]


def test_what_validation_chooses_is_scored_and_written(tmp_path, parts, timed, monkeypatch):
    validation, test = parts
    write_stand_in_model(tmp_path / "blob", threshold=0.37, scores=[{"source": "x", "split": "test", "gate": True}])
    entries = {"threshold": 0.61, "presence_threshold": 0.2, "chosen_on": "them"}
    monkeypatch.setattr("neuroscan.learning.choose.choose", lambda card, folder, samples: entries)
    told = []
    card, rows = score.judge(
        cards.read(tmp_path / "blob"), tmp_path / "blob", validation, test, progress=lambda *step: told.append(step)
    )
    assert {name: getattr(card, name) for name in entries} == entries
    model = Predictor(tmp_path / "blob")
    assert model.card == card
    expected = [score.evaluate(model, samples).rows for samples in parts]
    pd.testing.assert_frame_equal(rows, expected[1])
    assert card.scores == score.card_rows(expected[0], "validation") + score.card_rows(expected[1], "test")
    number = len(validation) + len(test) + int(test["present"].sum())
    assert told == [(done, number) for done in range(1, number + 1)]


@pytest.mark.parametrize("tested", [True, False])
def test_a_model_is_timed_on_test_frames_or_else_on_those_of_validation(tested, tmp_path, parts, timed, monkeypatch):
    validation, test = parts
    write_stand_in_model(tmp_path / "blob", steadiness={"steady": [6, 363]})
    monkeypatch.setattr("neuroscan.learning.choose.choose", lambda *_: {})
    monkeypatch.setattr(score, "_TIMED", 5)
    test = test if tested else test.iloc[:0]
    card, rows = score.judge(cards.read(tmp_path / "blob"), tmp_path / "blob", validation, test)
    expected = pictures((test if tested else validation).head(5))
    assert len(timed) == 5 and all(map(np.array_equal, timed, expected))
    assert card.latency == {"p50_ms": 1.0, "p95_ms": 2.0, "real_time": True}
    assert {row["split"] for row in card.scores} == ({"validation", "test"} if tested else {"validation"})
    assert bool(card.steadiness) == tested  # nothing of an earlier test
    assert rows.empty != tested and (tmp_path / "blob" / cards.FRAMES_FILE).exists() == tested


def test_wrong_outlines_are_counted_by_how_steady_they_are(tmp_path, monkeypatch):
    write_stand_in_model(tmp_path / "blob", threshold=0.4)
    positive = dataset.load(own_data.write(tmp_path / "own", {1: (True,) * 6})).samples
    kinds = iter(["steady", None, "steady", "unsteady", "steady", "unsteady"])

    def predict(predictor, image):
        asked.append(image)
        return SimpleNamespace(steadiness=lambda threshold: next(kinds) if threshold == 0.4 else "other")

    asked = []
    monkeypatch.setattr(score.uncertainty, "predict", predict)
    overlaps = pd.Series([0.5, 0.1, 0.49, 0.0, 0.9, 0.8], index=[7, 1, 3, 2, 9, 4])
    counts = score.count_steadiness(Predictor(tmp_path / "blob"), positive, overlaps)
    assert counts == {"unsteady": [1, 2], "wavering": [0, 0], "steady": [1, 3]}
    assert all(map(np.array_equal, asked, pictures(positive)))


def test_steadiness_is_of_real_test_frames_with_a_nerve(tmp_path, timed):
    for source in ("own", "phantom_own"):
        own_data.write(tmp_path / "data" / source, {1: (False, True), 2: (True, True)})
    test = dataset.load(tmp_path / "data").samples
    test = test.assign(group=splits.group_keys(test)).iloc[::-1]
    # Each outline has a Dice over 0.5 and an IoU under it, and the gate would take it away.
    write_stand_in_model(tmp_path / "blob", threshold=0.945, presence_threshold=1.0)
    card, rows = score.judge(cards.read(tmp_path / "blob"), tmp_path / "blob", test.iloc[:0], test, choose=False)
    real = test[test["present"].eq(True) & (test["source"] == "own")]
    dice = rows[~rows["gate"] & rows["present_true"] & (rows["source"] == "own")]["dice"]
    assert card.steadiness == score.count_steadiness(Predictor(tmp_path / "blob"), real, dice)
    wrong, number = np.sum(list(card.steadiness.values()), axis=0)
    assert wrong == 0 and number == len(real) == 3
    alone = test[test["source"] == "phantom_own"]
    card, _ = score.judge(card, tmp_path / "blob", test.iloc[:0], alone, choose=False)
    assert card.steadiness == {"unsteady": [0, 0], "wavering": [0, 0], "steady": [0, 0]}
