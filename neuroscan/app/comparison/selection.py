"""What the page compares: one source of test frames, gate off or on; and the answer to its question in a sentence."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import layout
from neuroscan.app.comparison.stored_scores import Scored, rescoring
from neuroscan.app.lists import kept, segments
from neuroscan.data import notices, splits
from neuroscan.evaluation import significance, summary

_SOURCE, _GATE = "compare source", "compare gate"
_UNALIKE = 2
"""How many times more frames one model has seen than another, from which on the page says so."""


@dataclass(frozen=True, eq=False)
class Part:
    """What is compared.

    Attributes:
        scored: all models and sources.
        source: chosen.
        gate: True when masks of frames called absent are emptied.
        rows: scores of that source and gate.
        models: that have scores there, in the order of their names.
        headline: one row a model, then one a baseline, of `summary.headline`; by Dice over subjects, best first.
        pairs: every two models against each other, of `summary.compare`; empty for one model.
        problem: a sentence why models cannot be compared, or nothing.
    """

    scored: Scored
    source: str
    gate: bool
    rows: pd.DataFrame
    models: list[str]
    headline: pd.DataFrame
    pairs: pd.DataFrame
    problem: str

    @property
    def name(self) -> str:
        """The source, called synthetic where it is."""
        return notices.display_name(self.source)

    @property
    def unit(self) -> str:
        """What frames belong to: subjects, or groups of near-identical frames where subjects are unknown."""
        return "group" if self.rows["subject"].str.startswith(splits.GROUP_PREFIX.strip("/")).any() else "subject"

    @property
    def winner(self) -> str | None:
        """The model whose lead in Dice over every other one holds up, if there is one."""
        return significance.clear_winner(self.pairs) if len(self.pairs) else None


def part(scored: Scored) -> Part:
    """Let the visitor choose source and gate; ends the page with a sentence where no model was scored."""
    for sentence in scored.problems:
        layout.problem(sentence)
    if scored.rows.empty:
        st.info(f"**No scores yet.** `{rescoring([])}` scores a model on its test subjects.")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = segments(
            "Test frames of",
            scored.sources,
            kept(_SOURCE, scored.sources),
            key=_SOURCE,
            format_func=lambda name: layout.plain(notices.display_name(name)),
            persist_state="session",
        )
        gate = st.toggle(
            "Presence gate",
            key=_GATE,
            persist_state="session",
            help="On: a frame whose presence score lies under the model's presence threshold counts as outlined empty.",
        )
    rows, baselines = (
        table[(table["source"] == source) & (table["gate"] == gate)] for table in (scored.rows, scored.baselines)
    )
    baselines = _on_equal_frames(baselines, rows)
    computed = _computed(scored.stamp, source, gate, rows, baselines)
    return Part(scored, source, gate, rows, list(rows["model"].unique()), *computed)


def _on_equal_frames(baselines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The baselines that were scored on the models' frames; says which were not."""
    frames = set(zip(rows["subject"], rows["frame"], strict=True))
    parts = dict(list(baselines.groupby("model", sort=False)))
    other = [name for name, own in parts.items() if set(zip(own["subject"], own["frame"], strict=True)) != frames]
    if other:
        layout.problem(
            f"Baselines scored on other frames than the models are left out: {', '.join(map(str, other))}. "
            f"{rescoring(list(rows['model'].unique()))} scores them anew."
        )
    return baselines[~baselines["model"].isin(other)]


@st.cache_data(max_entries=32, show_spinner="Resampling subjects…")
def _computed(
    stamp: str, source: str, gate: bool, _rows: pd.DataFrame, _baselines: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Headline of models and baselines, models in pairs, and why not."""
    parts = [summary.headline(table, by=("model",)) for table in (_rows, _baselines) if len(table)]
    headline = pd.concat([part.sort_values("dice_subjects", ascending=False) for part in parts], ignore_index=True)
    try:
        return headline, summary.compare(_rows, gate=gate), ""
    except ValueError as error:
        return headline, pd.DataFrame(), str(error)


def verdict(part: Part) -> None:
    """Say which model to trust, as far as the scores allow."""
    own = part.headline.iloc[0]
    near = " of near-identical frames" if part.unit == "group" else ""
    frames, subjects = layout.counted(own["n_present"], "frame"), layout.counted(own["n_subjects"], part.unit)
    whole = f"{frames} with a nerve, {subjects}{near}"
    source, gate = layout.plain(part.name), "on" if part.gate else "off"
    dice = part.headline.set_index("model").loc[part.models, "dice_subjects"].dropna()
    if dice.empty:
        st.info(
            f"**No test frame of {source} shows a nerve**: which model outlines best cannot be said.",
            icon=":material/help:",
        )
    elif len(dice) == 1:
        where = source if len(part.models) == 1 else f"frames of {source} that show a nerve"
        st.info(
            f"**Only {layout.plain(dice.index[0])} was scored on {where}** ({whole}): there is no other one to choose.",
            icon=":material/looks_one:",
        )
    elif part.problem:
        layout.problem(f"The models cannot be compared on {part.name}: {part.problem}")
    elif (winner := part.winner) is not None:
        pairs = _of(part.pairs, winner)
        highest = pairs["p_holm"].max()
        st.success(
            f"**{layout.plain(winner)} outlines better than every other model on {source}**: its mean Dice over "
            f"subjects is {pairs['difference'].abs().min():.3f} or more above each, and that holds up "
            f"(p {'' if highest < 0.001 else 'at most '}{p_value(highest)}; {whole}; gate {gate}).",
            icon=":material/verified:",
        )
    else:
        first = str(dice.idxmax())
        pairs = _of(part.pairs, first)
        tied = pairs[~pairs["significant"]]
        others = np.where(tied["model_a"] == first, tied["model_b"], tied["model_a"])
        lead = f"its lead over {layout.plain(layout.listed(list(others)))} may be the luck of the draw"
        st.info(
            f"**No model is shown to be the best on {source}.** {layout.plain(first)} scores highest over subjects, "
            f"but {lead} ({whole}; gate {gate}).",
            icon=":material/balance:",
        )


def trained_alike(part: Part) -> None:
    """Say so where some models were trained much longer than others: what they are is then not all that differs."""
    seen = {name: part.scored.cards[name].frames_seen or 0 for name in part.models}
    most, least = max(seen, key=lambda name: seen[name]), min(seen, key=lambda name: seen[name])
    if seen[most] < _UNALIKE * seen[least] or not seen[least]:
        return
    told = layout.listed([f"{layout.plain(name)} {frames:,}" for name, frames in seen.items()])
    st.caption(
        f":material/balance: **Not trained alike**: frames drawn in training, {told}. Where {layout.plain(most)} is "
        "ahead, part of it may be its training, not its design."
    )


def p_value(value: float) -> str:
    """A p value as people write it."""
    return "under 0.001" if value < 0.001 else f"{value:.3f}"


def _of(pairs: pd.DataFrame, model: str) -> pd.DataFrame:
    """The pairs in which a model stands."""
    return pairs[(pairs["model_a"] == model) | (pairs["model_b"] == model)]
