"""The table that the page is about: headline figures with intervals, baselines beside them, cost behind them."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from neuroscan.app import layout
from neuroscan.app.comparison import stored_scores
from neuroscan.app.comparison.selection import Part, p_value
from neuroscan.evaluation.frame import COLUMNS


class _Column(NamedTuple):
    """A column of the table: its head, what it means, and how a number is written."""

    title: str
    meaning: str
    written: str = "{:.3f}"


_INTERVALS = {
    "dice_frames": _Column(
        "Dice, frames", "Mean over the frames with a nerve; a miss counts 0. Equal to F1 on pixels."
    ),
    "dice_subjects": _Column("Dice, subjects", "Mean over subjects of their frames' mean: each subject counts alike."),
    "presence_sensitivity": _Column("Sensitivity", "Share of the frames with a nerve that are called present."),
    "presence_specificity": _Column("Specificity", "Share of the frames without a nerve that are called absent."),
    "kaggle_dice": _Column("Kaggle Dice", "Mean over all frames; 1 where expert and model both see no nerve."),
    "presence_auc": _Column(
        "Presence AUC", "Chance that a frame with a nerve has a higher presence score than one without."
    ),
}
_POOLED = {
    "dice_pooled": _Column(
        "Dice, pooled",
        "Over the pixels of all frames with a nerve together: large nerves, and frames of more pixels, weigh more.",
    )
}
_COST = {
    "p95": _Column("ms, p95", "Picture bytes to overlay, on the machine that wrote the card.", "{:.1f}"),
    "parameters": _Column("Parameters", "Weights of the network.", "{:,.0f}"),
    "mb": _Column("MB", "Of the network that the app runs, model.onnx.", "{:.1f}"),
    "seen": _Column("Frames seen", "Drawn in training, again and again; of models it went on from, too.", "{:,.0f}"),
}
_MORE = {
    "iou": _Column("IoU", COLUMNS["iou"].meaning),
    "precision": _Column("Precision", COLUMNS["precision"].meaning),
    "recall": _Column("Recall", COLUMNS["recall"].meaning),
    "f1": _Column("F1 (= Dice)", COLUMNS["f1"].meaning),
    "hd95": _Column("HD95, px", COLUMNS["hd95"].meaning, "{:.1f}"),
    "assd": _Column("ASSD, px", COLUMNS["assd"].meaning, "{:.1f}"),
    "nsd": _Column("NSD, 2 px", COLUMNS["nsd"].meaning),
    "area_error": _Column(
        "Area bias",
        f"Mean of the signed area error, in which too large and too small cancel. {COLUMNS['area_error'].meaning}",
        "{:+.3f}",
    ),
    "specificity": _Column("Pixel specificity", COLUMNS["specificity"].meaning),
    "accuracy": _Column("Pixel accuracy", COLUMNS["accuracy"].meaning),
}
_EVERY = "compare every score"


def table(part: Part) -> None:
    """Show models, then baselines; a click on a column's head sorts."""
    costs = pd.DataFrame([_cost(part, str(model)) for model in part.headline["model"]], columns=list(_COST))
    known = pd.concat([part.headline, costs], axis=1)
    _show(part, known, _INTERVALS | _COST, "compare table")
    st.caption(_frames(part) + (" Best in bold: " + _BOLD if len(part.models) > 1 else ""))
    if st.toggle("Every score", key=_EVERY, persist_state="session"):
        _show(part, known, _POOLED | _MORE, "compare every table")


def _show(part: Part, known: pd.DataFrame, columns: dict[str, _Column], key: str) -> None:
    """Show some columns of what is known of models and baselines."""
    names = [name if name in part.models else f"baseline: {name}" for name in part.headline["model"]]
    shown = known.reindex(columns=list(columns))
    shown.insert(0, "model", names)
    heads = {
        name: st.column_config.NumberColumn(
            column.title, help=column.meaning, width=105 if name in _COST | _POOLED else 145
        )
        for name, column in columns.items()
    }
    st.dataframe(
        _styled(part, shown, columns),
        hide_index=True,
        column_config={"model": st.column_config.TextColumn("Model", pinned=True, width=178)} | heads,
        placeholder="–",
        key=key,
        alt=f"Scores on {part.name}. Dice over subjects: {_in_words(part, names)}.",
    )


_FEW = 10
"""Subjects under which intervals are said to be too narrow: see `intervals.bootstrap_mean`."""

_BOLD = (
    "only where a model's Dice over subjects is better than every other one's and the difference holds up (Wilcoxon "
    "test over subjects, corrected by Holm for the pairs of this table, 5 %); other columns are not tested."
)


def _frames(part: Part) -> str:
    """Say what the scores stand on."""
    own = part.headline.iloc[0]
    unit, n_absent = part.unit, int(own["n_absent"])
    absent = f"{n_absent} without, of {layout.counted(own['n_subjects_absent'], unit)}" if n_absent else ""
    few = 1 < int(own["n_subjects"]) < _FEW
    narrow = " With so few they are too narrow: with eight, about 88 of 100 contain the true value." if few else ""
    frames, subjects = layout.counted(own["n_present"], "frame"), layout.counted(own["n_subjects"], unit)
    instead = (
        " Subjects are not recorded here: groups of near-identical frames stand in for them. One person's "
        "frames may fall into several, some learnt from and some tested on: scores on new people may be lower, and the "
        "intervals are too narrow."
    )
    return (
        f"{layout.plain(part.name)}: mean over {frames} with a nerve, of {subjects}; "
        f"{absent or 'none without, so specificity is unknown'}. In brackets: 95 % intervals from resampling "
        f"subjects.{narrow} Thresholds were chosen on validation subjects; the cards name these as test subjects. "
        f"{_baselines(part)}{instead if unit == 'group' else ''}"
    )


def _baselines(part: Part) -> str:
    """Say what baselines are; where there are none, how they come about: of subjects that a model learnt from."""
    if len(part.headline) > len(part.models):
        return "Baselines look at no picture: what a model must beat."
    subjects = {model: part.scored.cards[model].subjects["train"] for model in part.models}
    able = [model for model, own in subjects.items() if any(key.startswith(f"{part.source}/") for key in own)]
    if able:
        return f"There are no baselines beside it: `{stored_scores.rescoring(able)}` makes them of the training frames."
    return "There are no baselines beside it: no card says on which subjects of this data set a model was trained."


def _cost(part: Part, model: str) -> tuple[float, ...]:
    """Milliseconds, parameters, megabytes and frames seen of a line's model; unknown of baselines."""
    if model not in part.models:
        return (np.nan,) * len(_COST)
    card = part.scored.cards[model]
    seen = np.nan if card.frames_seen is None else card.frames_seen
    return card.latency.get("p95_ms", np.nan), card.parameters, stored_scores.megabytes(model), seen


def _styled(part: Part, shown: pd.DataFrame, columns: dict[str, _Column]) -> Styler:
    """Write intervals beside the numbers that the table is sorted by, and the best in bold where that holds up."""
    styled = shown.style
    for name, column in columns.items():
        styled.format(column.written, subset=[name], na_rep="–")
    for row, own in part.headline.iterrows():
        for name in (_INTERVALS | _MORE).keys() & columns.keys():
            styled.format(lambda _, own=own, name=name: _interval(part, own, name), subset=([row], [name]))
    best = part.headline.index[part.headline["model"].isin(part.models) & (part.headline["model"] == part.winner)]
    bold = ["model", *(["dice_subjects"] if "dice_subjects" in columns else [])]
    return styled.set_properties(subset=(best, bold), **{"font-weight": "bold"})


def _in_words(part: Part, names: list[str]) -> str:
    """Each line's Dice over subjects with its interval, for those who cannot see the table."""
    lines = zip(names, part.headline.iterrows(), strict=True)
    return ", ".join(f"{name} {_interval(part, own, 'dice_subjects')}" for name, (_, own) in lines)


def _interval(part: Part, own: pd.Series, name: str) -> str:
    """A score with its interval, or why there is none."""
    value, low, high = (own.get(f"{name}{end}", np.nan) for end in ("", "_low", "_high"))
    if np.isnan(value):
        return "–"
    written = (_INTERVALS | _MORE)[name].written.format
    if np.isnan(low):
        return f"{written(value)} (one {part.unit})"
    return f"{written(value)} ({written(low)}–{written(high)})"


def pairs(part: Part) -> None:
    """Show every two models against each other, on demand."""
    if part.pairs.empty:
        return
    with st.expander("Every two models against each other", icon=":material/compare_arrows:"):
        rows = [
            {
                "Models": f"{row.model_a} – {row.model_b}",
                "Difference of mean Dice, over subjects (95 %)": f"{row.difference:+.3f}"
                + ("" if np.isnan(row.low) else f" ({row.low:+.3f} to {row.high:+.3f})"),
                "p, corrected": p_value(row.p_holm),
                "Holds up": "yes" if row.significant else "no",
            }
            for row in part.pairs.itertuples()
        ]
        st.table(pd.DataFrame(rows).map(layout.plain), hide_index=True, alt="Differences between models")
        number = int(part.pairs["n_subjects"].iloc[0])
        by = "group of near-identical frames" if part.unit == "group" else "subject"
        lowest = 2 / 2**number
        reached = "can be under 0.001" if lowest < 0.001 else f"is {p_value(lowest)} or more"
        st.caption(
            f"Paired by {by}, {number} of them: frames of one {part.unit} resemble each other, so a test over frames "
            f"would call nearly any difference real. With {layout.counted(number, part.unit)} p, before correction, "
            f"{reached}."
            " The interval is one difference's, by resampling; p is of ranks, and corrected for the pairs on "
            f"{layout.plain(part.name)} at this gate, not for all that this page can show: only p says what holds up."
        )
