"""Which frames a data set holds."""

import pytest

from neuroscan.phantom.plan import DEMO_SEED, plan, refuse_demo, subject_name


@pytest.mark.parametrize(("subjects", "frames", "seed"), [(1, 1, 0), (1, 17, 3), (12, 25, 7), (47, 120, 5)])
def test_share_of_absent_frames(subjects, frames, seed):
    entries = plan(subjects, frames, seed)
    assert [(e.subject, e.number) for e in entries] == [
        (s, n) for s in range(1, subjects + 1) for n in range(1, frames + 1)
    ]
    assert sum(not e.nerve for e in entries) == round(0.588 * subjects * frames)
    assert all(0 < e.along < 1 for e in entries)


def test_near_duplicates_contradict_a_frame_with_a_nerve_of_their_own_subject():
    entries = plan(12, 25, 7)
    by = {(e.subject, e.number): e for e in entries}
    duplicates = [e for e in entries if e.duplicate_of is not None]
    assert len(duplicates) == 6
    assert {e.nerve for e in duplicates} == {True, False}
    for duplicate in duplicates:
        original = by[duplicate.subject, duplicate.duplicate_of]
        assert original.nerve and original.duplicate_of is None and original.along == duplicate.along
    assert len({(e.subject, e.duplicate_of) for e in duplicates}) == len(duplicates)


def test_a_frame_is_never_in_two_pairs():
    for seed in range(30):
        duplicates = {e.number: e.duplicate_of for e in plan(1, 500, seed) if e.duplicate_of is not None}
        assert len(duplicates) == 10
        assert len({*duplicates, *duplicates.values()}) == 20


def test_only_near_duplicates_share_a_place():
    entries = plan(3, 25, 1)
    places = [(e.subject, e.along) for e in entries if e.duplicate_of is None]
    assert len(set(places)) == len(places)


def test_plans_of_one_seed_repeat_and_of_two_differ():
    assert plan(2, 11, 7) == plan(2, 11, 7)
    one, other = plan(2, 11, 7), plan(2, 11, 8)
    assert not {entry.along for entry in one} & {entry.along for entry in other}
    assert [entry.nerve for entry in one] != [entry.nerve for entry in other]


@pytest.mark.parametrize(("subjects", "frames", "seed"), [(0, 5, 1), (1000, 5, 1), (3, 0, 1), (3, 5, -1)])
def test_numbers_out_of_range_are_named(subjects, frames, seed):
    with pytest.raises(ValueError, match=f"Received {subjects} subjects, {frames} frames and seed {seed}"):
        plan(subjects, frames, seed)


def test_names_cannot_be_taken_for_kaggles_or_for_another_sets():
    names = {subject_name(seed, subject) for seed in (0, 7, 70, 707) for subject in (1, 10, 999)}
    assert len(names) == 12
    assert not any(name.isdigit() or "_" in name for name in names)


def test_training_refuses_the_demo_and_nothing_else():
    refuse_demo(
        ["1", "47", 12, subject_name(7, 3), subject_name(DEMO_SEED + 1, 1), subject_name(10 * DEMO_SEED, 1), "P1"]
    )
    with pytest.raises(ValueError, match=subject_name(DEMO_SEED, 3)):
        refuse_demo(["1", subject_name(DEMO_SEED, 3)])
