"""Training, validation and test: grouped by subject, never by frame."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.data import dataset, duplicates

SPLITS = ("train", "validation", "test")
SHARES = (0.6, 0.2, 0.2)
"""Of `SPLITS`."""
ALWAYS_TEST = ("uns/1",)
"""Subject 1 of UNS: its 26 native frames without a nerve are the only real ones at hand. Of a person under two numbers
the one that `SAME_PERSON` goes by would stand here."""
GROUP_PREFIX = "/like-"
"""Between source and name in the key of a group of near-duplicates whose subject is unknown."""
SAME_PERSON = {"uns/17": "uns/18"}
"""Subjects that are one person under two numbers: 42 pairs of their frames are near-identical, some to the pixel. No
other two subjects of UNS share any."""


def person_keys(samples: pd.DataFrame) -> pd.Series:
    """Name each sample's subject as `dataset.subject_keys` does, a person under two numbers by one; None if unknown."""
    return dataset.subject_keys(samples).replace(SAME_PERSON)


def group_keys(samples: pd.DataFrame) -> pd.Series:
    """The group of each sample for a grouped split: its subject, or, where unknown, its cluster of near-duplicates.

    Args:
        samples: table of `dataset.Dataset`.

    Returns:
        Keys such as `uns/7` and `usgra/like-0012`, index as in samples. A person under two numbers has one key.

    Raises:
        ValueError: a frame of an unknown subject cannot be decoded.
    """
    return _numbered_keys(samples).replace(SAME_PERSON)


def _numbered_keys(samples: pd.DataFrame) -> pd.Series:
    """Keys as the data set numbers its subjects."""
    keys = dataset.subject_keys(samples)
    for source, rows in samples[keys.isna()].groupby("source"):
        numbers = duplicates.groups(dataset.read_image(row) for _, row in rows.iterrows())
        # Named after its first frame, so that a group keeps its name when later ones come or go.
        first = rows["frame"].groupby(numbers).transform("min")
        keys.loc[rows.index] = f"{source}{GROUP_PREFIX}" + first
    return keys


def by_subject(samples: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Grouped split per source, stratified by each subject's prevalence and number of frames.

    Subjects are ordered by prevalence (their share of frames with a nerve), then by their number of frames, and cut
    into runs of neighbours; each run is dealt to the splits by `SHARES` in a random order, so that every split has
    subjects of low and of high prevalence. `ALWAYS_TEST` never train.

    Args:
        samples: table of `dataset.Dataset`.
        seed: the same seed and samples give the same split.

    Returns:
        Columns `group` (see `group_keys`) and `split` ('train', 'validation' or 'test'), index as in samples.
    """
    keys = _numbered_keys(samples)
    assigned: dict[str, str] = {}
    for members in _subjects(samples, keys):
        always = members.index.isin(ALWAYS_TEST)
        targets = np.array(SHARES) * len(members) - np.array([0, 0, always.sum()])
        parts = _deal(members, np.random.default_rng(seed), targets, always)
        assigned |= dict.fromkeys(members.index[always], "test") | {key: SPLITS[part] for key, part in parts.items()}
    return _to_table(keys, assigned)


def by_fold(samples: pd.DataFrame, *, seed: int, folds: int, fold: int) -> pd.DataFrame:
    """Grouped split for one round of stratified K-fold cross-validation: each subject is test in exactly one round.

    Subjects are dealt to as many folds as evenly as `by_subject` deals them to its splits. The fold of this round is
    test, the next one validation, all others train; `ALWAYS_TEST` are test in every round.

    Args:
        samples: table of `dataset.Dataset`.
        seed: the same seed and samples give the same folds; every round must have the same.
        folds: how many, 3 or more.
        fold: which round, 1 to `folds`.

    Returns:
        Columns `group` and `split`, as `by_subject` gives them.

    Raises:
        ValueError: there are fewer than 3 folds, or no such round.
    """
    if folds < 3 or not 1 <= fold <= folds:
        raise ValueError(f"folds must be 3 or more and fold lie in [1, folds], got fold {fold} of {folds}")
    keys = _numbered_keys(samples)
    assigned: dict[str, str] = {}
    for members in _subjects(samples, keys):
        always = members.index.isin(ALWAYS_TEST)
        targets = np.full(folds, (~always).sum() / folds)
        parts = _deal(members, np.random.default_rng(seed), targets, always)
        role = {fold - 1: "test", fold % folds: "validation"}
        assigned |= dict.fromkeys(members.index[always], "test") | {
            k: role.get(part, "train") for k, part in parts.items()
        }
    return _to_table(keys, assigned)


def by_frame(samples: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Split single frames at random, so that subjects leak across the split: what must not be done.

    It is here to measure what such a split would claim for a network, and for nothing else.

    Args:
        samples: table of `dataset.Dataset`.
        seed: the same seed and samples give the same split.

    Returns:
        Columns `group`, source and frame, and `split`, index as in samples.
    """
    keys = samples["source"] + "/frame-" + samples["frame"]
    order = np.random.default_rng(seed).permutation(len(keys))
    bounds = np.round(np.cumsum(SHARES) * len(keys))
    assigned = np.array(SPLITS, object)[np.searchsorted(bounds, np.arange(len(keys)), side="right").clip(max=2)]
    return pd.DataFrame({"group": keys, "split": pd.Series(assigned, index=keys.sort_values().index[order])})


def lists(split: pd.DataFrame) -> dict[str, list[str]]:
    """List the subjects (or groups) of each split, as the card keeps them, from the result of `by_subject`."""
    return {name: sorted(set(split.loc[split["split"] == name, "group"])) for name in SPLITS}


def _to_table(keys: pd.Series, assigned: dict[str, str]) -> pd.DataFrame:
    """Columns `group` and `split`; a person under two numbers goes where the one that names the person was dealt to.

    Dealt as numbered and joined then, so that the split of all others is what it is without such a person.
    """
    group = keys.replace(SAME_PERSON)
    return pd.DataFrame({"group": group, "split": group.map(assigned).fillna(keys.map(assigned))})


def _subjects(samples: pd.DataFrame, keys: pd.Series) -> Iterator[pd.DataFrame]:
    """The subjects of each source, with their prevalence and number of frames.

    Each source is dealt with its own generator: another source beside it changes nothing.
    """
    table = pd.DataFrame({"key": keys, "source": samples["source"], "prevalence": samples["prevalence"]})
    subjects = table.groupby("key", sort=True).first()
    subjects["frames"] = table.groupby("key").size()
    for _, members in subjects.groupby("source", sort=True):
        yield members


def _deal(
    members: pd.DataFrame, random: np.random.Generator, targets: NDArray[np.float64], fixed: NDArray[np.bool_]
) -> dict[str, int]:
    """Deal the subjects of one source that are not fixed to parts of these target sizes."""
    order = members.assign(tie=random.random(len(members))).sort_values(["prevalence", "frames", "tie"]).index
    free = [key for key in order if key not in members.index[fixed]]
    counts = np.zeros(len(targets))
    assigned: dict[str, int] = {}
    run = 5
    for start in range(0, len(free), run):
        for key in random.permutation(free[start : start + run]):
            # The part that lags furthest behind its target at this point takes the next subject.
            lag = np.clip(targets, 0, None) * (sum(counts) + 1) / max(len(free), 1) - counts
            choice = int(np.argmax(lag))
            counts[choice] += 1
            assigned[str(key)] = choice
    return assigned
