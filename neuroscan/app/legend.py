"""Which colour on a picture is what."""

import html
from collections.abc import Mapping

import streamlit as st

from neuroscan.imaging import overlay
from neuroscan.imaging.overlay import Color

# Colours stay as they are in the pictures where the visitor's system sets those of pages (forced colours).
_BOX = "display:inline-block;height:.9em;border:1px solid #777;border-radius:2px;forced-color-adjust:none"
_SWATCH = f"{_BOX};width:.9em;margin-right:.35em"
_BAR = f"{_BOX};width:7em;margin:0 .35em"


def show(colors: Mapping[str, Color], *, heat: bool = False) -> None:
    """Say which colour is whose.

    Args:
        colors: by what they stand for.
        heat: with the heat map's scale behind them.
    """
    entries = [
        f'<span style="{_SWATCH};background:rgb{color}"></span>{html.escape(words)}' for words, color in colors.items()
    ]
    if heat:
        scale = ",".join(f"rgb{color}" for color in overlay.HEAT_SCALE)
        bar = f'<span style="{_BAR};background:linear-gradient(to right,{scale})"></span>'
        entries.append(f'heat map: probability <span style="white-space:nowrap">0{bar}1</span>, clear at 0')
    spans = "".join(f"<span>{entry}</span>" for entry in entries)
    look = "display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.9rem;overflow-wrap:anywhere"
    st.html(f'<div style="{look}">{spans}</div>')
