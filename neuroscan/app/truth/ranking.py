"""In which order a split's frames are looked at, and where one of them stands."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.app.score_words import NOT_DEFINED
from neuroscan.app.truth import split_scores


class Order(NamedTuple):
    """One way to put frames in order, worst first.

    Attributes:
        badness: from a table of `split_scores.at` to a number a frame, the higher the worse.
        column: of the table, shown beside each frame.
        title: what the column is called there.
        number: how its number is written.
        meaning: a sentence for people.
        unmeasured: of which frames the number only stands for a miss or a false alarm.
    """

    badness: Callable[[pd.DataFrame], pd.Series]
    column: str
    title: str
    number: str
    meaning: str
    unmeasured: Callable[[pd.DataFrame], NDArray[np.bool_]] = lambda t: np.zeros(len(t), bool)


ORDERS: dict[str, Order] = {
    "Dice": Order(lambda t: -t["dice"], "dice", "Dice", "{:.3f}", "Smallest overlap with the expert first."),
    "Area error": Order(
        lambda t: t["area_error"].abs(),
        "area_error",
        "area error",
        "{:+.0%}",
        "Outlines most too large or too small first, by share.",
        lambda t: t["kind"].to_numpy() == split_scores.ALARM,
    ),
    "HD95": Order(
        # As a share: frames of one data set differ in size, and a miss counts as the diagonal of its own.
        lambda t: t["hd95_share"],
        "hd95",
        "HD95",
        "{:.1f} px",
        "Farthest boundary first, as a share of the frame's diagonal. HD95 of all frames is taken once, at the card's "
        "own threshold: unlike the other orders it does not follow the slider (the presence gate it does).",
        lambda t: np.isclose(t["hd95_share"], 1),
    ),
    "Presence error": Order(
        lambda t: t["presence_error"],
        "presence_error",
        "presence error",
        "{:.2f}",
        "Surest wrong presence scores first: how far the score lies from 1 (the expert saw a nerve) or 0.",
    ),
    "Disagreement": Order(
        lambda t: t["disagreement"],
        "disagreement",
        "disagreement",
        "{:.1%}",
        "Most pixels first that only one of expert and model marks, as a share of the frame.",
    ),
    "Subject": Order(
        lambda t: pd.Series(0.0, t.index),
        "dice",
        "Dice",
        "{:.3f}",
        "Subject by subject, as the data set numbers frames.",
    ),
}
"""By name; "Gap between models" joins when two models are shown."""

GAP = Order(
    lambda t: t["gap"].abs(), "gap", "gap", "{:+.3f}", "Largest difference in Dice between the two models first."
)
GAP_NAME = "Gap between models"


def shown(table: pd.DataFrame, order: Order) -> list[str]:
    """Write the number that each frame is ordered by.

    Args:
        table: of `split_scores.at`.
        order: such as `ORDERS["HD95"]`.

    Example:
        >>> shown(pd.DataFrame({"hd95": [7.25, 716.1], "hd95_share": [0.01, 1.0]}), ORDERS["HD95"])
        ['HD95 7.2 px', 'HD95 not defined']
    """
    pairs = zip(table[order.column], order.unmeasured(table), strict=True)
    return [f"{order.title} {NOT_DEFINED if is_none else order.number.format(value)}" for value, is_none in pairs]


def ordered(table: pd.DataFrame, order: Order) -> pd.DataFrame:
    """Put frames in order, worst first; equals stay as the data set has them.

    Args:
        table: one row a frame.
        order: such as `ORDERS["Dice"]`.

    Returns:
        The same rows with a column `place`, 1 for the first; the index tells where each row was.

    Example:
        >>> ordered(pd.DataFrame({"dice": [0.9, 0.2, 0.5]}), ORDERS["Dice"])[["dice", "place"]].values.tolist()
        [[0.2, 1.0], [0.5, 2.0], [0.9, 3.0]]
    """
    badness = order.badness(table).to_numpy(float)
    sequence = np.argsort(-badness, kind="stable")
    return table.iloc[sequence].assign(place=np.arange(1, len(table) + 1))


def rank(table: pd.DataFrame, name: str, order: Order) -> int:
    """Tell where a frame stands, 1 for the worst; frames that are equally bad share a rank.

    Args:
        table: one row a frame, with the column `name`.
        name: of the frame.
        order: such as `ORDERS["Dice"]`.

    Example:
        >>> table = pd.DataFrame({"name": ["a", "b", "c"], "dice": [0.0, 0.0, 0.7]})
        >>> [rank(table, name, ORDERS["Dice"]) for name in "abc"]
        [1, 1, 3]
    """
    badness = order.badness(table).to_numpy(float)
    own = badness[table["name"].to_numpy() == name][0]
    return int((badness > own).sum()) + 1


def equals(table: pd.DataFrame, name: str, order: Order) -> int:
    """Count the other frames that share a frame's rank; arguments as `rank`.

    Example:
        >>> table = pd.DataFrame({"name": ["a", "b", "c"], "dice": [0.0, 0.0, 0.7]})
        >>> [equals(table, name, ORDERS["Dice"]) for name in "abc"]
        [1, 1, 0]
    """
    badness = order.badness(table).to_numpy(float)
    return int((badness == badness[table["name"].to_numpy() == name][0]).sum()) - 1
