import numpy as np
import pytest

from neuroscan.evaluation.intervals import Interval, bootstrap_mean


def test_means_by_hand_over_frames_and_over_subjects():
    values, subjects = [0.9, 0.7, 0.8, 0.2], ["a", "a", "a", "b"]
    assert bootstrap_mean(values, subjects).value == pytest.approx(2.6 / 4)
    assert bootstrap_mean(values, subjects, over="subjects").value == pytest.approx((0.8 + 0.2) / 2)


def test_two_subjects_reach_from_one_to_the_other():
    # Drawn means are 0.2 (1 in 4), 0.5 (2 in 4) and 0.8 (1 in 4): the 95 % interval is all of it.
    found = bootstrap_mean([0.8, 0.2], ["a", "b"], over="subjects")
    assert (found.low, found.high, found.n_subjects) == (pytest.approx(0.2), pytest.approx(0.8), 2)


def test_one_subject_has_no_interval():
    assert bootstrap_mean([0.5, 0.5, 0.8], ["uns/1"] * 3) == Interval(pytest.approx(0.6), np.nan, np.nan, 1)


def test_equal_scores_have_an_interval_of_no_width():
    found = bootstrap_mean([0.75] * 6, [1, 1, 2, 3, 3, 3])
    assert (found.value, found.low, found.high) == (0.75, 0.75, 0.75)


def test_equal_to_drawing_whole_subjects_one_by_one():
    rng = np.random.default_rng(1)
    subjects = np.repeat(np.arange(8), rng.integers(1, 12, 8))
    values = rng.random(subjects.size) * 0.3 + 0.05 * subjects
    frames = [values[subjects == subject] for subject in range(8)]
    for over in ("frames", "subjects"):
        slow = []
        for _ in range(4000):
            drawn = [frames[k] for k in rng.integers(0, 8, 8)]
            slow.append(np.concatenate(drawn).mean() if over == "frames" else np.mean([one.mean() for one in drawn]))
        fast = bootstrap_mean(values, list(subjects), over=over, resamples=4000)
        assert (fast.low, fast.high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.012)


def test_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(7)
    hits, naive = 0, 0
    for trial in range(200):
        level = rng.normal(0.75, 0.08, 20)  # each subject's own Dice
        subjects = np.repeat(np.arange(20), 10)
        values = level[subjects] + rng.normal(0, 0.05, subjects.size)
        found = bootstrap_mean(values, list(subjects), resamples=400, seed=trial)
        hits += found.low <= 0.75 <= found.high
        as_if_independent = bootstrap_mean(values, range(values.size), resamples=400, seed=trial)
        naive += as_if_independent.low <= 0.75 <= as_if_independent.high
    assert 0.88 <= hits / 200 <= 0.98
    assert naive / 200 < 0.7  # what resampling frames would have claimed


def test_widens_with_the_spread_of_subjects():
    subjects = np.repeat(np.arange(10), 5)
    near, far = 0.7 + 0.01 * (subjects - 4.5), 0.7 + 0.03 * (subjects - 4.5)

    def width(values):
        found = bootstrap_mean(values, list(subjects))
        return found.high - found.low

    assert width(far) == pytest.approx(3 * width(near))


def test_seed_repeats_and_names_and_order_of_subjects_do_not_matter():
    values, subjects = [0.1, 0.4, 0.5, 0.9, 0.3], ["a", "b", "b", "c", "d"]
    one = bootstrap_mean(values, subjects, seed=5)
    assert one == bootstrap_mean(values, subjects, seed=5)
    assert one == bootstrap_mean(values, [("uns", 3), ("uns", 1), ("uns", 1), ("usgra", 1), ("usgra", 3)], seed=5)
    assert one.low <= one.value <= one.high


@pytest.mark.parametrize(
    ("values", "subjects", "options", "words"),
    [
        ([], [], {}, "0 values"),
        ([0.5, 0.6], ["a"], {}, "2 values.*1 frames"),
        ([0.5, np.nan], ["a", "b"], {}, "1 of them NaN"),
        ([0.5, 0.6], ["a", "b"], {"over": "pixels"}, "over='pixels'"),
        ([0.5, 0.6], ["a", "b"], {"resamples": 0}, "resamples=0"),
    ],
    ids=["no frame", "lengths", "NaN", "over", "resamples"],
)
def test_what_has_no_mean_is_refused(values, subjects, options, words):
    with pytest.raises(ValueError, match=words):
        bootstrap_mean(values, subjects, **options)
