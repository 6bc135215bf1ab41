import numpy as np
import pandas as pd
import pytest

from neuroscan.evaluation.significance import clear_winner, compare_models, holm


def study(gains, *, subjects=15, frames=12, seed=0, noise=0.05):
    """Positive-frame Dice of some models that differ by known gains, on the same frames."""
    rng = np.random.default_rng(seed)
    whose = np.repeat(np.arange(subjects), frames)
    frame = rng.normal(0.7, 0.08, subjects)[whose] + rng.normal(0, 0.05, whose.size)
    # A model's luck is a subject's, not a frame's: that is what makes frames no independent evidence.
    return pd.DataFrame(
        {
            name: frame + gain + rng.normal(0, noise, subjects)[whose] + rng.normal(0, noise, whose.size)
            for name, gain in gains.items()
        }
    ), list(whose)


def pair(table, a, b):
    return table[(table["model_a"] == a) & (table["model_b"] == b)].iloc[0]


def test_a_planted_better_model_wins_and_an_equal_one_does_not():
    scores, subjects = study({"unet": 0.12, "cnn": 0.0, "vgg": 0.0})
    table = compare_models(scores, subjects)
    assert list(zip(table["model_a"], table["model_b"], strict=True)) == [
        ("unet", "cnn"),
        ("unet", "vgg"),
        ("cnn", "vgg"),
    ]
    for other in ("cnn", "vgg"):
        row = pair(table, "unet", other)
        assert row["significant"] and row["low"] > 0 and 0.05 < row["difference"] < 0.2
    assert not pair(table, "cnn", "vgg")["significant"]
    assert clear_winner(table) == "unet"


def test_equal_models_are_rarely_told_apart_by_subjects_but_often_by_frames():
    models = {"a": 0, "b": 0, "c": 0, "d": 0}
    false_alarms = 0
    for seed in range(60):
        scores, subjects = study(models, subjects=12, frames=4, seed=seed)
        false_alarms += compare_models(scores, subjects)["significant"].any()
    assert false_alarms <= 6  # of 60; 5 % is promised for all six comparisons together
    by_frames = 0
    for seed in range(10):
        scores, _ = study(models, subjects=12, seed=seed)
        by_frames += compare_models(scores, range(len(scores)))["significant"].any()
    assert by_frames > 5  # of 10: why pairs are subjects


def test_identical_models_have_p_one():
    scores, subjects = study({"a": 0.0})
    table = compare_models(scores.assign(b=scores["a"], c=scores["a"] + 1e-15), subjects)
    assert table["p"].tolist() == [1, 1, 1] and not table["significant"].any()
    assert clear_winner(table) is None


@pytest.mark.parametrize(
    ("subjects", "smallest"), [(1, 1.0), (2, 0.5), (3, 0.25), (5, 0.0625), (6, 0.03125), (10, 2**-9)]
)
def test_few_subjects_cannot_prove_much(subjects, smallest):
    frames = pd.DataFrame({"a": 0.8 + 0.01 * np.arange(subjects), "b": 0.1})
    row = compare_models(frames, range(subjects)).iloc[0]
    assert row["p"] == pytest.approx(smallest) and row["n_subjects"] == subjects
    assert np.isnan(row["low"]) == (subjects == 1)


def test_wilcoxon_by_hand():
    # Differences 1, 2, 3, 4, -5, 6 hundredths: the negative rank is 5; of 64 signs, 10 have a sum of 5 or less.
    frames = pd.DataFrame({"a": [0.51, 0.52, 0.53, 0.54, 0.45, 0.56], "b": 0.5})
    assert compare_models(frames, range(6)).iloc[0]["p"] == pytest.approx(2 * 10 / 64)


def test_a_subject_counts_once_however_many_frames_it_has():
    few = pd.DataFrame({"a": [0.8, 0.7, 0.9], "b": [0.5, 0.6, 0.6]})
    many = pd.concat([few, few.iloc[[0]], few.iloc[[0]]])
    left = compare_models(few, ["s1", "s2", "s3"])
    right = compare_models(many, ["s1", "s2", "s3", "s1", "s1"])
    pd.testing.assert_frame_equal(left, right)
    assert left.iloc[0]["difference"] == pytest.approx((0.3 + 0.1 + 0.3) / 3)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ([], []),
        ([0.04], [0.04]),
        ([0.01, 0.02, 0.03], [0.03, 0.04, 0.04]),
        ([0.03, 0.01, 0.02], [0.04, 0.03, 0.04]),
        ([0.6, 0.5], [1.0, 1.0]),
        ([0.01, 0.01, 0.01, 0.2], [0.04, 0.04, 0.04, 0.2]),
    ],
)
def test_holm_by_hand(p, expected):
    assert holm(p).tolist() == pytest.approx(expected)


def test_holm_is_kinder_than_bonferroni_and_never_below_the_raw_value():
    p = np.random.default_rng(1).random(30) ** 3
    assert (holm(p) >= p).all() and (holm(p) <= np.minimum(30 * p, 1)).all()
    assert (np.diff(holm(p)[np.argsort(p)]) >= 0).all()


def test_models_are_told_apart_by_the_corrected_p_alone():
    frames = pd.DataFrame({"a": 0.8 + 0.01 * np.arange(6), "b": 0.5, "c": 0.2})
    table = compare_models(frames, range(6))
    assert table["p"].to_numpy() == pytest.approx(2 / 64)  # under 5 %, each
    assert table["p_holm"].to_numpy() == pytest.approx(3 * 2 / 64) and not table["significant"].any()
    assert compare_models(frames[["a", "b"]], range(6))["significant"].all()  # one comparison needs no correction


def test_winner_needs_every_duel():
    def duel(a, b, difference, significant):
        return {"model_a": a, "model_b": b, "difference": difference, "significant": significant}

    duels = [duel("a", "b", -0.1, True), duel("a", "c", 0.1, True), duel("b", "c", 0.2, True)]
    assert clear_winner(pd.DataFrame(duels)) == "b"
    duels[2]["significant"] = False
    assert clear_winner(pd.DataFrame(duels)) is None


def test_a_lead_that_three_subjects_turn_round_is_none():
    lead = pd.Series([0.01 + 0.001 * n for n in range(23)] + [-0.5, -0.6, -0.7])
    table = compare_models(pd.DataFrame({"a": 0.8 + lead, "b": 0.8}), range(26))
    assert table.loc[0, "p_holm"] < 0.05 and table.loc[0, "difference"] < 0
    assert not table.loc[0, "significant"] and clear_winner(table) is None


def test_one_model_has_nobody_to_beat():
    table = compare_models(pd.DataFrame({"unet": [0.8, 0.9]}), ["a", "b"])
    assert len(table) == 0 and clear_winner(table) is None
    assert "p_holm" in table.columns and "significant" in table.columns


def test_what_cannot_be_paired_is_refused():
    with pytest.raises(ValueError, match="1 scores NaN"):
        compare_models(pd.DataFrame({"a": [0.5, np.nan], "b": [0.5, 0.5]}), ["s", "t"])
    with pytest.raises(ValueError, match=r"2 rows.*3 subjects"):
        compare_models(pd.DataFrame({"a": [0.5, 0.4], "b": [0.5, 0.5]}), ["s", "t", "u"])
    with pytest.raises(ValueError, match="0 rows"):
        compare_models(pd.DataFrame({"a": [], "b": []}), [])
    with pytest.raises(ValueError, match=r"\[0.5, 1.5\]"):
        holm([0.5, 1.5])
