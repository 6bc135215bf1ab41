"""Files to take home: of one frame, and of many uploaded frames at once."""

from collections.abc import Sequence

import streamlit as st

from neuroscan.app import cache, controls, downloads, layout
from neuroscan.app.controls import Display
from neuroscan.app.live import out_of_distribution, report
from neuroscan.app.live.report import Answer
from neuroscan.app.pickers import Chosen
from neuroscan.app.state import Thresholds
from neuroscan.data import notices
from neuroscan.data.codecs import Frame
from neuroscan.data.layout import bare_name
from neuroscan.inference.card import Card
from neuroscan.inference.predictor import Prediction
from neuroscan.types import Mask


def offer(
    chosen: Chosen, model: str, prediction: Prediction, shown: Answer, thresholds: Thresholds, *, unlike: bool | None
) -> None:
    """Offer mask, overlay, probability map and a row of numbers for download; each is made when it is asked for.

    Args:
        chosen, model, prediction, shown, thresholds, unlike: as `csv_row` takes them.
    """
    stem = bare_name(chosen.frame.name)
    words = (
        f"{chosen.title}, outlined by model {model}, threshold {thresholds.threshold:.3f}, presence score "
        f"{prediction.presence:.3f}, presence threshold {thresholds.presence:.3f}."
    )
    if shown.anyway:
        words += " The model calls the nerve absent; its outline is shown all the same."
    offers = (
        ("Mask", f"{stem}_mask.png", lambda: downloads.mask_png(shown.mask)),
        ("Overlay", f"{stem}_overlay.png", lambda: downloads.overlay_png(shown.picture, words)),
        (
            "Probability",
            f"{stem}_probability.png",
            lambda: downloads.probability_png(prediction.probability),
        ),
        (
            "Numbers",
            f"{stem}.csv",
            lambda: downloads.table_csv([csv_row(chosen, model, prediction, shown, thresholds, unlike=unlike)]),
        ),
    )
    with st.container(horizontal=True):
        for label, name, make in offers:
            downloads.button(label, name, make, key=f"download {label}")
    st.caption(
        "Mask: PNG of 0 and 255 at the frame's own size. Probability: 16-bit PNG, 65,535 = probability 1. Every file "
        "carries the disclaimer."
    )


def csv_row(
    chosen: Chosen,
    model: str,
    prediction: Prediction,
    shown: Answer,
    thresholds: Thresholds,
    *,
    unlike: bool | None,
) -> dict[str, object]:
    """One frame's numbers: the columns of `training.predict` but `seconds` and `error`, and more; None if unknown.

    Args:
        chosen: the frame.
        model: folder name.
        prediction: of the frame.
        shown: the answer on screen.
        thresholds: as set.
        unlike: whether the frame is unlike those that the model was trained on; None where that is not known.
    """
    found, largest = shown.found, shown.largest
    row, column = (round(place, 1) for place in found.centroid) if found.centroid else (None, None)
    return {
        "file": chosen.frame.name,
        "presence": round(prediction.presence, 4),
        "present": str(shown.present).lower(),
        "area_px": found.area_px,
        "area_mm2": None if found.area_mm2 is None else round(found.area_mm2, 2),
        "centroid_row": row,
        "centroid_col": column,
        "threshold": thresholds.threshold,
        "presence_threshold": thresholds.presence,
        "parts": found.parts,
        "outlined_anyway": str(shown.anyway).lower(),
        "spacing_from": shown.spacing[1],
        "out_of_distribution": None if unlike is None else str(unlike).lower(),
        "depth_px": largest.depth_px,
        "depth_mm": None if largest.depth_mm is None else round(largest.depth_mm, 2),
        "model": model,
        "source": None if chosen.row is None else notices.display_name(chosen.row["source"]),
    }


@st.cache_data(max_entries=2048, show_spinner=False, scope="session")
def _unlike(card: str, digest: str, _chosen: Chosen, _card: Card) -> bool | None:
    """Whether a frame is unlike those that a model was trained on; None where that is not known."""
    try:
        result = out_of_distribution.of(_chosen, _card)
    except ValueError:
        return None
    return None if result is None else result.is_ood


def offer_all(frames: Sequence[Frame], model: str, card: Card, thresholds: Thresholds, display: Display) -> None:
    """Offer to outline all uploaded frames as the one on screen is, with one table and one file of masks.

    Args:
        frames: uploaded; nothing is shown for fewer than two.
        model: folder name.
        card: of the model.
        thresholds: as set.
        display: look and clean-up.
    """
    if len(frames) < 2 or not st.toggle(f"Outline all {len(frames)} frames", key="outline_all"):
        return
    rows: list[dict[str, object]] = []
    masks: list[tuple[str, Mask]] = []
    names = downloads.mask_names([frame.name for frame in frames])
    card_text = repr(card)
    bar = st.progress(0.0, "Outlining…")
    for number, (frame, name) in enumerate(zip(frames, names, strict=True), 1):
        prediction = layout.tried(cache.prediction, model, frame.image, private=True)
        if prediction is None:
            bar.empty()
            return
        digest = cache.digest(frame.image)
        spacing = controls.known_spacing(frame.spacing, digest)
        shown = report.answer(frame.image, prediction, thresholds, display, spacing=spacing)
        one = Chosen(frame)
        unlike = _unlike(card_text, digest, one, card)
        row = csv_row(one, model, prediction, shown, thresholds, unlike=unlike)
        rows.append(row | {"mask_file": name})
        masks.append((name, shown.mask))
        bar.progress(number / len(frames), f"Outlined {number} of {len(frames)}")
    bar.empty()
    st.dataframe(rows, hide_index=True)
    with st.container(horizontal=True):
        for label, name, make in (
            ("All masks", "masks.zip", lambda: downloads.masks_zip(masks)),
            ("All numbers", "predictions.csv", lambda: downloads.table_csv(rows)),
        ):
            downloads.button(label, name, make)
