"""Charts of models: what is drawn is what the tables say, and each model is told from the others without colour."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from neuroscan.evaluation.presence import roc_curve
from neuroscan.evaluation.thresholds import THRESHOLDS
from neuroscan.figures import model_scores, models

STYLES = models.trace_styles(["cnn", "unet"])


def curve(best):
    dice = 0.8 - (THRESHOLDS - best) ** 2
    return pd.DataFrame(
        {"threshold": THRESHOLDS, "dice": dice, "precision": THRESHOLDS, "recall": np.clip(1 - 2 * THRESHOLDS, 0, 1)}
    )


def of_mode(figure, mode):
    return [trace for trace in figure.data if trace.mode == mode]


def test_four_models_differ_in_colour_and_in_symbol():
    four = models.trace_styles(["a", "b", "c", "d"]).values()
    assert len({style.color for style in four}) == len({style.symbol for style in four}) == 4
    twelve = models.trace_styles([str(number) for number in range(12)]).values()
    assert len(set(twelve)) == 12


def test_colours_stand_out_on_the_light_and_on_the_dark_page():
    def luminance(color):
        share = np.array(color) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for style in models.trace_styles("abcd").values():
        for page in ((255, 255, 255), (15, 23, 27)):
            color = tuple(map(int, style.color.removeprefix("rgb(").removesuffix(")").split(",")))
            light, dark = sorted((luminance(color), luminance(page)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 1.4.11


def test_points_to_click_know_their_model_and_threshold():
    figure = models.threshold_dice({"cnn": curve(0.25), "unet": curve(0.5)}, {"cnn": 0.3, "unet": 0.5}, STYLES)
    assert [trace.name for trace in of_mode(figure, "lines")] == ["cnn", "unet"]
    marks = of_mode(figure, "markers")
    assert [len(trace.x) for trace in marks] == [31, 1, 31, 1]
    for trace, model, best in zip(marks, ("cnn", "cnn", "unet", "unet"), (0.25, 0.25, 0.5, 0.5), strict=True):
        assert [list(point) for point in trace.customdata] == [[model, x] for x in trace.x]
        assert list(trace.y) == pytest.approx([0.8 - (x - best) ** 2 for x in trace.x], abs=1e-5)
    assert list(marks[0].x) == [number / 32 for number in range(1, 32)]
    assert (marks[1].x[0], marks[3].x[0]) == (0.3, 0.5)


def test_precision_and_recall_end_where_nothing_is_predicted_any_more():
    figure = models.precision_recall({"unet": curve(0.5)}, {"unet": 0.25}, STYLES)
    line, point = figure.data
    assert min(line.x) > 0 and len(line.x) == 128
    assert (point.x[0], point.y[0]) == pytest.approx((0.5, 0.25))


def test_roc_has_the_line_of_chance_and_each_models_own_point():
    found = roc_curve([True, True, False, False], [0.9, 0.4, 0.6, 0.1])
    chance, line, point = models.roc({"unet": found}, {"unet": (0.5, 0.75)}, STYLES).data
    assert list(chance.x) == list(chance.y) == [0, 1]
    assert list(line.x) == [0, 0, 0.5, 0.5, 1] and list(line.y) == [0, 0.5, 0.5, 1, 1]
    assert (point.x[0], point.y[0]) == (0.25, 0.5)


def test_axes_say_what_runs_along_them():
    found = models.precision_recall({"unet": curve(0.5)}, {"unet": 0.25}, STYLES).layout
    assert (found.xaxis.title.text, found.yaxis.title.text) == ("Recall, over pixels", "Precision, over pixels")


def test_the_area_under_the_line_of_roc_is_the_auc_where_scores_tie_too():
    labels, scores = [True, True, False, False, True], [0.9, 0.4, 0.4, 0.1, 0.4]
    line = models.roc({"unet": roc_curve(labels, scores)}, {"unet": (0.5, 0.75)}, STYLES).data[1]
    assert line.line.shape in (None, "linear")
    assert np.trapezoid(line.y, line.x) == pytest.approx(roc_auc_score(labels, scores))


def test_reliability_leaves_empty_bins_out_and_names_a_model_once():
    nothing = float("nan")
    table = pd.DataFrame(
        {
            "stage": ["before", "before", "after", "after"],
            "count": [5, 0, 3, 2],
            "mean_probability": [0.2, nothing, 0.3, 0.8],
            "observed": [0.1, nothing, 0.3, 0.9],
        }
    )
    _, before, after = models.reliability({"unet": table}, STYLES).data
    assert list(before.x) == [0.2] and before.line.dash == "dot" and not before.showlegend
    assert list(after.y) == [0.3, 0.9] and list(after.customdata) == [3, 2]
    assert before.legendgroup == after.legendgroup == after.name == "unet"


def test_epochs_are_counted_from_one_and_scores_a_log_lacks_are_left_out():
    logs = {
        "unet": pd.DataFrame({"epoch": [0, 1], "mask_dice": [0.1, 0.5], "val_mask_dice": [0.2, 0.4]}),
        "cnn": pd.DataFrame({"epoch": [0], "loss": [1.0]}),
    }
    figure = model_scores.training(logs, "mask_dice", "Dice", STYLES)
    assert [(trace.line.dash, list(trace.x), list(trace.y)) for trace in figure.data] == [
        ("dot", [1, 2], [0.1, 0.5]),
        ("solid", [1, 2], [0.2, 0.4]),
    ]
    assert [trace.showlegend for trace in figure.data] == [False, True]


def test_the_hardest_subject_stands_first():
    table = pd.DataFrame(
        {
            "model": ["unet"] * 3 + ["cnn"] * 3,
            "subject": ["1", "2", "3"] * 2,
            "dice": [0.9, 0.3, None, 0.7, 0.5, None],
            "n_present": [4, 5, 0] * 2,
        }
    )
    unet, cnn = model_scores.by_subject(table, STYLES).data
    assert list(unet.x) == list(cnn.x) == ["2", "1"]
    assert list(unet.y) == [0.3, 0.9] and list(cnn.y) == [0.5, 0.7]
    assert unet.marker.symbol != cnn.marker.symbol


def sized(areas):
    return pd.DataFrame({"area_true_px": areas, "tp": 0, "fp": 0, "fn": areas, "tn": [1000 - area for area in areas]})


def test_size_groups_hold_about_as_many_frames_each_in_order():
    groups = model_scores.size_groups(sized(list(range(10, 50))))
    assert list(groups.value_counts(sort=False)) == [10, 10, 10, 10]
    assert groups.cat.categories[0] == "1.0 to 2.0 %" and groups.cat.ordered
    assert groups.iloc[0] == "1.0 to 2.0 %" and groups.iloc[-1] == "3.9 to 4.9 %"


@pytest.mark.parametrize("areas", [[20], [20, 20, 20], [10, 10, 10, 40], [20, 21]])
def test_few_or_equal_sizes_still_make_groups(areas):
    groups = model_scores.size_groups(sized(areas))
    assert len(groups) == len(areas) and groups.notna().all() and groups.nunique() <= len(set(areas)) + 1


def test_boxes_stand_in_order_of_size():
    frames = sized([40, 10, 30, 20]).assign(model="unet", dice=[0.9, 0.1, 0.7, 0.5])
    figure = model_scores.by_size(frames.assign(size=model_scores.size_groups(frames)), STYLES)
    (box,) = figure.data
    assert list(box.y) == [0.9, 0.1, 0.7, 0.5]
    assert list(figure.layout.xaxis.categoryarray) == ["1.0 to 1.8 %", "1.8 to 2.5 %", "2.5 to 3.2 %", "3.2 to 4.0 %"]


def test_cost_shows_intervals_and_the_limit():
    points = pd.DataFrame(
        {
            "model": ["unet", "cnn"],
            "cost": [25.0, 8.0],
            "dice": [0.7, 0.6],
            "low": [0.55, np.nan],
            "high": [0.8, np.nan],
        }
    )
    figure = model_scores.cost(points, "ms", STYLES, limit=(33.3, "30 frames a second"))
    unet, cnn = figure.data
    assert (unet.x[0], unet.y[0]) == (25, 0.7)
    assert (unet.error_y.array[0], unet.error_y.arrayminus[0]) == pytest.approx((0.1, 0.15))
    assert unet.error_y.visible and not cnn.error_y.visible
    assert figure.layout.shapes[0].x0 == 33.3 and figure.layout.xaxis.range[1] > 33.3
    assert not model_scores.cost(points, "MB", STYLES).layout.shapes
