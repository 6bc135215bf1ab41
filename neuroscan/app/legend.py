"""Which colour on a picture is what."""

import html
from collections.abc import Mapping

import streamlit as st

from neuroscan.imaging import overlay
from neuroscan.imaging.overlay import Color

_SWATCH = "display:inline-block;width:.9em;height:.9em;border:1px solid #777;border-radius:2px;margin-right:.35em"
_BAR = "display:inline-block;width:7em;height:.9em;border:1px solid #777;border-radius:2px;margin:0 .35em"


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
        entries.append(f"heat map: probability 0{bar}1, clear at 0")
    spans = "".join(f'<span style="white-space:nowrap">{entry}</span>' for entry in entries)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.9rem">{spans}</div>')
