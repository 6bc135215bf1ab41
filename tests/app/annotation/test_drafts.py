"""A drawing on its way: steps back and forward, and who has to begin anew after each."""

import pandas as pd
import pytest

from neuroscan.app.annotation import drawing
from neuroscan.app.annotation.drafts import CANVAS, PAGE, TABLE, Draft
from neuroscan.data.shapes import Outline

ONE = (Outline(((0, 0), (4, 0), (4, 4))),)
TWO = (*ONE, Outline(((9, 9), (12, 9), (12, 12))))


def test_steps_back_and_forward():
    draft = Draft("1")
    draft.take(ONE, by=CANVAS)
    draft.take(TWO, by=CANVAS)
    draft.undo()
    assert draft.outlines == ONE
    draft.undo()
    assert draft.outlines == ()
    draft.undo()
    assert draft.outlines == ()
    draft.redo()
    draft.redo()
    assert draft.outlines == TWO
    draft.undo()
    draft.take((), by=PAGE)
    assert not draft.undone, "a new step ends the way forward"
    draft.undo()
    assert draft.outlines == ONE


@pytest.mark.parametrize(("by", "canvas", "table"), [(CANVAS, False, True), (TABLE, True, False), (PAGE, True, True)])
def test_only_those_begin_anew_that_do_not_show_it_yet(by, canvas, table):
    draft = Draft("1")
    draft.take(ONE, by=PAGE)
    before = (draft.drawing(1.0, "Polygon"), draft.table, draft.listed)
    draft.take(TWO, by=by)
    assert (draft.drawing(1.0, "Polygon") != before[0]) is canvas
    assert (draft.table != before[1]) is table
    assert draft.listed == (TWO if table else ONE)


def test_the_same_outlines_again_are_no_step():
    # The canvas sends back what the table has just made of it.
    draft = Draft("1")
    draft.take(ONE, by=TABLE)
    table, steps = draft.table, list(draft.earlier)
    draft.take(ONE, by=CANVAS)
    assert (draft.table, draft.earlier) == (table, steps)


def test_the_canvas_keeps_its_drawing_while_it_is_drawn_on():
    draft = Draft("1")
    first = draft.drawing(1.0, "Polygon")
    draft.take(ONE, by=CANVAS)
    assert draft.drawing(1.0, "Polygon") is first
    # Undone to nothing it begins anew, though it begins with nothing as before.
    draft.undo()
    again = draft.drawing(1.0, "Polygon")
    assert again["objects"] == first["objects"] == [] and again != first


@pytest.mark.parametrize(("zoom", "tool"), [(2.0, "Polygon"), (1.0, "Edit")])
def test_another_zoom_or_tool_shows_all_outlines_anew(zoom, tool):
    draft = Draft("1")
    draft.drawing(1.0, "Polygon")
    draft.take(ONE, by=CANVAS)
    shown = draft.drawing(zoom, tool)
    assert [point["x"] for point in shown["objects"][0]["points"]] == [0, 4 * zoom, 4 * zoom]


def test_what_is_saved_is_not_changed():
    draft = Draft("1")
    assert not draft.changed
    draft.take(ONE, by=CANVAS)
    assert draft.changed
    draft.keep(3)
    assert (draft.version, draft.changed) == (3, False)
    draft.take((), by=PAGE)
    assert draft.changed
    draft.keep(4)
    assert draft.saved == () and not draft.changed


def test_opening_a_version_is_no_step_back():
    draft = Draft("1")
    draft.open(ONE, 2)
    assert (draft.outlines, draft.version, draft.changed, draft.earlier) == (ONE, 2, False, [])
    assert draft.drawing(1.0, "Polygon")["objects"]


def test_a_problem_lasts_until_the_next_step():
    draft = Draft("1")
    before = draft.drawing(1.0, "Polygon")
    draft.fail("too many points")
    assert draft.problem == "too many points" and draft.drawing(1.0, "Polygon") != before
    draft.take(ONE, by=CANVAS)
    assert draft.problem == ""


def test_memory_of_steps_has_an_end():
    draft = Draft("1")
    for x in range(1, 300):
        draft.take((Outline(((0, 0), (x, 0), (0, 9))),), by=CANVAS)
    assert len(draft.earlier) == 200


def test_a_canvas_that_is_taken_down_while_it_loads_deletes_nothing():
    draft = Draft("1")
    draft.put_up()
    draft.hear(ONE)
    draft.hear(TWO)
    before = draft.revision
    draft.put_up()
    draft.hear(())
    assert draft.outlines == TWO and draft.revision == before + 2, "the canvas is to show them again"
    draft.hear(TWO)
    draft.hear(())
    assert draft.outlines == ()
    draft.undo()
    assert draft.outlines == TWO


@pytest.mark.parametrize("cut", [False, True])
def test_points_changed_in_the_table_leave_what_an_outline_does(cut):
    draft = Draft("1", outlines=(*ONE, Outline(((1, 1), (3, 1), (3, 3)), cut=cut)))
    drawing._take_points(draft, 1, pd.DataFrame({"x": [1, 3, 2], "y": [1, 1, 2]}))
    assert draft.outlines == (*ONE, Outline(((1, 1), (3, 1), (2, 2)), cut=cut))
