"""Files of the overlay page: a picture, a figure for a paper, the ordered list; each is made when it is asked for."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import downloads, layout, score_words
from neuroscan.app.state import Thresholds
from neuroscan.app.subject_groups import TRAINING, split_of
from neuroscan.app.truth import panels, split_scores
from neuroscan.app.truth.one_frame import Compared, Lens
from neuroscan.app.truth.selection import Part
from neuroscan.data import notices
from neuroscan.data.safe_names import safe_name
from neuroscan.evaluation.thresholds import THRESHOLDS
from neuroscan.imaging import figure


def offer_frame(lens: Lens, found: Compared, models: Sequence[str], thresholds: Sequence[Thresholds]) -> None:
    """Offer the outlined frame as PNG, and a figure for a paper as PNG and SVG."""
    stem = safe_name(lens.name.replace("/", "_"))
    words = described(lens, found, models, thresholds)

    def paper(kind: Literal["png", "svg"]) -> bytes:
        truth = (notices.truth_by(lens.name), lens.truth)
        predicted = list(zip(models, found.masks, strict=True))
        notes = [words, config.DISCLAIMER]
        return figure.paper(lens.image, truth, predicted, kind=kind, spacing=found.spacing, notes=notes)

    offers = (
        (
            "Outlines",
            f"{stem}_outlines.png",
            lambda: downloads.overlay_png(panels.outlines(lens.image, lens.truth, found.masks), words),
        ),
        ("Figure, PNG", f"{stem}_figure.png", lambda: paper("png")),
        ("Figure, SVG", f"{stem}_figure.svg", lambda: paper("svg")),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, name, make in offers:
            downloads.button(label, name, make, key=f"truth {label}")
        st.caption(
            "The figure has legend and notes"
            + (", and a scale bar." if found.spacing else "; a scale bar once spacing is typed in above.")
        )


def described(lens: Lens, found: Compared, models: Sequence[str], thresholds: Sequence[Thresholds]) -> str:
    """One sentence a model: what a picture of the frame shows."""
    sentences = [
        f"{model} at threshold {own.threshold:.3f}, presence threshold {own.presence:.3f}: Dice {row['dice']:.3f}, "
        f"{score_words.distances(row)}."
        for model, own, row in zip(models, thresholds, found.scores, strict=True)
    ]
    return f"Frame {notices.display_name(lens.name)}. {' '.join(sentences)}"


def offer_list(part: Part, rows: pd.DataFrame, by: str, thresholds: Sequence[Thresholds]) -> None:
    """Offer the ordered list as CSV."""
    downloads.button(
        f"Ordered list of {layout.counted(len(rows), 'frame')}, CSV",
        "ground_truth_overlay.csv",
        lambda: csv(part, rows, by, thresholds),
        key="truth csv",
    )


def csv(part: Part, rows: pd.DataFrame, by: str, thresholds: Sequence[Thresholds]) -> bytes:
    """Write the ordered list: one row a frame, first the worst; threshold columns name the counted threshold."""
    samples = part.samples.loc[rows["name"]]
    trained = [split_of(samples["group"], c) == TRAINING if c.is_training_known else None for c in part.cards]
    found = []
    for number, row in enumerate(rows.to_dict("records")):
        sample = samples.iloc[number]
        line: dict[str, object] = {
            "place": row.pop("place"),
            "order": by,
            "source": notices.display_name(sample["source"]),
            "subject": sample["subject"],
            "group": sample["group"],
            "frame": sample["frame"],
            "split": sample["split"],
        }
        row.pop("name")
        for model, own, learnt in zip(part.models, thresholds, trained, strict=True):
            suffix = "" if model == part.models[0] else "_second"
            line |= {
                f"model{suffix}": model,
                f"trained_on{suffix}": None if learnt is None else str(bool(learnt.iloc[number])).lower(),
                f"threshold{suffix}": THRESHOLDS[split_scores.level(own.threshold)],
                f"presence_threshold{suffix}": own.presence,
            }
        for column in ("hd95", "hd95_share"):
            row[f"{column}_at_card_threshold"] = row.pop(column)
        found.append(line | {key: round(v, 6) if isinstance(v, float) else v for key, v in row.items()})
    return downloads.table_csv(found)
