"""A challenge as it stands: frames to come, rounds that were played, and what is said of them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from neuroscan.app import layout, subject_groups
from neuroscan.data import notices
from neuroscan.inference.card import Card


@dataclass(frozen=True)
class Round:
    """How one frame went.

    Attributes:
        frame: `source/frame`.
        nerve: whether the expert outlined one.
        you, model: whether they outlined one; None where there is no model.
        your_dice, model_dice: against the expert.
    """

    frame: str
    nerve: bool
    you: bool
    your_dice: float
    model: bool | None = None
    model_dice: float | None = None


@dataclass
class Game:
    """A challenge on its way.

    Attributes:
        pool: what it was made from, model and frames; another pool is another game.
        order: names of the frames to come.
        at: place of the frame on screen.
        answered: whether its answer is shown.
        rounds: those that were answered.
        known: frames whose answers the game before it has shown.
    """

    pool: tuple[object, ...]
    order: list[str]
    at: int = 0
    answered: bool = False
    rounds: list[Round] = field(default_factory=list)
    known: list[str] = field(default_factory=list)


def learnt(samples: pd.DataFrame, card: Card) -> pd.Series:
    """Say of which samples a model has seen the subject, in training, or when its weights and thresholds were chosen.

    Where the subject is unknown, the card's groups of near-identical frames tell.

    Args:
        samples: rows of the samples table.
        card: of the model.

    Returns:
        True or False a row. Where neither is known, True if the model learnt from the data set at all; of a network
        trained elsewhere, whose card names nobody that it learnt from, True of all: it may have.

    Raises:
        ValueError: a frame of an unknown subject cannot be read.
    """
    if not card.is_training_known:
        return pd.Series(True, samples.index)
    seen = {*card.subjects["train"], *card.subjects["validation"]}
    keys = subject_groups.known_keys(samples, card)
    return keys.isin(seen) | (keys.isna() & samples["source"].isin(card.sources))


def shuffled(present: pd.Series, seed: int) -> list[str]:
    """Put frames into a random order in which those with a nerve and those without come equally likely.

    Args:
        present: True or False by name of the frame.
        seed: of the order.
    """
    random = np.random.default_rng(seed)
    piles = [list(random.permutation(present.index[present.eq(value)])) for value in (True, False)]
    order = []
    while piles[0] or piles[1]:
        pile = piles[int(random.integers(2))] or piles[0] or piles[1]
        order.append(str(pile.pop()))
    return order


def verdict(last: Round) -> str:
    """Say how a round went, Markdown; of a synthetic frame the simulator knows, no expert has seen it."""
    synthetic = notices.is_synthetic(last.frame)
    if not last.nerve:
        words = "The simulator drew **no nerve** here; " if synthetic else "The expert saw **no nerve** here; "
        words += "you drew one." if last.you else "so did you."
    elif not last.you:
        words = f"The {'simulator drew' if synthetic else 'expert outlined'} **a nerve** here, which you did not find."
    else:
        words = f"Your Dice against the {notices.truth_by(last.frame)}: **{last.your_dice:.3f}**."
    if last.model is None or last.model_dice is None:
        return words
    if not last.nerve:
        return words + (" The model outlined one." if last.model else " The model found none either.")
    return words + (f" The model's: **{last.model_dice:.3f}**." if last.model else " The model found no nerve.")


def tally(played: list[Round]) -> str:
    """Say how all rounds of a game went, Markdown; its frames are of one data set."""
    right = sum(one.you == one.nerve for one in played)
    words = f"**{layout.counted(len(played), 'frame')}.** Nerve or none: you were right in **{right}**"
    with_model = [one for one in played if one.model is not None]
    if with_model:
        words += f", the model in **{sum(one.model == one.nerve for one in with_model)}** of {len(with_model)}"
    nerves = [one for one in played if one.nerve]
    if not nerves:
        return f"{words}."
    drawn = "simulator drew" if notices.is_synthetic(nerves[0].frame) else "expert outlined"
    mean = np.mean([one.your_dice for one in nerves])
    words += f". Mean Dice where the {drawn} a nerve ({len(nerves)}): you **{mean:.3f}**"
    scored = [one.model_dice for one in nerves if one.model_dice is not None]
    return f"{words}, the model **{np.mean(scored):.3f}**." if scored else f"{words}."
