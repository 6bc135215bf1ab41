"""Scores in charts: epoch by epoch, subject by subject, by size of the nerve, against their cost."""

import pandas as pd
import streamlit as st

from neuroscan.app import layout
from neuroscan.app.comparison import chart, stored_scores
from neuroscan.app.comparison.selection import Part
from neuroscan.evaluation import summary
from neuroscan.figures import model_scores as figures
from neuroscan.inference import card as cards
from neuroscan.inference.latency import REAL_TIME_MS

_AREAS = ["area_true_px", "tp", "fp", "fn", "tn"]
_SCORES = {"mask_dice": "Dice", "loss": "Loss", "presence_auc": "Presence AUC"}
_MILLISECONDS, _PARAMETERS, _MEGABYTES = "Milliseconds", "Parameters", "Megabytes"


def by_subject_and_size(part: Part) -> None:
    """Chart Dice by subject, and by size of the nerve."""
    chart.side_by_side(part, _by_subject, _by_size)


def _by_subject(part: Part) -> None:
    """Chart each model's mean Dice of each subject."""
    st.markdown("**Dice by subject**")
    subjects = summary.by_subject(part.rows)
    chart.show(figures.by_subject(subjects, chart.looks(part)), "subjects", f"Mean Dice by subject. {_range(subjects)}")
    groups = " Each is a group of near-identical frames, named by a number." if part.unit == "group" else ""
    st.caption(
        f"Frames of {layout.plain(part.name)} with a nerve, presence gate {_gate(part)}. {_range(subjects)}{groups}"
    )


def _range(subjects: pd.DataFrame) -> str:
    """Hardest and easiest subject of each model."""
    dice = subjects.dropna(subset=["dice"]).groupby("model", sort=False)["dice"]
    return layout.plain(" ".join(f"{model}: {own.min():.2f} to {own.max():.2f}." for model, own in dice))


def _by_size(part: Part) -> None:
    """Chart how Dice is spread among frames with small and with large nerves."""
    st.markdown("**Dice by size of the nerve**")
    positive = part.rows[part.rows["present_true"]]
    if positive.empty:
        st.caption(f"No test frame of {layout.plain(part.name)} shows a nerve.")
        return
    if not set(_AREAS) <= set(positive.columns):
        st.caption(f"The evaluation has no areas: `{stored_scores.rescoring(part.models)}` writes them.")
        return
    frames = positive.assign(size=figures.size_groups(positive))
    means = frames.groupby(["model", "size"], observed=True, sort=False)["dice"].mean().unstack()
    words = "; ".join(
        f"{model} {own.iloc[0]:.2f} for the smallest, {own.iloc[-1]:.2f} for the largest"
        for model, own in means.iterrows()
    )
    chart.show(figures.by_size(frames, chart.looks(part)), "sizes", f"Dice by size of the nerve. Means: {words}.")
    st.caption(
        f"Quarters of the frames of {layout.plain(part.name)}, by the expert's mask; presence gate {_gate(part)}. "
        f"Means: {layout.plain(words)}."
    )


def cost(part: Part) -> None:
    """Chart quality against milliseconds, parameters or megabytes."""
    st.markdown("**Quality against cost**")
    by = st.segmented_control(
        "Cost",
        (_MILLISECONDS, _PARAMETERS, _MEGABYTES),
        default=_MILLISECONDS,
        required=True,
        key="compare cost",
        persist_state="session",
        label_visibility="collapsed",
    )
    known = part.scored.cards
    values = {
        _MILLISECONDS: lambda model: known[model].latency.get("p95_ms", float("nan")),
        _PARAMETERS: lambda model: known[model].parameters,
        _MEGABYTES: stored_scores.megabytes,
    }[by]
    own = part.headline.set_index("model").loc[part.models]
    points = pd.DataFrame(
        {
            "model": part.models,
            "cost": [float(values(model)) for model in part.models],
            "dice": own["dice_subjects"].to_numpy(),
            "low": own["dice_subjects_low"].to_numpy(),
            "high": own["dice_subjects_high"].to_numpy(),
        }
    )
    lacks = {"cost": "No card tells this cost.", "dice": f"No test frame of {layout.plain(part.name)} shows a nerve."}
    if missing := [words for column, words in lacks.items() if points[column].isna().all()]:
        st.caption(missing[0])
        return
    points = points.dropna(subset=["cost", "dice"])
    title = {_MILLISECONDS: "Milliseconds a frame, 95th percentile", _MEGABYTES: "Megabytes of model.onnx"}.get(by, by)
    limit = (REAL_TIME_MS, "30 frames a second") if by == _MILLISECONDS else None
    words = ", ".join(f"{row.model} {row.cost:,.4g}" for row in points.itertuples())
    chart.show(
        figures.cost(points, title, chart.looks(part), limit=limit),
        "cost chart",
        f"Dice against {title}: {words}.",
    )
    st.caption(f"Dice over subjects of {layout.plain(part.name)}, presence gate {_gate(part)}, with its 95 % interval.")
    if by == _MILLISECONDS:
        quick = [model for model in points["model"] if known[model].latency.get("real_time")]
        st.caption(
            "From the bytes of a picture to those of its overlay, on the machine that wrote the card; frames larger "
            "than those that were timed take longer. 30 frames a "
            f"second are kept by {layout.plain(', '.join(quick)) or 'no model'}."
        )


def training(part: Part) -> None:
    """Chart training and validation, epoch by epoch, of every model at hand."""
    st.markdown("**Training and validation**")
    logs = {}
    for model in part.scored.cards:
        try:
            log = stored_scores.table(model, cards.LOG_FILE, ("epoch",))
        except ValueError as error:
            layout.problem(str(error))
            continue
        if log is None:
            st.caption(f":material/info: {layout.plain(model)}: no training log (`{cards.LOG_FILE}`).")
        else:
            logs[model] = log
    there = {name: words for name, words in _SCORES.items() if any(name in log for log in logs.values())}
    if not there:
        return
    score = st.segmented_control(
        "Score",
        list(there),
        default=next(iter(there)),
        required=True,
        key="compare training",
        format_func=lambda name: there[name],
        label_visibility="collapsed",
    )
    last = ", ".join(
        f"{model} {log[f'val_{score}'].iloc[-1]:.3f}"
        for model, log in logs.items()
        if f"val_{score}" in log and len(log)
    )
    figure = figures.training(logs, score, there[score], chart.looks(part))
    chart.show(figure, "training chart", f"{there[score]} by epoch. Last on validation: {last}.")
    synthetic = ", synthetic frames among them," if any(part.scored.cards[name].synthetic for name in logs) else ""
    st.caption(
        f"Solid: validation; dotted: training. All sources together{synthetic} about as they are drawn in training, at "
        "the networks' own size, before thresholds were chosen. The weights that count are those that scored highest "
        f"on validation: the last epoch's or the best one's.{_further(part, list(logs))}"
    )


def _further(part: Part, models: list[str]) -> str:
    """Say whose curves do not begin with an untrained network."""
    further = [layout.plain(name) for name in models if "start" in part.scored.cards[name].notes]
    if not further:
        return ""
    return (
        f" {layout.listed(further)} went on from a finished model, whose run is not shown: there it is those, or a "
        "part of them in the weights that the run began with."
    )


def _gate(part: Part) -> str:
    """How the gate stands."""
    return "on" if part.gate else "off"
