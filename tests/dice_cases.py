"""One table of masks with their Dice, computed by hand: the scoring Dice and the training Dice both answer to it."""

import numpy as np

SHAPE = (6, 8)


def _box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[top:bottom, left:right] = True
    return mask


EMPTY, FULL = np.zeros(SHAPE, bool), np.ones(SHAPE, bool)

# y_true, y_pred, Dice
CASES = {
    "equal": (_box(1, 3, 1, 4), _box(1, 3, 1, 4), 1.0),
    "apart": (_box(0, 2, 0, 2), _box(3, 5, 4, 6), 0.0),
    "half of it": (_box(0, 2, 0, 4), _box(0, 2, 0, 2), 2 * 4 / (8 + 4)),
    "twice as large": (_box(0, 2, 0, 2), _box(0, 2, 0, 4), 2 * 4 / (4 + 8)),
    "shifted by one": (_box(1, 4, 1, 4), _box(1, 4, 2, 5), 2 * 6 / (9 + 9)),
    "one pixel of many": (_box(0, 1, 0, 1), FULL, 2 * 1 / (1 + 48)),
    "all": (FULL, FULL, 1.0),
    "missed": (_box(1, 3, 1, 4), EMPTY, 0.0),
    "false alarm": (EMPTY, _box(1, 3, 1, 4), 0.0),
    "both empty": (EMPTY, EMPTY, 1.0),
}
