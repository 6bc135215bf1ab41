"""What a visitor has chosen: kept for the session, shared by all pages, and carried by links.

A link looks like `?sample=uns/1_12&model=unet&threshold=0.45&presence=0.3`. What it says is taken over once, when the
page opens; from then on the address follows what the visitor chooses. Uploads never appear in a link.
"""

from dataclasses import dataclass

import streamlit as st

from neuroscan.inference.card import Card

SAMPLE, MODEL, WAY = "chosen_sample", "chosen_model", "chosen_way"
_WRITTEN = "link_written"
_TYPED, _TYPED_FOR_ALL = "typed_spacing", "typed_spacing_for_all"
_UNTYPED: tuple[str | None, tuple[float | None, float | None]] = (None, (None, None))
"""Digest of the frame that a spacing was typed in for, and the spacing: none."""
_NUMBERS = ("threshold", "presence_threshold")


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of one model as the visitor has set them, each in [0, 1].

    Attributes:
        threshold: on probability.
        presence: on the frame's presence score; 0 while the gate is off.
    """

    threshold: float
    presence: float


def adopt_link() -> list[str]:
    """Take over what the page's address says, once, and not what this session wrote there itself.

    Call once at the top of a page. Numbers go to the model that the link names, else to the chosen one.

    Returns:
        A sentence for each part of the link that could not be used.
    """
    query = st.query_params.to_dict()
    if not query or query == st.session_state.get(_WRITTEN):
        return []
    st.session_state[_WRITTEN] = query
    for part, key in (("sample", SAMPLE), ("model", MODEL)):
        if query.get(part):  # empty, it names nothing
            st.session_state[key] = query[part]
    if query.get("sample"):
        st.session_state.pop(WAY, None)  # to the data set, wherever the visitor was
    complaints = []
    model = st.session_state.get(MODEL)
    for part, take in (("threshold", set_threshold), ("presence", set_presence_threshold)):
        if part not in query:
            continue
        value = _share(query[part])
        if value is None:
            complaints.append(f"The link's {part} is no number from 0 to 1; it is left out.")
        elif model is None:
            complaints.append(f"The link does not say of which model its {part} is; it is left out.")
        else:
            take(model, value)
    return complaints


def write_link(sample: str | None, model: str, thresholds: Thresholds) -> None:
    """Let the page's address name what is on screen, so that it can be sent to somebody.

    Args:
        sample: `source/frame`, None for uploads, which stay private.
        model: folder name of the model.
        thresholds: in use.
    """
    query = link(sample, model, thresholds)
    st.session_state[_WRITTEN] = query
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def link(sample: str | None, model: str, thresholds: Thresholds | None = None) -> dict[str, str]:
    """Query parameters that open a page on a sample; hand them to `st.page_link(..., query_params=)`.

    Args:
        sample: `source/frame`, or None.
        model: folder name of the model.
        thresholds: left out, the session's own stay.
    """
    query = {"sample": sample} if sample else {}
    query["model"] = model
    if thresholds is not None:
        query |= {"threshold": f"{thresholds.threshold:.6g}", "presence": f"{thresholds.presence:.6g}"}
    return query


def thresholds(model: str, card: Card) -> Thresholds:
    """The session's thresholds of a model: those of its card until the visitor changes them."""
    values = {name: st.session_state.get(_key(name, model), getattr(card, name)) for name in _NUMBERS}
    return Thresholds(values["threshold"], values["presence_threshold"])


def set_threshold(model: str, value: float) -> None:
    """Set a model's threshold for the session, on every page."""
    st.session_state[_key("threshold", model)] = value


def set_presence_threshold(model: str, value: float) -> None:
    """Set a model's presence threshold for the session, on every page; 0 switches the gate off."""
    if value:
        st.session_state[_key("last_gate", model)] = value
    st.session_state[_key("presence_threshold", model)] = value


def last_gate(model: str) -> float | None:
    """The presence threshold that the visitor set before the gate was switched off; None where there was none."""
    value: float | None = st.session_state.get(_key("last_gate", model))
    return value


def reset_thresholds(model: str) -> None:
    """Go back to the thresholds of the model's card."""
    for name in (*_NUMBERS, "last_gate"):
        st.session_state.pop(_key(name, model), None)


def typed_spacing(digest: str) -> tuple[float | None, float | None]:
    """Millimetres a pixel, (row, column), as typed in for a frame, or for all frames; None where nothing is typed in.

    What is typed in for one frame says nothing of another, unless the visitor says that it does.

    Args:
        digest: of the frame, from `cache.digest`.
    """
    typed, (_, for_all) = st.session_state.get(_TYPED, {}), st.session_state.get(_TYPED_FOR_ALL, _UNTYPED)
    return typed.get(digest, for_all)


def type_spacing(digest: str, spacing: tuple[float | None, float | None], *, for_all: bool) -> None:
    """Keep what was typed in.

    Args:
        digest: of the frame.
        spacing: millimetres a pixel, (row, column), None where nothing is typed in.
        for_all: for every frame of the session that does not tell its own. What no longer is for all stays with the
            frame that it was typed in for.
    """
    was_for, was = st.session_state.get(_TYPED_FOR_ALL, _UNTYPED)
    if for_all:
        owner = was_for if was_for is not None and spacing == was else digest
        st.session_state[_TYPED], st.session_state[_TYPED_FOR_ALL] = {}, (owner, spacing)
        return
    typed = st.session_state.get(_TYPED, {})
    if was_for is not None:
        del st.session_state[_TYPED_FOR_ALL]
        typed = typed | {was_for: was}
    if spacing != was:
        typed = typed | {digest: spacing}
    st.session_state[_TYPED] = typed


def spacing_for_all() -> bool:
    """Whether the visitor typed in a spacing for every frame of the session."""
    return _TYPED_FOR_ALL in st.session_state


def show_sample(name: str) -> None:
    """Choose a sample, by its `sample_key`, for the session, on every page."""
    st.session_state[SAMPLE] = name


def sample_key(source: str, frame: str) -> str:
    """Name a sample as links do: `source/frame`."""
    return f"{source}/{frame}"


def _key(name: str, model: str) -> str:
    """Session key of a model's number."""
    return f"{name} of {model}"


def _share(text: str) -> float | None:
    """A number in [0, 1], or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
