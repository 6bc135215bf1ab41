"""Annotate without a browser: what is scored, saved, told and kept back. The canvas itself is tested in a Chromium."""

import csv
import hashlib
import io
import json
import shutil
import zipfile

import numpy as np
import pytest

from neuroscan.app.annotation import exports, readers, saving, selection
from neuroscan.data import annotations, codecs, shapes
from neuroscan.data.annotations import Annotation
from neuroscan.data.shapes import Outline
from neuroscan.evaluation.frame import score_frame
from neuroscan.inference.predictor import Predictor
from tests.conftest import stand_in_frame
from tests.pages.conftest import spacing_field, typed

PAGE = "pages/5_Annotate.py"
SQUARE = (Outline(((60, 40), (100, 40), (100, 80), (60, 80))),)
SMALL = (Outline(((60, 40), (80, 40), (80, 60), (60, 60))),)


def draft(page, sample="tiny/2_1", reader="Ann"):
    """The drawing on its way."""
    return page.session_state["annotate drafts"][f"{sample} of {reader}"]


def draw(page, outlines, **kwargs):
    """The page once something was drawn."""
    draft(page, **kwargs).take(tuple(outlines), by="page")
    page.run()
    assert not page.exception
    return page


def button(page, label):
    """The button of that label."""
    return next(one for one in page.button if one.label == label)


def said(page) -> str:
    """All words of the page."""
    elements = [*page.caption, *page.markdown, *page.success, *page.error, *page.info, *page.warning]
    return "\n".join(str(one.value) for one in elements).replace("\\", "")


def table(page, column):
    """The table that has a certain column."""
    return next(one.value for one in page.table if column in one.value.columns)


def numbers(shown, unit):
    """The numbers of a table's column whose cells all have a unit."""
    return shown.str.replace(r"[\\,]", "", regex=True).str.extract(rf"^([\d.]+){unit}$")[0].to_numpy(float)


def test_a_drawing_is_saved_with_all_that_is_to_be_known(open_annotate, folder, stand_in):
    page = draw(open_annotate(), SQUARE)
    assert "1 outline, 1,600 px" in said(page) and "Not saved yet." in said(page)
    button(page, "Save drawing").click().run()
    assert not page.exception and "Saved as version 1 by Ann." in said(page)
    assert codecs.read_mask(folder / "tiny" / "Ann" / "2_1_mask.png")[40:80, 60:100].all()
    record = json.loads((folder / "tiny" / "Ann" / "2_1.json").read_text())
    assert record["frame_sha256"] == hashlib.sha256((stand_in.data / "tiny" / "2_1.tif").read_bytes()).hexdigest()
    assert not any(record[name] for name in ("model_shown", "expert_shown", "reader_shown"))
    assert button(page, "Save drawing").disabled, "nothing has changed since"


def test_no_nerve_is_saved_only_by_its_own_button(open_annotate, folder):
    page = open_annotate()
    assert button(page, "Save drawing").disabled
    button(page, "Save: no nerve").click().run()
    assert not codecs.read_mask(folder / "tiny" / "Ann" / "2_1_mask.png").any()
    draw(page, SQUARE)
    assert button(page, "Save: no nerve").disabled and not button(page, "Save drawing").disabled


def test_without_a_name_nothing_is_saved(open_annotate, folder):
    page = draw(open_annotate(reader=""), SQUARE, reader="")
    assert button(page, "Save drawing").disabled and "Give your name" in said(page)
    # The drawing goes over to the name once it is given.
    typed(page, "Ann")
    assert draft(page).outlines == SQUARE
    button(page, "Save drawing").click().run()
    assert list(annotations.masks(folder, "tiny", "Ann")) == ["2_1"]


def test_a_new_session_goes_on_where_the_last_one_ended(open_annotate):
    page = draw(open_annotate(), SQUARE)
    button(page, "Save drawing").click().run()
    again = open_annotate()
    assert draft(again).outlines == SQUARE and "Saved: version 1." in said(again)
    other = open_annotate(reader="Bo")
    assert draft(other, reader="Bo").outlines == ()


def test_versions_that_misname_themselves_can_all_be_started_from(open_annotate, folder):
    page = open_annotate()
    for outlines in (SQUARE, SMALL):
        button(draw(page, outlines), "Save drawing").click().run()
    for path in (folder / "tiny" / "Ann" / "versions").glob("*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 0}))
    page = open_annotate()
    assert not page.exception
    assert len([one for one in page.button if one.label.startswith("Version 0")]) == 2


def test_two_sessions_lose_nothing_and_the_later_is_told(open_annotate, folder):
    first, second = open_annotate(), open_annotate()
    button(draw(first, SQUARE), "Save drawing").click().run()
    button(draw(second, SMALL), "Save drawing").click().run()
    assert "Saved as version 2 by Ann. Meanwhile 1 more had been saved by Ann elsewhere" in said(second)
    kept = annotations.versions(folder, "tiny", "Ann", "2_1")
    assert [one.outlines for one in kept] == [SQUARE, SMALL]
    # The other one's drawing can be opened, and undone again.
    next(one for one in second.button if one.label.startswith("Version 1")).click().run()
    assert draft(second).outlines == SQUARE
    button(second, "Undo").click().run()
    assert draft(second).outlines == SMALL


def test_beginning_with_the_model_is_close_to_it_and_is_told(open_annotate, folder, stand_in):
    page = open_annotate()
    button(page, "Model blob").click().run()
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    expected = Predictor(stand_in.weights / "blob").predict(image).mask(0.5, 0.6)
    found = shapes.rasterise(draft(page).outlines, image.shape)
    assert expected.sum() > 500
    assert score_frame(expected, found)["dice"] > 0.97
    button(page, "Save drawing").click().run()
    kept = annotations.latest(folder, "tiny", "Ann", "2_1")
    assert (kept.model_shown, kept.expert_shown) == (True, False)
    # What was once seen stays seen, also in another session.
    again = draw(open_annotate(), SQUARE)
    button(again, "Save drawing").click().run()
    assert annotations.latest(folder, "tiny", "Ann", "2_1").model_shown


def test_scores_against_model_expert_and_another_reader(open_annotate, folder, stand_in):
    theirs = (Outline(((70, 40), (110, 40), (110, 80), (70, 80))),)
    annotations.save(Annotation("tiny", "2_1", "Bo", theirs, (120, 160), ""), folder)
    page = draw(open_annotate(), SQUARE)
    assert not page.table, "nothing is shown before it is asked for"
    page.toggle(key="compare tiny/2_1 of Ann").set_value(True).run()
    assert not page.exception
    rows = table(page, "You and").map(lambda text: text.replace("\\", "")).set_index("You and")
    image, truth = stand_in_frame(21, nerve=True)
    mine = shapes.rasterise(SQUARE, image.shape)
    model = Predictor(stand_in.weights / "blob").predict(image).mask(0.5, 0.6)
    for name, other in (("Model blob", model), ("Expert", truth), ("Reader Bo", shapes.rasterise(theirs, image.shape))):
        expected = score_frame(other, mine)
        assert rows.loc[name, "Dice"] == f"{expected['dice']:.3f}"
        assert rows.loc[name, "IoU"] == f"{expected['iou']:.3f}"
        assert rows.loc[name, "HD95"] == f"{expected['hd95']:.1f} px"
        counts = [rows.loc[name, column] for column in ("Both", "Only you", "Only they")]
        assert counts == [f"{expected[count]:,} px" for count in ("tp", "fp", "fn")]
    assert rows.loc["Reader Bo", "Dice"] == "0.750"  # 30 of 40 columns are shared
    (sent,) = [one.proto.json for one in page.get("bidi_component") if "You and Model blob" in one.proto.json]
    score, *counts = rows.loc["Model blob", ["Dice", "Both", "Only you", "Only they"]].str.removesuffix(" px")
    told = "You and Model blob: Dice {}; both {} px, only you {} px, only Model blob {} px".format(score, *counts)
    assert json.loads(sent)["pictures"][0]["alt"].endswith(told)  # for those who cannot see the agreement map
    button(page, "Save drawing").click().run()
    kept = annotations.latest(folder, "tiny", "Ann", "2_1")
    assert kept.model_shown and kept.expert_shown and kept.reader_shown
    assert table(page, "You and")["You and"].tolist() == ["Model blob", "Expert", "Reader Bo"], "and not with oneself"
    opened(page, "annotate agreement")
    assert "both drawn **1 frame**" in said(page) and "**Dice 0.750**" in said(page)


def test_with_a_spacing_typed_in_sizes_are_in_millimetres(open_annotate):
    page = draw(open_annotate(), SQUARE)
    page.toggle(key="compare tiny/2_1 of Ann").set_value(True).run()
    pixels = table(page, "You and")
    assert "mm" not in said(page)
    for way in ("down", "across"):
        spacing_field(page, way).set_value(0.1).run()
    assert not page.exception
    assert "1 outline, 1,600 px, 16.0 mm²" in said(page) and "0.1 × 0.1 mm a pixel" in said(page)
    assert "typed in by you" in said(page)
    after = table(page, "You and")
    assert after["Dice"].equals(pixels["Dice"])
    for column, unit, factor in (("HD95", " mm", 0.1), ("Both", " mm²", 0.01), ("Only you", " mm²", 0.01)):
        before = numbers(pixels[column], " px")
        assert numbers(after[column], unit) == pytest.approx(before * factor, abs=0.06)
    (sent,) = [one.proto.json for one in page.get("bidi_component") if "You and Model blob" in one.proto.json]
    assert "px" not in json.loads(sent)["pictures"][0]["alt"]
    # A field that is emptied shows its number again: its caption names the way back.
    assert "To take a number back, type 0." in said(page)
    spacing_field(page, "down").set_value(0.0).run()
    assert "mm²" not in said(page) and table(page, "You and").equals(pixels)


def opened(page, key):
    """The page once an expander was opened."""
    page.session_state[key] = True
    page.run()
    assert not page.exception
    return page


@pytest.fixture
def two_readers(folder):
    """Drawings of two frames by Bo and Cy, of which Bo's second one is cut off."""
    for reader in ("Bo", "Cy"):
        for frame in ("2_1", "2_2"):
            annotations.save(Annotation("tiny", frame, reader, SQUARE, (120, 160), ""), folder)
    broken = annotations.masks(folder, "tiny", "Bo")["2_2"]
    broken.write_bytes(broken.read_bytes()[:40])


def test_one_drawing_alone_has_no_distance_to_the_other(open_annotate, folder):
    for reader, outlines in (("Bo", SQUARE), ("Cy", ())):
        annotations.save(Annotation("tiny", "2_1", reader, outlines, (120, 160), ""), folder)
        annotations.save(Annotation("tiny", "2_2", reader, SQUARE, (120, 160), ""), folder)
    page = opened(open_annotate(), "annotate agreement")
    rows = next(one.value for one in page.dataframe if "hd95" in one.value).set_index("frame")
    assert np.isnan(rows.loc["2_1", "hd95"]) and rows.loc["2_2", "hd95"] == 0


def test_a_drawing_that_cannot_be_read_is_told_once_and_the_others_go_on(open_annotate, two_readers):
    page = opened(open_annotate(), "annotate agreement")
    (problem,) = [one.value.replace("\\", "") for one in page.error]
    assert "2_2.0001_mask.png" in problem and problem.endswith("This drawing by Bo is left out.")
    assert "Bo and Cy have both drawn **1 frame**" in said(page)


def test_files_of_all_drawings_leave_out_what_cannot_be_read(open_annotate, two_readers, monkeypatch):
    page, offered = open_annotate(), {}
    monkeypatch.setattr(exports.st, "download_button", lambda label, make, *_, **__: offered.update({label: make}))
    opened(page, "annotate export")
    assert page.selectbox(key="annotate export reader Ann").value == "Bo"
    (problem,) = [one.value for one in page.error]
    assert "This drawing by Bo is left out" in problem and "1 frame drawn by Bo" in said(page)
    with zipfile.ZipFile(io.BytesIO(offered["Masks of a data set (ZIP)"]())) as archive:
        assert sorted(archive.namelist()) == ["README.txt", "train/2_1_mask.tif", "train_masks.csv"]
        mask = codecs.decode_mask(archive.read("train/2_1_mask.tif"), "2_1_mask.tif")
    assert np.array_equal(mask, shapes.rasterise(SQUARE, (120, 160)))
    rows = csv.DictReader(io.StringIO(offered["Run lengths (CSV)"]().decode()))
    assert [row["frame"] for row in rows] == ["2_1"]


def test_who_draws_is_offered_the_own_drawings_first(open_annotate, folder):
    for reader in ("Bo", "Cy"):
        annotations.save(Annotation("tiny", "2_1", reader, SQUARE, (120, 160), ""), folder)
    page = opened(open_annotate(reader="Cy"), "annotate export")
    assert "1 frame drawn by Cy" in said(page)
    typed(page, "Bo")
    assert "1 frame drawn by Bo" in said(page)


def test_drawings_are_read_only_where_they_are_looked_at(open_annotate, two_readers, monkeypatch):
    noted = []
    monkeypatch.setattr(readers.codecs, "read_mask", lambda path, **_: noted.append(path.name))
    page = open_annotate()
    assert not page.exception and not page.error and not [name for name in noted if ".0001_mask" in name]


def test_of_several_readers_the_chosen_one_alone_is_outlined_and_names_stay_as_written(open_annotate, folder):
    for reader, outlines in (("Anna", SQUARE), ("anna", SMALL)):
        annotations.save(Annotation("tiny", "2_1", reader, outlines, (120, 160), ""), folder)
    page = draw(open_annotate(), SQUARE)
    page.toggle(key="compare tiny/2_1 of Ann").set_value(True).run()

    def outlined():
        """What is said under the outlines, and the legend."""
        sent = [json.loads(one.proto.json) for one in page.get("bidi_component") if '"pictures"' in one.proto.json]
        pictures = [picture for one in sent for picture in one["pictures"]]
        words = next(one["caption"] for one in pictures if one["caption"].startswith("Outlines"))
        legend = next(one.proto.body for one in page.get("html") if ">both<" in one.proto.body)
        return words, legend

    words, legend = outlined()
    assert "Model blob" in words and "Expert" in words and "nna" not in words + legend
    for reader, other, area in (("Anna", "anna", "1,600 px"), ("anna", "Anna", "400 px")):
        against = next(one for one in page.segmented_control if one.label == "Agreement with")
        against.set_value(f"Reader {reader}").run()
        assert not page.exception
        words, legend = outlined()
        assert f"Reader {reader} {area}" in words and f">Reader {reader}<" in legend
        assert f"Reader {other}" not in words + legend
        assert {"Reader Anna", "Reader anna"} <= set(table(page, "You and")["You and"])


def test_a_drawing_is_not_blind_where_another_page_showed_outlines(open_annotate, folder):
    page = open_annotate()
    page.session_state["outlines seen"] = {("tiny/2_1", ""): {"expert"}, ("tiny/2_2", ""): {"model"}}
    draw(page, SQUARE)
    button(page, "Save drawing").click().run()
    kept = annotations.latest(folder, "tiny", "Ann", "2_1")
    assert (kept.model_shown, kept.expert_shown) == (False, True)


def test_looking_at_the_next_frame_begins_blind_again(open_annotate, folder):
    page = open_annotate()
    page.toggle(key="compare tiny/2_1 of Ann").set_value(True).run()
    button(page, "Next").click().run()
    assert page.session_state["chosen_sample"] == "tiny/2_2"
    assert not page.toggle(key="compare tiny/2_2 of Ann").value
    draw(page, SQUARE, sample="tiny/2_2")
    button(page, "Save drawing").click().run()
    assert not annotations.latest(folder, "tiny", "Ann", "2_2").expert_shown
    assert "2_1" not in annotations.masks(folder, "tiny", "Ann")


def test_the_list_of_frames_says_what_is_drawn_and_not_what_the_expert_found(open_annotate, folder):
    annotations.save(Annotation("tiny", "1_2", "Ann", SQUARE, (120, 160), ""), folder)
    page = open_annotate()

    def frames():
        return next(one for one in page.selectbox if one.label.startswith("Frame"))

    assert frames().label == "Frame (1 of 6 drawn)"
    assert frames().options == ["1_1", "1_2 · drawn", "1_3", "2_1", "2_2", "2_3"]
    page.selectbox(key="annotate which").set_value("Not drawn yet").run()
    assert frames().options == ["1_1", "1_3", "2_1", "2_2", "2_3"]
    button(draw(page, SQUARE), "Save drawing").click().run()
    assert frames().options == ["1_1", "1_3", "2_1 · drawn", "2_2", "2_3"], "the frame on screen stays"
    button(page, "Next").click().run()
    assert frames().options == ["1_1", "1_3", "2_2", "2_3"]
    assert page.session_state["chosen_sample"] == "tiny/2_2"
    page.selectbox(key="annotate which").set_value("Drawn").run()
    assert frames().options == ["1_2 · drawn", "2_1 · drawn", "2_2"]


def test_unsaved_drawings_wait_for_their_frame(open_annotate):
    page = draw(open_annotate(), SQUARE)
    button(page, "Next").click().run()
    assert draft(page, sample="tiny/2_2").outlines == ()
    button(page, "Previous").click().run()
    assert draft(page).outlines == SQUARE and button(page, "Save drawing").disabled is False


def edit_first_point(page, x, y):
    """The page once the first point was changed in the table, as a browser tells it."""
    states = page._tree.get_widget_states()
    points = next(one for one in page.dataframe if "-points " in one.proto.id)
    edits = {"edited_rows": {"0": {"x": x, "y": y}}, "added_rows": [], "deleted_rows": []}
    states.widgets.add(id=points.proto.id, string_value=json.dumps(edits))
    page._run(states)
    assert not page.exception
    return page


def another_outline(page):
    """Choose the second outline in the table of points, and the first again."""
    for place in (1, 0):
        next(one for one in page.selectbox if one.label == "Outline").set_value(place).run()


def another_frame(page):
    """Go to the next frame and back."""
    for label in ("Next", "Previous"):
        button(page, label).click().run()


@pytest.mark.parametrize("away_and_back", [another_outline, another_frame])
def test_points_changed_in_the_table_stay_when_it_is_put_up_anew(away_and_back, open_annotate):
    page = edit_first_point(draw(open_annotate(), (*SQUARE, *SMALL)), 50, 30)
    changed = (Outline(((50, 30), *SQUARE[0].points[1:])), *SMALL)
    assert draft(page).outlines == changed
    away_and_back(page)
    assert not page.exception and draft(page).outlines == changed


def test_a_step_in_the_table_can_be_undone_at_once(open_annotate):
    page = draw(open_annotate(), SQUARE)
    button(page, "Save drawing").click().run()
    page = open_annotate()  # a new session, without a step back yet
    assert button(page, "Undo").disabled
    edit_first_point(page, 50, 30)
    assert not button(page, "Undo").disabled
    button(page, "Undo").click().run()
    assert draft(page).outlines == SQUARE


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_drawn(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSCAN_ANNOTATIONS", str(tmp_path / "taken"))
    (tmp_path / "taken").write_text("a file")
    page = typed(open_page(PAGE, sample="tiny/2_1", model="blob"), "Ann")
    assert "Drawings cannot be saved in the folder taken" in said(page)
    assert button(page, "Save: no nerve").disabled
    draw(page, SQUARE)
    assert button(page, "Save drawing").disabled


def test_a_disk_that_fails_while_saving_is_told_and_the_drawing_stays(open_annotate, folder, monkeypatch):
    page = draw(open_annotate(), SQUARE)

    def full(*_):
        raise ValueError("Drawings cannot be saved in the folder annotations: No space left on device.")

    monkeypatch.setattr(saving.annotations, "save", full)
    button(page, "Save drawing").click().run()
    assert not page.exception and "No space left on device" in said(page)
    assert draft(page).outlines == SQUARE and "Saved as version" not in said(page)


def test_a_frame_that_is_gone_while_saving_is_told_without_its_place(open_annotate, folder, monkeypatch):
    page = draw(open_annotate(), SQUARE)

    def gone(row):
        raise FileNotFoundError(2, "No such file or directory", row["image"])

    monkeypatch.setattr(saving, "_sha256", gone)
    button(page, "Save drawing").click().run()
    assert not page.exception and "No such file or directory" in said(page)
    assert "2_1.png" not in said(page) and draft(page).outlines == SQUARE


@pytest.mark.parametrize("name", ["../../up", "<script>alert(1)</script>", "**bold**", "神経"])
def test_names_of_readers_do_no_harm(name, open_annotate, folder):
    page = open_annotate(reader=name)
    kept = page.text_input(key="annotate reader typed").value
    draw(page, SQUARE, reader=kept)
    button(page, "Save drawing").click().run()
    assert [path.name for path in (folder / "tiny").iterdir()] == [kept]
    assert not any("<script>" in str(one.value) for one in page.markdown)
    assert list(folder.parent.iterdir()) == [folder]


def test_a_drawing_on_another_picture_of_the_same_name_is_told(open_annotate, folder):
    annotations.save(Annotation("tiny", "2_1", "Ann", SQUARE, (120, 160), "f" * 64), folder)
    assert "was drawn on another picture of this name" in said(open_annotate())
    annotations.save(Annotation("tiny", "2_2", "Ann", SQUARE, (60, 80), "f" * 64), folder)
    page = open_annotate("tiny/2_2")
    assert "was drawn on a frame of 80 × 60 px and does not fit this one" in said(page)
    assert draft(page, sample="tiny/2_2").outlines == ()


def test_without_a_model_drawings_are_compared_with_the_expert_alone(open_annotate, tmp_path):
    page = draw(open_annotate(weights=tmp_path / "none"), SQUARE)
    assert "No trained model is at hand" in said(page)
    page.toggle(key="compare tiny/2_1 of Ann").set_value(True).run()
    assert list(table(page, "You and")["You and"]) == ["Expert"]


def removed(monkeypatch, model):
    """Remove a model once the page has found it, before its fragment asks."""
    heard = selection.unheard

    def unheard():
        (model / "card.json").unlink(missing_ok=True)
        return heard()

    monkeypatch.setattr(selection, "unheard", unheard)


def test_a_model_that_is_removed_while_the_page_is_open_is_a_sentence(open_annotate, stand_in, tmp_path, monkeypatch):
    shutil.copytree(stand_in.weights, tmp_path / "weights")
    page = draw(open_annotate(weights=tmp_path / "weights"), SQUARE)
    removed(monkeypatch, tmp_path / "weights" / "blob")
    page.toggle(key="compare tiny/2_1 of Ann").set_value(True).run()
    assert not page.exception and len(page.error) == 1
    assert "blob/card.json is no model card: No such file or directory" in said(page)
    assert list(table(page, "You and")["You and"]) == ["Expert"]
    assert "Model blob" not in [one.label for one in page.button]


def test_without_data_one_can_draw_on_a_picture_of_ones_own_and_nothing_is_kept(open_page, folder, tmp_path):
    page = open_page(PAGE, data=tmp_path / "nothing", model="blob")
    image, _ = stand_in_frame(5, nerve=True)
    page.file_uploader(key="uploads").set_value([("mine.png", codecs.encode_png(image), "image/png")]).run()
    assert not page.exception
    (key,) = page.session_state["annotate drafts"]
    page.session_state["annotate drafts"][key].take(SQUARE, by="page")
    page.run()
    assert "1 outline, 1,600 px" in said(page) and "stays in this session" in said(page)
    assert not any(one.label == "Save drawing" for one in page.button)
    assert {one.label for one in page.get("download_button")} >= {"Mask", "Run lengths"}
    assert not folder.exists()
