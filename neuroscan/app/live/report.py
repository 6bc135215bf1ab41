"""What the model says of a frame, in a picture, a verdict and numbers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import controls, layout, score_words, subject_groups, viewer
from neuroscan.app.controls import Display
from neuroscan.app.pickers import Chosen
from neuroscan.app.state import Thresholds
from neuroscan.app.subject_groups import TRAINING, VALIDATION, split_of
from neuroscan.data import notices
from neuroscan.data.refusals import reason
from neuroscan.imaging import measure, overlay, postprocess, preprocess
from neuroscan.imaging.measure import Measurement
from neuroscan.imaging.preprocess import Box
from neuroscan.inference.card import Card
from neuroscan.inference.predictor import Prediction
from neuroscan.types import ColorImage, Image, Mask, Spacing

_GREYS_A_DEVIATION = 42


@dataclass(frozen=True)
class Answer:
    """A model's answer at the thresholds that the visitor has set.

    Attributes:
        mask: shape (H, W); empty when the nerve is called absent and not looked at anyway.
        present: False when the presence score is under its threshold.
        anyway: True when the outline of a nerve that is called absent is shown all the same.
        found: the mask in numbers, all its parts together.
        largest: its largest part in numbers: a size across parts and the gap between them is no size of a nerve.
        scanned: the scanned area of the frame.
        spacing: millimetres a pixel, or None; and where it comes from, as `controls.spacing` says.
        picture: the overlay, shape (H, W, 3).
    """

    mask: Mask
    present: bool
    anyway: bool
    found: Measurement
    largest: Measurement
    scanned: Box
    spacing: tuple[Spacing | None, str]
    picture: ColorImage

    @property
    def drawn(self) -> bool:
        """Whether the picture shows what the model says: it is the plain frame where the nerve is called absent."""
        return self.present or self.anyway


def answer(
    image: Image,
    prediction: Prediction,
    thresholds: Thresholds,
    display: Display,
    *,
    anyway: bool = False,
    spacing: tuple[Spacing | None, str] = (None, "unknown"),
) -> Answer:
    """Outline, measure and draw: all that a change of threshold computes anew.

    Args:
        image: shape (H, W).
        prediction: of that frame.
        thresholds: as set.
        display: look and clean-up.
        anyway: outline even where the nerve is called absent.
        spacing: millimetres a pixel, or None; and where it comes from, as `controls.spacing` says.
    """
    present = prediction.presence >= thresholds.presence
    mask = prediction.mask(
        thresholds.threshold,
        0.0 if anyway else thresholds.presence,
        min_area_px=display.min_area_px,
        keep_largest=display.keep_largest,
    )
    scanned = preprocess.scanned_area(image)
    found = measure.measure(mask, spacing[0], top=scanned.top)
    largest = found
    if found.parts > 1:
        largest = measure.measure(postprocess.largest_component(mask), spacing[0], top=scanned.top)
    picture = draw(image, prediction, mask, display) if present or anyway else overlay.outline(image, mask)
    return Answer(mask, present, anyway and not present, found, largest, scanned, spacing, picture)


def caption(shown: Answer, display: Display, model: str) -> str:
    """Say what the picture of an answer shows."""
    if not shown.drawn:
        return f"Nothing drawn: model {model} calls the nerve absent"
    area = f"{shown.found.area_px:,} px outlined" if shown.found.area_px else "no part passes threshold and clean-up"
    return f"{display.look} by model {model}, {area}"


def draw(image: Image, prediction: Prediction, mask: Mask, display: Display) -> ColorImage:
    """Lay the model's answer over a frame in the chosen look; the heat map shows probabilities as they are."""
    if display.look == "Heat map":
        return overlay.outline(overlay.heat(image, prediction.probability, opacity=display.opacity), mask)
    if display.look == "Fill":
        return overlay.fill(image, mask, opacity=display.opacity)
    return overlay.outline(image, mask)


def verdict(shown: Answer, prediction: Prediction, thresholds: Thresholds, key: str) -> bool:
    """Say whether the model finds a nerve, and offer to look when it does not.

    Args:
        shown: the answer; after its clean-up nothing may be left to outline.
        prediction: of the frame.
        thresholds: as set.
        key: names frame and model, so that looking anyway ends with the frame.

    Returns:
        True when the visitor wants to see the outline of a nerve that is called absent.
    """
    gate = thresholds.presence
    score, asked_for = score_words.against(prediction.presence, gate)
    if shown.present and not shown.found.area_px:
        asked = f", at or over the presence threshold of {asked_for}" if gate else ", presence gate off"
        title = "A nerve by its score, but nothing to outline" if gate else "Nothing to outline"
        st.warning(
            f"**{title}.** Presence score {score}{asked}, but no part of the map passes the threshold of "
            f"{thresholds.threshold:.3f} and the clean-up. A lower threshold may show where it could be."
        )
        return False
    if gate == 0:
        st.info(f"**Presence gate off.** Presence score {score}; outlined without asking whether a nerve is there.")
        return False
    if shown.present:
        said = f"**Nerve found.** Presence score {score}, at or over the presence threshold of {asked_for}."
        st.info(said, icon=":material/search_check:")
        return False
    st.warning(
        f"**No nerve found.** Presence score {score}, under the presence threshold of {asked_for}: the model sees "
        "no nerve in this frame. That does not prove that there is none."
    )
    return st.toggle("Look at the outline anyway", key=f"anyway {key}")


def false_alarms(shown: Answer, thresholds: Thresholds, card: Card) -> None:
    """Say under a nerve that was found how often the model found one in test frames without: what its yes is worth.

    Args:
        shown: the answer.
        thresholds: as set; with the gate off nothing was found, and nothing is said.
        card: of the model.
    """
    if not (shown.present and shown.found.area_px and thresholds.presence):
        return
    for source, (wrong, count, subjects) in card.false_alarms.items():
        if not notices.is_synthetic(source):
            share = f"all {count}" if wrong == count > 1 else f"{wrong} of {count}"
            st.caption(
                f":material/info: **How much “nerve found” says**: in test frames of {layout.plain(source)} without a "
                f"nerve, the model at its own thresholds called one present in {share}"
                f"{', all of one subject' if subjects == 1 else ''}."
            )


def numbers(shown: Answer) -> None:
    """Show area, depth and size, in millimetres only where spacing is known; and say where that comes from."""
    found = shown.found
    known = found.area_mm2 is not None
    with st.container(horizontal=True):
        st.metric("Area", f"{found.area_px:,} px", border=True)
        if known:
            st.metric("Area", f"{found.area_mm2:,.1f} mm²", border=True)
        if found.area_px:
            unit = "mm" if known else "px"
            depth, width, height, major, minor = (
                getattr(shown.largest, f"{name}_{unit}") for name in ("depth", "width", "height", "major", "minor")
            )
            which = ", largest part" if found.parts > 1 else ""
            digits = 1 if known else 0
            st.metric(
                f"Depth of its top{which}",
                f"{depth:.{digits}f} {unit}",
                border=True,
                help="Straight down from the top of the scanned area.",
            )
            st.metric(f"Width × height{which}", f"{width:.{digits}f} × {height:.{digits}f} {unit}", border=True)
            st.metric(
                f"Long × short axis{which}",
                f"{major:.{digits}f} × {minor:.{digits}f} {unit}",
                border=True,
                help="Axes of the ellipse that has the same second moments, whichever way it lies.",
            )
    parts = "" if found.parts < 2 else f" The outline has {found.parts} separate parts; area is that of all of them."
    st.caption(controls.spacing_sentence(*shown.spacing, shown.scanned) + parts)
    controls.doubt_spacing(*shown.spacing, shown.scanned)


def usual_area(shown: Answer, card: Card) -> None:
    """Say in plain words how the outlined share of the scanned area compares with nerves seen in training.

    Args:
        shown: the answer; black borders do not count.
        card: of the model; its `area_share` holds the range of each training source.
    """
    if not shown.found.area_px or not card.area_share:
        return
    share = shown.scanned.crop(shown.mask).mean()
    parts = f", its {shown.found.parts} parts together," if shown.found.parts > 1 else ""
    lines = []
    for source, (low, middle, high) in card.area_share.items():
        place = "smaller than most" if share < low else "larger than most" if share > high else "usual"
        lines.append(
            f"- {layout.plain(notices.display_name(source))}: "
            f"95 % of nerves cover {100 * low:.1f} to {100 * high:.1f} % of theirs, "
            f"half of them at least {100 * middle:.1f} %: **{place}**"
        )
    st.markdown(
        f"The outline{parts} covers **{100 * share:.1f} % of the scanned area**. In frames the model was trained on:\n"
        + "\n".join(lines)
    )
    st.caption("A comparison with other frames, not a finding: frames here were never labelled normal or abnormal.")


def model_sees(image: Image, card: Card, window: preprocess.Box | None) -> None:
    """Show the frame as the network is given it, step by step, and its window of the second pass, if there was one."""
    settings = card.preprocess
    pictures = preprocess.steps(image, settings)
    ready = preprocess.normalise(pictures["denoised"])
    pictures["normalised"] = np.clip(128 + _GREYS_A_DEVIATION * ready, 0, 255).astype(np.uint8)
    words = {
        "scanned area": "Scanned area: black borders cut away" if settings.crop else "The whole frame",
        "resized": f"Resized to {settings.width} × {settings.height}",
        "denoised": "Not denoised" if settings.denoise == "none" else f"Denoised: {settings.denoise}",
        "normalised": "Normalised: mean 0 (mid grey), deviation 1",
    }
    if window:
        pictures["enlarged"] = preprocess.steps(image, settings, window)["denoised"]
        words["enlarged"] = "Second pass: what the first one outlines is small, and enlarged"
    for place, (step, picture) in zip(st.columns(len(pictures)), pictures.items(), strict=True):
        with place:
            viewer.picture(picture, words[step], alt=words[step], group="model sees", key=f"sees {step}")


def seen_in_training(chosen: Chosen, samples: pd.DataFrame, card: Card) -> None:
    """Say so when the frame's subject, or a frame nearly like it, was among those that the model learnt from."""
    if chosen.row is None:
        return
    try:
        key = subject_groups.of(chosen.row, samples, card)
    except ValueError as error:
        layout.problem(f"{reason(error)}. Whether the model learnt from this frame is not known.")
        return
    whose = "frames of this subject" if chosen.row["subject"] is not None else "this frame or ones nearly like it"
    words = {
        TRAINING: f"was trained on {whose}: expect better outlines here than on a new patient",
        VALIDATION: f"and its thresholds were chosen with the help of {whose}: how it does here is no test of it",
    }.get(split_of(pd.Series([key]), card)[0])
    if words:
        st.caption(f":material/school: The model {words}.")
