"""Data Explorer: what it says equals what the explorer's room found, and every pick narrows the frames."""

import base64
import csv
import io
import json
import re
import shutil
import time

import cv2
import numpy as np
import pandas as pd
import pytest
import streamlit as st

from neuroscan import config
from neuroscan.app.explorer import charts, exports, findings, frame_gallery, frame_pairs, measuring, opened_frame, picks
from neuroscan.app.explorer.filtered import Table
from neuroscan.app.explorer.picks import Pick
from neuroscan.data.codecs import encode_png
from neuroscan.explore import background, compute, record, results, views
from neuroscan.explore.columns import COLUMNS
from neuroscan.figures.chart import label
from neuroscan.imaging import overlay
from tests.conftest import stand_in_frame, write_stand_in_model
from tests.data.test_duplicates import near_duplicate, texture

PAGE = "pages/4_Data_Explorer.py"
SECTIONS = ["Distributions", "Intensity", "Sharpness", "Nerves", "Correlation", "Map", "What is wrong"]


@pytest.fixture(autouse=True)
def fresh_caches():
    """What one test has read is not taken for what another wrote."""
    st.cache_data.clear()
    st.cache_resource.clear()


def write(folder, stem, image, mask=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.png").write_bytes(encode_png(image))
    if mask is not None:
        (folder / f"{stem}_mask.png").write_bytes(encode_png(mask.astype(np.uint8) * 255))


@pytest.fixture(autouse=True)
def nothing_kept():
    """Some tests put results of their own in place of those that pages keep."""
    st.cache_data.clear()


@pytest.fixture(scope="module")
def world(stand_in, tmp_path_factory):
    """The stand-in's data sets, two synthetic frames, three contradictory near-duplicates, a broken frame; explored."""
    root = tmp_path_factory.mktemp("explorer")
    shutil.copytree(stand_in.data, root / "data")
    for number in (1, 2):
        write(root / "data" / "phantom_few", f"7_{number}", *stand_in_frame(200 + number, nerve=number == 1))
    here, none = np.zeros((2, 210, 290), bool)
    here[90:130, 120:170] = True
    for number in (1, 2, 3):
        view = texture(number)
        write(root / "data" / "twins", f"1_{number}", view, here)
        write(root / "data" / "twins", f"2_{number}", near_duplicate(view), none)
    write(root / "data" / "tiny", "1_9", np.zeros((9, 9), np.uint8), np.zeros((9, 9), bool))
    broken = root / "data" / "tiny" / "1_9.png"
    broken.write_bytes(broken.read_bytes()[:45])
    compute.explore(root / "data")
    subjects = {"train": ["tiny/1", "twins/1"], "validation": [], "test": ["tiny/2", "twins/2"]}
    write_stand_in_model(root / "weights" / "blob", subjects=subjects)
    return root


@pytest.fixture
def open_explorer(open_page):
    """Open the page as a visitor does who comes from Home: so it knows the pages that it links to."""
    return lambda **folders: open_page("Home.py", **folders).switch_page(PAGE).run()


@pytest.fixture
def explorer(open_explorer, world):
    """Open the page: `explorer(source="tiny", section="Nerves")`."""

    def opened(source="tiny", section=None, card=None):
        page = open_explorer(data=world / "data", weights=world / "weights")
        assert not page.exception
        for key, value in (("explorer source", source), ("explorer card", card), ("explorer section", section)):
            if value is not None:
                page.session_state[key] = value
        return checked(page.run())

    return opened


def checked(page):
    assert not page.exception
    return page


def words(page) -> str:
    kinds = ("title", "header", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(element.value for kind in kinds for element in getattr(page, kind)).replace("\\", "")


def shown(page) -> str:
    """How many frames the gallery holds, as its heading says."""
    return page.header[0].value


def gallery(page) -> str:
    """What is sent to the browser for thumbnails and pictures."""
    return "".join(element.proto.json for element in page.get("bidi_component"))


def tiles(page) -> dict[str, str]:
    """Pictures of the gallery, by name."""
    (sent,) = [one.proto.json for one in page.get("bidi_component") if "explorer gallery" in one.proto.id]
    return {tile["name"]: tile["png"] for tile in json.loads(sent)["tiles"]}


def pictures(page) -> dict[str, np.ndarray]:
    """Large pictures (H, W, 3), by caption."""
    sent = [json.loads(one.proto.json) for one in page.get("bidi_component") if '"pictures"' in one.proto.json]
    found = {one["caption"]: base64.b64decode(one["png"]) for part in sent for one in part["pictures"]}
    return {words: cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB) for words, png in found.items()}


def test_opens_on_a_real_data_set_with_its_balance_and_problems_first(explorer, world):
    page = explorer(source=None)
    text = words(page)
    assert config.DISCLAIMER in text
    assert "1_9.png" in page.warning[0].value.replace("\\", "")
    assert page.selectbox(key="explorer source").value in ("tiny", "twins")
    page.session_state["explorer source"] = "tiny"
    text = words(checked(page.run()))
    assert "**4** nerve (66.7%), **2** no nerve (33.3%)" in text and shown(page) == "6 frames"


@pytest.mark.parametrize("source", ["tiny", "pairs", "phantom_few", "All data sets"])
def test_every_section_stands_on_every_data_set_and_only_charts_that_can_be_clicked_say_so(explorer, source):
    page = explorer(source, card="blob")
    for section in ["Class balance", *SECTIONS]:
        page.session_state["explorer section"] = section
        assert not checked(page.run()).error and "frame" in shown(page), section
        assert words(page).count("Click a bar") == (section != "What is wrong"), section
        if (source, section) == ("tiny", "Nerves"):
            found = re.search(r"where it is brightest, (\d+)% of the nerves in these 4 frames cover", gallery(page))
            assert int(found[1]) >= 25  # one of them does


def test_synthetic_frames_are_called_so(explorer, world):
    page = explorer("phantom_few")
    assert "phantom_few: synthetic" in words(page) and "no person was scanned" in words(page)
    assert "phantom_few (synthetic), 2 frames" in page.selectbox(key="explorer source").options
    assert gallery(page).count("(synthetic)") >= 2
    assert "synthetic" not in words(explorer("tiny"))


def test_filters_narrow_frames_by_numbers_and_words(explorer, world):
    frames = results.read(world / "data").frames
    tiny = frames[frames["source"] == "tiny"]
    page = explorer()
    page.multiselect(key="explorer filter tiny").set_value(["nerve", "area_px"]).run()
    slider = page.slider(key="explorer range tiny area_px")
    assert slider.value == (0.0, tiny["area_px"].max())
    slider.set_value((1.0, tiny["area_px"].max())).run()
    assert shown(checked(page)) == f"{(tiny['area_px'] >= 1).sum()} frames"
    page.multiselect(key="explorer only tiny nerve").set_value(["no nerve"]).run()
    assert "No frame passes the filters" in words(checked(page))
    page.slider(key="explorer range tiny area_px").set_value((0.0, tiny["area_px"].max())).run()
    assert shown(checked(page)) == "2 frames"


def test_an_end_of_a_range_that_was_not_moved_goes_with_the_frames(open_explorer, world, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(world / "data" / "tiny", folder / "tiny")
    compute.explore(folder)
    page = open_explorer(data=folder, weights=world / "weights")
    page.multiselect(key="explorer filter tiny").set_value(["mean"]).run()
    darkest, brightest = page.slider(key="explorer range tiny mean").value
    least = (darkest + brightest) / 2
    page.slider(key="explorer range tiny mean").set_value((least, brightest)).run()
    before = shown(checked(page))
    for name, grey in (("3_1", 250), ("3_2", 5)):  # brighter and darker than all others
        write(folder / "tiny", name, np.full((120, 160), grey, np.uint8), np.zeros((120, 160), bool))
    compute.explore(folder)
    st.cache_data.clear()
    st.cache_resource.clear()
    page.run()
    assert page.slider(key="explorer range tiny mean").value == (least, 250.0)
    assert shown(checked(page)) == f"{int(before.split()[0]) + 1} frames"
    page.slider(key="explorer range tiny mean").set_value((5.0, least)).run()
    assert shown(checked(page)) == f"{7 - int(before.split()[0])} frames"  # the others of all eight


def test_what_is_picked_narrows_the_gallery_and_outlives_filters_and_sections(explorer):
    page = explorer()
    page.session_state["explorer pick"] = Pick("Histogram", frozenset({"tiny/1_1", "tiny/2_3", "twins/1_1"}), "in it")
    checked(page.run())
    assert shown(page) == "2 frames" and "1 more are in other data sets" in words(page)
    assert '"tiny/1_1"' in gallery(page) and '"tiny/1_2"' not in gallery(page)
    for section in SECTIONS:
        page.session_state["explorer section"] = section
        assert shown(checked(page.run())) == "2 frames"
    page.button(key="explorer clear").click().run()
    assert shown(checked(page)) == "6 frames"


def test_columns_are_explained_by_their_one_definition(explorer):
    page = explorer(section="Distributions")
    for column in ("entropy", "solidity"):
        page.selectbox(key="explorer column").set_value(column).run()
        assert COLUMNS[column].meaning in page.selectbox(key="explorer column").help.replace("\\", "")
        assert COLUMNS[column].meaning in words(page)


def test_frames_are_ordered_by_a_column(explorer, world):
    frames = results.read(world / "data").frames
    order = frames[frames["source"] == "tiny"].sort_values("mean", ascending=False)["name"].tolist()
    page = explorer()
    before = tiles(page)
    page.selectbox(key="explorer order").set_value("mean").run()
    sent = gallery(checked(page))
    assert tiles(page) == before and len(set(before.values())) == 6  # each frame has its own picture in any order
    places = [sent.index(f'"name": "{name}"') if f'"name": "{name}"' in sent else sent.index(name) for name in order]
    assert places == sorted(places)


def test_the_gallery_begins_at_the_first_page_when_its_frames_change(explorer, monkeypatch):
    monkeypatch.setattr(frame_gallery, "_TILES", 2)
    page = explorer()

    def later():
        page.button(key="explorer page next").click().run()
        assert "3 to 4 of" in words(checked(page))

    later()
    page.run()
    assert "3 to 4 of 6" in words(page)  # nothing has changed
    page.selectbox(key="explorer order").set_value("mean").run()
    assert "1 to 2 of 6" in words(checked(page))
    later()
    page.toggle(key="explorer largest").set_value(False).run()
    assert "1 to 2 of 6" in words(checked(page))
    later()
    page.session_state["explorer pick"] = Pick("Map", frozenset({"tiny/1_1", "tiny/1_2", "tiny/1_3"}), "in it")
    assert "1 to 2 of 3" in words(checked(page.run()))
    page.button(key="explorer clear").click().run()
    assert "1 to 2 of 6" in words(checked(page))
    later()
    page.multiselect(key="explorer filter tiny").set_value(["nerve"]).run()
    page.multiselect(key="explorer only tiny nerve").set_value(["nerve"]).run()
    assert "1 to 2 of 4" in words(checked(page))


def test_the_strongest_correlations_are_listed(explorer, world):
    listed = explorer(section="Correlation").dataframe[0].value
    assert list(listed) == ["first", "second", "rho"] and len(listed) == 10
    strengths = listed["rho"].abs()
    assert strengths.is_monotonic_decreasing and strengths.max() <= 1 + 1e-9
    assert set(listed["first"]) <= {label(name) for name in COLUMNS}


def test_a_share_that_counts_labels_without_a_picture_says_so():
    titles = {name: look["label"] for name, look in findings._LOOKS.items()}
    assert titles["frames"] == "Frames here" and "all labelled frames, here or not" in titles["prevalence"]


def test_contradictions_are_shown_in_pairs_with_their_dice(explorer, world):
    page = explorer("twins", "What is wrong")
    text = words(page)
    assert "Pair **1** of 3" in text and "3 one empty" in text and "Dice of the two masks 0.00" in text
    assert page.button(key="explorer pair of Contradictory pairs previous").disabled
    pair = results.read(world / "data").contradictions.iloc[0]
    (outlined, first), (empty, second) = pictures(page).items()
    assert (outlined, empty) == (f"{pair['first']}: 2,000 px outlined", f"{pair['second']}: no nerve")
    here = np.zeros((210, 290), bool)
    here[90:130, 120:170] = True
    frames = [
        cv2.imread(str(world / "data" / f"{pair[side]}.png"), cv2.IMREAD_GRAYSCALE) for side in ("first", "second")
    ]
    assert np.array_equal(first, overlay.outline(frames[0], here, color=frame_pairs.FIRST))
    assert np.array_equal(second, overlay.outline(frames[1], here, color=frame_pairs.FIRST, dash="dashed"))
    page.button(key="explorer pair of Contradictory pairs next").click().run()
    assert "Pair **2** of 3" in words(checked(page))
    links = [link.proto for link in page.get("page_link")]
    assert [link.label for link in links if link.query_string][:2] == ["Open in Ground Truth Overlay"] * 2
    assert "sample=twins%2F1_" in links[-2].query_string and "sample=twins%2F2_" in links[-1].query_string


def choose_kind(page, kind):
    """Turn to one kind of what is wrong."""
    next(row for row in page.segmented_control if row.key.startswith("explorer wrong")).set_value(kind).run()


def test_leaks_are_those_of_the_split_or_between_subjects(explorer):
    page = explorer("twins", "What is wrong")
    choose_kind(page, "Leakage")
    text = words(checked(page))
    assert "different subjects" in text and "3 pairs: twins/1 and twins/2 (3)" in text
    page.selectbox(key="explorer card").set_value("blob").run()
    text = words(checked(page))
    assert "two sides of the split of blob" in text and "3 pairs: Training and Test (3)" in text
    page = explorer("phantom_few", "What is wrong", card="blob")
    choose_kind(page, "Leakage")
    text = words(checked(page))
    assert "The card of blob lists none of the frames here: no split to look at." in text and "two sides" not in text


@pytest.fixture
def unnamed(tmp_path):
    """An explored data set without subjects, of two views; the card has one of them under train."""
    for number in (1, 2):
        for part, picture in (("images", texture(number)), ("masks", np.full((210, 290), 255, np.uint8))):
            write(tmp_path / "data" / "mine" / part, f"{number}", picture)
    compute.explore(tmp_path / "data")
    write_stand_in_model(tmp_path / "weights" / "blob", subjects={"train": ["mine/like-1"]})
    return {"data": tmp_path / "data", "weights": tmp_path / "weights"}


def sides(page) -> dict[str, int]:
    """Frames with a nerve on each side of the split, as the chart has them."""
    traces = [json.loads(chart.proto.spec)["data"][0] for chart in page.get("plotly_chart")]
    return next(dict(zip(one["x"], one["y"], strict=True)) for one in traces if "New to the model" in one["x"])


def test_frames_of_unknown_subjects_stand_where_the_card_has_their_group(open_explorer, unnamed):
    page = open_explorer(**unnamed)
    page.selectbox(key="explorer card").set_value("blob").run()
    assert not page.error and sides(checked(page)) == {"Training": 1, "New to the model": 1}
    page.session_state["explorer section"] = "What is wrong"
    choose_kind(page.run(), "Leakage")
    assert "No near-identical frames stand on two sides" in words(checked(page))


def test_a_picture_that_is_deleted_after_exploring_is_a_sentence(open_explorer, unnamed):
    page = open_explorer(**unnamed)
    (unnamed["data"] / "mine" / "images" / "2.png").unlink()
    page.selectbox(key="explorer card").set_value("blob").run()
    (problem,) = [one.value.replace("\\", "") for one in checked(page).error]
    assert "2.png" in problem and str(unnamed["data"]) not in problem
    assert 'Frames of unknown subjects count as "New to the model" here.' in problem
    assert sides(page) == {"New to the model": 2}


def test_a_frame_opens_with_its_row(explorer, world):
    page = explorer()
    page.session_state["explorer open"] = "tiny/1_1"
    page.run()
    assert not page.exception and "**tiny/1_1**: nerve" in words(page)
    row = results.read(world / "data").frames.set_index("name").loc["tiny/1_1"]
    listed = page.dataframe[0].value.set_index("column")
    assert float(listed.loc["area_px", "value"]) == row["area_px"]
    assert listed.loc["mean", "meaning"] == COLUMNS["mean"].meaning
    image = cv2.imread(str(world / "data" / "tiny" / "1_1.tif"), cv2.IMREAD_GRAYSCALE)
    mask = cv2.imread(str(world / "data" / "tiny" / "1_1_mask.tif"), cv2.IMREAD_GRAYSCALE) > 0
    shown = pictures(page)["tiny/1_1, 160 × 120 px, outlined by the expert"]
    assert np.array_equal(shown, overlay.outline(image, mask, color=overlay.EXPERT))
    assert "**tiny/1_1**" not in words(checked(page.run()))  # closed, and the next run leaves it so


def test_a_link_names_the_model_that_answers_elsewhere_too(open_explorer, world, tmp_path):
    for name in ("blob", "unet"):
        write_stand_in_model(tmp_path / "weights" / name)
    page = open_explorer(data=world / "data", weights=tmp_path / "weights")
    for chosen, named in ((None, "unet"), ("blob", "blob")):
        if chosen:
            page.session_state["chosen_model"] = chosen
        page.session_state["explorer open"] = "tiny/1_1"
        (query,) = [link.proto.query_string for link in checked(page.run()).get("page_link") if link.proto.query_string]
        assert f"model={named}" in query


def test_unusual_values_that_filters_hide_are_not_denied(explorer, monkeypatch):
    columns = {"name": ["tiny/1_1"], "reason": ["dark"], "column": ["mean"], "value": [3.0], "z": [-5.0]}
    found = pd.DataFrame(columns)
    monkeypatch.setattr(findings.outliers, "frame_outliers", lambda every: found)
    page = explorer(section="What is wrong")
    choose_kind(page, "Unusual frames")
    assert "Table of 1 value" in [one.label for one in checked(page).expander]
    page.multiselect(key="explorer filter tiny").set_value(["nerve"]).run()
    page.multiselect(key="explorer only tiny nerve").set_value(["no nerve"]).run()
    assert "No unusual value passes the filters." in words(checked(page)) and "No value is unusual" not in words(page)
    found = found.iloc[:0]
    st.cache_data.clear()
    assert "No value is unusual." in words(checked(page.run()))


def test_outliers_are_looked_for_once_a_data_set(explorer, monkeypatch):
    asked, real = [], findings.outliers.frame_outliers
    monkeypatch.setattr(findings.outliers, "frame_outliers", lambda every: asked.append(1) or real(every))
    page = explorer("twins", "What is wrong")
    checked(page.button(key="explorer pair of Contradictory pairs next").click().run())
    page.selectbox(key="explorer card").set_value("blob").run()
    page.multiselect(key="explorer filter twins").set_value(["nerve"]).run()
    checked(page.multiselect(key="explorer only twins nerve").set_value(["nerve"]).run())
    assert len(asked) == 1
    checked(page.selectbox(key="explorer source").set_value("tiny").run())
    assert len(asked) == 2


def test_ranks_say_how_many_values_are_no_larger():
    every = pd.DataFrame({name: [1.0, 2.0, 3.0, np.nan] for name in COLUMNS})
    row = every.iloc[1].copy()
    row["area_px"] = np.nan
    listed = opened_frame.about(row, every).set_index("column")
    assert listed.loc["mean", "rank"] == 67 and "area_px" not in listed.index and "present" not in listed.index


def test_unknown_subjects_stand_after_the_known_ones_of_their_data_set():
    numbers = {"a/1": "1", "a/unknown": "unknown", "a/2": "2", "b/unknown": "unknown", "b/1": "1"}
    frames = pd.DataFrame({"subject": list(numbers), "number": list(numbers.values()), "source": list("aaabb")})
    assert charts._subjects(frames) == ["a/1", "a/2", "a/unknown", "b/1", "b/unknown"]


def test_a_chart_without_any_value_is_a_sentence(explorer):
    page = explorer("tiny", "Correlation")
    charts_of_all = len(page.get("plotly_chart"))
    page.multiselect(key="explorer filter tiny").set_value(["nerve"]).run()
    page.multiselect(key="explorer only tiny nerve").set_value(["no nerve"]).run()
    assert page.selectbox(key="explorer across").value == "centroid_row_rel"
    assert "No frame here has a value to draw." in words(checked(page))
    assert len(page.get("plotly_chart")) == charts_of_all - 1


def test_the_csv_holds_the_rows_that_are_shown_and_the_disclaimer(world):
    explored = results.read(world / "data")
    frames = explored.frames.assign(number=explored.frames["subject"], nerve="nerve", group="g", title="t")
    table = Table(world / "data", explored, frames, frames, None, "")
    wanted = frames[frames["name"].isin(["tiny/1_1", "tiny/1_3", "phantom_few/7_1", "pairs/0001"])]
    lines = list(csv.DictReader(io.StringIO(exports.csv(table, wanted).decode())))
    assert [(line["source"], line["subject"], line["frame"]) for line in lines] == [
        ("pairs", "", "0001"),
        ("phantom_few (synthetic)", "7", "7_1"),
        ("tiny", "1", "1_1"),
        ("tiny", "1", "1_3"),
    ]
    assert {line["note"] for line in lines} == {config.DISCLAIMER}
    assert lines[2]["area_px"] == str(int(wanted.set_index("name").loc["tiny/1_1", "area_px"]))
    assert lines[3]["area_px"] == "0" and lines[3]["solidity"] == "" and lines[2]["image"] == "tiny/1_1.tif"
    assert not {"key", "rle", "group", "title", "number"} & set(lines[0]) and set(COLUMNS) <= set(lines[0])


def test_thumbnails_keep_the_frames_proportions_and_show_the_outline():
    image, mask = stand_in_frame(3, nerve=True, shape=(200, 130))
    made = frame_gallery.small(
        cv2.imencode(".jpg", cv2.resize(image, (160, 120)))[1].tobytes(), record.pack(mask), (200, 130)
    )
    assert made.shape == (120, 78, 3)
    assert (made == overlay.EXPERT).all(axis=2).any()


def test_a_pair_is_outlined_in_both_colours_whatever_the_sizes():
    own, other = np.zeros((60, 80), bool), np.zeros((30, 40), bool)
    own[10:20, 10:20], other[20:25, 25:35] = True, True
    picture = frame_pairs.drawn(np.zeros((60, 80), np.uint8), own, other, (frame_pairs.FIRST, frame_pairs.SECOND))
    for color, (row, column) in ((frame_pairs.FIRST, (15, 9)), (frame_pairs.SECOND, (45, 49))):
        found = np.argwhere((picture == color).all(axis=2))
        assert np.abs(found - (row, column)).sum(axis=1).min() <= 3


def test_the_last_pick_counts_and_one_that_lost_does_not_end_it(monkeypatch):
    kept: dict = {}
    monkeypatch.setattr(picks.st, "session_state", kept)
    picks.take("A", ["x"], "in A")
    before = picks.key("A"), picks.key("B")
    picks.take("B", ["y"], "in B")
    picks.take("A", [], "in A")
    assert picks.now().names == {"y"}
    assert picks.key("A") != before[0] and picks.key("B") == before[1]
    picks.take("B", [], "in B")
    assert picks.now() is None


def test_a_row_of_a_table_stands_for_its_own_frames(monkeypatch):
    state, asked = {}, {}
    monkeypatch.setattr(picks.st, "session_state", state)
    monkeypatch.setattr(picks.st, "dataframe", lambda _, **look: asked.update(look))
    picks.rows(pd.DataFrame({"pair": [1, 2, 3]}), [{"a", "b"}, {"c", "d"}, {"d", "e"}], "Pairs")
    for rows, names in (([1], {"c", "d"}), ([1, 2], {"c", "d", "e"}), ([0], {"a", "b"})):
        state[asked["key"]] = {"selection": {"rows": rows}}
        asked["on_select"]()
        assert picks.now().names == names


def test_filters_take_frames_off_the_map_and_move_none(monkeypatch):
    every = pd.DataFrame({"name": list("abc"), "title": list("abc"), "key": list("xyz"), "nerve": "nerve"})
    laid, drawn = views.FrameMap(np.float32([[0, 1], [2, 3], [4, 5]]), (0.5, 0.25)), []
    monkeypatch.setattr(charts, "hint", lambda table: None)
    monkeypatch.setattr(charts, "column_picker", lambda *_, **__: "nerve")
    monkeypatch.setattr(charts.results, "stamp", lambda folder: 0)
    monkeypatch.setattr(charts, "_map", lambda *_: laid)
    monkeypatch.setattr(charts.picks, "chart", lambda made, *_: drawn.append(made.figure))
    monkeypatch.setattr(Table, "words", ["nerve"])
    monkeypatch.setattr(Table, "numbers", [])
    charts.frame_map(Table(None, None, every, every[1:].reset_index(drop=True), None, ""))
    (points,) = drawn[0].data
    assert (list(points.text), points.x.tolist(), points.y.tolist()) == (["b", "c"], [2, 4], [3, 5])
    axes = drawn[0].layout.xaxis.title.text, drawn[0].layout.yaxis.title.text
    assert axes == ("first component (50%)", "second component (25%)")


def test_a_folder_that_nobody_has_looked_at_is_looked_at_in_the_background(open_explorer, world, tmp_path):
    shutil.copytree(world / "data" / "tiny", tmp_path / "data" / "tiny")
    page = open_explorer(data=tmp_path / "data", weights=world / "weights")
    assert not page.exception and "goes on when you leave this page" in words(page) and not page.header
    deadline = time.monotonic() + 100
    while background.status(tmp_path / "data").is_running and time.monotonic() < deadline:
        time.sleep(0.2)
    assert shown(checked(page.run())) == "6 frames"


def test_a_run_that_failed_says_so_and_can_go_on(open_explorer, world, tmp_path, monkeypatch):
    shutil.copytree(world / "data" / "tiny", tmp_path / "data" / "tiny")
    started = []
    monkeypatch.setattr(background, "start", lambda folder, **_: started.append(folder))
    monkeypatch.setattr(background, "status", lambda folder: background.Status(3, 9, error="It was interrupted."))
    page = open_explorer(data=tmp_path / "data", weights=world / "weights")
    assert not page.exception and "It was interrupted." in words(page) and started == []
    page.button(key="explorer go").click().run()
    assert started == [tmp_path / "data"]


def test_a_disk_that_takes_nothing_is_a_sentence(open_explorer, world, tmp_path, monkeypatch):
    shutil.copytree(world / "data" / "tiny", tmp_path / "data" / "tiny")
    (tmp_path / "file").touch()
    monkeypatch.setattr(background.store, "place", lambda folder: tmp_path / "file" / "below")
    page = open_explorer(data=tmp_path / "data", weights=world / "weights")
    assert not page.exception and "name a folder that is by NEUROSCAN_CACHE" in page.error[0].value.replace("\\", "")


def test_changed_files_are_told_of(open_explorer, world, tmp_path, monkeypatch):
    shutil.copytree(world / "data", tmp_path / "data")
    started = []
    monkeypatch.setattr(background, "start", lambda folder, **_: started.append(folder))
    compute.explore(tmp_path / "data")
    page = open_explorer(data=tmp_path / "data", weights=world / "weights")
    # Problems are shown with a way to look again once they are mended.
    page.button(key="explorer mended").click().run()
    assert started == [tmp_path / "data"]
    (tmp_path / "data" / "tiny" / "1_1.tif").touch()
    st.cache_data.clear()
    assert "Files have changed" in words(checked(page.run())) and page.header
    assert [button.key for button in page.button if button.label == "Look again"] == ["explorer again"]
    page.button(key="explorer again").click().run()
    assert started == 2 * [tmp_path / "data"]


def test_no_data_is_an_invitation(open_explorer, tmp_path):
    page = open_explorer(data=tmp_path / "none", weights=tmp_path / "none")
    assert not page.exception and not page.error and "will stand here once a data set is at hand" in words(page)


def test_broken_frames_alone_are_told_of(open_explorer, world, tmp_path):
    folder = tmp_path / "data" / "mine"
    for number in (1, 2):
        write(folder, f"1_{number}", np.zeros((9, 9), np.uint8), np.zeros((9, 9), bool))
    for path in folder.glob("*.png"):
        path.write_bytes(path.read_bytes()[:45])
    compute.explore(tmp_path / "data")
    page = open_explorer(data=tmp_path / "data", weights=world / "weights")
    assert not page.exception and "None of the frames could be read" in words(page)
    assert len(page.dataframe[0].value) >= 2


def test_without_a_model_all_but_splits_is_there(open_explorer, world, tmp_path):
    page = open_explorer(data=world / "data", weights=tmp_path / "none")
    assert not page.exception and page.selectbox(key="explorer card").disabled and page.header


@pytest.mark.parametrize(("most", "told"), [(5, True), (6000, False)])
def test_that_only_some_frames_are_drawn_as_points_is_told(most, told, explorer, monkeypatch):
    monkeypatch.setattr(charts, "MAX_MARKS", most)
    page = explorer(source="twins")
    assert any(f"{most:,} frames, drawn at random" in caption.value for caption in page.caption) == told


def test_the_gallery_notes_whose_outlines_it_showed(explorer):
    noted = checked(explorer()).session_state["outlines seen"]
    assert ("tiny/1_1", "") in noted and all(whose == {"expert"} for whose in noted.values())


def test_what_nobody_outlined_is_not_noted_as_an_experts(open_explorer, unnamed):
    (unnamed["data"] / "mine" / "masks" / "2.png").unlink()
    compute.explore(unnamed["data"])
    assert checked(open_explorer(**unnamed)).session_state["outlines seen"] == {("mine/1", ""): {"expert"}}


def test_a_frame_is_ranked_among_its_own_data_set(explorer):
    page = explorer()
    page.session_state["explorer source"] = "All data sets"
    page.session_state["explorer open"] = "pairs/0001"
    listed = next(one.value for one in checked(page.run()).dataframe if "rank" in one.value)
    assert set(listed["rank"]) == {100}  # there is no other


def test_what_labels_say_stands_there_before_any_frame_is_measured(open_explorer, stand_in, tmp_path, monkeypatch):
    shutil.copytree(stand_in.data, tmp_path / "data")
    (tmp_path / "data" / "tiny" / "9_9_mask.tif").write_bytes(b"")
    shutil.copytree(stand_in.data / "pairs", tmp_path / "data" / "*star*")
    monkeypatch.setattr(measuring.background, "status", lambda folder: background.Status(0, 7, is_running=True))
    page = checked(open_explorer(data=tmp_path / "data"))
    told = page.table[0].value.set_index("Data set").replace(r"\\\\", "", regex=True)
    assert told.loc["tiny"].to_dict() == {
        "Frames": 6,
        "Subjects": "2",
        "With a nerve": 4,
        "Without": 2,
        "Unlabelled": 0,
    }
    assert told.loc["pairs", "Subjects"] == "unknown"
    assert r"\*star\*" in page.table[0].value["Data set"].tolist()  # words, no Markdown
    assert "9_9_mask.tif" in list(page.dataframe[0].value["file"])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Contradictory masks", "contradictory pairs"),
        ("Unusual frames", "unusual values"),
        ("Subjects apart", "subjects apart"),
    ],
)
def test_findings_can_be_taken_home(kind, name, explorer, monkeypatch):
    made = []
    real = exports.downloads.button

    def button(label, file, make, **options):
        if name in label:
            made.append(make().decode())
        real(label, file, lambda: b"", **options)

    monkeypatch.setattr(exports.downloads, "button", button)
    columns = {"name": ["twins/1_1"], "reason": ["dark"], "column": ["mean"], "value": [3.0], "z": [-5.0]}
    monkeypatch.setattr(findings.outliers, "frame_outliers", lambda every: pd.DataFrame(columns))
    page = explorer(source="twins", section="What is wrong")
    choose_kind(page, kind)
    checked(page)
    rows = list(csv.DictReader(io.StringIO(made[-1])))
    assert {row["synthetic"] for row in rows} == {"False"}
    assert not {"nan", "None", "<NA>"} & {value for row in rows for value in row.values()}
