"""What is wrong with a data set: unusable files, contradictions, leaks, outliers, subjects apart."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from neuroscan.app import layout
from neuroscan.app.explorer import exports, frame_pairs, measuring, picks
from neuroscan.app.explorer.filtered import UNKNOWN, Table
from neuroscan.app.lists import key_for
from neuroscan.app.subject_groups import OUTSIDE, PERHAPS, SPLITS
from neuroscan.explore import contradictions, outliers, results
from neuroscan.explore.columns import COLUMNS
from neuroscan.figures import balance
from neuroscan.figures.chart import label

_PART = "explorer wrong"
_UNLISTED = (SPLITS[OUTSIDE], SPLITS[PERHAPS])
_FEW = 2


def problems(table: Table) -> None:
    """List the files that could not be used, first of all, and offer to look again; nothing where all could."""
    found = table.explored.problems
    if table.source:
        found = found[found["source"] == table.source]
    if len(found) <= _FEW:
        for row in found.itertuples(index=False):
            st.warning(layout.plain(f"{row.source}, {row.file}: {row.problem}"), icon=":material/report:")
    else:
        with st.expander(f"{len(found):,} problems with files of this data", expanded=True, icon=":material/report:"):
            st.dataframe(found, hide_index=True, height=240)
    if len(found) and measuring.is_current(table.folder):
        measuring.look_again(table.folder, key="explorer mended")


def findings(table: Table) -> None:
    """Everything else that is wrong, one kind at a time."""
    pairs, leaked = _pairs(table, table.explored.contradictions), _leaked(table)
    state = results.stamp(table.folder)
    apart, subjects = _apart(str(table.folder), state, table.source, _own_subjects(table), pairs)
    parts: dict[str, tuple[int, Callable[[], None]]] = {
        "Contradictory masks": (len(pairs), lambda: _contradictions(table, pairs)),
        "Leakage": (len(leaked), lambda: _leakage(table, leaked)),
        "Unusual frames": (apart["name"].nunique(), lambda: _outliers(table, apart)),
        "Subjects apart": (len(subjects), lambda: _subjects(table, subjects)),
    }
    labels = {name: f"{name} ({count:,})" for name, (count, _) in parts.items()}
    chosen = st.segmented_control(
        "Kind",
        list(parts),
        default=st.session_state.get(_PART, next(iter(parts))),
        required=True,
        key=key_for(_PART, labels.values()),
        wrap=True,
        format_func=lambda name: labels[name],
        label_visibility="collapsed",
    )
    st.session_state[_PART] = chosen
    if len(table.frames) < len(table.every):
        st.caption("Counted over all frames of the data set: of what stands here only lists of values are filtered.")
    parts[chosen][1]()


@st.cache_data(max_entries=8, show_spinner=False)
def _apart(
    folder: str, state: int, source: str, _every: pd.DataFrame, _pairs: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outliers among the frames, and among the subjects, of a data set; filters and model change nothing of them."""
    subjects = outliers.subject_outliers(_every, _pairs)
    return outliers.frame_outliers(_every), subjects[subjects["reason"] != ""]


def _contradictions(table: Table, pairs: pd.DataFrame) -> None:
    """Near-identical frames whose masks cannot both be right."""
    st.markdown(
        "Near-identical frames of which one mask is empty, or whose masks overlap with a Dice under "
        f"{contradictions.CONTRADICTION_DICE:g}: no model can be right on both. They set a ceiling to every score on "
        "this data."
    )
    if pairs.empty:
        st.success("No pair was found.")
        return
    kinds = pairs["kind"].value_counts()
    st.caption(", ".join(f"{count:,} {kind}" for kind, count in kinds.items()))
    frame_pairs.shown(table, pairs, "Contradictory pairs")
    exports.offer_finding(pairs, "contradictory pairs")


def _leakage(table: Table, leaked: pd.DataFrame) -> None:
    """Near-identical frames on two sides of the split, or, without a split, of two subjects."""
    if table.card is None:
        st.markdown(
            "No model is chosen above, so there is no split to look at. These near-identical frames belong to "
            "**different subjects**: a split by subject may tear them apart."
        )
        clean = "No near-identical frames belong to different subjects."
    elif table.every["split"].isin(_UNLISTED).all():
        st.info(f"The card of {layout.plain(table.card.name)} lists none of the frames here: no split to look at.")
        return
    else:
        st.markdown(
            f"Near-identical frames on **two sides of the split of {layout.plain(table.card.name)}**: what is learnt "
            "on one is known on the other, and scores come out too high."
        )
        clean = "No near-identical frames stand on two sides of this split."
    if leaked.empty:
        st.success(clean)
        return
    sides = leaked.groupby(["first_split", "second_split"]).size().sort_values(ascending=False)
    listed = [f"{one} and {other} ({count:,})" for (one, other), count in sides.items()]
    more = f" and {len(listed) - 6} more" if len(listed) > 6 else ""
    st.caption(layout.plain(f"{layout.counted(len(leaked), 'pair')}: {', '.join(listed[:6])}{more}"))
    frame_pairs.shown(table, leaked, "Leaking pairs")
    exports.offer_finding(leaked, "leaking pairs")


def _outliers(table: Table, apart: pd.DataFrame) -> None:
    """Frames and masks of unusual size, place or intensity."""
    st.markdown(
        f"Values farther than {outliers.Z_THRESHOLD:g} from the median of their data set, as modified z-scores "
        "(variance, entropy and sharpness: from that of its frames of one size), and masks in several parts. To be "
        "looked at, not to be thrown away."
    )
    own = apart.merge(table.frames[["name", "nerve", "title"]], on="name")
    if apart.empty:
        st.success("No value is unusual.")
        return
    if own.empty:
        st.info("No unusual value passes the filters.")
        return
    own = own.sort_values("reason", key=lambda r: -r.map(r.value_counts()), kind="stable", ignore_index=True)
    st.caption("Click a bar: the frames below are narrowed to those.")
    picks.chart(balance.bars(own, "reason"), own, "Unusual values")
    with st.expander(f"Table of {layout.counted(len(own), 'value')}"):
        listed = own.sort_values("z", key=lambda z: -z.abs(), kind="stable")
        listed = listed[["title", "reason", "column", "value", "z"]].assign(column=listed["column"].map(label))
        st.dataframe(listed, hide_index=True, column_config=_LOOKS)
    exports.offer_finding(own[["name", "reason", "column", "value", "z"]], "unusual values")


def _subjects(table: Table, subjects: pd.DataFrame) -> None:
    """Subjects whose labels disagree with the rest."""
    st.markdown("Subjects whose labels differ from those of the other subjects of their data set.")
    if subjects.empty:
        st.success("No subject stands apart.")
        return
    names = [set(table.every.loc[table.every["group"] == subject, "name"]) for subject in subjects["subject"]]
    order = ["subject", "reason", "frames", *subjects.columns.drop(["subject", "reason", "frames"])]
    picks.rows(subjects[order], names, "Subjects apart", table.source, column_config=_LOOKS)
    st.caption("Rows that are ticked select the subject's frames. Numbers are medians over the subject's nerves.")
    exports.offer_finding(subjects[order], "subjects apart")


def _leaked(table: Table) -> pd.DataFrame:
    """Pairs on two sides of the split; without a split, of two known subjects."""
    pairs = _pairs(table, table.explored.pairs)
    side = "group" if table.card is None else "split"
    sides = table.every.set_index("name")[side]
    return contradictions.cross_split_pairs(pairs, sides[sides.notna() & ~sides.isin(_UNLISTED)])


def _pairs(table: Table, pairs: pd.DataFrame) -> pd.DataFrame:
    """Those pairs of which both frames are in the data set."""
    names = table.every["name"]
    return pairs[pairs["first"].isin(names) & pairs["second"].isin(names)].reset_index(drop=True)


def _own_subjects(table: Table) -> pd.DataFrame:
    """The rows as `explore.outliers` wants them: subjects by their number, None where unknown."""
    number = table.every["number"]
    return table.every.assign(subject=number.where(number != UNKNOWN, None))


_LOOKS = {
    "title": st.column_config.TextColumn("Frame"),
    "reason": st.column_config.TextColumn("What is unusual"),
    "column": st.column_config.TextColumn("Column"),
    "value": st.column_config.NumberColumn("Value", format="%.4g"),
    "z": st.column_config.NumberColumn("z", format="%.1f", help="Modified z-score (B. Iglewicz, D. Hoaglin, 1993)."),
    "subject": st.column_config.TextColumn("Subject"),
    "frames": st.column_config.NumberColumn("Frames here"),
    "prevalence": st.column_config.NumberColumn(
        # Rows of Kaggle's train_masks.csv count without a picture too: the share is not one of the frames here.
        "With nerve, of all labelled frames, here or not",
        format="percent",
        help="Share of the subject's labelled frames that show a nerve, including those whose picture is not here.",
    ),
    "contradictory": st.column_config.NumberColumn(
        "Contradictory", format="percent", help="Share of the frames that contradict a near-duplicate."
    ),
    **{
        name: st.column_config.NumberColumn(label(name), format="%.3g", help=COLUMNS[name].meaning)
        for name in ("area_share", "centroid_row_rel", "centroid_column_rel", "contrast")
    },
}
