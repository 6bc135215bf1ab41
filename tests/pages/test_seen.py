"""What other pages showed of a frame is told by a drawing of it: it was not drawn blind."""

import pytest

from neuroscan.app import seen

FRAME = "tiny/2_1"


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("pages/1_Live_Prediction.py", {seen.MODEL}),
        ("pages/2_Ground_Truth_Overlay.py", {seen.EXPERT, seen.MODEL}),
    ],
)
def test_a_page_that_shows_outlines_notes_whose(path, whose, open_page):
    page = open_page(path, sample=FRAME, model="blob")
    assert not page.exception
    assert page.session_state["outlines seen"] == {(FRAME, ""): whose}


def test_what_is_not_drawn_was_not_seen(open_page):
    page = open_page("pages/1_Live_Prediction.py", sample=FRAME, model="shy")
    assert "No nerve found" in page.warning[0].value
    assert "outlines seen" not in page.session_state
    next(t for t in page.toggle if t.label == "Look at the outline anyway").set_value(True).run()
    assert page.session_state["outlines seen"] == {(FRAME, ""): {seen.MODEL}}


@pytest.mark.parametrize("opened", ["show_all_models", "show_steadiness"])
def test_what_other_models_or_views_outline_is_seen_too(opened, open_page):
    page = open_page("pages/1_Live_Prediction.py", sample=FRAME, model="shy")
    page.toggle(key=opened).set_value(True).run()
    assert not page.exception
    assert page.session_state["outlines seen"] == {(FRAME, ""): {seen.MODEL}}


def test_the_grid_notes_each_of_its_frames(open_page):
    page = open_page("pages/2_Ground_Truth_Overlay.py", sample=FRAME, model="blob")
    page.segmented_control(key="truth view").set_value("Many").run()
    assert not page.exception
    noted = page.session_state["outlines seen"]
    assert len(noted) > 2 and all(whose == {seen.EXPERT, seen.MODEL} for whose in noted.values())
