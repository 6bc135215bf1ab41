"""Widgets that change what is drawn over a frame: thresholds, looks, clean-up, spacing. Made to stand in a fragment."""

from dataclasses import dataclass

import streamlit as st

from neuroscan.app import state
from neuroscan.app.lists import hold
from neuroscan.app.state import Thresholds
from neuroscan.imaging import preprocess
from neuroscan.imaging.preprocess import Box
from neuroscan.inference.card import Card
from neuroscan.types import Image, Spacing

LOOKS = ("Outline", "Fill", "Heat map")
_STEP = 0.01
_FORMAT = "%.3f"  # Thresholds of cards are finer than the steps.
_FALLBACK_GATE = 0.5
_LARGEST_SPACING_MM = 5.0
_FRAME_MM, _UNLIKE_STEPS = (10, 300), 3
"""Sides of a frame, and ratio of the two spacings, beyond which what was typed in is questioned."""
_ORIGINS = {"file": "as the ultrasound machine wrote it into the DICOM file", "typed in": "typed in by you"}


@dataclass(frozen=True)
class Display:
    """How the model's answer is drawn and cleaned up.

    Attributes:
        look: one of `LOOKS`.
        opacity: of fill and heat map, in [0, 1].
        min_area_px: parts smaller than this are dropped.
        keep_largest: keep the largest part alone.
    """

    look: str
    opacity: float
    min_area_px: int
    keep_largest: bool


def thresholds(model: str, card: Card) -> Thresholds:
    """Sliders for threshold and, while the gate is on, presence threshold of a model; all pages share them.

    Args:
        model: folder name.
        card: holds the values to begin with and to go back to.

    Returns:
        Thresholds as they stand.
    """
    now = state.thresholds(model, card)
    slider, gate_slider = f"threshold {model}", f"presence threshold {model}"
    hold(slider, now.threshold)
    left, right = st.columns(2, gap="medium")
    left.slider(
        "Threshold",
        0.0,
        1.0,
        now.threshold,
        step=_STEP,
        format=_FORMAT,
        key=slider,
        on_change=lambda: state.set_threshold(model, st.session_state[slider]),
        help="A pixel counts as nerve when the model's probability is at or over this. Lower outlines more.",
    )
    if now.presence > 0:
        hold(gate_slider, now.presence)
        right.slider(
            "Presence threshold",
            min(_STEP, now.presence),  # 0 is the gate's switch
            1.0,
            now.presence,
            step=_STEP,
            format=_FORMAT,
            key=gate_slider,
            on_change=lambda: state.set_presence_threshold(model, st.session_state[gate_slider]),
            help="A frame whose presence score is under this is called one without a nerve, and nothing is outlined.",
        )
    else:
        right.caption("The presence gate is off: what passes the threshold is outlined, nerve found or not.")
    return state.thresholds(model, card)


def gate(model: str, card: Card) -> None:
    """Switch for the presence gate, and the way back to the card's thresholds; stands well in a row of widgets."""
    now = state.thresholds(model, card)
    hold(f"gate {model}", now.presence > 0)
    st.toggle(
        "Presence gate",
        now.presence > 0,
        key=f"gate {model}",
        on_change=lambda: state.set_presence_threshold(
            model,
            (state.last_gate(model) or card.presence_threshold or _FALLBACK_GATE)
            if st.session_state[f"gate {model}"]
            else 0.0,
        ),
        help="On: where the model finds no nerve, its presence score being under the presence threshold, nothing is "
        "outlined. Off: it outlines without being asked whether a nerve is there.",
    )
    st.button(
        "Reset",
        icon=":material/restart_alt:",
        on_click=state.reset_thresholds,
        args=(model,),
        disabled=now == Thresholds(card.threshold, card.presence_threshold),
        help=f"Back to the model's own {card.threshold:.3f} and {card.presence_threshold:.3f}, chosen on validation.",
        key=f"reset {model}",
    )


def display(area_px: int) -> Display:
    """Choices of look and clean-up; they last for the session.

    Args:
        area_px: pixels of the frame, an upper limit for the smallest area.
    """
    look = st.segmented_control(
        "Show as",
        LOOKS,
        default=LOOKS[0],
        required=True,
        key="look",
        persist_state="session",
        label_visibility="collapsed",
    )
    with st.popover("Opacity and clean-up", icon=":material/tune:"):
        opacity = st.slider("Opacity", 0.0, 1.0, 0.5, 0.05, key="opacity", persist_state="session")
        smallest = st.number_input(
            "Smallest area, pixels",
            0,
            None,
            0,
            50,
            key="smallest_area",
            persist_state="session",
            help="Separate parts of the outline smaller than this are dropped.",
        )
        largest = st.toggle("Largest part only", key="largest_only", persist_state="session")
    return Display(look, opacity, min(int(smallest), area_px), largest)


def known_spacing(found: Spacing | None, digest: str) -> tuple[Spacing | None, str]:
    """Spacing of a frame: the file's own, else what was typed in, else unknown.

    Args:
        found: from the file, None when it does not say.
        digest: of the frame; what is typed in belongs to it alone, unless the visitor says otherwise.

    Returns:
        Millimetres a pixel, (row, column), or None; and where it comes from: `file`, `typed in` or `unknown`.
    """
    if found is not None:
        return found, "file"
    down, across = state.typed_spacing(digest)
    return ((down, across), "typed in") if down and across else (None, "unknown")


def spacing(found: Spacing | None, digest: str) -> tuple[Spacing | None, str]:
    """Let the visitor type in the spacing of a frame whose file does not tell it; arguments as `known_spacing`.

    Returns:
        What `known_spacing` says then.
    """
    if found is None:
        with st.popover("Spacing", icon=":material/straighten:"):
            _type_spacing(digest)
    return known_spacing(found, digest)


def spacing_sentence(spacing: Spacing | None, origin: str, scanned: Box) -> str:
    """Say in a sentence what `known_spacing` found, and how large that makes the scanned area of a frame."""
    if spacing is None:
        return "Spacing is unknown, so sizes are in pixels only."
    height, width = _size_mm(spacing, scanned)
    return (
        f"Spacing {spacing[0]:g} × {spacing[1]:g} mm a pixel (down × across), {_ORIGINS[origin]}: the scanned area is "
        f"{height:,.0f} × {width:,.0f} mm."
    )


def tell_spacing(spacing: Spacing | None, origin: str, image: Image) -> None:
    """Show what `known_spacing` found for a frame of shape (H, W), if anything, and question what looks mistyped."""
    if spacing is not None:
        scanned = preprocess.scanned_area(image)
        st.caption(spacing_sentence(spacing, origin, scanned))
        doubt_spacing(spacing, origin, scanned)


def _size_mm(spacing: Spacing, scanned: Box) -> tuple[float, float]:
    """Height and width of a scanned area, millimetres."""
    return spacing[0] * (scanned.bottom - scanned.top), spacing[1] * (scanned.right - scanned.left)


def doubt_spacing(spacing: Spacing | None, origin: str, scanned: Box) -> None:
    """Question a spacing that was typed in and makes a frame's scanned area one that no scanner shows."""
    if spacing is None or origin != "typed in":
        return
    sides = _size_mm(spacing, scanned)
    if min(sides) < _FRAME_MM[0] or max(sides) > _FRAME_MM[1] or max(spacing) > _UNLIKE_STEPS * min(spacing):
        st.warning(
            f"**Was the spacing typed in right?** It makes the scanned area {sides[0]:,.0f} mm deep and "
            f"{sides[1]:,.0f} mm wide. Ultrasound frames are {_FRAME_MM[0]} to {_FRAME_MM[1]} mm, and their pixels "
            "nearly square.",
            icon=":material/straighten:",
        )


def _type_spacing(digest: str) -> None:
    """Fields for millimetres a pixel, and whom they hold for."""
    ways = ("down", "across")
    keys = {way: f"spacing {way} {digest}" for way in ways}
    all_key = f"spacing for all {digest}"

    def take() -> None:
        """Keep both numbers and what they are for."""
        down, across = (st.session_state[key] or None for key in keys.values())
        state.type_spacing(digest, (down, across), for_all=st.session_state[all_key])

    st.caption(
        "The file does not say how large a pixel is. With both numbers typed in, sizes are in millimetres. Usual are "
        f"0.05 to 0.3; up to {_LARGEST_SPACING_MM:g} is taken. To take a number back, type 0."
    )
    for way, value, place in zip(ways, state.typed_spacing(digest), st.columns(2), strict=True):
        hold(keys[way], value)
        place.number_input(
            f"mm a pixel, {way}",
            0.0,
            _LARGEST_SPACING_MM,
            value,
            0.01,
            format="%.4f",
            key=keys[way],
            on_change=take,
        )
    hold(all_key, state.spacing_for_all())
    st.toggle("For all frames of this session", state.spacing_for_all(), key=all_key, on_change=take)
