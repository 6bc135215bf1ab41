"""A row of thumbnails of the frames to choose from."""

from collections.abc import Callable

import streamlit as st

from neuroscan.app import viewer

_TILES = 12
# No frame is called so: names of samples hold a slash, and those of uploads begin with a number.
_BEFORE, _AFTER = "before", "after"


def row(
    labels: dict[str, str], picture: Callable[[int], bytes | None], *, chosen: str, on_pick: Callable[[str], None]
) -> None:
    """Show twelve frames, at first those around the chosen one, with tiles that lead to the twelve before and after.

    Args:
        labels: name of each frame, and what to write under it.
        picture: makes a small PNG of the frame at a place among the labels; None when it cannot be read.
        chosen: name of the frame to mark.
        on_pick: called with the name of the frame that the visitor picks.
    """
    names = list(labels)
    # Turning pages looks around; picking another frame goes to its page.
    if st.session_state.get("thumbnails of") != (chosen, len(names)):
        st.session_state["thumbnails of"] = (chosen, len(names))
        st.session_state["thumbnails page"] = names.index(chosen) // _TILES
    page, last = st.session_state["thumbnails page"], (len(names) - 1) // _TILES
    tiles = [
        viewer.Tile(names[place], labels[names[place]], picture(place), f"Frame {names[place].rpartition('/')[2]}")
        for place in range(page * _TILES, min((page + 1) * _TILES, len(names)))
    ]
    if page:
        tiles.insert(0, viewer.Tile(_BEFORE, f"← Previous ({page * _TILES})", None, ""))
    if page < last:
        tiles.append(viewer.Tile(_AFTER, f"Next ({len(names) - (page + 1) * _TILES}) →", None, ""))

    def take(name: str) -> None:
        """Turn the page, or hand the frame on."""
        if name in (_BEFORE, _AFTER):
            st.session_state["thumbnails page"] = page + (1 if name == _AFTER else -1)
        else:
            on_pick(name)

    viewer.gallery(tiles, chosen=chosen, on_pick=take, key="thumbnails", strip=True)
