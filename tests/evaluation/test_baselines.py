import cv2
import numpy as np
import pytest

from neuroscan.evaluation.baselines import Baseline, average_mask, nothing_anywhere
from neuroscan.evaluation.counts import count, dice


def bars(*columns, shape=(4, 8)):
    mask = np.zeros(shape, bool)
    mask[:, list(columns)] = True
    return mask


def test_nothing_anywhere_scores_one_on_absent_frames_and_zero_on_the_others():
    baseline = nothing_anywhere()
    probability = baseline((4, 8))
    assert probability.shape == (4, 8) and probability.dtype == np.float32 and not probability.any()
    called = probability >= baseline.threshold
    assert dice(bars(), called) == 1 and dice(bars(0), called) == 0 and count(bars(0), called).accuracy == 7 / 8


def test_subjects_weigh_alike_however_many_frames_they_have():
    masks = [("uns/1", bars(0))] * 9 + [("uns/2", bars(7))]
    average = average_mask(masks, size=(4, 8))
    assert average.template[0].tolist() == [0.5, 0, 0, 0, 0, 0, 0, 0.5]


def test_threshold_is_the_best_one_of_the_training_masks():
    # Three of four subjects hold column 1, one holds column 6: leaving 6 out scores (3 * 1 + 0) / 4 = 0.75,
    # calling both (3 * 2/3 + 2/3) / 4 = 0.67.
    masks = [("a", bars(1)), ("b", bars(1)), ("c", bars(1)), ("d", bars(6))]
    average = average_mask(masks, size=(4, 8))
    assert 0.25 < average.threshold <= 0.75
    assert np.array_equal(average((4, 8)) >= average.threshold, bars(1))
    # Nine frames of the fourth change nothing, though over frames calling both would be the best.
    assert average_mask([*masks, *8 * [("d", bars(6))]], size=(4, 8)).threshold == average.threshold


def test_stretches_over_frames_of_any_size_and_stays_a_probability():
    average = average_mask([("a", bars(2, 3, 4, 5)), ("b", bars(2, 3))], size=(4, 8))
    for shape in ((420, 580), (1, 1), (7, 300), (4, 8)):
        probability = average(shape)
        assert probability.shape == shape and probability.dtype == np.float32
        assert probability.min() >= 0 and probability.max() <= 1
    assert average((40, 80))[:, 24:36].min() > 0.7 and average((40, 80))[:, :10].max() == 0


def test_masks_of_different_sizes_meet_at_one():
    small, large = bars(2, 3), np.kron(bars(2, 3), np.ones((10, 10), bool))
    average = average_mask([("a", small), ("b", large)], size=(4, 8))
    assert np.array_equal(average.template, bars(2, 3).astype(np.float32))


def test_baselines_are_called_by_their_name():
    assert "nothing" in nothing_anywhere().name
    average = average_mask([("a", bars(1))])
    assert isinstance(average, Baseline) and "average mask" in average.name


@pytest.mark.parametrize(
    ("masks", "words"),
    [([], "got 0 masks"), ([("uns/7", np.zeros((4, 8), np.uint8))], "mask of uns/7 is uint8")],
    ids=["no masks", "grey mask"],
)
def test_what_cannot_be_averaged_is_refused(masks, words):
    with pytest.raises(ValueError, match=words):
        average_mask(masks)


def test_a_subjects_own_average_beats_a_strangers_on_real_masks(real_data):
    # Why splits are by subject: a frame's own subject gives away where its nerve lies.
    own, stranger = [], []
    masks = {
        subject: [
            cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127
            for file in sorted((real_data / "uns" / "train").glob(f"{subject}_*_mask.png"))[::2]
        ]
        for subject in (3, 7, 9, 11, 13, 15, 19, 20)
    }
    for subject, frames in masks.items():
        others = [(str(name), mask) for name, some in masks.items() if name != subject for mask in some]
        for average, scores in (
            (average_mask([(str(subject), mask) for mask in frames[::2]]), own),
            (average_mask(others), stranger),
        ):
            called = average(frames[0].shape) >= average.threshold
            scores += [dice(mask, called) for mask in frames[1::2]]
    assert 0.3 < np.mean(stranger) < 0.5
    assert np.mean(own) > np.mean(stranger) + 0.08
