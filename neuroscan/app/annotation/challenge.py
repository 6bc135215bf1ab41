"""Draw against expert and model: frames without their outlines, the answer, and a running tally."""

import secrets

import pandas as pd
import streamlit as st

from neuroscan import config
from neuroscan.app import cache, controls, layout, near_duplicates, pickers, score_words, seen, state, subject_groups
from neuroscan.app.annotation import comparing, drafts, drawing, saving, selection
from neuroscan.app.annotation.comparing import Other
from neuroscan.app.annotation.drafts import Draft
from neuroscan.app.annotation.game import Game, Round, learnt, shuffled, tally, verdict
from neuroscan.app.pickers import Chosen
from neuroscan.data import annotations, dataset, notices, shapes
from neuroscan.evaluation.counts import dice
from neuroscan.inference.card import Card
from neuroscan.types import Mask, Spacing

_GAME = "annotate challenge"
_SEED = "annotate challenge seed"


def rounds(samples: pd.DataFrame, reader: str, model: tuple[str, Card] | None) -> None:
    """Let the visitor choose what to be challenged by, and play.

    Args:
        samples: `cache.data_sets().samples`.
        reader: who draws, "" while unknown.
        model: folder name and card, or None.
    """
    labelled = samples[samples["present"].notna()]
    if labelled.empty:
        layout.no_masks("A challenge")
        return
    left, right = st.columns(2, vertical_alignment="bottom")
    sources = list(labelled["source"].unique())
    here = str(st.session_state.get(state.SAMPLE, "")).partition("/")[0]
    first = here if here in sources else labelled.loc[pickers.opening(labelled), "source"]
    source = left.selectbox(
        "Data set",
        sources,
        sources.index(first),
        key="challenge source",
        format_func=notices.display_name,
        persist_state="session",
    )
    pool = labelled[labelled["source"] == source]
    pool = pool.assign(name=dataset.frame_names(pool)).set_index("name")
    if model is not None:
        fair, why_none = _fair(pool, model[1])
        with right:
            only = st.toggle(
                "Only subjects that the model has never seen",
                value=not fair.empty,
                disabled=fair.empty,
                key=f"challenge fair {source} {model[0]} {fair.empty}",
                persist_state="session",
                help=subject_groups.INSTEAD,
            )
        if fair.empty:
            right.caption(why_none)
        pool = fair if only and not fair.empty else pool
    pool = _undisputed(pool)
    _play(_game(pool, model), pool, reader, model)


def _undisputed(pool: pd.DataFrame) -> pd.DataFrame:
    """Frames without a near-identical one that is labelled otherwise, as far as is known: nobody can be right there."""
    pairs = near_duplicates.known()
    kept = pool[~pool.index.isin([*pairs["first"], *pairs["second"]])]
    if kept.empty or len(kept) == len(pool):
        return pool
    left_out = layout.counted(len(pool) - len(kept), "frame")
    st.caption(
        f"{left_out} left out: near-identical ones are labelled otherwise (Data Explorer, What is wrong), so that no "
        "answer could be right."
    )
    return kept


def _fair(pool: pd.DataFrame, card: Card) -> tuple[pd.DataFrame, str]:
    """Frames of subjects that the model has never seen, and a sentence, Markdown, for where there are none."""
    try:
        fair = pool[~learnt(pool, card)]
    except ValueError as error:
        return pool.iloc[:0], layout.plain(f"{error} So it is not known here which frames the model learnt from.")
    if not card.is_training_known:
        return fair, "The model was trained elsewhere, nobody knows on whom: it may have an advantage here."
    return fair, "The model learnt from all subjects of this data set: it has an advantage here."


@st.fragment
def _play(game: Game, pool: pd.DataFrame, reader: str, model: tuple[str, Card] | None) -> None:
    """One frame after the other."""
    # "Start over" stands in here: a browser runs this alone, and still with the game that is over.
    if selection.unheard() or st.session_state.get(_GAME) is not game:
        st.rerun()
    if game.known and not game.rounds:
        st.caption(
            ":material/restart_alt: The model, its thresholds or the choice of frames has changed: a new game. Frames "
            "whose answers were shown come last."
        )
    if game.at >= len(game.order):
        st.success("That was the last frame.")
    else:
        name = game.order[game.at]
        row = pool.loc[name]
        title = f"Frame {game.at + 1}"
        st.header(title, anchor=False)
        try:
            frame = cache.frame(row)
            truth = cache.expert_mask(row, frame.image.shape)
        except ValueError as error:
            layout.problem(str(error))
            truth = None
        if truth is None:
            st.button("Next frame", on_click=_next, args=(game,))
            return
        chosen = Chosen(frame, name, row)
        draft = drafts.draft(f"{drafts.CHALLENGE}{st.session_state[_SEED]} {name}")
        found = [Other(seen.EXPERT, notices.truth_by(name).capitalize(), truth)]
        if model is not None:
            outlined = comparing.of_model(model[0], chosen, state.thresholds(*model))
            found += [outlined] if outlined else []
        spacing, origin = controls.known_spacing(frame.spacing, cache.digest(frame.image))
        if game.answered:
            _answer(game, draft, chosen, found, spacing, reader)
        else:
            above = st.container(horizontal=True)
            mask = drawing.surface(draft, frame.image, title, spacing)
            with above:
                drawing.steps(draft)
            _ask(game, draft, mask, reader, found)
        controls.tell_spacing(spacing, origin, frame.image)
    if game.rounds:
        _tally(game)


def _ask(game: Game, draft: Draft, mask: Mask, reader: str, found: list[Other]) -> None:
    """Buttons that give the answer."""
    with st.container(horizontal=True):
        for label, key, off in (
            ("This is the nerve", "challenge drawn", not mask.any()),
            ("No nerve here", "challenge none", bool(draft.outlines)),
        ):
            st.button(
                label,
                type="primary",
                disabled=off,
                key=key,
                on_click=_take_answer,
                args=(game, draft, mask.shape, reader, found),
            )
        st.button("Skip", key="challenge skip", on_click=_next, args=(game,))


def _take_answer(game: Game, draft: Draft, shape: tuple[int, int], reader: str, found: list[Other]) -> None:
    """Score the answer and show it."""
    name = game.order[game.at]
    draft.seen |= seen.of(name, reader)  # before this answer, which the drawing owes nothing to
    mask, truth = shapes.rasterise(draft.outlines, shape), found[0].mask
    theirs = found[1].mask if len(found) > 1 else None
    game.answered = True
    game.rounds.append(
        Round(
            frame=name,
            nerve=bool(truth.any()),
            you=bool(mask.any()),
            your_dice=dice(truth, mask),
            model=None if theirs is None else bool(theirs.any()),
            model_dice=None if theirs is None else dice(truth, theirs),
        )
    )


def _answer(game: Game, draft: Draft, chosen: Chosen, found: list[Other], spacing: Spacing | None, reader: str) -> None:
    """Show expert, model and scores."""
    mask = shapes.rasterise(draft.outlines, chosen.frame.image.shape)
    last, kept = game.rounds[-1], draft.version > 0 and not draft.changed
    seen.of(last.frame, reader).update(other.kind for other in found)
    st.markdown(f"{layout.plain(last.frame)}. {verdict(last)}")
    with st.container(horizontal=True):
        st.button("Next frame", type="primary", icon=":material/arrow_forward:", on_click=_next, args=(game,))
        st.button(
            "Keep my drawing",
            icon=":material/save:",
            disabled=not reader or kept,
            on_click=_keep,
            args=(draft, chosen, reader),
            help="Saves it as an annotation, drawn before this answer was shown. Needs your name above.",
        )
        if kept:
            st.caption(f"Kept as version {draft.version} by {layout.plain(reader)}.")
    if draft.problem:
        layout.problem(draft.problem)
    comparing.panels(chosen, mask, found, spacing, key=f"answer {draft.mark}")
    if len(found) > 1:
        rows = comparing.scores(found[1].mask, found[:1], spacing, "The model")
        score_words.table(rows, alt="Scores of the model")


def _tally(game: Game) -> None:
    """Show all rounds so far."""
    st.header("Tally", anchor=False)
    st.markdown(tally(game.rounds))
    who = notices.truth_by(game.rounds[0].frame)  # all are of one data set
    names = {"nerve": who.capitalize(), "you": "You", "model": "Model"}
    rows = pd.DataFrame([vars(one) for one in reversed(game.rounds)])
    for column in names:
        rows[column] = rows[column].map({True: "nerve", False: "no nerve", None: "–"})
    rows = rows.rename(columns=names | {"frame": "Frame", "your_dice": "Your Dice", "model_dice": "Model's Dice"})
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("Your Dice", "Model's Dice")}
    st.dataframe(rows, hide_index=True, column_config=numbers)
    st.button("Start over", icon=":material/restart_alt:", on_click=_start_over)


def _game(pool: pd.DataFrame, model: tuple[str, Card] | None) -> Game:
    """The session's game on a pool of frames against a model at its thresholds: no tally mixes two of them.

    A game that gives way to another has shown the answers of some frames: they come last.
    """
    key = (model and (model[0], state.thresholds(*model)), *pool.index)
    game: Game | None = st.session_state.get(_GAME)
    if game is None or game.pool != key:
        known = [] if game is None else [*game.known, *(one.frame for one in game.rounds)]
        if known:
            st.session_state.pop(_SEED, None)
        seed = st.session_state.setdefault(_SEED, secrets.randbits(32))
        order = sorted(shuffled(pool["present"], seed), key=lambda name: name in known)
        game = st.session_state[_GAME] = Game(key, order, known=known)
    return game


def _next(game: Game) -> None:
    """Go to the next frame."""
    game.at, game.answered = game.at + 1, False


def _keep(draft: Draft, chosen: Chosen, reader: str) -> None:
    """Save the drawing as it was before the answer was shown."""
    row = chosen.row
    if row is not None:
        last = annotations.latest(config.annotations_dir(), row["source"], reader, row["frame"])
        draft.version = last.version if last else 0
        saving.save(draft, chosen, reader)
        if draft.problem:
            draft.version = 0


def _start_over() -> None:
    """Begin a new game."""
    st.session_state.pop(_GAME, None)
    st.session_state.pop(_SEED, None)
