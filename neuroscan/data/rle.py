"""Run-length encoding (RLE) of masks, as in Kaggle's "Ultrasound Nerve Segmentation".

A mask is one line of numbers, `start length start length …`. Starts are 1-based and count pixels down each column,
then across; an empty line is an empty mask.
"""

import csv
from pathlib import Path

import numpy as np

from neuroscan.data.refusals import reason
from neuroscan.types import Mask


def decode(text: str, shape: tuple[int, int]) -> Mask:
    """Decode run lengths to a mask.

    Args:
        text: pairs of start (1-based, down each column, then across) and length, parted by spaces.
        shape: height and width of the mask, in pixels.

    Returns:
        The mask, shape (H, W).

    Raises:
        ValueError: if the text holds anything but whole numbers, an odd count of them, a run of no length, runs that
            overlap or stand out of order, or a run that leaves the frame.

    Example:
        >>> decode("1 2 6 1", (3, 2)).astype(int)
        array([[1, 0],
               [1, 0],
               [0, 1]])
    """
    height, width = shape
    try:
        numbers = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"Run lengths must be whole numbers parted by spaces; received {_short(text)}. Check the row."
        ) from error
    if numbers.size % 2:
        raise ValueError(
            f"Run lengths come in pairs of start and length; received {numbers.size} numbers. "
            "Check whether the row was cut off."
        )
    starts, lengths = numbers[0::2] - 1, numbers[1::2]
    if np.any(lengths < 1):
        raise ValueError(
            f"Every run must be 1 pixel or longer; received length {int(lengths.min())}. Leave empty runs out."
        )
    # Compared without adding, so that a huge number cannot wrap around.
    if np.any(starts < 0) or np.any(starts >= height * width) or np.any(lengths > height * width - starts):
        raise ValueError(
            f"Runs must lie within pixels 1 to {height * width} of a {height}x{width} (height x width) mask; "
            f"received starts {int(starts.min()) + 1} to {int(starts.max()) + 1}. Check the size of the mask."
        )
    ends = starts + lengths
    if np.any(starts[1:] < ends[:-1]):
        raise ValueError(
            f"Runs must follow one another without overlap; run {int(np.argmax(starts[1:] < ends[:-1])) + 2} "
            "starts before the one ahead of it ends. Sort the runs and join those that overlap."
        )
    # Stretches of background and nerve by turns, the first and last of them background, perhaps of no length.
    borders = np.concatenate(([0], np.column_stack((starts, ends)).ravel(), [height * width]))
    flat = np.repeat(np.arange(borders.size - 1) % 2 == 1, np.diff(borders))
    return np.ascontiguousarray(flat.reshape(width, height).T)


def encode(mask: Mask) -> str:
    """Encode a mask as run lengths: the inverse of `decode`.

    Args:
        mask: shape (H, W), True = nerve.

    Returns:
        Pairs of start and length parted by single spaces, runs as long as they can be; "" for an empty mask.

    Raises:
        ValueError: if the mask is not two-dimensional or not boolean.

    Example:
        >>> import numpy as np
        >>> encode(np.array([[True, False], [True, False], [False, True]]))
        '1 2 6 1'
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(
            f"Expected a boolean mask of shape (H, W); received {mask.dtype} of shape {mask.shape}. Threshold it first."
        )
    flat = np.concatenate(([False], mask.T.ravel(), [False]))
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    starts, ends = edges[0::2], edges[1::2]
    return " ".join(map(str, np.column_stack((starts + 1, ends - starts)).ravel().tolist()))


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def read_table(path: Path) -> tuple[dict[str, str], list[str]]:
    """Read Kaggle's `train_masks.csv`.

    Args:
        path: a file with the columns `subject`, `img` and `pixels`.

    Returns:
        Run lengths by frame, such as "7_12" (empty text: no nerve), and sentences on what is wrong with the file.
    """
    runs: dict[str, str] = {}
    duplicated, truncated = set(), set()
    # A ragged mask of a large frame has run lengths longer than the csv module takes by itself.
    csv.field_size_limit(2**31 - 1)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            if missing := {"subject", "img", "pixels"}.difference(table.fieldnames or []):
                raise ValueError(f"{', '.join(sorted(missing))} missing")
            for row in table:
                stem = f"{row['subject']}_{row['img']}"
                if row["pixels"] is None:
                    truncated.add(stem)
                    continue
                if stem in runs:
                    duplicated.add(stem)
                runs[stem] = row["pixels"].strip()
    except (csv.Error, ValueError, OSError) as error:
        return {}, [f"unreadable: expected the columns subject, img, pixels ({type(error).__name__}: {reason(error)})"]
    complaint = [f"the same frame twice: {', '.join(sorted(duplicated))}; the last row is used"] if duplicated else []
    if truncated:
        without = "rows without the field pixels, which are left out (no nerve is an empty field, such as 1,1,)"
        complaint.append(f"{without}: {', '.join(sorted(truncated))}")
    return runs, complaint
