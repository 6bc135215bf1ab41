"""Drawings to the disk and back: begin with an earlier one or the model's, and save."""

from pathlib import Path

import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, layout, seen
from neuroscan.app.annotation import drafts
from neuroscan.app.annotation.drafts import PAGE, Draft
from neuroscan.app.pickers import Chosen
from neuroscan.data import annotations, shapes
from neuroscan.data.annotations import Annotation
from neuroscan.data.refusals import reason
from neuroscan.inference import card as cards
from neuroscan.types import Mask

TRACE_TOLERANCE = 0.75
"""How far, in pixels, a model's outline may stray when it becomes points that a hand can move."""

_TOLD = "annotate told"
_SAVED = "annotate saved"


def opened(chosen: Chosen, reader: str) -> Draft:
    """The session's drawing of a frame; at first the reader's newest from the disk, if there is one.

    What was drawn before the reader gave a name goes over to the name.
    """
    frame = chosen.sample or f"upload {cache.digest(chosen.frame.image)}"
    key = f"{frame} of {reader}"
    begun = drafts.has_draft(key)
    draft = drafts.draft(key)
    draft.seen = seen.of(frame, reader)  # the same set: what is shown later counts too
    if begun:
        return draft
    if reader and chosen.row is not None:
        last = annotations.latest(config.annotations_dir(), chosen.row["source"], reader, chosen.row["frame"])
        if last is not None:
            _begin(draft, last, chosen)
    nameless = f"{frame} of "
    if reader and drafts.has_draft(nameless):
        before = drafts.draft(nameless)
        if before.outlines:
            draft.take(before.outlines, by=PAGE)
        drafts.drop(nameless)
    return draft


def beginnings(draft: Draft, chosen: Chosen, reader: str, model: tuple[str, Mask] | None) -> None:
    """Let the visitor begin with nothing, the model's outline, or an earlier version; undo brings the drawing back.

    Args:
        draft: the drawing.
        chosen: the frame.
        reader: whose versions are offered.
        model: folder name and its outline of the frame, or None.
    """
    with st.popover("Start from", icon=":material/start:"):
        st.button("Nothing", on_click=draft.take, args=((),), kwargs={"by": PAGE}, key="start empty")
        if model is not None:
            name, mask = model
            words = f"Model {layout.plain(name)}" if mask.any() else f"Model {layout.plain(name)}: finds no nerve"
            st.button(
                words,
                on_click=_begin_with_model,
                args=(draft, mask),
                disabled=not mask.any(),
                key="start model",
                help=f"As points to move, within {TRACE_TOLERANCE} px of the model's. The saved drawing says so.",
            )
        # Numbered here: what the files say of their versions may be damaged.
        for number, one in reversed(list(enumerate(_versions(chosen, reader)))):
            st.button(
                f"Version {one.version}, {one.time[:16].replace('T', ' ')} UTC",
                on_click=draft.take,
                args=(one.outlines,),
                kwargs={"by": PAGE},
                disabled=one.shape != chosen.frame.image.shape,
                key=f"start {number}",
            )


def saving(draft: Draft, chosen: Chosen, reader: str) -> None:
    """Buttons to save, and what became of it."""
    trouble = annotations.unwritable_reason(config.annotations_dir())
    with st.container(horizontal=True, vertical_alignment="center"):
        ready = bool(reader) and not trouble
        st.button(
            "Save drawing",
            icon=":material/save:",
            type="primary",
            disabled=not ready or not draft.outlines or not draft.changed,
            key="annotate save",
            on_click=save,
            args=(draft, chosen, reader),
        )
        st.button(
            "Save: no nerve",
            icon=":material/do_not_disturb_on:",
            disabled=not ready or bool(draft.outlines) or draft.saved == (),
            key="annotate save none",
            help="Says that this frame shows no nerve. Clear the drawing first.",
            on_click=save,
            args=(draft, chosen, reader),
        )
        st.caption(_standing(draft, reader))
    if trouble:
        layout.problem(trouble)
    if st.session_state.get(_TOLD, ("", ""))[0] == draft.key and not draft.changed:
        st.success(layout.plain(st.session_state[_TOLD][1]), icon=":material/check:")


def save(draft: Draft, chosen: Chosen, reader: str) -> None:
    """Save a drawing of a data set's frame as the reader's next version; what goes wrong stands in the draft."""
    if chosen.row is None:
        raise ValueError("an upload is no frame of a data set, so its drawing cannot be saved; download it instead")
    before = draft.version
    try:
        # What was shown once, in whichever session, stays shown.
        last = annotations.latest(config.annotations_dir(), chosen.row["source"], reader, chosen.row["frame"])
        looked_at = draft.seen | _shown(last)
        kept = annotations.save(
            Annotation(
                source=chosen.row["source"],
                frame=chosen.row["frame"],
                reader=reader,
                outlines=draft.outlines,
                shape=chosen.frame.image.shape,
                frame_sha256=_sha256(chosen.row),
                model_shown=seen.MODEL in looked_at,
                expert_shown=seen.EXPERT in looked_at,
                reader_shown=seen.READER in looked_at,
            ),
            config.annotations_dir(),
        )
    except (ValueError, OSError) as error:
        draft.problem = reason(error)
        return
    draft.keep(kept.version)
    words = f"Saved as version {kept.version} by {reader}."
    if kept.version > before + 1:
        words += (
            f" Meanwhile {kept.version - before - 1} more had been saved by {reader} elsewhere; they are kept, see "
            "“Start from”."
        )
    st.session_state[_TOLD] = (draft.key, words)
    st.session_state[_SAVED] = True


def just_saved() -> bool:
    """True once after a drawing was saved: what stands outside of the workplace has to be drawn anew."""
    return bool(st.session_state.pop(_SAVED, False))


def _begin(draft: Draft, last: Annotation, chosen: Chosen) -> None:
    """Go on from a drawing on the disk, and say where it does not fit the frame."""
    draft.version = last.version
    if last.shape != chosen.frame.image.shape:
        height, width = last.shape
        draft.problem = (
            f"Version {last.version} was drawn on a frame of {width} × {height} px and does not fit this one."
        )
        return
    draft.open(last.outlines, last.version)
    if last.frame_sha256 != _sha256(chosen.row):
        draft.problem = f"Version {last.version} was drawn on another picture of this name; look whether it still fits."


def _shown(last: Annotation | None) -> set[str]:
    """Of whom an outline was shown by the time of a version, see `Draft`."""
    return {who for who in (seen.MODEL, seen.EXPERT, seen.READER) if last is not None and getattr(last, f"{who}_shown")}


def _begin_with_model(draft: Draft, mask: Mask) -> None:
    """Take the model's outline over, and note that it was seen."""
    draft.seen.add(seen.MODEL)
    draft.take(shapes.polygons_from_mask(mask, tolerance=TRACE_TOLERANCE), by=PAGE)


def _versions(chosen: Chosen, reader: str) -> list[Annotation]:
    """The reader's versions of a frame, oldest first."""
    if chosen.row is None or not reader:
        return []
    return annotations.versions(config.annotations_dir(), chosen.row["source"], reader, chosen.row["frame"])


def _standing(draft: Draft, reader: str) -> str:
    """Whether the drawing is saved, in words."""
    if not reader:
        return "Give your name above to save."
    if not draft.version:
        return "Not saved yet."
    return f"Changed since version {draft.version}." if draft.changed else f"Saved: version {draft.version}."


def _sha256(row: pd.Series) -> str:
    """SHA-256 of a frame's file, hexadecimal."""
    return cards.sha256(Path(row["image"]))
