import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from neuroscan.evaluation.intervals import Interval
from neuroscan.evaluation.presence import bootstrap_auc, choose_presence_threshold, roc_curve

# Ten frames: six with a nerve, four without.
LABELS = [True, True, True, True, True, True, False, False, False, False]
SCORES = [0.95, 0.9, 0.8, 0.7, 0.6, 0.2, 0.85, 0.5, 0.3, 0.1]


def test_auc_is_the_share_of_pairs_in_the_right_order():
    # Pairs won against 0.85: 2 of 6; against 0.5: 5; against 0.3: 5; against 0.1: 6.
    assert bootstrap_auc(LABELS, SCORES, range(10)).value == pytest.approx((2 + 5 + 5 + 6) / 24)


@pytest.mark.parametrize(
    ("labels", "scores", "auc"),
    [
        ([True, False], [0.9, 0.1], 1.0),
        ([True, False], [0.1, 0.9], 0.0),
        ([True, False, True, False], [0.5, 0.5, 0.5, 0.5], 0.5),
    ],
    ids=["perfect", "upside down", "constant"],
)
def test_auc_at_its_ends(labels, scores, auc):
    assert bootstrap_auc(labels, scores, range(len(labels))).value == auc


def test_roc_runs_from_corner_to_corner_and_holds_the_auc_and_each_verdict():
    curve = roc_curve(LABELS, SCORES)
    assert curve.iloc[0][["sensitivity", "false_positive_rate"]].tolist() == [0, 0]
    assert curve.iloc[-1][["sensitivity", "false_positive_rate"]].tolist() == [1, 1]
    assert (curve["sensitivity"].diff().dropna() >= 0).all() and (
        curve["false_positive_rate"].diff().dropna() >= 0
    ).all()
    area = np.trapezoid(curve["sensitivity"], curve["false_positive_rate"])
    assert area == pytest.approx(roc_auc_score(LABELS, SCORES))
    for point in curve.itertuples():
        called = np.array(SCORES) >= point.threshold
        shares = called[:6].mean(), called[6:].mean()
        assert shares == pytest.approx((point.sensitivity, point.false_positive_rate))


@pytest.mark.parametrize(
    ("target", "expected"),
    [(1.0, 0.2), (0.9, 0.2), (5 / 6, 0.6), (0.5, 0.8), (0.1, 0.95)],
)
def test_chosen_threshold_by_hand(target, expected):
    assert choose_presence_threshold(LABELS, SCORES, sensitivity=target) == expected


@pytest.mark.parametrize("target", [0.5, 0.55, 0.7, 0.9, 0.95, 1.0])
def test_chosen_threshold_reaches_the_target_and_the_next_higher_score_does_not(target):
    rng = np.random.default_rng(2)
    labels, scores = rng.random(200) < 0.4, rng.random(200)
    chosen = choose_presence_threshold(labels, scores, sensitivity=target)
    assert (scores[labels] >= chosen).mean() >= target > (scores[labels] > chosen).mean()


def test_target_is_not_missed_by_rounding():
    # 0.55 * 20 comes out as 11.000000000000002: eleven frames are enough.
    assert choose_presence_threshold([True] * 20, np.arange(20) / 20, sensitivity=0.55) == 9 / 20


def test_single_precision_scores_are_predicted_at_their_own_threshold():
    scores = np.array([0.1, 0.7, 0.3], np.float32)
    chosen = choose_presence_threshold([True, True, True], scores, sensitivity=1.0)
    assert (scores.astype(float) >= chosen).all()


@pytest.mark.parametrize(
    ("labels", "scores", "words"),
    [
        (SCORES, LABELS, "labels are float64; expected bool, before the scores"),
        ([True, False], [0.5], r"\(2,\).*\(1,\)"),
        ([True, False], [0.5, float("nan")], "1 scores are NaN"),
        (np.zeros(0, bool), np.zeros(0), r"\(0,\)"),
    ],
    ids=["swapped", "lengths differ", "NaN", "no frames"],
)
def test_what_cannot_be_scored_is_refused(labels, scores, words):
    for ask in (lambda: bootstrap_auc(labels, scores, range(len(labels))), lambda: roc_curve(labels, scores)):
        with pytest.raises(ValueError, match=words):
            ask()


def test_one_kind_of_frame_has_no_roc_and_no_positive_has_no_threshold():
    with pytest.raises(ValueError, match="all 2 frames are absent"):
        roc_curve([False, False], [0.1, 0.2])
    with pytest.raises(ValueError, match="none of the 2 frames has a nerve"):
        choose_presence_threshold([False, False], [0.1, 0.2])
    with pytest.raises(ValueError, match=r"sensitivity is 90"):
        choose_presence_threshold(LABELS, SCORES, sensitivity=90)
    with pytest.raises(ValueError, match=r"groups have shape \(1,\); expected \(2,\)"):
        choose_presence_threshold([True, True], [0.1, 0.2], groups=["uns"])


def test_with_groups_the_share_is_the_mean_of_the_sources_shares():
    # Eight frames of a large source, two of a small one: at 0.6 the large one has 8/8, the small one 1/2.
    scores = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.62, 0.1]
    groups = ["uns"] * 8 + ["usgra"] * 2
    labels = [True] * 10
    assert choose_presence_threshold(labels, scores, sensitivity=0.9) == 0.6  # 9 of 10 frames
    assert choose_presence_threshold(labels, scores, sensitivity=0.75, groups=groups) == 0.6  # (8/8 + 1/2) / 2
    assert choose_presence_threshold(labels, scores, sensitivity=0.9, groups=groups) == 0.1


def test_groups_of_frames_without_a_nerve_do_not_count():
    labels = [True, True, False, False]
    scores = [0.9, 0.4, 0.8, 0.7]
    groups = ["uns", "uns", "other", "other"]
    alone = choose_presence_threshold(labels, scores, sensitivity=1.0)
    assert choose_presence_threshold(labels, scores, sensitivity=1.0, groups=groups) == alone == 0.4


@pytest.mark.parametrize("target", [0.5, 0.7, 0.9, 1.0])
def test_equal_groups_choose_as_no_groups_do(target):
    scores = np.random.default_rng(4).random(40)
    labels = np.ones(40, bool)
    chosen = choose_presence_threshold(labels, scores, sensitivity=target, groups=np.arange(40) % 2)
    # Twenty frames each: a frame of either weighs 1/40.
    assert chosen == choose_presence_threshold(labels, scores, sensitivity=target)


def frames_of_subjects(seed):
    """Labels, presence scores with ties, and subjects of some frames."""
    rng = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(9), rng.integers(2, 15, 9))
    labels = rng.random(subjects.size) < 0.6
    scores = (0.3 * labels + rng.random(subjects.size) + 0.05 * subjects).round(1)
    return labels, scores, subjects


def test_auc_equals_that_of_whole_subjects_drawn_one_by_one():
    labels, scores, subjects = frames_of_subjects(2)
    rng, slow = np.random.default_rng(3), []
    for _ in range(3000):
        rows = np.concatenate([np.flatnonzero(subjects == k) for k in rng.integers(0, 9, 9)])
        if 0 < labels[rows].sum() < rows.size:
            slow.append(roc_auc_score(labels[rows], scores[rows]))
    found = bootstrap_auc(labels, scores, list(subjects), resamples=3000)
    assert found.value == pytest.approx(roc_auc_score(labels, scores))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(slow, (0.025, 0.975))), abs=0.012)


@pytest.mark.parametrize("rare", [True, False])
def test_auc_stands_on_the_subjects_of_the_kind_that_fewer_have(rare):
    labels = np.array([rare, not rare, rare, not rare, not rare])
    found = bootstrap_auc(labels, [0.9, 0.1, 0.8, 0.85, 0.2], ["a", "a", "b", "b", "c"])
    assert found.n_subjects == 2 and found.low < found.high


def test_auc_of_one_subjects_absent_frames_has_no_interval():
    found = bootstrap_auc([True, True, False, False], [0.9, 0.4, 0.6, 0.1], ["a", "b", "b", "b"])
    assert found == Interval(0.75, np.nan, np.nan, 1)


def test_auc_of_one_kind_of_frame_is_unknown():
    found = bootstrap_auc([True, True], [0.9, 0.4], ["a", "b"])
    assert np.isnan(found.value) and np.isnan(found.low)


def test_auc_refuses_what_does_not_belong_together():
    with pytest.raises(ValueError, match="labels are float64; expected bool"):
        bootstrap_auc([0.9, 0.1], [True, False], ["a", "b"])
    with pytest.raises(ValueError, match="got 1 subjects of 2 frames"):
        bootstrap_auc([True, False], [0.9, 0.1], ["a"])
