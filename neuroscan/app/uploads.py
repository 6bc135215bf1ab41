"""Pictures that the visitor brings: read, and one of them chosen. They stay while the page is open."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout, thumbnails
from neuroscan.app.lists import key_for
from neuroscan.app.pickers import Chosen
from neuroscan.app.steps import before_and_after
from neuroscan.data.codecs import Frame

_SHOWN, _FILES = "upload shown", "upload files"


def bring() -> list[Frame]:
    """Let the visitor bring pictures; what cannot be read is told file by file.

    Returns:
        The frames of all readable files: one a picture, several for a TIFF of several pages or a DICOM clip.
    """
    files = st.file_uploader(
        "Upload ultrasound pictures: DICOM, PNG, JPEG, TIFF or BMP",
        accept_multiple_files=True,
        key="uploads",
        help="8-bit, 16-bit or float; grey or colour; DICOM clips and TIFFs of several pages too. Only a DICOM file "
        "tells how large a pixel is. Nothing but its picture is read, and where the file says which part of that is "
        "ultrasound, the rest, such as a name, is blackened.",
    )
    frames: list[Frame] = []
    left, fresh = Counter(st.session_state.get(_FILES, ())), None  # those of before, not met again so far
    for file in files:
        found, complaint = cache.decoded(file)
        left[file.name, file.size] -= 1
        if found and fresh is None and left[file.name, file.size] < 0:
            fresh = _kept(len(frames), found[0])
        frames += found
        if complaint:
            layout.problem(complaint)
    if fresh:  # Who adds a file wants to see it, and not the numbers of another.
        st.session_state[_SHOWN] = fresh
    st.session_state[_FILES] = [(file.name, file.size) for file in files]
    if not frames:
        st.caption(
            "Nothing to outline yet. Pictures stay while this page is open; after another page, bring them again. They "
            f"are never written to the server's disk, and leave its memory {config.AWAY_MINUTES} minutes after the "
            "page is closed."
        )
    return frames


def one_of(frames: Sequence[Frame]) -> Chosen | None:
    """Let the visitor choose one of the uploaded frames; None when there is none."""
    if not frames:
        return None
    at = _place_of(st.session_state.get(_SHOWN), frames)
    if len(frames) > 1:
        labels = [f"{place}: {frame.name}" for place, frame in enumerate(frames, 1)]
        key = key_for("upload", labels)

        def take(label: str) -> None:
            """Choose the upload of a label in the list."""
            st.session_state[key] = labels.index(label)

        with st.container(horizontal=True, vertical_alignment="bottom"):
            at = st.selectbox("Frame", range(len(frames)), at, key=key, format_func=lambda place: labels[place])
            before_and_after(labels, labels[at], take, now=lambda: labels[st.session_state[key]], key="upload")

        thumbnails.row(
            dict(zip(labels, labels, strict=True)),
            lambda place: cache.upload_thumbnail(frames[place]),
            chosen=labels[at],
            on_pick=take,
        )
    st.session_state[_SHOWN] = _kept(at, frames[at])
    return Chosen(frames[at])


def _kept(place: int, frame: Frame) -> tuple[int, str, str]:
    """What is remembered of the frame on screen."""
    return place, frame.name, cache.digest(frame.image)


def _place_of(kept: tuple[int, str, str] | None, frames: Sequence[Frame]) -> int:
    """Find the upload that was shown last, of place, name and digest `kept`; the first one when it is gone."""
    if kept is None:
        return 0
    place, name, digest = kept
    # Names may be equal, and one picture may be there twice. Digests take time: names first.
    same = [at for at, frame in enumerate(frames) if frame.name == name and cache.digest(frame.image) == digest]
    return place if place in same else next(iter(same), 0)
