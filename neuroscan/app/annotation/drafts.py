"""A drawing on its way: kept for the session, frame by frame, with the steps back, until it is saved."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from neuroscan.app.annotation import canvas
from neuroscan.data.shapes import Outline

CANVAS, TABLE, PAGE = "canvas", "table", "page"
CHALLENGE = "challenge "
"""Begins the keys of a challenge's drafts, which are over once they are answered."""

_DRAFTS = "annotate drafts"
_MOST_STEPS = 200


@dataclass
class Draft:
    """One reader's drawing of one frame as it stands.

    Attributes:
        key: names frame and reader; unique in the session.
        outlines: as they stand.
        earlier, undone: steps back and steps forward.
        version: that was saved or opened last, 0 for none.
        saved: outlines of that version, None while there is none.
        seen: of whom an outline of this frame was shown: "model", "expert", "reader".
        listed: outlines as the table of points began with them.
        zooms: at which the canvas has shown it, pixels of the canvas to one of the frame.
        revision, table: change when the canvas and the table have to begin anew.
        problem: what went wrong, in a sentence, until the next change.
    """

    key: str
    outlines: tuple[Outline, ...] = ()
    earlier: list[tuple[Outline, ...]] = field(default_factory=list)
    undone: list[tuple[Outline, ...]] = field(default_factory=list)
    version: int = 0
    saved: tuple[Outline, ...] | None = None
    seen: set[str] = field(default_factory=set)
    listed: tuple[Outline, ...] = ()
    zooms: list[float] = field(default_factory=list)
    revision: int = 0
    table: int = 0
    problem: str = ""
    _shown: tuple[object, ...] = ()
    _heard: bool = False
    _drawing: dict[str, Any] = field(default_factory=dict)

    def take(self, outlines: tuple[Outline, ...], *, by: str) -> None:
        """Go on to other outlines.

        Args:
            outlines: all of them.
            by: where they come from, which then already shows them: CANVAS, TABLE or PAGE (neither).
        """
        if outlines == self.outlines:
            return
        self.earlier = [*self.earlier, self.outlines][-_MOST_STEPS:]
        self.undone = []
        self._put(outlines, by)

    def put_up(self) -> None:
        """Note that a canvas is put up anew: it has lost what was drawn on the one before."""
        self.revision += 1
        self._heard = False

    def hear(self, outlines: tuple[Outline, ...]) -> None:
        """Go on to what the canvas sends.

        A canvas that is removed while it loads reports an empty drawing, when another page is
        opened: nobody has deleted them.
        """
        if not outlines and self.outlines and not self._heard:
            self.revision += 1
            return
        self._heard = True
        self.take(outlines, by=CANVAS)

    def open(self, outlines: tuple[Outline, ...], version: int) -> None:
        """Begin with what was saved as a version."""
        self.version, self.saved = version, outlines
        self._put(outlines, PAGE)

    def undo(self) -> None:
        """Take the last step back."""
        if self.earlier:
            self.undone.append(self.outlines)
            self._put(self.earlier.pop(), PAGE)

    def redo(self) -> None:
        """Take a step forward again."""
        if self.undone:
            self.earlier.append(self.outlines)
            self._put(self.undone.pop(), PAGE)

    def fail(self, problem: str) -> None:
        """Show a sentence, and let the canvas show the outlines that count."""
        self.problem = problem
        self.revision += 1

    def keep(self, version: int) -> None:
        """Note that the outlines were saved."""
        self.version, self.saved, self.problem = version, self.outlines, ""

    @property
    def mark(self) -> str:
        """The key as letters and digits alone, as components want their keys."""
        return hashlib.sha256(self.key.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def changed(self) -> bool:
        """True when there is something that is not saved."""
        return self.outlines != (self.saved or ())

    def drawing(self, zoom: float, tool: str) -> dict[str, Any]:
        """What the canvas begins with; it stays the same while the canvas itself is drawn on.

        Args:
            zoom: pixels of the canvas to one of the frame.
            tool: with another tool freehand lines come back closed, so that they can be edited.
        """
        shown = (self.revision, zoom, tool)
        if shown != self._shown:
            self._shown = shown
            revision = self._drawing.get("revision", 0) + 1
            number = self.number_of(zoom)
            self._drawing = canvas.to_canvas(self.outlines, zoom, number=number, revision=revision)
        return self._drawing

    def number_of(self, zoom: float) -> int:
        """Place of a zoom among `zooms`."""
        if zoom not in self.zooms:
            self.zooms.append(zoom)
        return self.zooms.index(zoom)

    def _put(self, outlines: tuple[Outline, ...], by: str) -> None:
        """Set the outlines, and let those begin anew that do not show them."""
        self.outlines, self.problem = outlines, ""
        if by != CANVAS:
            self.revision += 1
        if by != TABLE:
            self.table += 1
            self.listed = outlines


def draft(key: str) -> Draft:
    """The session's draft of that key, empty at first."""
    drafts: dict[str, Draft] = st.session_state.setdefault(_DRAFTS, {})
    return drafts.setdefault(key, Draft(key))


def has_draft(key: str) -> bool:
    """True when the session has begun a draft of that key."""
    return key in st.session_state.get(_DRAFTS, {})


def unsaved() -> bool:
    """True when the session has a drawing of any frame, but for those of a challenge, that is not saved."""
    drafts: dict[str, Draft] = st.session_state.get(_DRAFTS, {})
    return any(draft.changed for key, draft in drafts.items() if not key.startswith(CHALLENGE))


def drop(key: str) -> None:
    """Forget a draft."""
    st.session_state.get(_DRAFTS, {}).pop(key, None)
