"""Describe a model's training frames in its card: python -m training.domain --weights unet --data FOLDER.

Live Prediction then warns of frames unlike them. Training does this by itself at its end.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from neuroscan.data import notices
from neuroscan.explore import domain, domain_card
from neuroscan.explore.domain import SourceStatistics
from neuroscan.inference import card as cards
from training import frames, models, places

_MIN_FRAMES = 2


def build_parser() -> argparse.ArgumentParser:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", nargs="+", default=["unet"], help="models by name, under --models")
    places.add_models(parser)
    places.add_data(parser)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Add the description to each card; returns the exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        chosen = {name: models.find(args.models, name) for name in args.weights}
        samples = frames.grouped(args.data)
        for name, folder in chosen.items():
            card = cards.read(folder)
            for source, reference in note(folder, of_card(samples, card)).items():
                size = f"{reference.frames} frames of {reference.subjects} subjects or groups"
                print(f"{name}: {notices.display_name(source)}, {size}")
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return 0


def of_card(samples: pd.DataFrame, card: cards.Card) -> pd.DataFrame:
    """The samples of a card's training subjects.

    Args:
        samples: of `frames.grouped`.
        card: of the model.

    Raises:
        ValueError: none of them is here, or not all of the card's own sources, and what it says of those would be lost.
    """
    part = samples[samples["group"].isin(card.subjects["train"])]
    if part.empty:
        raise ValueError(
            f"{card.name}: no frame of its training subjects is here; sources at hand: "
            f"{', '.join(sorted(samples['source'].unique()))}, expected {', '.join(card.sources)}. "
            "Name the folder that it was trained on by --data."
        )
    # A warm start's other sources are none of the card's own, which alone training describes.
    own = [subject for subject in card.subjects["train"] if subject.partition("/")[0] in card.sources]
    if missing := sorted(set(own) - set(part["group"])):
        raise ValueError(
            f"{card.name}: {len(missing)} of its {len(own)} training subjects are not here ({', '.join(missing[:3])}…) "
            "and the card would lose what it says of them; name a --data with all sources"
        )
    return part


def note(folder: Path, training: pd.DataFrame) -> dict[str, SourceStatistics]:
    """Write what the training frames of each source look like into a model's card, in place of what stood there.

    Args:
        folder: of the model, with its card.
        training: samples that it was trained on, with the column `group`; a source with a single one is left out.

    Returns:
        What was written, by source.

    Raises:
        ValueError: there is no card, or a frame cannot be read.
    """
    card = cards.read(folder)
    has_enough = training.groupby("source")["frame"].transform("size") >= _MIN_FRAMES
    references = domain.of_training(training[has_enough], training["group"], card.preprocess)
    cards.write(replace(card, notes=card.notes | {"domain": domain_card.to_card(references)}), folder)
    return references


if __name__ == "__main__":
    raise SystemExit(main())
