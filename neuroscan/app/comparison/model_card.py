"""A model's card in words: what it is, what it learnt from, how its thresholds came about, what it does not do."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd
import streamlit as st

from neuroscan.app import pickers, subject_groups
from neuroscan.app.comparison import stored_scores
from neuroscan.app.comparison.selection import Part
from neuroscan.app.layout import counted, plain
from neuroscan.app.lists import kept, segments
from neuroscan.data import notices
from neuroscan.inference.card import BOTH, HEAD, MAP, Card

_MODEL = "compare card of"
_ORIGINS = {
    HEAD: "the network's own head",
    MAP: "the brightest 0.5 % of the map",
    BOTH: "the network's own head and how sure the map is, together",
}
_SPLITS = {"train": "Learnt from", "validation": "Weights and thresholds chosen on", "test": "Tested on"}


def card(part: Part) -> None:
    """Let the visitor choose a model, and show its card."""
    names = list(part.scored.cards)
    shown = kept(_MODEL, names, pickers.model_in_use(part.scored.cards))
    name = segments("Card of", names, shown, key=_MODEL, format_func=plain, persist_state="session")
    own = part.scored.cards[name]
    left, right = st.columns(2, gap="large")
    with left:
        _facts("What it is", _what(own, stored_scores.megabytes(name)))
        _facts("How it decides", _decides(own))
        _list("What it does not do", own.limits)
    with right:
        st.markdown("**Subjects, by source**")
        st.table(_seen(own), hide_index=True, alt="Subjects by source and split")
        if subject_groups.sources(own):
            st.caption("Groups: of near-identical frames; they stand in for subjects that are unknown.")
        _facts("Usual size of a nerve in its training, of the scanned area", _sizes(own))
        _list("Terms of the data", [f"{notices.display_name(source)}: {terms}" for source, terms in own.terms.items()])
        told = {name: note for name, note in own.notes.items() if isinstance(note, str | int | float)}
        _list("Notes", [f"{name}: {note}" for name, note in told.items() if name != "frames_seen"])


def _what(card: Card, megabytes: float) -> dict[str, str]:
    """Network, size, speed."""
    ready = card.preprocess
    latency, known = card.latency, "p50_ms" in card.latency and "p95_ms" in card.latency
    size = f" of {latency['width']:g} × {latency['height']:g} px" if {"width", "height"} <= latency.keys() else ""
    keeps = "keeps" if latency.get("real_time") else "does not keep"
    denoised = "" if ready.denoise == "none" else f", denoised ({ready.denoise})"
    return {
        "Architecture": card.architecture,
        "Weights": f"{card.parameters:,} parameters, {megabytes:.1f} MB as the app runs it",
        "Work": f"{card.multiply_adds / 1e6:,.0f} million multiply-adds a pass",
        "Speed": f"{latency['p50_ms']:.1f} ms a frame{size} (median), {latency['p95_ms']:.1f} ms (95th percentile): "
        f"{keeps} 30 frames a second"
        if known
        else "not measured",
        "Input": f"{'the scanned area' if ready.crop else 'the whole frame'} at {ready.width} × {ready.height} "
        f"px{denoised}, mean 0, deviation 1",
        "Seen in training": f"{card.frames_seen:,} draws of its training frames" if card.frames_seen else "not known",
        "Made": f"seed {card.seed}, commit {card.commit}",
        "Fingerprint": f"SHA-256 {card.onnx_sha256[:16]}…",
    }


def _decides(card: Card) -> dict[str, str]:
    """Thresholds and where they come from."""
    origin = _ORIGINS[card.presence_from]
    calibration = f"sigmoid of the logit divided by {card.temperature:.3g}, {card.bias:+.3g} added to it; see Presence"
    return {
        "Threshold": f"{card.threshold:.3f} on probability",
        "Presence threshold": f"{card.presence_threshold:.3f}; the score comes from {origin}",
        "Mirror image": "predicted too; the answer is the mean of both" if card.flip_tta else "not used",
        "Small nerves": "predicted once more, enlarged; in that window the answer is the mean of both passes"
        if card.coarse_to_fine
        else "as all others",
        "Calibration": calibration if card.is_calibrated else "none: probabilities are as they come",
        "Chosen on": card.chosen_on or "not recorded",
    }


def _seen(card: Card) -> pd.DataFrame:
    """Number of subjects or groups of each source in each split, with the source's share of what training draws."""
    numbers = {split: Counter(key.partition("/")[0] for key in card.subjects[split]) for split in _SPLITS}
    sources = dict.fromkeys([*card.sources, *(source for found in numbers.values() for source in found)])
    units = {source: "group" if source in subject_groups.sources(card) else "subject" for source in sources}
    # Weights are relative to one another; of a network trained elsewhere neither they nor its subjects are known.
    total = sum(card.sources.values())
    rows = []
    for source in sources:
        share = f"{card.sources.get(source, 0) / total:.2f}" if card.is_training_known and total > 0 else "not known"
        row = {"Source": plain(notices.display_name(source)), "Share of training": share}
        row |= {words: counted(numbers[split][source], units[source]) for split, words in _SPLITS.items()}
        if not card.is_training_known:
            row[_SPLITS["train"]] = "not known"
        rows.append(row)
    return pd.DataFrame(rows)


def _sizes(card: Card) -> dict[str, str]:
    """Range of the nerve's share of the scanned area, by source."""
    return {
        notices.display_name(source): f"{100 * low:.1f} to {100 * high:.1f} %, median {100 * middle:.1f} %"
        for source, (low, middle, high) in card.area_share.items()
    }


def _facts(title: str, facts: Mapping[str, str]) -> None:
    """A heading and a table of two columns."""
    if facts:
        st.markdown(f"**{title}**")
        rows = [{"Name": plain(name), "Value": plain(value)} for name, value in facts.items()]
        st.table(pd.DataFrame(rows), hide_index=True, hide_header=True, border="horizontal", alt=title)


def _list(title: str, sentences: Iterable[str]) -> None:
    """A heading and a list."""
    if lines := [f"- {plain(sentence)}" for sentence in sentences]:
        st.markdown(f"**{title}**\n" + "\n".join(lines))
