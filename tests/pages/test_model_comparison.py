"""Model Comparison: the table says what the scores say, bold only what holds up, and files that lack are named."""

import json
import re
from dataclasses import replace

import pandas as pd
import pyarrow
import pytest

from neuroscan import config
from neuroscan.app.comparison import best_and_worst, chart, curves, score_charts
from neuroscan.app.comparison.selection import Part
from neuroscan.app.comparison.stored_scores import Scored
from neuroscan.data import codecs, dataset
from neuroscan.evaluation import presence, summary
from neuroscan.figures.models import trace_styles
from neuroscan.imaging import overlay
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from tests import scored_models
from tests.conftest import ROOT

PAGE = "pages/3_Model_Comparison.py"
TABS = ("Thresholds", "Presence", "Subjects and sizes", "Cost", "Frames", "Training", "Card")
BETTER, WORSE = 0.8, 0.7


def text_of(elements) -> str:
    """What elements say, without the escapes that keep Markdown out."""
    return "\n".join(element.value for element in elements).replace("\\", "")


def said(page) -> str:
    """Everything that the page says in words."""
    parts = (page.markdown, page.caption, page.info, page.success, page.warning, page.error)
    return "\n".join(text_of(part) for part in parts)


def table(page) -> pd.DataFrame:
    """The headline table, by line."""
    return page.dataframe[0].value.set_index("model")


def written(page) -> set[str]:
    """What stands in the cells of the headline table."""
    values = page.dataframe[0].proto.arrow_data.styler.display_values
    return set(pyarrow.ipc.open_stream(values).read_all().to_pandas().to_numpy().ravel())


def bold(page) -> set[str]:
    """Cells in bold, as the styles name them."""
    return set(re.findall(r"#T_\w+?_(row\d+_col\d+)", page.dataframe[0].proto.arrow_data.styler.styles))


def open_tab(page, name):
    """Open one of the tabs."""
    page.session_state["compare tab"] = name
    return page.run()


def charts(page) -> int:
    """How many charts are on the page."""
    return len(page.get("plotly_chart"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory, stand_in):
    """One clearly better model, and one of no other difference; scored on `many` and on `tiny`."""
    models = {"good": BETTER, "poor": WORSE}
    return scored_models.write(tmp_path_factory.mktemp("weights"), models, data=stand_in.data)


@pytest.fixture
def own(tmp_path):
    """Write models for one test: `own({"a": 0.8})`."""
    return lambda models, **card: scored_models.write(tmp_path / "weights", models, **card)


def test_the_table_says_what_the_scores_say(open_page, weights):
    page = open_page(PAGE, weights=weights)
    assert not page.exception and not page.error
    assert config.DISCLAIMER in said(page)
    shown = table(page)
    assert list(shown.index) == ["good", "poor", "baseline: nothing anywhere"]
    mean = 5.5 / 1000  # subjects 1 to 10 add a thousandth each
    assert shown.loc["good", "dice_frames"] == pytest.approx(BETTER + mean)
    assert shown.loc["poor", "dice_subjects"] == pytest.approx(WORSE + mean)
    assert shown.loc["good", ["presence_sensitivity", "presence_specificity", "presence_auc"]].tolist() == [1, 1, 1]
    assert shown.loc["baseline: nothing anywhere", "presence_specificity"] == 1
    assert shown.loc["good", ["p95", "parameters"]].tolist() == [30, 2]
    assert shown.loc["good", "kaggle_dice"] == pytest.approx((BETTER + mean) * 2 / 3)  # a false alarm a subject
    rows = scored_models.frames("good", BETTER)
    line = summary.headline(rows[~rows["gate"]], by=("model",)).iloc[0]
    interval = f"{line['dice_frames']:.3f} ({line['dice_frames_low']:.3f}–{line['dice_frames_high']:.3f})"
    assert interval in written(page)
    assert "20 frames with a nerve, of 10 subjects; 10 without, of 10 subjects" in said(page)
    assert "too narrow" not in said(page)


def test_the_gate_is_switched(open_page, weights):
    page = open_page(PAGE, weights=weights)
    page.toggle(key="compare gate").set_value(True).run()
    assert table(page).loc["good", "kaggle_dice"] == pytest.approx((2 * (BETTER + 5.5 / 1000) + 1) / 3)
    assert "gate on" in page.success[0].value


def test_a_difference_that_holds_up_is_bold_and_said(open_page, weights):
    page = open_page(PAGE, weights=weights)
    assert "good outlines better than every other model on many" in page.success[0].value
    assert "0.100 or more" in page.success[0].value and "p at most 0.002" in page.success[0].value
    assert bold(page) == {"row0_col0", "row0_col2"}  # the name and the Dice that was tested
    pairs = page.table[0].value
    assert pairs.iloc[0, 0] == "good – poor" and pairs.iloc[0, -1] == "yes"
    assert "Paired by subject, 10 of them" in said(page)
    assert "With 10 subjects p, before correction, is 0.002 or more." in said(page)


def rescored(folder, model, change):
    """Write a model's scores anew, as `change` has them."""
    path = folder / model / "evaluation.csv"
    change(pd.read_csv(path, dtype={"subject": str})).to_csv(path, index=False)


def test_of_three_models_each_pair_has_its_own_corrected_p(open_page, own):
    folder = own({"a": 0.8, "b": 0.7, "c": 0.7})
    # Subject 1 turns one difference round, and by least: p is 4 / 1024 then, else 2 / 1024, before correction.
    rescored(folder, "b", lambda rows: rows.assign(dice=rows["dice"] + 0.15 * (rows["subject"] == "1")))
    page = open_page(PAGE, weights=folder)
    assert not page.exception and not page.error
    pairs = page.table[0].value.replace(r"\\", "", regex=True)
    assert pairs["Models"].tolist() == ["a – b", "a – c", "b – c"]
    assert pairs["p, corrected"].tolist() == ["0.008", "0.006", "1.000"]
    assert pairs["Holds up"].tolist() == ["yes", "yes", "no"]
    assert [words.split()[0] for words in pairs.iloc[:, 1]] == ["+0.085", "+0.100", "+0.015"]
    verdict = page.success[0].value
    assert "0.085 or more above each" in verdict and "p at most 0.008" in verdict


def test_a_p_that_only_correction_lifts_over_the_limit_holds_up_no_more(open_page, own):
    folder = own({"a": 0.8, "b": 0.7, "c": 0.699})
    for model in "abc":  # of six subjects p is 2 / 64 at best, and of three pairs three times that once corrected
        rescored(folder, model, lambda rows: rows[rows["subject"].astype(int) <= 6])
    (folder / "baselines.csv").unlink()
    page = open_page(PAGE, weights=folder)
    pairs = page.table[0].value.replace(r"\\", "", regex=True)
    assert pairs["p, corrected"].tolist() == ["0.094"] * 3 and pairs["Holds up"].tolist() == ["no"] * 3
    assert "a scores highest over subjects, but its lead over b and c may be" in text_of(page.info)
    assert "With so few they are too narrow: with eight, about 88 of 100 contain the true value." in said(page)


def test_a_lead_is_doubted_over_those_alone_that_are_as_good(open_page, own):
    page = open_page(PAGE, weights=own({"a": 0.7, "b": 0.8, "c": 0.8, "d": 0.7}))
    assert "b scores highest over subjects, but its lead over c may be the luck" in text_of(page.info)
    assert not page.success and bold(page) == set()


def test_each_models_cost_stands_with_its_own_dice(open_page, own):
    page = open_tab(open_page(PAGE, weights=own({"a": 0.6, "b": 0.8, "c": 0.7})), "Cost")
    (chart,) = page.get("plotly_chart")
    drawn = {trace["name"]: trace["y"][0] for trace in json.loads(chart.proto.spec)["data"]}
    assert drawn == pytest.approx({"a": 0.6 + 5.5 / 1000, "b": 0.8 + 5.5 / 1000, "c": 0.7 + 5.5 / 1000})


def nameless(folder, subjects):
    """Score models once more, on `many` subjects that are not known, so that groups stand in for them."""
    for name, dice in (("good", BETTER), ("poor", WORSE)):
        rows = scored_models.frames(name, dice, subjects=subjects)
        rows["subject"] = "like-" + rows["subject"]
        rows.to_csv(folder / name / "evaluation.csv", index=False)
    return folder


def test_groups_of_near_identical_frames_are_called_so_wherever_they_are_counted(open_page, own):
    subjects = {"train": ["tiny/1", "many/like-11", "many/like-12"], "test": [f"many/like-{n}" for n in range(1, 11)]}
    folder = nameless(own({"good": BETTER, "poor": WORSE}, subjects=subjects), 26)
    page = open_tab(open_page(PAGE, weights=folder), "Card")
    words = said(page)
    assert not page.exception and not re.search(r"\d+ subject", words)
    assert "52 frames with a nerve, 26 groups of near-identical frames; gate off" in words
    assert "p under 0.001;" in words and "at most under" not in words
    assert "52 frames with a nerve, of 26 groups; 26 without, of 26 groups" in words
    assert "Paired by group of near-identical frames, 26 of them: frames of one group resemble each other" in words
    assert "With 26 groups p, before correction, can be under 0.001." in words and "below under" not in words
    assert "Groups: of near-identical frames; they stand in for subjects that are unknown." in words
    seen = next(t.value for t in page.table if "Learnt from" in t.value.columns)
    assert seen[["Source", "Learnt from", "Tested on"]].values.tolist() == [
        ["tiny", "1 subject", "0 subjects"],
        ["many", "2 groups", "10 groups"],
    ]


def test_one_group_alone_has_no_interval_and_is_called_a_group(open_page, own):
    folder = nameless(own({"good": BETTER, "poor": WORSE}), 1)
    page = open_tab(open_page(PAGE, weights=folder), "Presence")
    assert not page.exception and "All of one group: read it with care." in said(page)
    assert "0.801 (one group)" in written(page)


def test_equal_models_are_not_told_apart(open_page, own):
    folder = own({"one": 0.75, "two": 0.75})
    page = open_page(PAGE, weights=folder)
    assert not page.success and "No model is shown to be the best" in page.info[0].value
    assert bold(page) == set()


def test_one_model_has_nothing_to_be_compared_with(open_page, own):
    page = open_page(PAGE, weights=own({"alone": 0.75}))
    assert not page.exception and "Only alone was scored" in page.info[0].value
    assert bold(page) == set() and len(page.table) == 1  # what was published elsewhere, and no pairs
    for tab in TABS:
        assert not open_tab(page, tab).exception and not page.error


def test_names_are_shown_as_they_are_written(open_page, own):
    name = "<b>*my*_[net](x) $1$"
    folder = own({name: 0.75, "two": 0.7})
    page = open_page(PAGE, weights=folder)
    assert f"{name} outlines better" in text_of(page.success) and "<b>" not in page.success[0].value
    for tab in TABS:
        open_tab(page, tab)
        assert not page.exception and not page.error
        for element in (*page.markdown, *page.caption):
            assert not re.search(r"(?<!\\)(<b>|\*my|_\[net)", element.value)


def test_every_tab_draws_with_two_models(open_page, weights):
    page = open_page(PAGE, weights=weights)
    drawn = {tab: charts(open_tab(page, tab)) for tab in TABS}
    assert not page.exception and not page.error
    assert drawn == dict(zip(TABS, (2, 2, 2, 1, 0, 1, 0), strict=True))


def test_only_the_open_tab_is_computed(open_page, weights, monkeypatch):
    monkeypatch.setattr(score_charts, "by_subject_and_size", lambda part: pytest.fail("nobody has opened this tab"))
    assert not open_page(PAGE, weights=weights).exception


def test_sources_are_kept_apart_and_synthetic_ones_are_called_so(open_page, own):
    folder = own({"one": 0.75, "two": 0.7})
    for name in ("one", "two"):
        path = folder / name / "evaluation.csv"
        rows = pd.concat([pd.read_csv(path), scored_models.frames(name, 0.5, source="phantom_demo", subjects=3)])
        rows.to_csv(path, index=False)
    page = open_page(PAGE, weights=folder)
    source = page.segmented_control(key="compare source")
    assert [option.replace("\\", "") for option in source.options] == ["many", "phantom_demo (synthetic)"]
    assert table(page).loc["one", "dice_frames"] == pytest.approx(0.75 + 5.5 / 1000)
    source.set_value("phantom_demo").run()
    assert table(page).loc["one", "dice_frames"] == pytest.approx(0.5 + 2 / 1000)
    assert "baseline: nothing anywhere" not in table(page).index  # it was not scored there
    assert "phantom_demo (synthetic)" in text_of(page.info)
    assert "no curves over thresholds on phantom_demo (synthetic)" in said(page)
    assert "phantom_demo (synthetic): mean over 6 frames with a nerve" in said(page)  # under the table
    assert "for the pairs on phantom_demo (synthetic) at this gate" in said(page)
    assert "Frames of phantom_demo (synthetic) with a nerve" in said(open_tab(page, "Frames"))
    assert any("simulator (solid)" in legend.proto.body for legend in page.get("html"))


def test_every_score_is_shown_on_demand(open_page, weights):
    page = open_page(PAGE, weights=weights)
    assert "accuracy" not in table(page).columns
    page.toggle(key="compare every score").set_value(True).run()
    every = page.dataframe[1].value.set_index("model")
    assert every.loc["good", "accuracy"] == pytest.approx(0.98) and "accuracy" not in table(page).columns
    assert not page.exception


def test_what_comes_from_elsewhere_is_labelled_so(open_page, weights):
    page = open_page(PAGE, weights=weights)
    assert "nerve Dice of 0.48, on another data set" in said(page) and "PMC11103080" in said(page)
    assert "Published elsewhere, split unknown, not reproduced." in page.warning[0].value
    published = next(t.value for t in page.table if "F1" in t.value.columns).set_index("Model")
    percentages = {
        "U-Net": ["95 %", "94 %", "93 %", "94 %"],
        "MobileNet": ["91 %", "89 %", "88 %", "88.5 %"],
        "VGGNet": ["89 %", "87 %", "85 %", "86 %"],
        "CNN": ["88 %", "85 %", "84 %", "84.5 %"],
    }
    assert published.T.to_dict("list") == percentages
    assert published.columns.tolist() == ["Accuracy", "Precision", "Recall", "F1"]
    assert "finding nothing anywhere has 98.0 %" in said(page)


def test_a_leaky_split_is_shown_only_where_it_was_measured(open_page, own):
    folder = own({"one": 0.75, "two": 0.7})
    page = open_page(PAGE, weights=folder)
    assert "compare leaky" not in [toggle.key for toggle in page.toggle]
    scored_models.write_leaky(folder, "one", note="<b>Same</b> epochs.")
    page.run()
    assert not page.metric
    page.toggle(key="compare leaky").set_value(True).run()
    assert [metric.value for metric in page.metric] == ["0.850", "0.730", "+0.120"]
    assert "The scores in the table are of subjects, or groups of near-identical frames, that were" in said(page)
    assert "<b>Same</b> epochs. Split: random." in said(page) and page.code[0].value == "train"
    scored_models.write_leaky(folder, "one", claimed_dice_frames="much")
    page.run()
    assert not page.exception and "one/leaky.json cannot be used" in text_of(page.error)


def test_the_threshold_in_use_and_back(open_page, weights):
    # Through the front door: links to other pages need it.
    page = open_page("Home.py", weights=weights).switch_page(PAGE)
    page.session_state["threshold of good"] = 0.75
    page.run()
    assert "good: **0.750** in use, Dice 0.738; its own 0.500" in said(page)
    assert "poor: **0.500** in use, Dice 0.700; its own 0.500" in said(page)
    page.button(key="compare reset good").click().run()
    assert "good: **0.500** in use, Dice 0.800" in said(page)
    assert "compare reset good" not in [button.key for button in page.button]


def test_calibration_errors_by_hand(open_page, weights):
    page = open_tab(open_page(PAGE, weights=weights), "Presence")
    errors = next(t.value for t in page.table if "ECE before calibration" in t.value.columns)
    assert errors.values.tolist() == [["good", "0.1000", "0.0000", "75 %"], ["poor", "0.1000", "0.0000", "75 %"]]
    found = next(t.value for t in page.table if "Area under the curve" in t.value.columns)
    assert found.values.tolist() == [["good", "1.000", "1.000"], ["poor", "1.000", "1.000"]]


def test_absent_frames_refused_at_90_percent_sensitivity_by_hand():
    labels = [True] * 10 + [False] * 4
    scores = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.1, 0.55, 0.4, 0.3, 0.2]
    # Nine of ten are at or over 0.5; so is one of the four without a nerve.
    assert curves._refused(presence.roc_curve(labels, scores)) == pytest.approx(0.75)


def test_the_best_threshold_that_is_told_is_where_the_curve_is_highest():
    assert curves._best({"a": scored_models.curves(0.8)}) == "a is highest at 0.50 with 0.800."


def compared(rows: pd.DataFrame) -> Part:
    """Rows of models as the page compares them, gate off, without tests between them."""
    rows = rows[~rows["gate"]].reset_index(drop=True)
    models = list(rows["model"].unique())
    scored = Scored(dict.fromkeys(["another", *models]), rows, rows.iloc[:0], (), "")
    return Part(scored, "many", False, rows, models, summary.headline(rows, by=("model",)), pd.DataFrame(), "")


@pytest.fixture
def told(monkeypatch):
    """Charts, tables and sentences, as they are handed to Streamlit."""
    found = {"figures": [], "tables": [], "words": []}
    monkeypatch.setattr(chart.st, "plotly_chart", lambda figure, **_: found["figures"].append(figure))
    monkeypatch.setattr(chart.st, "table", lambda rows, **_: found["tables"].append(rows))
    monkeypatch.setattr(chart.st, "caption", lambda words, **_: found["words"].append(words))
    return found


def test_presence_is_told_by_hand(told):
    rows = scored_models.frames("good", BETTER)
    present = rows["present_true"]
    rows.loc[~present, "subject"] = "1"
    rows.loc[rows["frame"].isin(["1_1", "2_1"]), ["presence", "present_pred"]] = 0.05, False  # two of twenty missed
    rows.loc[rows["frame"].isin(["1_3", "2_3", "3_3"]), ["presence", "present_pred"]] = 0.95, True  # of ten
    curves._roc(compared(rows.astype({"present_pred": bool})))
    point = told["figures"][0].data[-1]
    assert (point.x[0], point.y[0]) == pytest.approx((0.3, 0.9))
    # Of 20 times 10 pairs those of 18 and 7 stand in the right order.
    assert told["tables"][0].values.tolist() == [["good", "0.630", "0.700"]]
    assert "20 frames of many with, 10 without a nerve. All of one subject: read it with care." in told["words"][0]


def test_the_smallest_nerves_are_told_from_the_largest(told):
    rows = scored_models.frames("good", BETTER)
    score_charts._by_size(compared(rows.assign(dice=rows["dice"].where(~rows["frame"].str.endswith("_1"), 0.3))))
    assert "Means: good 0.30 for the smallest, 0.81 for the largest." in told["words"][0].replace("\\", "")


def test_the_largest_real_source_stands_first_and_synthetic_ones_last():
    sizes = {"few": 2, "phantom": 9, "many": 5}
    rows = pd.concat([scored_models.frames("a", 0.5, source=source, subjects=n) for source, n in sizes.items()])
    assert Scored({}, rows, rows, (), "").sources == ["many", "few", "phantom"]


def test_costs_stand_with_the_interval_over_subjects(told, monkeypatch):
    rows = scored_models.frames("good", BETTER)
    bad = rows[rows["present_true"] & (rows["subject"] == "1")].assign(dice=0.2)
    part = compared(pd.concat([rows, *(bad.assign(frame=bad["frame"] + again) for again in "abc")]))
    monkeypatch.setattr(chart.st, "segmented_control", lambda *_, **__: "Parameters")
    part.scored.cards["good"] = replace(cards.read(ROOT / "weights" / "unet"), parameters=5)
    score_charts.cost(part)
    (point,) = told["figures"][0].data
    own = part.headline.iloc[0]
    assert (point.x[0], point.y[0]) == (5, own["dice_subjects"]) and own["dice_subjects"] > own["dice_frames"]
    ends = point.y[0] + point.error_y.array[0], point.y[0] - point.error_y.arrayminus[0]
    assert ends == pytest.approx((own["dice_subjects_high"], own["dice_subjects_low"]))


def test_a_model_has_its_own_look_on_every_source():
    part = compared(scored_models.frames("good", BETTER))
    assert chart.looks(part)["good"] == trace_styles(["another", "good"])["good"]


@pytest.mark.parametrize("gate", [False, True])
def test_a_tile_shows_the_outlines_that_were_scored(gate, stand_in, monkeypatch):
    monkeypatch.setenv("NEUROSCAN_WEIGHTS", str(stand_in.weights))
    card = cards.read(stand_in.weights / "shy")  # which calls every nerve absent
    part = Part(Scored({"shy": card}, *4 * (pd.DataFrame(),)), "tiny", gate, *4 * (pd.DataFrame(),), "")
    samples = dataset.load(stand_in.data).samples
    sample = samples[samples["frame"] == "2_1"].iloc[0]
    image = dataset.read_image(sample)
    mask = Predictor(stand_in.weights / "shy").predict(image).mask(card.threshold, gate * card.presence_threshold)
    assert mask.any() != gate
    drawn = overlay.compare(image, dataset.read_mask(sample, image.shape), mask, thickness=1)
    assert best_and_worst._picture(part, "shy", sample) == codecs.encode_png(drawn)


def test_a_source_whose_frames_all_have_a_nerve_has_no_roc(open_page, own):
    folder = own({"one": 0.75})
    path = folder / "one" / "evaluation.csv"
    rows = pd.read_csv(path)
    rows[rows["present_true"]].to_csv(path, index=False)
    page = open_tab(open_page(PAGE, weights=folder), "Presence")
    assert not page.exception and "nothing can be said of refusing one" in said(page)
    assert "none without, so specificity is unknown" in said(page)


@pytest.mark.parametrize("models", [{"one": 0.75}, {"one": 0.75, "two": 0.7}])
def test_a_source_whose_frames_all_lack_a_nerve_is_told_as_it_is(open_page, own, models):
    folder = own(models)
    for path in folder.glob("**/*.csv"):
        if path.name in ("evaluation.csv", "baselines.csv"):
            rows = pd.read_csv(path)
            rows[~rows["present_true"]].to_csv(path, index=False)
    page = open_page(PAGE, weights=folder)
    words = said(page)
    assert not page.exception and " nan" not in words
    assert "No test frame of many shows a nerve**: which model outlines best cannot be said" in words
    for tab, told in (
        ("Presence", "No test frame of many shows a nerve: nothing can be said of finding one"),
        ("Subjects and sizes", "No test frame of many shows a nerve."),
        ("Cost", "No test frame of many shows a nerve."),
    ):
        assert not open_tab(page, tab).exception and told in said(page), tab


def test_a_model_that_was_scored_on_frames_without_a_nerve_alone_outlines_nothing_better(open_page, own):
    folder = own({"one": 0.75, "two": 0.7})
    rows = pd.read_csv(folder / "two" / "evaluation.csv")
    rows[~rows["present_true"]].to_csv(folder / "two" / "evaluation.csv", index=False)
    page = open_page(PAGE, weights=folder)
    assert not page.exception and "Only one was scored on frames of many that show a nerve" in said(page)


def test_scores_that_are_no_numbers_are_a_sentence(open_page, own):
    folder = own({"one": 0.75, "two": 0.7})
    rows = pd.read_csv(folder / "two" / "evaluation.csv").assign(presence=float("inf"))
    rows.to_csv(folder / "two" / "evaluation.csv", index=False)
    page = open_tab(open_page(PAGE, weights=folder), "Presence")
    assert not page.exception
    assert any("column presence does not hold a number in every row" in error.value for error in page.error)


def test_reliability_without_scaled_probabilities_is_a_dash(open_page, own):
    folder = own({"one": 0.75})
    bins = pd.read_csv(folder / "one" / "reliability.csv")
    bins[bins["stage"] == "before"].to_csv(folder / "one" / "reliability.csv", index=False)
    page = open_tab(open_page(PAGE, weights=folder), "Presence")
    assert not page.exception and page.table[-1].value.iloc[0, -1] == "–"


def gallery(page, key) -> list[str]:
    """Names of the tiles of a gallery."""
    (found,) = [element.proto.json for element in page.get("bidi_component") if key in element.proto.id]
    return re.findall(r'"name": ?"(tiny/\d_\d)"', found)


def test_worst_and_best_frames_of_each_model(open_page, weights):
    page = open_page(PAGE, weights=weights)
    page.segmented_control(key="compare source").set_value("tiny").run()
    open_tab(page, "Frames")
    assert not page.exception and not page.error
    rows = pd.read_csv(weights / "good" / "evaluation.csv")
    rows = rows[(rows["source"] == "tiny") & ~rows["gate"] & rows["present_true"]].sort_values("dice")
    expected = [f"tiny/{frame}" for frame in rows["frame"]]
    assert len(expected) == 2
    assert gallery(page, "Worst") == expected
    assert gallery(page, "Best") == expected[::-1]


def test_frames_that_are_not_at_hand_are_named(open_page, weights):
    page = open_tab(open_page(PAGE, weights=weights), "Frames")
    assert not page.exception and "None of these frames is at hand: 1_2 (0.801), 1_1 (0.801)" in said(page)


def test_a_frame_that_was_clicked_opens_in_the_overlay_page(open_page, weights):
    page = open_page("Home.py", weights=weights).switch_page(PAGE).run()
    page.session_state["compare source"] = "tiny"
    page.session_state["compare open"] = ("tiny/2_1", "good")
    open_tab(page, "Frames")
    assert not page.exception
    assert "Where do model and expert agree" in said(page)
    assert page.session_state["chosen_sample"] == "tiny/2_1" and page.session_state["chosen_model"] == "good"


def test_the_card_reads_like_a_text(open_page, own):
    folder = own(
        {"one": 0.75},
        limits=["Knows *nothing* of feet."],
        terms={"tiny": "none"},
        chosen_on="2 subjects",
        subjects={"train": ["tiny/1", "tiny/5", "tiny/6"], "validation": ["tiny/7", "tiny/8"], "test": ["tiny/2"]},
        threshold=0.41,
        presence_threshold=0.73,
        presence_from="map",
        temperature=2.0,
        bias=-0.5,
    )
    page = open_tab(open_page(PAGE, weights=folder), "Card")
    facts = pd.concat([t.value for t in page.table if list(t.value.columns) == ["Name", "Value"]]).set_index("Name")
    assert "2 parameters" in facts.loc["Weights", "Value"].replace("\\", "")
    told = facts["Value"].str.replace("\\", "")
    speed = "20.0 ms a frame of 580 × 420 px (median), 30.0 ms (95th percentile): keeps 30 frames a second"
    assert told["Speed"] == speed and told["Chosen on"] == "2 subjects"
    assert told["Threshold"] == "0.410 on probability"
    assert told["Presence threshold"] == "0.730; the score comes from the brightest 0.5 % of the map"
    assert told["Calibration"].startswith("sigmoid of the logit divided by 2, -0.5 added to it")
    assert "Knows *nothing* of feet." in said(page) and "- tiny: none" in said(page)
    assert facts.loc["Mirror image", "Value"] == "not used"
    assert facts.loc["tiny", "Value"].replace("\\", "") == "2.0 to 12.0 %, median 6.0 %"
    seen = next(t.value for t in page.table if "Learnt from" in t.value.columns)
    assert seen.drop(columns="Share of training").to_dict("records") == [
        {
            "Source": "tiny",
            "Learnt from": "3 subjects",
            "Weights and thresholds chosen on": "2 subjects",
            "Tested on": "1 subject",
        }
    ]
    assert "Groups:" not in said(page)


def test_what_a_network_learnt_from_is_told_in_shares_and_not_made_up_of_one_trained_elsewhere(open_page, own):
    def seen(**card):
        page = open_tab(open_page(PAGE, weights=own({"one": 0.75}, **card)), "Card")
        return next(t.value for t in page.table if "Learnt from" in t.value.columns).set_index("Source")

    found = seen(sources={"tiny": 3.0, "other": 1.0})
    assert found["Share of training"].to_dict() == {"tiny": "0.75", "other": "0.25"}
    found = seen(sources={"a": 1.0}, subjects={"train": [], "validation": ["tiny/1"], "test": []})
    assert set(found[["Share of training", "Learnt from"]].to_numpy().ravel()) == {"not known"}
    assert found["Weights and thresholds chosen on"].to_dict() == {"a": "0 subjects", "tiny": "1 subject"}


def test_card_and_costs_say_who_keeps_30_frames_a_second(open_page, own):
    folder = own({"quick": 0.75, "slow": 0.75})
    card = cards.read(folder / "slow")
    cards.write(replace(card, latency=card.latency | {"p95_ms": 40.0, "real_time": False}), folder / "slow")
    page = open_tab(open_page(PAGE, weights=folder), "Cost")
    assert "30 frames a second are kept by quick." in said(page)
    page = open_tab(open_page(PAGE, weights=folder, model="slow"), "Card")
    facts = pd.concat([t.value for t in page.table if list(t.value.columns) == ["Name", "Value"]]).set_index("Name")
    assert facts.loc["Speed", "Value"].endswith("does not keep 30 frames a second")


def test_a_card_whose_answers_are_a_mean_with_the_mirror_image_says_so(open_page, own):
    page = open_tab(open_page(PAGE, weights=own({"one": 0.75}, flip_tta=True)), "Card")
    facts = pd.concat([t.value for t in page.table if list(t.value.columns) == ["Name", "Value"]]).set_index("Name")
    assert facts.loc["Mirror image", "Value"] == "predicted too; the answer is the mean of both"
    assert facts.loc["Small nerves", "Value"] == "as all others"


def test_a_card_that_has_small_nerves_enlarged_says_so(open_page, own):
    page = open_tab(open_page(PAGE, weights=own({"one": 0.75}, coarse_to_fine=True)), "Card")
    facts = pd.concat([t.value for t in page.table if list(t.value.columns) == ["Name", "Value"]]).set_index("Name")
    words = "predicted once more, enlarged; in that window the answer is the mean of both passes"
    assert facts.loc["Small nerves", "Value"] == words


def test_without_models_the_page_says_how_to_get_one(open_page, tmp_path):
    page = open_page(PAGE, weights=tmp_path)
    assert not page.exception and not page.error and "python -m training.train" in page.info[0].value


def test_models_without_any_file_beside_the_card_are_named(open_page, stand_in):
    page = open_page(PAGE)  # the stand-in's own models were never scored
    assert not page.exception and "No scores yet" in page.info[0].value
    assert "blob has no evaluation.csv" in text_of(page.error) and "shy has no evaluation.csv" in text_of(page.error)


@pytest.mark.parametrize(
    ("file", "tab", "words"),
    [
        ("curves.csv", "Thresholds", "two: no curves over thresholds"),
        ("reliability.csv", "Presence", "two: no reliability"),
        ("training.csv", "Training", "two: no training log"),
        ("evaluation.csv", "Cost", "two has no evaluation.csv"),
    ],
)
def test_a_file_that_is_missing_is_named_and_the_rest_is_shown(open_page, own, file, tab, words):
    folder = own({"one": 0.75, "two": 0.7})
    (folder / "two" / file).unlink()
    page = open_tab(open_page(PAGE, weights=folder), tab)
    assert not page.exception and words in said(page) and charts(page) >= 1


def test_without_baselines_the_table_has_models_alone(open_page, own):
    folder = own({"one": 0.75})
    (folder / "baselines.csv").unlink()
    page = open_page(PAGE, weights=folder)
    assert not page.exception and not page.error and list(table(page).index) == ["one"]


def test_a_command_is_advised_for_baselines_only_where_it_makes_them(open_page, own):
    folder = own({"mine": 0.7, "one": 0.75}, subjects={"train": [], "validation": [], "test": []})
    (folder / "baselines.csv").unlink()
    words = said(open_page(PAGE, weights=folder))
    assert "no card says on which subjects of this data set a model was trained" in words and "--update" not in words
    card = cards.read(folder / "one")
    cards.write(replace(card, subjects=card.subjects | {"train": ["many/11"]}), folder / "one")
    words = said(open_page(PAGE, weights=folder))
    assert "no baselines beside it: `python -m training.evaluate --weights one --update` makes them" in words


def test_baselines_of_other_frames_are_left_out(open_page, own):
    folder = own({"one": 0.75})
    path = folder / "baselines.csv"
    pd.read_csv(path).query("subject != 3").to_csv(path, index=False)
    page = open_page(PAGE, weights=folder)
    assert not page.exception and "are left out: nothing anywhere" in text_of(page.error)
    assert list(table(page).index) == ["one"]


def test_a_run_that_went_on_from_a_model_says_so_under_its_curves(open_page, own):
    folder = own({"one": 0.75}, notes={"start": "the weights of zero"}, sources={"phantom": 1.0})
    page = open_tab(open_page(PAGE, weights=folder), "Training")
    assert page.get("plotly_chart")[0].proto.alt == "Dice by epoch. Last on validation: one 0.650."
    words = said(page)
    assert "one went on from a finished model" in words and "synthetic frames among them" in words
    folder = own({"one": 0.75}, notes={})
    words = said(open_tab(open_page(PAGE, weights=folder), "Training"))
    assert "went on" not in words and "synthetic frames among them" not in words


DAMAGED = (b"", b"\x00\xff\xfe broken", b"source,model\nmany,one\n", b"<script>alert(1)</script>\n1\n")


# All tables are read in one place: of the others one kind of damage each is enough.
@pytest.mark.parametrize(
    ("file", "data"),
    [*(("evaluation.csv", data) for data in DAMAGED), ("curves.csv", DAMAGED[0]), ("../baselines.csv", DAMAGED[-1])],
)
def test_a_damaged_file_is_a_sentence(open_page, own, file, data):
    folder = own({"one": 0.75, "two": 0.7})
    (folder / "two" / file).write_bytes(data)
    page = open_page(PAGE, weights=folder)
    assert not page.exception and len(page.error) == 1
    assert file.removeprefix("../") in text_of(page.error) and "<script>" not in page.error[0].value
    assert "one" in table(page).index


def test_numbers_that_are_none_are_a_sentence(open_page, own):
    folder = own({"one": 0.75, "two": 0.7})
    path = folder / "two" / "evaluation.csv"
    rows = pd.read_csv(path)
    rows["dice"] = rows["dice"].astype(object)
    rows.loc[0, "dice"] = "high"
    rows.to_csv(path, index=False)
    page = open_page(PAGE, weights=folder)
    assert not page.exception and "the column dice does not hold a number in every row" in text_of(page.error)


@pytest.mark.parametrize(
    ("file", "column", "tab"),
    [("evaluation.csv", "tp", "Subjects and sizes"), ("training.csv", "mask_dice", "Training")],
)
def test_texts_where_numbers_may_stand_are_a_sentence(open_page, own, file, column, tab):
    folder = own({"one": 0.75, "two": 0.7})
    path = folder / "two" / file
    rows = pd.read_csv(path).astype({column: object})
    rows.loc[0, column] = "1e-"
    rows.to_csv(path, index=False)
    page = open_tab(open_page(PAGE, weights=folder), tab)
    assert not page.exception
    assert f"two/{file}: the column {column} does not hold a number in every row" in text_of(page.error)


def test_nested_beyond_reason_is_a_sentence(open_page, own):
    folder = own({"one": 0.75})
    (folder / "one" / "leaky.json").write_text(100_000 * "[")
    page = open_page(PAGE, weights=folder)
    assert not page.exception and "one/leaky.json cannot be used" in text_of(page.error)


def test_scores_of_another_network_than_the_cards_are_left_out(open_page, own):
    told = {"source": "many", "split": "test", "gate": False}
    folder = own({"one": 0.75}, scores=[told | {"dice_subjects": 0.75 + 5.5 / 1000}])
    assert not open_page(PAGE, weights=folder).error
    folder = own({"one": 0.75}, scores=[told | {"dice_subjects": 0.3}])
    page = open_page(PAGE, weights=folder)
    assert not page.exception and "one/evaluation.csv holds other scores than its card" in text_of(page.error)
    assert "No scores yet" in said(page)


def test_a_cards_score_is_the_mean_of_its_subjects_with_the_gate_off(open_page, own):
    def uneven(rows):
        """Subject 1 has one frame, a bad one; with the gate on subject 2 is missed."""
        rows = rows[rows["frame"] != "1_2"]
        rows.loc[rows["frame"] == "1_1", "dice"] = 0.25
        rows.loc[rows["gate"] & rows["present_true"] & (rows["subject"] == "2"), "dice"] = 0.0
        return rows

    mean = (0.25 + 9 * 0.75 + sum(range(2, 11)) / 1000) / 10
    told = {"source": "many", "split": "test", "gate": False, "dice_subjects": round(mean, 4)}
    folder = own({"one": 0.75}, scores=[told])
    rescored(folder, "one", uneven)
    (folder / "baselines.csv").unlink()
    page = open_page(PAGE, weights=folder)
    assert not page.exception and not page.error
    assert table(page).loc["one", "dice_subjects"] == pytest.approx(mean)


@pytest.mark.parametrize("file", ["two/evaluation.csv", "baselines.csv"])
def test_a_frame_that_stands_twice_is_a_sentence(open_page, own, file):
    folder = own({"one": 0.75, "two": 0.7})
    rows = pd.read_csv(folder / file)
    pd.concat([rows, rows.head(1)]).to_csv(folder / file, index=False)
    page = open_page(PAGE, weights=folder)
    assert not page.exception and f"{file} has many/1_1 more than once" in text_of(page.error)
    assert "one" in table(page).index


def test_models_scored_on_different_frames_are_not_compared(open_page, own):
    folder = own({"one": 0.75, "two": 0.7})
    path = folder / "two" / "evaluation.csv"
    pd.read_csv(path).query("subject != 3").to_csv(path, index=False)
    page = open_page(PAGE, weights=folder)
    assert not page.exception and "cannot be compared on many" in text_of(page.error)
    assert not page.success and bold(page) == set() and len(table(page)) == 3


def test_scores_are_read_anew_when_they_change(open_page, own):
    folder = own({"one": 0.75})
    page = open_page(PAGE, weights=folder)
    scored_models.frames("one", 0.6).to_csv(folder / "one" / "evaluation.csv", index=False)
    page.run()
    assert table(page).loc["one", "dice_frames"] == pytest.approx(0.6 + 5.5 / 1000)


def test_who_is_compared_follows_the_cards_too(open_page, own):
    """While a model is published its scores come before its card: what was seen in between must not stay."""
    folder = own({"one": 0.75, "two": 0.7})
    card = json.loads((folder / "two" / "card.json").read_text())
    other = {"source": "many", "split": "test", "gate": False, "dice_subjects": 0.3}
    for scores, models in (([other], ["one"]), ([], ["one", "two"]), ([other], ["one"])):
        (folder / "two" / "card.json").write_text(json.dumps(card | {"scores": scores}))
        page = open_page(PAGE, weights=folder)
        assert not page.exception and [name for name in table(page).index if "baseline" not in name] == models


@pytest.mark.parametrize(("tab", "key"), [("Card", "compare card of"), ("Frames", "compare frames of")])
def test_tabs_open_on_the_sessions_model(open_page, weights, tab, key):
    for model in ("good", "poor"):
        page = open_tab(open_page(PAGE, weights=weights, model=model), tab)
        assert not page.exception and page.session_state[key] == model


def test_the_projects_own_models(open_page, real_data):
    page = open_page(PAGE, data=real_data, weights=ROOT / "weights")
    assert not page.exception
    for tab in TABS:
        assert not open_tab(page, tab).exception
