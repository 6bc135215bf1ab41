"""One frame under the lens: expert's and model's outlines, where they agree, how sure the model is, every score."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from neuroscan.app import cache, controls, layout, score_words
from neuroscan.app.state import Thresholds
from neuroscan.app.subject_groups import SPLITS, TRAINING, VALIDATION, split_of
from neuroscan.app.truth import ranking
from neuroscan.app.truth.ranking import ORDERS, Order
from neuroscan.data import notices
from neuroscan.evaluation.frame import COLUMNS, score_frame
from neuroscan.inference.card import Card
from neuroscan.inference.predictor import Prediction
from neuroscan.types import Image, Mask, Spacing

_HEADLINE = ("dice", "iou", "precision", "recall", "hd95", "assd", "nsd", "area_error")
_NAMES = {
    "dice": "Dice",
    "iou": "IoU",
    "hd95": "HD95",
    "assd": "ASSD",
    "nsd": "NSD at 2 px",
    "hd95_mm": "HD95 in mm",
    "assd_mm": "ASSD in mm",
    "nsd_mm": "NSD at 2 mm",
    "area_true_px": "Expert's area",
    "area_pred_px": "Model's area",
    "present_true": "Expert: nerve?",
    "tp": "True positives",
    "fp": "False positives",
    "fn": "False negatives",
    "tn": "True negatives",
}


@dataclass(frozen=True, eq=False)
class Lens:
    """The frame on screen with all that is drawn from it.

    Attributes:
        name: `source/frame`.
        image: shape (H, W).
        truth: the expert's mask, shape (H, W).
        predictions: one a model.
        spacing: millimetres a pixel, (row, column), where the file tells it, or None.
    """

    name: str
    image: Image
    truth: Mask
    predictions: tuple[Prediction, ...]
    spacing: Spacing | None = None


@dataclass(frozen=True, eq=False)
class Compared:
    """A frame at certain thresholds.

    Attributes:
        masks: one a model, shape (H, W); empty where the model calls the nerve absent.
        scores: one row of `score_frame` a model.
        spacing: millimetres a pixel, (row, column), or None.
    """

    masks: tuple[Mask, ...]
    scores: tuple[dict[str, float], ...]
    spacing: Spacing | None = None


def load(row: pd.Series, models: tuple[str, ...]) -> Lens | None:
    """Read a frame with its mask and predict it; None where that fails, which the page then says.

    Args:
        row: of `Part.samples`.
        models: folder names.
    """
    try:
        frame = cache.frame(row)
        truth = cache.expert_mask(row, frame.image.shape)
        predictions = tuple(cache.prediction(model, frame.image) for model in models)
    except ValueError as error:
        layout.problem(str(error))
        return None
    return None if truth is None else Lens(row["name"], frame.image, truth, predictions, frame.spacing)


def compare(lens: Lens, thresholds: tuple[Thresholds, ...], spacing: Spacing | None) -> Compared:
    """Outline and score a frame: all that a change of threshold computes anew.

    Args:
        lens: the frame.
        thresholds: one pair a model.
        spacing: millimetres a pixel, or None.
    """
    masks = tuple(
        prediction.mask(own.threshold, own.presence)
        for prediction, own in zip(lens.predictions, thresholds, strict=True)
    )
    scores = tuple(
        score_frame(lens.truth, mask, spacing=spacing, presence=prediction.presence)
        for mask, prediction in zip(masks, lens.predictions, strict=True)
    )
    return Compared(masks, scores, spacing)


def rank(rows: pd.DataFrame, name: str, by: str, order: Order) -> None:
    """Say where the frame stands among all frames of the part."""
    dice = ORDERS["Dice"]
    words = f"**Rank {ranking.rank(rows, name, dice):,} of {len(rows):,}** by Dice{_shared(rows, name, dice)}, "
    words += "1 being the worst."
    if by not in ("Dice", "Subject"):
        place, order_name = ranking.rank(rows, name, order), by if by.isupper() else by.lower()
        words += f" Rank {place:,} by {order_name}{_shared(rows, name, order)}."
    if by == "HD95":
        words += " For it HD95 of all frames, of this one too, is taken at the card's own threshold, wherever the "
        words += "slider stands, as a share of the frame's diagonal."
    st.markdown(words)


def _shared(rows: pd.DataFrame, name: str, order: Order) -> str:
    """Say with how many frames a rank is shared; nothing where with none."""
    others = ranking.equals(rows, name, order)
    return f", shared with {layout.counted(others, 'other')}" if others else ""


def origin(row: pd.Series, models: Mapping[str, Card]) -> None:
    """Say whose frame it is, and plainly whether a model learnt from it.

    Args:
        row: of `Part.samples`.
        models: cards by folder name.
    """
    known = f"subject {row['subject']}" if row["subject"] is not None else "subject unknown"
    synthetic = ", **synthetic**" if notices.is_synthetic(row["source"]) else ""
    name, source = layout.plain(row["name"]), layout.plain(row["source"])
    st.markdown(f"**{name}**, {source} {known}{synthetic}, {SPLITS[row['split']].lower()}")
    for model, card in models.items():
        split = split_of(pd.Series([row["group"]]), card)[0]
        whose = "frames of this subject" if row["subject"] is not None else "this frame or ones nearly like it"
        if split == TRAINING:
            st.warning(
                f"**{layout.plain(model)} was trained on {whose}.** Expect better outlines here than on a "
                "new patient; this is no test of the model.",
                icon=":material/school:",
            )
        elif split == VALIDATION:
            st.caption(
                f":material/school: {layout.plain(model)} and its thresholds were chosen with the help of {whose}."
            )


def spacing(lens: Lens | None) -> Spacing | None:
    """Let the visitor type in the frame's spacing, where its file does not tell it, and say what is known of it."""
    if lens is None:
        return None
    found, origin = controls.spacing(lens.spacing, cache.digest(lens.image))
    controls.tell_spacing(found, origin, lens.image)
    return found


def verdicts(found: Compared, models: tuple[str, ...], thresholds: tuple[Thresholds, ...], who: str) -> None:
    """Say in words who finds a nerve, and flag misses and false alarms.

    Args:
        found: the frame at the thresholds.
        models: folder names.
        thresholds: one pair a model.
        who: of `notices.truth_by`.
    """
    expert = bool(found.scores[0]["area_true_px"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{who.capitalize()}: **{'nerve' if expert else 'no nerve'}**")
        for model, row, own in zip(models, found.scores, thresholds, strict=True):
            score, threshold = score_words.against(row["presence"], own.presence)
            gate = f", presence threshold {threshold}" if own.presence else ", gate off"
            called = "nothing to outline" if row["presence"] >= own.presence else "no nerve"
            says = "nerve" if row["area_pred_px"] else called
            st.markdown(f"{layout.plain(model)}: **{says}** (presence score {score}{gate})")
            if expert and not row["area_pred_px"]:
                st.badge("Miss", color="red", icon=":material/visibility_off:")
            elif not expert and row["area_pred_px"]:
                st.badge("False alarm", color="red", icon=":material/error:")
            elif expert and not row["tp"]:
                st.badge("Nothing shared", color="orange", icon=":material/wrong_location:")


def numbers(found: Compared, models: tuple[str, ...]) -> None:
    """Show the headline scores, one row a model."""
    rows = [
        {"Model": model} | {title(name): score_words.short(name, row) for name in _HEADLINE}
        for model, row in zip(models, found.scores, strict=True)
    ]
    score_words.table(pd.DataFrame(rows), alt="Scores of this frame")


def every_number(found: Compared, models: tuple[str, ...], who: str) -> None:
    """Show all scores with their meaning, on demand; `who` is of `notices.truth_by`."""
    if not st.toggle("Every score, explained", key="truth every score", persist_state="session"):
        return
    rows = {
        model: [score_words.counted(name, row, found.spacing) for name in COLUMNS]
        for model, row in zip(models, found.scores, strict=True)
    }
    table = pd.DataFrame(
        {"Score": [title(name).replace("Expert", who.capitalize()) for name in COLUMNS]}
        | rows
        | {
            "What it says": [column.meaning for column in COLUMNS.values()],
            "Source": [column.reference for column in COLUMNS.values()],
        }
    )
    score_words.table(table)


def title(name: str) -> str:
    """A column's name for people."""
    return _NAMES.get(name, name.replace("_", " ").capitalize())
