"""Charts of a data set: every mark leads back to its frames."""

import numpy as np
import pandas as pd
import pytest
from streamlit.elements.lib.streamlit_plotly_theme import GRAY_90

from neuroscan.explore.columns import COLUMNS
from neuroscan.figures import agreement, balance, chart, distribution, place, relation
from neuroscan.figures.chart import Chart, label


def table(values=(1.0, 2.0, 2.0, np.nan, 9.0), nerve=("nerve", "no nerve", "nerve", "nerve", "unlabelled")):
    count = len(values)
    return pd.DataFrame(
        {
            "name": [f"set/{n}" for n in range(count)],
            "title": [f"set/{n}" for n in range(count)],
            "nerve": nerve,
            "subject": ["a", "b", "a", "b", "c"],
            "mean": values,
            "variance": [5.0, np.nan, 3.0, 2.0, 1.0],
        }
    )


def rows(made: Chart):
    """Rows of each mark, by the name of its trace."""
    return {trace.name: [own.tolist() for own in part] for trace, part in zip(made.figure.data, made.rows, strict=True)}


def assert_heights_are_counts(made: Chart):
    for trace, own in zip(made.figure.data, made.rows, strict=True):
        assert list(trace.y) == [len(part) for part in own]


def test_bars_hold_the_frames_of_their_group_and_kind():
    made = balance.bars(table(), "subject")
    assert rows(made) == {
        "nerve": [[0, 2], [3], []],
        "no nerve": [[], [1], []],
        "unlabelled": [[], [], [4]],
    }
    assert_heights_are_counts(made)
    assert [tuple(trace.x) for trace in made.figure.data] == [("a", "b", "c")] * 3
    assert "3 nerve, 1 no nerve, 1 unlabelled" in made.words


def test_bars_follow_the_order_that_is_asked_for():
    made = balance.bars(table(), "subject", ["c", "gone", "b"])
    assert tuple(made.figure.data[0].x) == ("c", "b", "a")


def test_every_known_value_stands_in_one_bar_of_the_histogram():
    made = distribution.histogram(table(), "mean")
    assert_heights_are_counts(made)
    found = np.sort(np.concatenate([own for part in made.rows for own in part]))
    assert found.tolist() == [0, 1, 2, 4]  # the missing one is not there
    assert made.words == "Histogram of Mean (grey levels). 4 frames from 1 to 9, half of them at or under 2."
    # Whole numbers get a bar each; the largest value is in the last.
    assert made.figure.data[0].x.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert rows(made)["unlabelled"][-1] == [4]


def test_the_bars_of_a_histogram_are_right_at_their_edges():
    frames = pd.concat([table()] * 40, ignore_index=True)
    frames["mean"] = np.linspace(0, 1, 200)
    frames.loc[100, "mean"] = 0.5  # where two bars meet
    made = distribution.histogram(frames, "mean")
    for trace, part in zip(made.figure.data, made.rows, strict=True):
        for (low, high), own in zip(trace.customdata, part, strict=True):
            values = frames["mean"].to_numpy()[own]
            assert (values >= low).all() and ((values < high) | (values == 1)).all()
    assert sum(len(own) for part in made.rows for own in part) == 200


def test_one_value_for_all_makes_bars_too():
    frames = table(values=(0.25,) * 5)
    made = distribution.histogram(frames, "mean")
    assert sum(sum(trace.y) for trace in made.figure.data) == 5
    assert min(min(trace.width) for trace in made.figure.data) > 0.01
    assert distribution.histogram(frames.assign(mean=np.nan), "mean").rows == []


def test_boxes_show_every_frame_as_a_point_of_its_group():
    made = distribution.boxes(table(), "mean", "subject")
    (trace,) = made.figure.data
    assert (list(trace.x), trace.y.tolist(), list(trace.text)) == (
        ["a", "b", "a", "c"],
        [1, 2, 2, 9],
        ["set/0", "set/1", "set/2", "set/4"],
    )
    assert made.behind([(0, 3), (0, 0), (0, 3)]).tolist() == [0, 4]


def test_points_stand_for_frames_with_both_values_in_the_colour_of_their_word():
    made = relation.scatter(table(), "mean", "variance", "nerve")
    assert rows(made) == {"nerve": [[0], [2]], "unlabelled": [[4]]}
    assert {trace.name: trace.marker.color for trace in made.figure.data} == {
        kind: chart.KINDS[kind] for kind in ("nerve", "unlabelled")
    }
    assert [(trace.x.tolist(), trace.y.tolist()) for trace in made.figure.data] == [([1, 2], [5, 3]), ([9], [1])]


def titles(figure) -> tuple[str, str]:
    """Of the axis across and of the one up."""
    return figure.layout.xaxis.title.text, figure.layout.yaxis.title.text


def test_axes_say_what_runs_along_them():
    across, up = label("mean"), label("variance")
    made = relation.scatter(table(), "mean", "variance", "nerve")
    assert titles(made.figure) == (across, up)
    assert all(f"{across} %{{x:.4g}}<br>{up} %{{y:.4g}}" in trace.hovertemplate for trace in made.figure.data)
    assert titles(relation.scatter(table(), "mean", "variance", "nerve", names=("first", "second")).figure) == (
        "first",
        "second",
    )
    assert titles(distribution.boxes(table(), "mean", "subject").figure) == (label("subject"), across)


def test_points_without_the_number_that_colours_are_told_apart():
    made = relation.scatter(table().assign(p50=[1, 2, 3, 4, 5]), "p50", "variance", "mean")
    known, missing = made.figure.data
    assert known.marker.color.tolist() == [1, 2, 9] and missing.name == "without Mean (grey levels)"
    assert rows(made)[missing.name] == [[3]]


def test_many_words_differ_in_colour_or_shape():
    frames = pd.DataFrame({"subject": [str(n) for n in range(40)], "mean": range(40), "variance": range(40)})
    frames = frames.assign(title="x", nerve="nerve")
    looks = {
        (t.marker.color, t.marker.symbol) for t in relation.scatter(frames, "mean", "variance", "subject").figure.data
    }
    assert len(looks) == 40


def test_of_more_frames_than_a_browser_draws_some_are_drawn_and_lead_back_rightly(monkeypatch):
    monkeypatch.setattr(chart, "MAX_MARKS", 3)
    frames = table(values=(1.0, 2.0, 3.0, 4.0, 5.0))
    (trace,) = distribution.boxes(frames, "mean", "subject").figure.data
    assert len(trace.y) == 3 and [f"set/{value - 1:.0f}" for value in trace.y] == list(trace.text)


def test_the_frames_that_are_drawn_come_from_all_of_the_table_in_order(monkeypatch):
    monkeypatch.setattr(chart, "MAX_MARKS", 100)
    found = chart.drawn(np.arange(1000, 2000))
    assert len(found) == 100 and (np.diff(found) > 0).all()
    assert 1000 <= found[0] < 1100 and 1900 <= found[-1] < 2000


def test_correlation_has_short_names_that_differ():
    columns = ["mean", "area_px", "area_share"]
    made = relation.correlation(pd.DataFrame(np.eye(3), columns, columns))
    (trace,) = made.data
    assert list(trace.x) == list(trace.y) == ["Mean", "Area (px)", "Area (share)"]
    np.testing.assert_array_equal(trace.z, np.eye(3))
    assert (trace.zmin, trace.zmax) == (-1, 1)
    assert made.layout.xaxis.tickangle == -90


def test_words_of_charts_are_in_the_pages_own_ink():
    assert chart.INK == GRAY_90  # what Streamlit replaces by a colour of its theme
    curve = pd.DataFrame({"model": "m", "line": "frame", "threshold": [0.2, 0.5], "dice": [0.1, 0.7]})
    for figure in (balance.bars(table(), "subject").figure, agreement.threshold_dice(curve, {"m": 0.5})):
        made = figure.layout
        for axis in (made.xaxis, made.yaxis):
            assert axis.tickfont.color == axis.title.font.color == chart.INK
        assert made.font.color == made.hoverlabel.font.color == chart.INK


def test_the_heat_map_is_bright_where_nerves_lie_and_leaves_the_frame_elsewhere():
    mean, share = np.full((120, 160), 90, np.uint8), np.zeros((120, 160), np.float32)
    share[40:60, 50:80] = 0.4
    picture = place.heat(mean, share)
    assert picture.shape == (480, 640, 3) and (picture[:100] == 90).all()
    assert (picture[200, 260] != 90).any()
    np.testing.assert_array_equal(place.heat(mean, share / 2), picture)  # the largest share is the brightest
    assert (place.heat(mean, np.zeros_like(share)) == 90).all()


def test_centres_lie_on_the_picture_upside_down_as_pictures_are():
    frames = table().assign(
        centroid_column_rel=[0.1, np.nan, 0.5, 0.6, np.nan], centroid_row_rel=[0.2, np.nan, 0.4, 0.5, np.nan]
    )
    made = place.centres(frames, np.zeros((120, 160), np.uint8))
    (trace,) = made.figure.data
    assert (trace.x.tolist(), trace.y.tolist()) == ([0.1, 0.5, 0.6], [0.2, 0.4, 0.5])
    assert made.behind([(0, 1)]).tolist() == [2] and tuple(made.figure.layout.yaxis.range) == (1, 0)
    (picture,) = made.figure.layout.images
    assert picture.source.startswith("data:image/png;base64,")
    # It fills the axes, which run over the frame's width and height and no farther.
    assert (picture.x, picture.y, picture.sizex, picture.sizey) == (0, 0, 1, 1)
    assert (picture.xref, picture.yref, picture.sizing) == ("x", "y", "stretch")
    across, down = made.figure.layout.xaxis, made.figure.layout.yaxis
    assert tuple(across.range) == (0, 1) and (down.scaleanchor, down.scaleratio) == ("x", 120 / 160)


def test_marks_that_hold_any_of_the_picked_frames_stand_out():
    made = balance.bars(table(), "subject")
    made.mark(np.array([2, 4]))
    assert [tuple(trace.selectedpoints) for trace in made.figure.data] == [(0,), (), (2,)]


@pytest.mark.parametrize("mark", [(7, 2), (2, 99), (-1, 2), (2, -1)])
def test_marks_that_are_not_there_stand_for_nothing(mark):
    made = balance.bars(table(), "subject")
    assert made.behind([mark]).size == 0 and made.behind([mark, (2, 2)]).tolist() == [4]


def test_labels_have_units_and_are_unique():
    names = [label(name) for name in COLUMNS]
    assert len(set(names)) == len(names)
    assert len(set(chart.short(list(COLUMNS)))) == len(names)
    assert (label("area_mm2"), label("orientation_deg"), label("parts")) == (
        "Area (mm²)",
        "Orientation (degrees)",
        "Parts",
    )
