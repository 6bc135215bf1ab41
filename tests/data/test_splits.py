"""Splits by subject: properties over seeds, small numbers by hand, and the real sources."""

from itertools import chain

import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset, duplicates, splits
from neuroscan.data.codecs import encode_png
from tests import own_data


def table(shares, *, source="own", frames=3):
    """Samples of subjects with these shares of nerve frames."""
    rows = [
        {"source": source, "subject": str(number), "frame": f"{number}_{i}", "prevalence": share}
        for number, share in enumerate(shares, start=1)
        for i in range(frames)
    ]
    return pd.DataFrame(rows).astype({"subject": object})


def counts(split):
    """Subjects in each split."""
    return split.groupby("split")["group"].nunique().reindex(splits.SPLITS, fill_value=0).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_no_subject_stands_on_two_sides_and_every_frame_stands_on_one(seed):
    samples = table(np.linspace(0, 1, 23))
    split = splits.by_subject(samples, seed=seed)
    assert split.index.equals(samples.index)
    assert set(split["split"]) == set(splits.SPLITS)
    assert (split.groupby("group")["split"].nunique() == 1).all()


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [(4, [2, 1, 1]), (5, [3, 1, 1]), (10, [6, 2, 2]), (38, [23, 8, 7]), (100, [60, 20, 20])],
)
def test_shares_of_subjects_by_hand(subjects, expected):
    made = counts(splits.by_subject(table(np.linspace(0, 1, subjects)), seed=3))
    assert sum(made) == subjects
    assert np.abs(np.subtract(made, expected)).max() <= 1


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    samples = table(np.linspace(0, 1, 20))
    first, again, other = (splits.by_subject(samples, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
    mixed = samples.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(splits.by_subject(mixed, seed=1).sort_index(), first)


def test_another_source_beside_it_changes_nothing():
    alone = table(np.linspace(0, 1, 12), source="b")
    both = pd.concat([table(np.linspace(0, 1, 9), source="a"), alone], ignore_index=True)
    beside = splits.by_subject(both, seed=1).iloc[-len(alone) :].reset_index(drop=True)
    pd.testing.assert_frame_equal(splits.by_subject(alone, seed=1), beside)


def test_every_split_sees_subjects_with_few_and_with_many_nerve_frames():
    # A plain draw of 8 subjects from these 40 would miss 0.5 by 0.1 on average.
    shares = np.tile([0.0, 1.0], 20)
    means = []
    for seed in range(20):
        samples = table(shares)
        split = splits.by_subject(samples, seed=seed)
        means.append(samples["prevalence"].groupby(split["split"]).mean())
    misses = (pd.DataFrame(means) - 0.5).abs()
    assert misses.mean().max() < 0.06 and misses.to_numpy().max() < 0.2


def test_every_split_sees_subjects_of_few_and_of_many_frames():
    # A plain draw of 4 subjects from these 20 would miss 6 frames a subject by 2 on average.
    samples = table([0.5] * 20, frames=10)
    few = samples["subject"].astype(int) % 2 == 1
    samples = samples[~few | (samples.groupby("subject").cumcount() < 2)]
    misses = []
    for seed in range(20):
        split = splits.by_subject(samples, seed=seed)
        sizes = split.groupby(["split", "group"]).size().groupby("split").mean()
        misses.append((sizes - 6).abs().max())
    assert np.mean(misses) < 1


def test_subject_1_of_uns_is_test_whatever_the_seed_and_others_of_its_number_are_not():
    samples = pd.concat([table(np.linspace(0, 1, 10), source=s) for s in ("uns", "own")], ignore_index=True)
    own = set()
    for seed in range(12):
        split = splits.by_subject(samples, seed=seed)
        assert set(split.loc[split["group"] == "uns/1", "split"]) == {"test"}
        assert counts(split[split["group"].str.startswith("uns/")]) == [6, 2, 2]  # it is one of the two
        own |= set(split.loc[split["group"] == "own/1", "split"])
    assert len(own) > 1


@pytest.mark.parametrize("named", [2, 4])
def test_subjects_that_never_train_count_among_those_of_the_test(named, monkeypatch):
    always = [f"own/{number}" for number in range(1, 1 + named)]
    monkeypatch.setattr(splits, "ALWAYS_TEST", always)
    split = splits.by_subject(table(np.linspace(0, 1, 20)), seed=1)
    assert set(always) <= set(splits.lists(split)["test"])
    assert counts(split) == [12, 4, 4]


@pytest.mark.parametrize("seed", range(6))
def test_a_person_under_two_numbers_is_one_and_nobody_else_moves(seed, monkeypatch):
    samples = table(np.linspace(0, 1, 20), source="uns")
    split = splits.by_subject(samples, seed=seed)
    numbers = samples["source"] + "/" + samples["subject"]
    person = split[numbers.isin(["uns/17", "uns/18"])]
    assert set(person["group"]) == {"uns/18"} and person["split"].nunique() == 1
    assert splits.group_keys(samples).equals(split["group"])
    folds = [splits.by_fold(samples, seed=seed, folds=4, fold=fold).loc[person.index] for fold in range(1, 5)]
    assert [fold["split"].nunique() for fold in folds] == [1] * 4
    alone = splits.by_subject(samples[numbers == "uns/17"], seed=seed)
    assert set(alone["group"]) == {"uns/18"} and set(alone["split"]) == {"train"}
    monkeypatch.setattr(splits, "SAME_PERSON", {})
    deal = splits.by_subject(samples, seed=seed)
    assert deal["split"][numbers != "uns/17"].equals(split["split"][numbers != "uns/17"])


def rounds(samples, folds):
    """The split of each round of cross-validation."""
    return [splits.by_fold(samples, seed=1, folds=folds, fold=fold) for fold in range(1, folds + 1)]


@pytest.mark.parametrize(("subjects", "folds"), [(10, 5), (23, 4), (7, 3)])
def test_folds_are_disjoint_and_cover_every_subject(subjects, folds):
    made = rounds(table(np.linspace(0, 1, subjects)), folds)
    for split in made:
        assert (split.groupby("group")["split"].nunique() == 1).all()
    tested, checked = ([splits.lists(split)[name] for split in made] for name in ("test", "validation"))
    assert sorted(chain.from_iterable(tested)) == sorted(f"own/{n}" for n in range(1, subjects + 1))
    assert checked == tested[1:] + tested[:1]  # the next fold, so that every subject is validation once
    assert max(map(len, tested)) - min(map(len, tested)) <= 1


def test_folds_are_the_same_whatever_the_order_of_frames_and_whatever_lies_beside_them():
    samples = table(np.linspace(0, 1, 12), source="b")
    both = pd.concat([table([0.5] * 9, source="a"), samples], ignore_index=True)
    alone = rounds(samples, 4)
    for split, mixed, beside in zip(
        alone, rounds(samples.sample(frac=1, random_state=0), 4), rounds(both, 4), strict=True
    ):
        pd.testing.assert_frame_equal(mixed.sort_index(), split)
        pd.testing.assert_frame_equal(beside.iloc[-len(samples) :].reset_index(drop=True), split)
    other = splits.by_fold(samples, seed=2, folds=4, fold=1)
    assert not other.equals(alone[0])


def test_every_fold_sees_subjects_with_few_and_with_many_nerve_frames():
    samples = table(np.linspace(0, 1, 40))
    means = [samples["prevalence"].groupby(split["split"]).mean()["test"] for split in rounds(samples, 4)]
    assert np.abs(np.array(means) - 0.5).max() < 0.1


def test_subject_1_of_uns_is_test_in_every_round():
    made = [splits.lists(split) for split in rounds(table(np.linspace(0, 1, 11), source="uns"), 5)]
    assert all("uns/1" in names["test"] and len(names["test"]) == 3 for names in made)
    others = sorted(chain.from_iterable(set(names["test"]) - {"uns/1"} for names in made))
    assert others == sorted(f"uns/{n}" for n in range(2, 12))


@pytest.mark.parametrize(("folds", "fold"), [(2, 1), (5, 0), (5, 6), (0, 0)])
def test_rounds_that_are_none_are_refused(folds, fold):
    with pytest.raises(ValueError, match=f"got fold {fold} of {folds}"):
        splits.by_fold(table([0.5]), seed=1, folds=folds, fold=fold)


def test_a_split_by_frames_tears_subjects_on_purpose():
    samples = table(np.linspace(0, 1, 10), frames=10)
    split = splits.by_frame(samples, seed=1)
    assert split["split"].value_counts().to_dict() == {"train": 60, "validation": 20, "test": 20}
    assert split["group"].is_unique
    assert samples["subject"].groupby(split["split"]).nunique().min() > 5
    pd.testing.assert_frame_equal(splits.by_frame(samples, seed=1), split)
    mixed = splits.by_frame(samples.sample(frac=1, random_state=0), seed=1)
    pd.testing.assert_frame_equal(mixed.sort_index(), split.sort_index())


def test_lists_name_each_subject_once_and_sorted():
    split = splits.by_subject(table(np.linspace(0, 1, 10)), seed=1)
    named = splits.lists(split)
    assert list(named) == list(splits.SPLITS)
    assert sorted(chain.from_iterable(named.values())) == sorted(f"own/{n}" for n in range(1, 11))
    assert all(names == sorted(names) for names in named.values())


def test_where_subjects_are_unknown_near_identical_frames_stay_together(tmp_path):
    random = np.random.default_rng(0)
    for part in ("images", "masks"):
        (tmp_path / "own" / part).mkdir(parents=True)
    for number in range(12):
        image, mask = own_data.frame(True, random, shape=(120, 160))
        image = np.roll(np.sort(image, axis=number % 2), 13 * number)
        for copy, name in enumerate((f"{number:04}", f"{number + 50:04}")):
            shifted = np.roll(image, 2 * copy, axis=1)  # the next frame of the same loop
            (tmp_path / "own" / "images" / f"{name}.png").write_bytes(encode_png(shifted))
            (tmp_path / "own" / "masks" / f"{name}.png").write_bytes(encode_png(mask.astype(np.uint8) * 255))
    samples = dataset.load(tmp_path).samples
    split = splits.by_subject(samples, seed=1)
    groups = dict(zip(samples["frame"], split["group"], strict=True))
    assert all(groups[f"{n:04}"] == groups[f"{n + 50:04}"] for n in range(12))
    # By its first frame: later ones that join a group leave it the name that a card knows it by.
    firsts = [min(frame for frame, group in groups.items() if group == name) for name in groups.values()]
    assert list(groups.values()) == [f"own/like-{first}" for first in firsts]
    assert (split.groupby("group")["split"].nunique() == 1).all()


@pytest.fixture(scope="module")
def real(real_set):
    samples = real_set.samples
    return samples.join(splits.by_subject(samples, seed=1))


def test_real_sources_split_60_20_20_with_subject_1_in_test(real):
    assert (real.groupby("group")["split"].nunique() == 1).all()
    assert set(real.loc[real["group"] == "uns/1", "split"]) == {"test"}
    assert counts(real[real["source"] == "uns"]) == [23, 6, 8]
    groups = np.array(counts(real[real["source"] == "usgra"]))
    assert np.allclose(groups / groups.sum(), (0.6, 0.2, 0.2), atol=0.02)


def test_no_near_identical_frames_of_real_subjects_stand_on_two_sides(real):
    """Twice the same picture under two numbers is one person: training on one of them is training on both."""
    uns = real[real["source"] == "uns"]
    images = [dataset.read_image(row) for _, row in uns.iterrows()]
    features = np.stack([duplicates.block_histograms(image) for image in images])
    pairs, _, _ = duplicates.near_duplicate_pairs(features, np.stack([duplicates.pattern(image) for image in images]))
    first, second = (uns.iloc[side] for side in pairs.T)
    assert len(pairs) > 1000 and (first["subject"].to_numpy() != second["subject"].to_numpy()).any()
    assert (first["group"].to_numpy() == second["group"].to_numpy()).all()
    assert (first["split"].to_numpy() == second["split"].to_numpy()).all()


def test_real_splits_have_alike_prevalences(real):
    subjects = real[real["source"] == "uns"].groupby("group").first()
    means = subjects.groupby("split")["prevalence"].mean()
    assert means.max() - means.min() < 0.1


def test_real_absent_frames_are_all_in_test(real):
    absent = real[real["present"].eq(False)]
    assert len(absent) == 26 and set(absent["split"]) == {"test"} and set(absent["group"]) == {"uns/1"}
