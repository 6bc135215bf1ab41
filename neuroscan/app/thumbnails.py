"""A row of thumbnails of a data set's frames."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from neuroscan.app import cache, viewer

_TILES = 12
# No sample is called so: names of samples hold a slash.
_EARLIER, _LATER = "earlier", "later"


def row(samples: pd.DataFrame, labels: dict[str, str], *, chosen: str, on_pick: Callable[[str], None]) -> None:
    """Show twelve frames, at first those around the chosen one, with tiles that lead to the twelve before and after.

    Args:
        samples: rows of the samples table.
        labels: name of each sample, `source/frame`, and what to write under it; in the order of the rows.
        chosen: name of the frame to mark.
        on_pick: called with the name of the frame that the visitor picks.
    """
    names = list(labels)
    # Turning pages looks around; picking another frame goes to its page.
    if st.session_state.get("thumbnails of") != (chosen, len(names)):
        st.session_state["thumbnails of"] = (chosen, len(names))
        st.session_state["thumbnails page"] = names.index(chosen) // _TILES
    page, last = st.session_state["thumbnails page"], (len(names) - 1) // _TILES
    place = slice(page * _TILES, (page + 1) * _TILES)
    tiles = [
        viewer.Tile(name, labels[name], cache.thumbnail(sample), f"Frame {sample['frame']}")
        for name, (_, sample) in zip(names[place], samples.iloc[place].iterrows(), strict=True)
    ]
    if page:
        tiles.insert(0, viewer.Tile(_EARLIER, f"← Earlier ({page * _TILES})", None, ""))
    if page < last:
        tiles.append(viewer.Tile(_LATER, f"Later ({len(names) - (page + 1) * _TILES}) →", None, ""))

    def take(name: str) -> None:
        """Turn the page, or hand the frame on."""
        if name in (_EARLIER, _LATER):
            st.session_state["thumbnails page"] = page + (1 if name == _LATER else -1)
        else:
            on_pick(name)

    viewer.gallery(tiles, chosen=chosen, on_pick=take, key="thumbnails", strip=True)
