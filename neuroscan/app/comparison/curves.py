"""Curves: Dice over thresholds, where a click sets one; precision and recall; presence; calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from neuroscan.app import layout, state
from neuroscan.app.comparison import chart, stored_scores
from neuroscan.app.comparison.selection import Part
from neuroscan.evaluation import calibration, presence, tables
from neuroscan.figures import models as figures
from neuroscan.inference import card as cards

_PICKS = "compare picks"
_SENSITIVITY = 0.9
_CALLED = 0.8


def over_thresholds(part: Part) -> None:
    """Chart Dice, and precision against recall, over thresholds."""
    found = _read(part, cards.CURVES_FILE, tables.CURVES, "curves over thresholds")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _thresholds(part, found)
    with right:
        _precision_recall(part, found)


def presence_and_calibration(part: Part) -> None:
    """Chart how well presence is told, and whether probabilities come true."""
    chart.side_by_side(part, _roc, _reliability)


def _read(part: Part, file: str, columns: Sequence[str], what: str) -> dict[str, pd.DataFrame]:
    """Read a table of each model's folder, and take the rows of this source; says which models lack it."""
    found, lacking = {}, []
    for model in part.models:
        try:
            table = stored_scores.table(model, file, columns)
        except ValueError as error:
            layout.problem(str(error))
            continue
        own = table[table["source"] == part.source] if table is not None else pd.DataFrame()
        if len(own):
            found[model] = own
        else:
            lacking.append(model)
    if lacking:
        names = layout.plain(", ".join(lacking))
        st.caption(
            f":material/info: {names}: no {what} on {layout.plain(part.name)} (`{file}` in the model's folder). "
            f"`{stored_scores.rescoring(lacking)}` makes them."
        )
    return found


def _thresholds(part: Part, found: Mapping[str, pd.DataFrame]) -> None:
    """Chart Dice over thresholds; a click on a point sets that model's threshold for the session, on every page."""
    if not found:
        return
    st.markdown("**Dice at every threshold.** Click a point: the model's threshold is set for this session.")
    used = _used(part)
    # A new key for each click: the chart begins with nothing selected, so that any point can be clicked again.
    key = f"compare curve {st.session_state.get(_PICKS, 0)}"
    st.plotly_chart(
        figures.threshold_dice(found, used, chart.looks(part)),
        key=key,
        on_select=lambda: _take(key, list(found)),
        selection_mode="points",
        config=layout.NO_TOOL_BAR,
        alt=f"Dice over thresholds. {_best(found)}",
    )
    for model, curve in found.items():
        card = part.scored.cards[model]
        now = state.thresholds(model, card).threshold
        dice = float(np.interp(now, curve["threshold"], curve["dice"]))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{layout.plain(model)}: **{now:.3f}** in use, Dice {dice:.3f}; its own {card.threshold:.3f}")
            if now != card.threshold:
                st.button("Reset", key=f"compare reset {model}", on_click=state.reset_thresholds, args=(model,))
                link = state.link(None, model)
                st.page_link(
                    "pages/1_Live_Prediction.py",
                    label="Live Prediction",
                    icon=":material/arrow_forward:",
                    query_params=link,
                )
    st.caption(
        f"Mean over the positive test frames of {layout.plain(part.name)}, gate off. {layout.plain(_best(found))} A "
        "threshold chosen here was chosen on test frames: good for looking, not for a score that is reported."
    )


def _take(key: str, models: list[str]) -> None:
    """Set the threshold of the point that was clicked."""
    for point in st.session_state[key].selection.points:
        model, threshold = point.get("customdata") or (None, None)
        # What the browser says is looked at before it is believed.
        if model in models and isinstance(threshold, int | float) and 0 <= threshold <= 1:
            state.set_threshold(model, float(threshold))
            st.session_state[_PICKS] = st.session_state.get(_PICKS, 0) + 1
            st.toast(f"Threshold of {layout.plain(model)} is {threshold:.3f} for this session, on every page.")


def _best(found: Mapping[str, pd.DataFrame]) -> str:
    """Where each model's curve is highest."""
    tops = {model: curve.loc[curve["dice"].idxmax()] for model, curve in found.items()}
    return " ".join(f"{m} is highest at {top['threshold']:.2f} with {top['dice']:.3f}." for m, top in tops.items())


def _precision_recall(part: Part, found: Mapping[str, pd.DataFrame]) -> None:
    """Chart precision against recall over all thresholds."""
    if found:
        st.markdown("**Precision and recall**")
        figure = figures.precision_recall(found, _used(part), chart.looks(part))
        chart.show(figure, "precision recall", f"Precision against recall of {', '.join(found)}.")
        st.caption(
            f"Over the pixels of all positive test frames of {layout.plain(part.name)} together, so that frames of "
            "more pixels weigh more; gate off. Marked: the threshold in use."
        )


def _roc(part: Part) -> None:
    """Chart sensitivity against false alarms over all presence thresholds."""
    st.markdown("**Is there a nerve at all**")
    lines, points = {}, {}
    for model, own in part.rows.groupby("model", sort=False):
        if own["present_true"].nunique() < 2 or own["presence"].isna().any():
            continue
        lines[str(model)] = presence.roc_curve(own["present_true"], own["presence"])
        row = part.headline.set_index("model").loc[str(model)]
        points[str(model)] = (float(row["presence_sensitivity"]), float(row["presence_specificity"]))
    if not lines:
        kinds, name = set(part.rows["present_true"]), layout.plain(part.name)
        if kinds == {True}:
            st.caption(f"All test frames of {name} show a nerve: nothing can be said of refusing one.")
        elif kinds == {False}:
            st.caption(f"No test frame of {name} shows a nerve: nothing can be said of finding one.")
        else:
            st.caption(f"The test frames of {name} have no presence scores.")
        return
    areas = part.headline.set_index("model")["presence_auc"]
    words = ", ".join(f"{model} {areas[model]:.3f}" for model in lines)
    rows = [
        {
            "Model": layout.plain(model),
            "Area under the curve": f"{areas[model]:.3f}",
            f"Absent frames refused at {100 * _SENSITIVITY:.0f} % sensitivity": f"{_refused(line):.3f}",
        }
        for model, line in lines.items()
    ]
    chart.show(figures.roc(lines, points, chart.looks(part)), "roc", f"ROC of presence. Area under the curve: {words}.")
    st.table(pd.DataFrame(rows), hide_index=True, alt="Presence in numbers")
    row = part.headline.iloc[0]
    few = f" All of one {part.unit}: read it with care." if row["n_subjects_absent"] == 1 else ""
    st.caption(
        f"{layout.counted(row['n_present'], 'frame')} of {layout.plain(part.name)} with, {int(row['n_absent'])} "
        f"without a nerve.{few} Marked: the model's own presence threshold."
    )


def _refused(curve: pd.DataFrame) -> float:
    """Highest specificity of a ROC curve at which enough frames with a nerve are still called present."""
    return 1 - float(curve.loc[curve["sensitivity"] >= _SENSITIVITY, "false_positive_rate"].min())


def _reliability(part: Part) -> None:
    """Chart how often what was called so likely came true, before and after calibration."""
    st.markdown("**Does a probability of 0.8 mean eight in ten**")
    found = _read(part, cards.RELIABILITY_FILE, tables.RELIABILITY, "reliability")
    if not found:
        return
    errors = {
        model: {stage: _ece(table[table["stage"] == stage]) for stage in ("before", "after")}
        for model, table in found.items()
    }
    words = "; ".join(f"{m} " + ", ".join(f"{s} {e}" for s, e in own.items()) for m, own in errors.items())
    chart.show(
        figures.reliability(found, chart.looks(part)),
        "reliability",
        f"Reliability. Expected calibration error: {words}.",
    )
    title = f"Came true of what it calls {_CALLED:.2f} to {_CALLED + 1 / calibration.BINS:.2f}"
    rows = [
        {"Model": layout.plain(model)}
        | {f"ECE {stage} calibration": error for stage, error in own.items()}
        | {title: _came_true(found[model])}
        for model, own in errors.items()
    ]
    st.table(pd.DataFrame(rows), hide_index=True, alt="Expected calibration error")
    st.caption(
        f"Over the pixels of test frames of {layout.plain(part.name)}, each frame weighing the same, before (dotted) "
        "and after calibration. Below the diagonal, nerve is called more likely than it is; above it, less likely. "
        "ECE, the expected calibration error, is small for any model: nearly all pixels are surely no nerve."
    )


def _came_true(table: pd.DataFrame) -> str:
    """Share of nerve among the pixels called 0.8 or a little more, after calibration; a dash where there are none."""
    bins = table[table["stage"] == "after"]
    observed = bins.loc[bins["bin_low"] <= _CALLED, "observed"].tail(1)
    return "–" if observed.isna().all() else f"{100 * observed.item():.0f} %"


def _ece(bins: pd.DataFrame) -> str:
    """Expected calibration error of a table of bins, in digits; a dash where the bins hold nothing."""
    sums = [bins["count"] * values.fillna(0) for values in (bins["mean_probability"], bins["observed"])]
    return f"{calibration.ece(np.stack([bins['count'], *sums])):.4f}" if bins["count"].sum() else "–"


def _used(part: Part) -> dict[str, float]:
    """Threshold in use of each model that is compared."""
    return {model: state.thresholds(model, part.scored.cards[model]).threshold for model in part.models}
