"""What other people's numbers say, and what a split that leaks would have: apart from the table, and labelled so."""

import pandas as pd
import streamlit as st

from neuroscan.app import layout
from neuroscan.app.comparison import stored_scores
from neuroscan.app.comparison.selection import Part

_PUBLISHED = {
    "U-Net": (95, 94, 93, 94),
    "MobileNet": (91, 89, 88, 88.5),
    "VGGNet": (89, 87, 85, 86),
    "CNN": (88, 85, 84, 84.5),
}
"""Accuracy, precision, recall and F1 in per cent, as the original project published them."""

_HUMAN = "https://pmc.ncbi.nlm.nih.gov/articles/PMC11103080/"


def published(part: Part) -> None:
    """Show the human reference and the original project's figures, on demand."""
    st.markdown(
        f"**Context only, experts among themselves:** one expert against another reached a nerve Dice of 0.48, on "
        f"another data set ([PMC11103080]({_HUMAN})): no line of this table can be measured by it."
    )
    with st.expander("What the original project published", icon=":material/history_edu:"):
        st.warning("**Published elsewhere, split unknown, not reproduced.**", icon=":material/help:")
        names = ("Accuracy", "Precision", "Recall", "F1")
        rows = [
            {"Model": model} | {name: f"{value:g} %" for name, value in zip(names, values, strict=True)}
            for model, values in _PUBLISHED.items()
        ]
        st.table(pd.DataFrame(rows), hide_index=True, alt="Figures published elsewhere, not reproduced")
        nothing = part.headline.set_index("model")["accuracy"].get("nothing anywhere")
        worth = (
            f" On frames of {layout.plain(part.name)} with a nerve finding nothing anywhere has {100 * nothing:.1f} %."
            if pd.notna(nothing)
            else ""
        )
        st.caption(
            "It is not said whether these count pixels or frames, nor whether frames of one person stood on both sides "
            f"of the split. Accuracy over pixels says little where nearly all pixels are no nerve.{worth}"
        )


def leaky(part: Part) -> None:
    """Offer to show what a random split would have claimed, for the models for which that was measured."""
    found = {}
    for model in part.scored.cards:
        try:
            values = stored_scores.leaky(model)
        except ValueError as error:
            layout.problem(str(error))
            continue
        if values is not None:
            found[model] = values
    if not found or not st.toggle(
        "What a leaky split would have claimed", key="compare leaky", persist_state="session"
    ):
        return
    with st.container(border=True):
        for model, values in found.items():
            # Rounded first: on screen the third number is the difference of the two before it.
            claimed, honest = (round(float(str(values[f"{name}_dice_frames"])), 3) for name in ("claimed", "honest"))
            st.markdown(f"**{layout.plain(model)}**, Dice over frames")
            with st.container(horizontal=True):
                st.metric("Leaky split would claim", f"{claimed:.3f}", border=True)
                st.metric("On subjects never seen", f"{honest:.3f}", border=True)
                st.metric("Difference (on different frames)", f"{claimed - honest:+.3f}", border=True)
            st.caption(layout.plain(f"{values['note']} Split: {values['split']}."))
            st.code(str(values["command"]), language="bash")
        st.caption(
            "A random split puts frames of one person on both sides, seconds apart and nearly alike: the network is "
            "tested on people that it knows. The scores in the table are of subjects, or groups of near-identical "
            "frames, that were held out."
        )
