"""What a visitor chose: links, thresholds of each model, spacing."""

import pytest
from streamlit.testing.v1 import AppTest

from neuroscan.app import state
from neuroscan.app.state import Thresholds


def script() -> None:
    """A page that shows what the session holds."""
    import streamlit as st

    from neuroscan.app import state

    for sentence in state.adopt_link():
        st.warning(sentence)
    card = st.session_state["card"]
    found = state.thresholds("unet", card)
    st.json({"threshold": found.threshold, "presence": found.presence, "sample": st.session_state.get(state.SAMPLE)})


class FakeCard:
    """The two numbers of a card that count here."""

    threshold = 0.4
    presence_threshold = 0.3


def opened(**query: str) -> AppTest:
    """Open the page with a link."""
    test = AppTest.from_function(script, default_timeout=60)
    test.session_state["card"] = FakeCard()
    for name, value in query.items():
        test.query_params[name] = value
    return test.run()


def shown(test: AppTest) -> dict:
    """What the page shows."""
    import json

    return json.loads(test.json[0].value)


def test_thresholds_are_the_cards_until_changed():
    assert shown(opened()) == {"threshold": 0.4, "presence": 0.3, "sample": None}


@pytest.mark.parametrize("value", ["0", "1", "0.25"])
def test_a_link_is_taken_over(value):
    found = shown(opened(sample="uns/1_12", model="unet", threshold=value, presence=value))
    assert found == {"threshold": float(value), "presence": float(value), "sample": "uns/1_12"}


@pytest.mark.parametrize("value", ["", "x", "-0.1", "1.01", "nan", "inf", "0.5; drop"])
def test_a_wrong_number_is_told_and_left_out(value):
    test = opened(model="unet", threshold=value)
    assert [one.value for one in test.warning] == ["The link's threshold is no number from 0 to 1; it is left out."]
    assert shown(test)["threshold"] == 0.4


def test_numbers_without_a_model_are_told():
    told = [one.value for one in opened(threshold="0.2").warning]
    assert told == ["The link does not say of which model its threshold is; it is left out."]


def test_an_empty_name_in_a_link_names_nothing():
    assert shown(opened(sample="", model=""))["sample"] is None


def test_a_link_is_taken_over_once():
    test = opened(model="unet", threshold="0.2")
    test.session_state["threshold of unet"] = 0.9
    assert shown(test.run())["threshold"] == 0.9


def test_a_link_keeps_a_cards_thresholds_as_they_are():
    """A digit less, and some frames have another outline, or another verdict."""
    query = state.link("uns/1_1", "unet", Thresholds(0.4609, 0.9283))
    assert (query["threshold"], query["presence"]) == ("0.4609", "0.9283")


def test_link_leaves_uploads_out():
    both = Thresholds(0.5, 0.123)
    assert state.link("uns/1_1", "unet", both) == {
        "sample": "uns/1_1",
        "model": "unet",
        "threshold": "0.5",
        "presence": "0.123",
    }
    assert state.link(None, "unet") == {"model": "unet"}


def test_the_gate_of_a_link_comes_back_as_it_was_set():
    assert opened(model="unet", presence="0.2").session_state["last_gate of unet"] == 0.2


def typing() -> None:
    """A page on which a spacing is typed in: each of `typed` is a frame, a spacing and whether it is for all."""
    import streamlit as st

    from neuroscan.app import state

    for digest, spacing, for_all in st.session_state["typed"]:
        state.type_spacing(digest, spacing, for_all=for_all)
    st.json({digest: state.typed_spacing(digest) for digest in "AB"} | {"all": state.spacing_for_all()})


NONE, ONE, TWO = (None, None), (0.1, 0.2), (0.3, 0.4)


@pytest.mark.parametrize(
    ("typed", "of_a", "of_b"),
    [
        ([("A", ONE, False)], ONE, NONE),
        ([("A", ONE, False), ("A", ONE, True)], ONE, ONE),
        ([("A", ONE, True), ("B", ONE, False)], ONE, NONE),
        ([("A", ONE, True), ("B", TWO, True), ("B", TWO, False)], NONE, TWO),
        ([("A", ONE, True), ("B", ONE, False), ("B", TWO, False)], ONE, TWO),
        ([("A", NONE, True), ("B", ONE, True), ("A", ONE, False)], NONE, ONE),
        ([("A", NONE, True), ("B", NONE, False)], NONE, NONE),
    ],
)
def test_a_spacing_is_of_the_frame_that_it_was_typed_in_for_once_it_is_no_longer_for_all(typed, of_a, of_b):
    test = AppTest.from_function(typing, default_timeout=60)
    test.session_state["typed"] = typed
    found = shown(test.run())
    assert (tuple(found["A"]), tuple(found["B"]), found["all"]) == (of_a, of_b, typed[-1][2])
