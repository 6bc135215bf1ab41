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
from neuroscan.evaluation.counts import count
from neuroscan.evaluation.frame import score_frame
from neuroscan.imaging import lines, overlay
from neuroscan.imaging.lines import Dash
from neuroscan.imaging.overlay import Color
from neuroscan.types import ColorImage, Image, Mask, Spacing

YOU: Color = (255, 255, 255)
"""White: the visitor's own drawing, 25 CIEDE2000 or more from all colours of `overlay` with any kind of dichromacy."""

_COLORS: dict[str, Color] = {EXPERT: overlay.EXPERT, MODEL: overlay.MODEL, READER: overlay.SECOND_MODEL}
_DASHES: dict[str, Dash] = {EXPERT: "solid", MODEL: "dashed", READER: "dotted"}


@dataclass(frozen=True, eq=False)
class Other:
    """Somebody else's outline of the same frame.

    Attributes:
        kind: EXPERT, MODEL or READER.
        name: for people.
        mask: shape (H, W).
    """

    kind: str
    name: str
    mask: Mask


def of_model(model: str, chosen: Chosen, thresholds: Thresholds) -> Other | None:
    """The model's outline at the session's thresholds; None where the model cannot be loaded, which is then said."""
    prediction = layout.tried(cache.prediction, model, chosen.frame.image, private=chosen.private)
    if prediction is None:
        return None
    return Other(MODEL, f"Model {model}", prediction.mask(thresholds.threshold, thresholds.presence))


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
            found.append(Other(EXPERT, notices.truth_by(chosen.row["source"]).capitalize(), truth))
        for drawn in _drawings(chosen.row, reader):
            if drawn.shape == shape:
                found.append(Other(READER, f"Reader {drawn.reader}", drawn.mask()))
            else:
                layout.problem(f"{drawn.reader} drew on a frame of another size; that drawing is left out.")
    return found


def scores(mask: Mask, found: list[Other], spacing: Spacing | None, you: str = "You") -> pd.DataFrame:
    """Score a drawing against each of the others, one row each.

    Args:
        mask: the drawing, shape (H, W).
        found: the others.
        spacing: millimetres a pixel, (row, column), or None: then sizes are in pixels.
        you: what the drawing is called.
    """
    rows = []
    for other in found:
        row = score_frame(other.mask, mask, spacing=spacing)
        rows.append(
            {
                f"{you} and": other.name,
                "Dice": f"{row['dice']:.3f}",
                "IoU": f"{row['iou']:.3f}",
                "HD95": score_words.short("hd95", row),
                "Both": score_words.area(row["tp"], spacing),
                f"Only {you.lower()}": score_words.area(row["fp"], spacing),
                "Only they": score_words.area(row["fn"], spacing),
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
        picture = overlay.outline(picture, other.mask, color=_COLORS[other.kind], dash=_DASHES[other.kind])
    return picture


def panels(chosen: Chosen, mask: Mask, found: list[Other], spacing: Spacing | None, key: str) -> None:
    """Show outlines and agreement map side by side, and the scores under them.

    Of other readers, who all have one colour, the chosen one alone is outlined.

    Args:
        chosen: the frame.
        mask: the drawing, shape (H, W).
        found: the others, at least one.
        spacing: millimetres a pixel, (row, column), or None: then sizes are in pixels.
        key: unique on the page.
    """
    image, name = chosen.frame.image, chosen.title
    names = [other.name for other in found]
    against = st.segmented_control("Agreement with", names, default=names[0], required=True, key=f"against {key}")
    other = found[names.index(against)] if against in names else found[0]
    drawn = [one for one in found if one.kind != READER or one is other]
    shared = count(other.mask, mask)
    left, right = st.columns(2)
    with left:
        areas = ", ".join(
            f"{one.name} {score_words.area(one.mask.sum(), spacing)} ({_DASHES[one.kind]})" for one in drawn
        )
        words = f"Outlines: you {score_words.area(mask.sum(), spacing)}, {areas}"
        viewer.picture(outlines(image, mask, drawn), words, alt=f"{name}. {words}", group=key, key=f"outlines {key}")
    with right:
        both, more, less = (score_words.area(pixels, spacing) for pixels in (shared.tp, shared.fp, shared.fn))
        words = f"You and {other.name}: Dice {shared.dice:.3f}; both {both}, only you {more}, only {other.name} {less}"
        drawn_alike = overlay.agreement(image, other.mask, mask, colors=(_COLORS[other.kind], YOU))
        viewer.picture(drawn_alike, words, alt=f"{name}. {words}", group=key, key=f"agreement {key}")
    legend.show({"you": YOU} | {one.name: _COLORS[one.kind] for one in drawn} | {"both": overlay.BOTH})
    score_words.table(scores(mask, found, spacing), alt=f"Scores of your drawing of {name}")


def _drawings(row: pd.Series, reader: str) -> list[Annotation]:
    """Newest drawings of a frame by everybody but one."""
    folder = config.annotations_dir()
    names = [name for name in annotations.readers(folder, row["source"]) if name != reader]
    drawn = (annotations.latest(folder, row["source"], name, row["frame"]) for name in names)
    return [one for one in drawn if one is not None]
