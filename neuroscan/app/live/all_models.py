"""One frame under every model: side by side, what most of them outline, and where they differ."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from neuroscan.app import cache, layout, seen, state, viewer
from neuroscan.app.controls import Display
from neuroscan.app.pickers import Chosen
from neuroscan.imaging import overlay
from neuroscan.inference import ensemble
from neuroscan.types import ColorImage, Mask

_A_ROW = 3
_DENSE = 0.95


def all_models(chosen: Chosen, display: Display) -> None:
    """Offer to outline the frame with every model at hand; costs nothing until it is asked for.

    Args:
        chosen: the frame on screen. Nothing is offered while fewer than two models are at hand.
        display: clean-up of outlines, the same for all.
    """
    known, _ = cache.models()
    if len(known) < 2:
        return
    with st.expander("All models on this frame", icon=":material/compare:", key="all models open"):
        if not st.toggle(f"Outline it with all {len(known)} models", key="show_all_models"):
            return
        image, masks, words = chosen.frame.image, {}, {}
        for model, card in known.items():
            prediction = layout.tried(cache.prediction, model, image, private=chosen.private)
            if prediction is None:
                continue
            used = state.thresholds(model, card)
            masks[model] = prediction.mask(
                used.threshold,
                used.presence,
                min_area_px=display.min_area_px,
                keep_largest=display.keep_largest,
            )
            found = f"{int(masks[model].sum()):,} px" if masks[model].any() else "nothing"
            words[model] = f"{model}: {found} outlined, presence score {prediction.presence:.3f}"
        if len(masks) > 1:
            _show(chosen, masks, words)


def _show(chosen: Chosen, masks: Mapping[str, Mask], words: Mapping[str, str]) -> None:
    """Say what the models share, and draw each of them, the majority and where they differ."""
    image, several = chosen.frame.image, list(masks.values())
    finds = [model for model, mask in masks.items() if mask.any()]
    if not finds:
        st.markdown(f"**None of {len(masks)} models outlines a nerve.**")
        st.caption(layout.plain("; ".join(words.values())))
        return
    seen.note(chosen.sample, seen.MODEL)
    most, differ = ensemble.majority(several), ensemble.disagreement(several)
    any_of, all_of = np.any(several, axis=0), np.all(several, axis=0)
    shared = f" All outline {int(all_of.sum()):,} px; {int((any_of & ~all_of).sum()):,} px more only some do."
    st.markdown(
        f"**{len(finds)} of {len(masks)} models outline a nerve"
        f"{': ' + layout.plain(', '.join(finds)) if len(finds) < len(masks) else ''}.**{shared}"
    )
    pictures: dict[str, ColorImage] = {words[model]: overlay.outline(image, mask) for model, mask in masks.items()}
    need = f"more than half of {len(masks)} models"
    pictures[f"Majority: {int(most.sum()):,} px, outlined by {need}"] = overlay.outline(image, most, color=overlay.BOTH)
    pictures["Disagreement: the brighter, the more evenly the models are split"] = overlay.heat(
        image, differ, opacity=_DENSE
    )
    entries = list(pictures.items())
    for start in range(0, len(entries), _A_ROW):
        for number, place in enumerate(st.columns(_A_ROW), start):
            if number < len(entries):
                caption, picture = entries[number]
                with place:
                    alt = f"{chosen.title}. {caption}"
                    group = cache.digest(image)
                    viewer.picture(picture, caption, alt=alt, group=group, key=f"all models {number}")
    st.caption(
        "Each model at the session's own threshold and presence gate, cleaned up as the outline above. Agreement is no "
        "proof: models that learnt from the same frames err alike."
    )
