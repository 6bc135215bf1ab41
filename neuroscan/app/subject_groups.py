"""Whose frame is whose, and in which split of a model: by subject, or by group of near-identical frames."""

import hashlib

import pandas as pd
import streamlit as st

from neuroscan.data import splits
from neuroscan.data.stamps import stamp
from neuroscan.inference.card import Card

TEST, VALIDATION, TRAINING = "test", "validation", "train"
OUTSIDE, PERHAPS, EVERY = "outside", "unknown", "all"
SPLITS = {
    TEST: "Test",
    VALIDATION: "Validation",
    TRAINING: "Training",
    OUTSIDE: "New to the model",
    PERHAPS: "Perhaps trained on",
    EVERY: "All frames",
}
"""Splits as pages name them."""

INSTEAD = (
    "Where subjects are unknown, groups of near-identical frames stand in for them, and a person may be in several."
)
"""What to think of groups, in a sentence."""


def keys(samples: pd.DataFrame, card: Card) -> pd.Series:
    """Name each sample's subject or group, as the card does; near-identical frames are looked for once.

    A group is named after its first frame, which today can be another than when the model was trained: what the card
    names after any frame of a group is that group.

    Args:
        samples: rows of the samples table.
        card: of the model.

    Returns:
        Keys of `splits.group_keys`, index as in samples.

    Raises:
        ValueError: a frame of an unknown subject cannot be read.
    """
    unknown = samples["subject"].isna()
    found = [splits.person_keys(samples[~unknown])]
    for _, own in samples[unknown].groupby("source"):
        marks = "\n".join(f"{row.image} {stamp(row.image)}" for row in own.itertuples())
        found.append(pd.Series(_near_identical(hashlib.sha256(marks.encode()).hexdigest(), own), own.index))
    today = pd.concat(found).reindex(samples.index)
    as_first = samples["source"].astype(object) + splits.GROUP_PREFIX + samples["frame"].astype(object)
    # Training's word is the last: of two groups that have grown together one was learnt from.
    for split in splits.SPLITS[::-1]:
        listed = as_first.where(as_first.isin(card.subjects[split]))
        today = listed.groupby(today).transform("first").fillna(today)
    return today


def known_keys(samples: pd.DataFrame, card: Card) -> pd.Series:
    """`keys`, but NaN where neither the subject is known nor the card names groups of the data set."""
    known = samples["subject"].notna() | samples["source"].isin(sources(card))
    return keys(samples[known], card).reindex(samples.index)


def of(sample: pd.Series, samples: pd.DataFrame, card: Card) -> str | None:
    """Name one sample's subject, or its group where the card names groups of its data set; None where neither is known.

    Args:
        sample: a row of the samples table.
        samples: that table; groups are made of its labelled frames, as in training.
        card: of the model.

    Raises:
        ValueError: a frame of the data set cannot be read.
    """
    if sample["subject"] is not None:
        return str(splits.person_keys(sample.to_frame().T).iloc[0])
    if sample["source"] not in sources(card):
        return None
    own = samples[(samples["source"] == sample["source"]) & samples["present"].notna()]
    found = keys(own, card)[own["frame"] == sample["frame"]]
    return None if found.empty else str(found.iloc[0])


def split_of(keys: pd.Series, card: Card) -> pd.Series:
    """Name the split of each subject: 'train' as soon as the card lists it there, `unlisted` where no list has it.

    Args:
        keys: of `keys`.
        card: of the model.
    """
    place: dict[str, str] = {}
    # The last word is training's: a subject that a card lists twice was learnt from.
    for split in (TEST, VALIDATION, TRAINING):
        place |= dict.fromkeys(card.subjects[split], split)
    return keys.map(lambda key: place.get(key, unlisted(card)))


def unlisted(card: Card) -> str:
    """Split of subjects that a card does not list: of a network trained elsewhere nobody knows whom it has seen."""
    return OUTSIDE if card.is_training_known else PERHAPS


def sources(card: Card) -> set[str]:
    """Data sets of which a card names groups of near-identical frames."""
    return {key.partition("/")[0] for own in card.subjects.values() for key in own if splits.GROUP_PREFIX in key}


@st.cache_data(max_entries=8, show_spinner="Looking for near-identical frames…")
def _near_identical(marks: str, _frames: pd.DataFrame) -> list[str]:
    return list(splits.group_keys(_frames))
