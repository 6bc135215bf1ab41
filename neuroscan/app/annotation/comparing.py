"""How well a drawing of a frame agrees with model, expert and other readers."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout, legend, score_words, viewer
from neuroscan.app.pickers import Chosen
from neuroscan.app.seen import EXPERT, MODEL, READER
from neuroscan.app.state import Thresholds
from neuroscan.data import annotations, notices
from neuroscan.data.annotations import Annotation
from neuroscan.evaluation.frame import score_frame
from neuroscan.imaging import lines, overlay
from neuroscan.imaging.lines import Dash
from neuroscan.imaging.overlay import Color
from neuroscan.types import ColorImage, Image, Mask

YOU: Color = (255, 255, 255)
"""White: the visitor's own drawing, 25 CIEDE2000 or more from all colours of `overlay` with any kind of dichromacy."""

_DASHES: dict[str, Dash] = {EXPERT: "solid", MODEL: "dashed", READER: "dotted"}


@dataclass(frozen=True, eq=False)
class Other:
    """Somebody else's outline of the same frame.

    Attributes:
        kind: EXPERT, MODEL or READER.
        name: for people.
        mask: shape (H, W).
        color: red, green, blue.
    """

    kind: str
    name: str
    mask: Mask
    color: Color


def of_model(model: str, chosen: Chosen, thresholds: Thresholds) -> Other | None:
    """The model's outline at the session's thresholds; None where the model cannot be loaded, which is then said."""
    prediction = layout.tried(cache.prediction, model, chosen.frame.image, private=chosen.private)
    if prediction is None:
        return None
    return Other(MODEL, f"Model {model}", prediction.mask(thresholds.threshold, thresholds.presence), overlay.MODEL)


def others(chosen: Chosen, reader: str, model: Other | None) -> list[Other]:
    """Find everybody who outlined a frame: model, expert, readers; what cannot be read is told and left out.

    Args:
        chosen: the frame.
        reader: who asks, and is left out.
        model: of `of_model`, or None.
    """
    found = [] if model is None else [model]
    shape = chosen.frame.image.shape
    if chosen.row is not None:
        try:
            truth = cache.expert_mask(chosen.row, shape)
        except ValueError as error:
            layout.problem(str(error))
            truth = None
        if truth is not None:
            found.append(of_truth(chosen.row["source"], truth))
        for drawn in _drawings(chosen.row, reader):
            if drawn.shape == shape:
                found.append(Other(READER, f"Reader {drawn.reader}", drawn.mask(), overlay.SECOND_MODEL))
            else:
                layout.problem(f"{drawn.reader} drew on a frame of another size; that drawing is left out.")
    return found


def of_truth(source: str, truth: Mask) -> Other:
    """What the expert, or the simulator, outlined in a frame of a data set."""
    return Other(EXPERT, notices.truth_by(source).capitalize(), truth, overlay.EXPERT)


def scores(mask: Mask, found: list[Other], you: str = "You") -> pd.DataFrame:
    """Score a drawing against each of the others, one row each.

    Args:
        mask: the drawing, shape (H, W).
        found: the others.
        you: what the drawing is called.
    """
    rows = []
    for other in found:
        row = score_frame(other.mask, mask)
        rows.append(
            {
                f"{you} and": other.name,
                "Dice": f"{row['dice']:.3f}",
                "IoU": f"{row['iou']:.3f}",
                "HD95": score_words.worded("hd95", row),
                "Both": f"{row['tp']:,} px",
                f"Only {you.lower()}": f"{row['fp']:,} px",
                "Only they": f"{row['fn']:,} px",
            }
        )
    return pd.DataFrame(rows)


def outlines(image: Image, mask: Mask, found: list[Other]) -> ColorImage:
    """Outline the drawing, and the others in their colours, the model dashed, a reader dotted: none hides."""
    thickness = lines.thickness_for(mask.shape)
    # A black rim keeps the white line readable on bright tissue.
    picture = overlay.outline(image, mask, color=(0, 0, 0), thickness=thickness + 1)
    picture = overlay.outline(picture, mask, color=YOU, thickness=thickness)
    for other in found:
        picture = overlay.outline(picture, other.mask, color=other.color, dash=_DASHES[other.kind])
    return picture


def panels(image: Image, mask: Mask, found: list[Other], name: str, key: str) -> None:
    """Show outlines and agreement map side by side, and the scores under them.

    Of other readers, who all have one colour, the chosen one alone is outlined.

    Args:
        image: shape (H, W).
        mask: the drawing, shape (H, W).
        found: the others, at least one.
        name: of the frame.
        key: unique on the page.
    """
    names = [other.name for other in found]
    against = st.segmented_control("Agreement with", names, default=names[0], required=True, key=f"against {key}")
    other = found[names.index(against)] if against in names else found[0]
    drawn = [one for one in found if one.kind != READER or one is other]
    row = score_frame(other.mask, mask)
    left, right = st.columns(2)
    with left:
        areas = ", ".join(f"{one.name} {one.mask.sum():,} px ({_DASHES[one.kind]})" for one in drawn)
        words = f"Outlines: you {mask.sum():,} px, {areas}"
        viewer.picture(outlines(image, mask, drawn), words, alt=f"{name}. {words}", group=key, key=f"outlines {key}")
    with right:
        words = (
            f"You and {other.name}: Dice {row['dice']:.3f}; both {row['tp']:,} px, only you {row['fp']:,}, "
            f"only {other.name} {row['fn']:,}"
        )
        drawn_alike = overlay.agreement(image, other.mask, mask, colors=(other.color, YOU))
        viewer.picture(drawn_alike, words, alt=f"{name}. {words}", group=key, key=f"agreement {key}")
    legend.show({"you": YOU} | {one.name: one.color for one in drawn} | {"both": overlay.BOTH})
    score_words.table(scores(mask, found), alt=f"Scores of your drawing of {name}")


def _drawings(row: pd.Series, reader: str) -> list[Annotation]:
    """Newest drawings of a frame by everybody but one."""
    folder = config.annotations_dir()
    names = [name for name in annotations.readers(folder, row["source"]) if name != reader]
    drawn = (annotations.latest(folder, row["source"], name, row["frame"]) for name in names)
    return [one for one in drawn if one is not None]
