"""Statistics of training frames as a model's card holds them, under `notes["domain"]`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from neuroscan.explore.domain import WORDS, SourceStatistics


def to_card(references: Mapping[str, SourceStatistics]) -> dict[str, Any]:
    """Plain values for a card's `notes["domain"]`."""
    return {"statistics": list(WORDS), "sources": {name: asdict(one) for name, one in references.items()}}


def from_card(entry: Mapping[str, Any]) -> dict[str, SourceStatistics]:
    """Read the statistics that `to_card` wrote.

    Raises:
        ValueError: it holds other statistics than those compared here, numbers that no frame can be compared with, or
            is no such thing.
    """
    try:
        if entry["statistics"] != list(WORDS):
            raise ValueError(f"statistics {entry['statistics']}, expected {list(WORDS)}")
        references = {name: SourceStatistics(**values) for name, values in entry["sources"].items()}
        _check(references)
        return references
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(
            f"The card's domain statistics cannot be used: {error}. Write them anew: "
            "python -m training.domain --weights NAME --data FOLDER."
        ) from error


def _check(references: Mapping[str, SourceStatistics]) -> None:
    """Refuse numbers that no frame can be compared with: a card is a file that anybody can write."""
    if not references:
        raise ValueError("no source")
    count = len(WORDS)
    shapes = {"centre": (count,), "scale": (count,), "offset": (count,), "precision": (count, count), "threshold": ()}
    for source, reference in references.items():
        for name, shape in shapes.items():
            values = np.array(getattr(reference, name))
            if values.shape != shape or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
                raise ValueError(f"{name} of {source} must be finite numbers of shape {shape}")
            if name in ("scale", "threshold") and (values <= 0).any():
                raise ValueError(f"{name} of {source} must be over 0")
