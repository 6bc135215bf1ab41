"""The pictures of the overlay page: outlines, agreement map, probability, plain frame."""

import pandas as pd
import streamlit as st

from neuroscan.app import cache, legend, score_words, seen, state, viewer
from neuroscan.app.truth import one_frame
from neuroscan.app.truth.one_frame import Compared, Lens
from neuroscan.app.viewer import Panel
from neuroscan.data import notices
from neuroscan.imaging import overlay
from neuroscan.imaging.overlay import Color
from neuroscan.types import ColorImage, Image, Mask

OUTLINES, AGREEMENT, HEAT_MAP, PLAIN = "Outlines", "Agreement", "Heat map", "Plain"
PANELS = (OUTLINES, AGREEMENT, HEAT_MAP, PLAIN)
_COLORS = (overlay.MODEL, overlay.SECOND_MODEL)


def looks() -> tuple[list[str], float]:
    """Let the visitor choose panels and opacity; stands in a row."""
    chosen = st.pills(
        "Show",
        PANELS,
        selection_mode="multi",
        default=PANELS[:3],
        key="truth panels",
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    with st.popover("Opacity", icon=":material/opacity:"):
        opacity = st.slider("Opacity", 0.0, 1.0, 0.6, 0.05, key="truth opacity", persist_state="session")
    return list(chosen), opacity


def first_look(row: pd.Series, models: tuple[str, ...]) -> None:
    """Show a frame's outlines before all frames of its split are scored; arguments as `one_frame.load`."""
    lens = one_frame.load(row, models)
    if lens is None:
        return
    known = cache.models()[0]
    cards = {model: known[model] for model in models}
    used = tuple(state.thresholds(model, card) for model, card in cards.items())
    found = one_frame.compare(lens, used, lens.spacing)
    seen.note(lens.name, seen.EXPERT, seen.MODEL)
    st.caption("Ranks, curves and lists follow once all frames are scored.")
    one_frame.origin(row, cards)
    who = notices.truth_by(lens.name)
    one_frame.verdicts(found, models, used, who)
    (panel,) = drawn(lens, found, models, [OUTLINES], 0.0)
    place, _ = st.columns([2, 1])
    with place:
        viewer.pictures([panel], group="first", key="first look")
    color_key(models, [OUTLINES], who)


def outlines(image: Image, truth: Mask, masks: tuple[Mask, ...], *, thickness: int | None = None) -> ColorImage:
    """Outline expert (solid orange), model (dashed blue) and, where there is one, second model (dotted dark blue)."""
    picture = overlay.compare(image, truth, masks[0], thickness=thickness)
    if len(masks) > 1:
        picture = overlay.outline(picture, masks[1], color=overlay.SECOND_MODEL, thickness=thickness, dash="dotted")
    return picture


def drawn(lens: Lens, found: Compared, models: tuple[str, ...], chosen: list[str], opacity: float) -> list[Panel]:
    """Draw the chosen panels.

    Args:
        lens: the frame.
        found: the same at the thresholds in use.
        models: folder names.
        chosen: of `PANELS`.
        opacity: of agreement map and heat map, in [0, 1].
    """
    shown: list[Panel] = []
    who = notices.truth_by(lens.name)

    def add(words: str, picture: Image | ColorImage) -> None:
        shown.append(Panel(picture, words, f"{lens.name}. {words}"))

    for panel in (panel for panel in PANELS if panel in chosen):
        if panel == OUTLINES:
            words = ", ".join(
                f"{model}: Dice {row['dice']:.3f}, {score_words.area(row['area_pred_px'], found.spacing)}"
                for model, row in zip(models, found.scores, strict=True)
            )
            area = score_words.area(found.scores[0]["area_true_px"], found.spacing)
            words = f"Outlines. {who.capitalize()}: {area}; {words}"
            add(words, outlines(lens.image, lens.truth, found.masks))
        elif panel == PLAIN:
            height, width = lens.image.shape
            add(f"Plain frame, {width} × {height} px", lens.image)
        else:
            each = zip(models, found.masks, found.scores, lens.predictions, strict=True)
            for (model, mask, row, prediction), color in zip(each, _COLORS, strict=False):
                if panel == AGREEMENT:
                    both, missed, extra = (score_words.area(row[name], found.spacing) for name in ("tp", "fn", "fp"))
                    words = f"{model}: both {both}, only {who} {missed}, only model {extra}"
                    picture = overlay.agreement(lens.image, lens.truth, mask, opacity=opacity)
                else:
                    words = f"{model}: probability up to {prediction.probability.max():.2f}; line: the outline"
                    heat = overlay.heat(lens.image, prediction.probability, opacity=opacity)
                    picture = overlay.outline(heat, mask, color=color)
                add(words, picture)
    return shown


def panels(lens: Lens, shown: list[Panel]) -> None:
    """Show panels side by side; they zoom and move together."""
    viewer.pictures(shown, group=f"truth {lens.name}", key="truth panels shown")


def color_key(models: tuple[str, ...], chosen: list[str], who: str) -> None:
    """Say which colour is what; only for the panels that are shown, `who` being of `notices.truth_by`."""
    colors: dict[str, Color] = {}
    if OUTLINES in chosen:
        lines = [f"{model} ({dash})" for model, dash in zip(models, ("dashed", "dotted"), strict=False)]
        colors = {f"{who} (solid)": overlay.EXPERT, **dict(zip(lines, _COLORS, strict=False))}
    if AGREEMENT in chosen:
        colors |= {"both": overlay.BOTH, f"only {who}": overlay.EXPERT, "only model": overlay.MODEL}
    legend.show(colors, heat=HEAT_MAP in chosen)
