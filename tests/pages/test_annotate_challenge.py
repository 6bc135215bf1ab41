"""The challenge of the Annotate page: fair, scored as the evaluation scores, and honest of what was drawn blind."""

import shutil

import numpy as np
import pandas as pd
import pytest

from neuroscan.app import state
from neuroscan.app.annotation import challenge
from neuroscan.data import annotations, codecs, shapes
from neuroscan.evaluation.frame import score_frame
from neuroscan.inference.predictor import Predictor
from tests.conftest import stand_in_frame, write_stand_in_model
from tests.data.test_duplicates import near_duplicate, texture
from tests.pages.conftest import run_fragment, spacing_field, typed
from tests.pages.test_annotate import PAGE, SMALL, SQUARE, button, draw, removed, said, table


@pytest.fixture
def open_challenge(open_annotate):
    """Open the challenge on the stand-in's data: `open_challenge(seed=3)`."""

    def opened(*, reader="", seed=3, fair=False, **kwargs):
        page = open_annotate(reader=reader, **kwargs)
        page.session_state["annotate challenge seed"] = seed
        page.segmented_control(key="annotate way").set_value("Challenge").run()
        page.selectbox(key="challenge source").set_value("tiny").run()
        page.toggle(key="challenge fair tiny blob False").set_value(fair).run()
        assert not page.exception
        return page

    return opened


def game(page):
    """The challenge on its way."""
    return page.session_state["annotate challenge"]


def test_a_challenge_shows_no_name_and_no_answer_before_its_time(open_challenge):
    page = open_challenge()
    current = game(page)
    assert len(current.order) == 6
    shown = said(page) + " ".join(one.label for one in page.button)
    assert "tiny/" not in shown and "Expert" not in shown and not page.table
    assert "sample" not in page.query_params or page.query_params["sample"] != current.order[0]


@pytest.mark.parametrize(("sample", "source"), [("phantom/2_1", "phantom"), ("tiny/2_1", "tiny"), (None, "tiny")])
def test_a_challenge_begins_with_the_data_set_at_hand_and_else_with_a_real_one(
    sample, source, open_annotate, stand_in, tmp_path
):
    for name in ("phantom", "tiny"):
        shutil.copytree(stand_in.data / "tiny", tmp_path / name)
    page = open_annotate(sample, data=tmp_path)
    if sample is None:
        page.session_state[state.SAMPLE] = None
    page.segmented_control(key="annotate way").set_value("Challenge").run()
    assert not page.exception and page.selectbox(key="challenge source").value == source


def test_fair_challenges_leave_out_what_the_model_learnt_from(open_challenge):
    assert sorted(game(open_challenge(fair=True)).order) == ["tiny/2_1", "tiny/2_2", "tiny/2_3"]


def test_of_a_synthetic_frame_the_simulator_has_the_answer(open_annotate, stand_in, tmp_path):
    shutil.copytree(stand_in.data / "tiny", tmp_path / "phantom_tiny")
    page = open_annotate(data=tmp_path)
    page.segmented_control(key="annotate way").set_value("Challenge").run()
    button(page, "No nerve here").click().run()
    assert not page.exception and "phantom_tiny/" in said(page)
    assert table(page, "You and")["You and"].iloc[0] == "Simulator"
    assert "Simulator" in page.dataframe[0].value and "Expert" not in page.dataframe[0].value


def test_with_a_spacing_typed_in_for_all_frames_a_challenge_is_in_millimetres(open_annotate):
    page = open_annotate()
    for way in ("down", "across"):
        spacing_field(page, way).set_value(0.1).run()
    next(one for one in page.toggle if (one.key or "").startswith("spacing for all")).set_value(True).run()
    page.segmented_control(key="annotate way").set_value("Challenge").run()
    assert "0.1 × 0.1 mm a pixel" in said(page) and "typed in by you" in said(page)
    answer(page, SQUARE)
    assert "0.1 × 0.1 mm a pixel" in said(page)
    tables = [one.value for one in page.table if "Both" in one.value.columns]
    assert len(tables) == 2, "the visitor's scores, and the model's"
    assert all(rows["Both"].str.endswith(" mm²").all() for rows in tables)


def test_rounds_are_scored_as_the_evaluation_scores(open_challenge, stand_in):
    page = open_challenge()
    expected_rounds = []
    for number, name in enumerate(game(page).order):
        row = name.split("/")[1]
        image = codecs.read(stand_in.data / "tiny" / f"{row}.tif")[0].image
        truth = codecs.read_mask(stand_in.data / "tiny" / f"{row}_mask.tif")
        model = Predictor(stand_in.weights / "blob").predict(image).mask(0.5, 0.6)
        drawn = SQUARE if number % 2 else ()
        page.session_state["annotate drafts"][f"challenge 3 {name}"].take(drawn, by="page")
        page.run()
        assert button(page, "This is the nerve").disabled is not bool(drawn)
        assert button(page, "No nerve here").disabled is bool(drawn)
        button(page, "This is the nerve" if drawn else "No nerve here").click().run()
        assert not page.exception and name in said(page)
        mask = shapes.rasterise(drawn, image.shape)
        dice, model_dice = score_frame(truth, mask)["dice"], score_frame(truth, model)["dice"]
        last = game(page).rounds[-1]
        assert (last.nerve, last.you, last.model) == (truth.any(), mask.any(), model.any())
        assert (last.your_dice, last.model_dice) == (dice, model_dice)
        rows = table(page, "You and").set_index("You and")
        assert rows.loc["Expert", "Dice"] == f"{dice:.3f}".replace(".", "\\.")
        expected_rounds.append((truth.any(), dice))
        button(page, "Next frame").click().run()
    assert "That was the last frame." in said(page)
    mean = np.mean([dice for nerve, dice in expected_rounds if nerve])
    assert "**6 frames.**" in said(page) and f"(4): you **{mean:.3f}**" in said(page)
    button(page, "Start over").click().run()
    assert game(page).rounds == [] and "Tally" not in [one.value for one in page.header]


@pytest.mark.parametrize("to_the_end", [False, True])
def test_a_game_starts_over_where_a_browser_runs_its_fragment_alone(to_the_end, open_challenge, monkeypatch):
    page = open_challenge()
    answer(page, SQUARE)
    while to_the_end and "That was the last frame." not in said(page):
        button(page, "Next frame" if game(page).answered else "Skip").click().run()
    before = game(page)
    button(page, "Start over").click()
    run_fragment(page, monkeypatch)
    assert not page.exception and game(page) is not before
    assert game(page).rounds == [] and [one.value for one in page.header] == ["Frame 1"]


@pytest.fixture
def unnamed(tmp_path):
    """Frames of unknown subjects: `a` and `b` are one view, which the card has under train, `c` is another, of test."""
    folder = tmp_path / "data" / "mine"
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for name, image in (("a", texture(1)), ("b", near_duplicate(texture(1))), ("c", texture(2))):
        (folder / "images" / f"{name}.png").write_bytes(codecs.encode_png(image))
        (folder / "masks" / f"{name}.png").write_bytes(codecs.encode_png(image // 200 * 255))
    subjects = {"train": ["mine/like-a"], "validation": [], "test": ["mine/like-c"]}
    write_stand_in_model(tmp_path / "weights" / "blob", sources={"mine": 1.0}, subjects=subjects)
    return {"data": tmp_path / "data", "weights": tmp_path / "weights"}


def test_where_subjects_are_unknown_frames_are_fair_by_the_cards_groups(open_annotate, unnamed):
    page = open_annotate("mine/c", **unnamed)
    go(page, "Challenge")
    fair = page.toggle(key="challenge fair mine blob False")
    assert fair.value and not fair.disabled and "learnt from all subjects" not in said(page)
    assert game(page).order == ["mine/c"]


def test_against_a_network_trained_elsewhere_no_frame_is_called_fair(open_annotate, unnamed):
    write_stand_in_model(unnamed["weights"] / "blob", sources={"data not known here": 1.0}, subjects={})
    page = open_annotate("mine/c", **unnamed)
    go(page, "Challenge")
    assert page.toggle(key="challenge fair mine blob True").disabled and len(game(page).order) == 3
    assert "trained elsewhere, nobody knows on whom: it may have an advantage here" in said(page)


def test_a_frame_that_is_lost_does_not_end_a_challenge(open_annotate, unnamed):
    page = open_annotate("mine/c", **unnamed)
    (unnamed["data"] / "mine" / "images" / "b.png").write_bytes(b"no picture")
    go(page, "Challenge")
    assert page.toggle(key="challenge fair mine blob True").disabled
    assert "b.png" in said(page) and "not known here which frames the model learnt from" in said(page)
    assert "learnt from all subjects" not in said(page) and len(game(page).order) == 3


def test_a_nerve_that_was_not_found_has_no_distance(open_challenge):
    page = open_challenge()
    while "2_3" in game(page).order[game(page).at] or "1_3" in game(page).order[game(page).at]:
        button(page, "Skip").click().run()
    button(page, "No nerve here").click().run()
    assert table(page, "You and").set_index("You and").loc["Expert", "HD95"] == "not defined"
    assert "Not defined: one of the two outlines is empty." in said(page)


def test_a_drawing_of_the_challenge_is_kept_as_drawn_blind(open_challenge, folder):
    page = open_challenge(reader="Ann")
    name = game(page).order[0]
    page.session_state["annotate drafts"][f"challenge 3 {name}"].take(SQUARE, by="page")
    page.run()
    button(page, "This is the nerve").click().run()
    button(page, "Keep my drawing").click().run()
    kept = annotations.latest(folder, "tiny", "Ann", name.split("/")[1])
    assert kept.outlines == SQUARE and not kept.model_shown and not kept.expert_shown
    assert "Kept as version 1 by Ann." in said(page) and button(page, "Keep my drawing").disabled


def go(page, way):
    """The page at its other way, Annotate or Challenge."""
    page.segmented_control(key="annotate way").set_value(way).run()
    assert not page.exception


def answer(page, outlines):
    """Draw in the challenge's frame and answer; returns the frame's name."""
    name = game(page).order[game(page).at]
    page.session_state["annotate drafts"][f"challenge {page.session_state['annotate challenge seed']} {name}"].take(
        outlines, by="page"
    )
    page.run()
    button(page, "This is the nerve").click().run()
    assert not page.exception
    return name


def shown(folder, name, reader="Ann"):
    """Version, and whether model and expert had been shown, of the newest drawing of a frame."""
    kept = annotations.latest(folder, "tiny", reader, name.split("/")[1])
    return kept.version, kept.model_shown, kept.expert_shown


@pytest.mark.parametrize("answered_by", ["Ann", ""])
@pytest.mark.parametrize("open_before", [False, True])
def test_what_a_challenge_has_shown_is_told_of_a_drawing_made_later(answered_by, open_before, open_challenge, folder):
    page = open_challenge(reader="Ann")
    page.session_state[state.SAMPLE] = game(page).order[0]
    if open_before:
        go(page, "Annotate")
        go(page, "Challenge")
    typed(page, answered_by)
    name = answer(page, SMALL)
    button(page, "Next frame").click().run()
    typed(page, "Ann")
    go(page, "Annotate")
    button(draw(page, SQUARE, sample=name), "Save drawing").click().run()
    assert shown(folder, name) == (1, True, True)


@pytest.mark.parametrize("saved_first", [False, True])
def test_a_drawing_of_the_challenge_says_what_was_shown_before_it(saved_first, open_challenge, folder):
    page = open_challenge(reader="Ann")
    name = page.session_state[state.SAMPLE] = game(page).order[0]
    go(page, "Annotate")
    page.toggle(key=f"compare {name} of Ann").set_value(True).run()
    if saved_first:
        button(draw(page, SQUARE, sample=name), "Save drawing").click().run()
        page = open_challenge(reader="Ann")  # another session, which has shown nothing
    else:
        go(page, "Challenge")
    assert answer(page, SMALL) == name
    button(page, "Keep my drawing").click().run()
    assert shown(folder, name) == (1 + saved_first, True, True)


@pytest.mark.parametrize("model", ["blob", "shy"])
def test_a_frame_that_comes_again_is_not_drawn_blind(model, open_challenge, folder):
    page = open_challenge(reader="Ann")
    name = answer(page, SQUARE)
    button(page, "Keep my drawing").click().run()
    assert shown(folder, name) == (1, False, False)
    if model == "blob":
        button(page, "Start over").click().run()
    else:
        page.selectbox(key="model").set_value(model).run()
        page.toggle(key=f"challenge fair tiny {model} False").set_value(False).run()
    while name != game(page).order[game(page).at]:
        button(page, "Skip").click().run()
    answer(page, SMALL)
    button(page, "Keep my drawing").click().run()
    assert shown(folder, name) == (2, True, True)
    assert "Kept as version 2 by Ann." in said(page)


def test_a_challenge_waits_while_one_annotates(open_challenge):
    page = open_challenge(fair=False)
    before = game(page)
    answer(page, SQUARE)
    go(page, "Annotate")
    go(page, "Challenge")
    assert game(page) is before and "**1 frame.**" in said(page)
    assert page.selectbox(key="challenge source").value == "tiny"
    assert page.toggle(key="challenge fair tiny blob False").value is False


@pytest.mark.parametrize("change", ["model", "threshold"])
def test_a_tally_is_of_one_model_at_one_threshold(change, open_challenge):
    page = open_challenge(fair=True)
    answer(page, SQUARE)
    assert "Tally" in [one.value for one in page.header]
    seen = game(page).rounds[0].frame
    if change == "model":
        page.selectbox(key="model").set_value("shy").run()
    else:
        page.session_state["threshold of blob"] = 0.3
        page.run()
    assert not page.exception and not game(page).rounds
    assert "Tally" not in [one.value for one in page.header]
    assert "a new game. Frames whose answers were shown come last." in said(page)
    assert seen not in game(page).order[:-1], "its answer is known"
    answer(page, SQUARE)
    assert "a new game" not in said(page)


def test_a_challenge_goes_on_without_a_model_that_is_removed(open_challenge, stand_in, tmp_path, monkeypatch):
    shutil.copytree(stand_in.weights, tmp_path / "weights")
    page = open_challenge(weights=tmp_path / "weights")
    removed(monkeypatch, tmp_path / "weights" / "blob")
    button(page, "No nerve here").click().run()
    assert not page.exception and len(page.error) == 1 and str(tmp_path) not in said(page)
    assert list(table(page, "You and")["You and"]) == ["Expert"]


def test_no_data_no_challenge(open_page, folder, tmp_path):
    page = open_page("Home.py", data=tmp_path / "nothing").switch_page(PAGE).run()
    page.segmented_control(key="annotate way").set_value("Challenge").run()
    assert not page.exception and "A challenge will stand here" in said(page)


def test_frames_without_masks_are_no_challenge_and_are_not_called_missing(open_page, folder, tmp_path):
    (tmp_path / "data" / "bare").mkdir(parents=True)
    picture = codecs.encode_png(stand_in_frame(5, nerve=True)[0])
    (tmp_path / "data" / "bare" / "1_1.png").write_bytes(picture)
    page = open_page("Home.py", data=tmp_path / "data").switch_page(PAGE).run()
    page.segmented_control(key="annotate way").set_value("Challenge").run()
    assert not page.exception and "None of the frames at hand has an expert's mask. A challenge will" in said(page)
    assert "once a data set is at hand" not in said(page)


def test_frames_that_contradict_a_near_identical_one_are_left_out(open_challenge, monkeypatch):
    pairs = pd.DataFrame({"first": ["tiny/1_1", "other/1"], "second": ["tiny/1_3", "other/2"], "dice": [0.0, 0.0]})
    monkeypatch.setattr(challenge.near_duplicates, "known", lambda: pairs)
    page = open_challenge()
    assert len(game(page).order) == 4 and not {"tiny/1_1", "tiny/1_3"} & set(game(page).order)
    assert "2 frames left out: near-identical ones are labelled otherwise" in said(page)
