import numpy as np
import pandas as pd
import pytest

from neuroscan.figures import agreement
from neuroscan.figures.palette import GREY
from neuroscan.imaging import overlay


def curves(models=("unet",)):
    threshold = np.arange(4) / 4
    parts = [
        pd.DataFrame({"model": model, "line": line, "threshold": threshold, "dice": dice})
        for model in models
        for line, dice in (("frame", [0.1, 0.6, 0.4, 0.0]), ("mean", [0.2, 0.5, 0.5, 0.1]))
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_threshold_in_use_is_marked_on_the_frames_own_line():
    figure = agreement.threshold_dice(curves(), {"unet": 0.55})
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    (mark,) = [trace for trace in figure.data if trace.mode == "markers"]
    assert {trace.name: list(trace.y) for trace in lines} == {
        "unet, mean": [0.2, 0.5, 0.5, 0.1],
        "unet, this frame": [0.1, 0.6, 0.4, 0.0],
    }
    assert (mark.x[0], mark.y[0]) == (0.55, 0.4)


def test_two_models_have_two_colours_and_their_own_marks():
    figure = agreement.threshold_dice(curves(("unet", "cnn")), {"unet": 0.5, "cnn": 0.75})
    colors = {trace.name: trace.line.color for trace in figure.data if trace.mode == "lines"}
    assert colors["unet, this frame"] == agreement.MODEL
    assert colors["cnn, this frame"] == agreement.SECOND_MODEL
    assert [trace.x[0] for trace in figure.data if trace.mode == "markers"] == [0.5, 0.75]


def scores(dice, present, model="unet"):
    return pd.DataFrame({"model": model, "dice": dice, "present": present})


def test_every_frame_stands_in_one_bar_and_one_counts_as_the_last():
    table = scores([0.0, 0.049, 0.05, 0.5, 0.999, 1.0, 1.0, 0.0], [True] * 6 + [False] * 2)
    nerve, none = agreement.dice_distribution(table, {"unet": 0.5}).data
    assert (nerve.name, none.name) == ("unet, nerve", "unet, no nerve")
    assert sum(nerve.y) == 6 and nerve.y[0] == 2 and nerve.y[1] == 1 and nerve.y[10] == 1 and nerve.y[-1] == 2
    assert (none.y[0], none.y[-1], sum(none.y)) == (1, 1, 2)
    # A bar stands over the scores that it counts.
    assert nerve.x.tolist() == none.x.tolist() == pytest.approx(nerve.customdata.mean(axis=1))
    assert nerve.customdata[[0, -1]].tolist() == [[0, 0.05], pytest.approx([0.95, 1])]
    assert (nerve.marker.color, none.marker.color) == (agreement.MODEL, GREY)


@pytest.mark.parametrize(("dice", "side"), [(0.1, "left"), (0.9, "right")])
def test_the_frame_on_screen_is_marked_and_its_words_run_inwards(dice, side):
    figure = agreement.dice_distribution(scores([dice, 0.5], [True, True]), {"unet": dice})
    assert figure.layout.shapes[0].x0 == figure.layout.shapes[0].x1 == dice
    assert (figure.layout.annotations[0].text, figure.layout.annotations[0].xanchor) == ("this frame", side)


def test_two_models_stand_side_by_side_with_all_their_frames():
    table = pd.concat([scores([0.2, 1.0], [True, False]), scores([0.7, 0.0], [True, False], "cnn")])
    figure = agreement.dice_distribution(table, {"unet": 0.2, "cnn": 0.7})
    assert figure.layout.barmode == "group"
    assert [(trace.name, sum(trace.y)) for trace in figure.data] == [("unet", 2), ("cnn", 2)]
    marks = [(mark.x0, mark.line.color) for mark in figure.layout.shapes]
    assert marks == [(0.2, agreement.MODEL), (0.7, agreement.SECOND_MODEL)]
    for (place, color), model, words in zip(marks, ("unet", "cnn"), figure.layout.annotations, strict=True):
        assert words.x == place and color in words.text and words.text.endswith(f"this frame, {model}")


def test_a_second_model_has_the_colour_of_its_outline():
    assert f"rgb{overlay.SECOND_MODEL}" == agreement.SECOND_MODEL
