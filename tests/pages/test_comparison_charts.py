"""Model Comparison: what each chart draws is what the files say."""

import base64
import json

import numpy as np
import pytest

from neuroscan.inference import card as cards
from tests import scored_models
from tests.pages.test_model_comparison import BETTER, PAGE, open_tab, own, said, weights

__all__ = ["own", "weights"]


def values(found) -> np.ndarray:
    """Numbers or texts of a trace, as Plotly sends them."""
    packed = isinstance(found, dict)
    return np.frombuffer(base64.b64decode(found["bdata"]), found["dtype"]) if packed else np.array(found)


@pytest.fixture
def traces(open_page, weights):
    """Open a tab, and find its traces of a name: `traces("Cost", "good")`."""

    def opened(tab: str, name: str, *, press: tuple[str, str] | None = None):
        page = open_tab(open_page(PAGE, weights=weights), tab)
        if press:
            page.segmented_control(key=press[0]).set_value(press[1]).run()
        assert not page.exception
        drawn = [trace for chart in page.get("plotly_chart") for trace in json.loads(chart.proto.spec)["data"]]
        return [(values(trace["x"]), values(trace["y"])) for trace in drawn if trace.get("name") == name]

    return opened


def test_every_subject_has_its_own_mean(traces):
    (subjects, dice), _ = traces("Subjects and sizes", "good")
    assert subjects.tolist() == [str(number) for number in range(1, 11)]
    assert dice == pytest.approx(BETTER + np.arange(1, 11) / 1000)


def test_every_frame_stands_with_nerves_of_its_size(traces):
    _, (sizes, dice) = traces("Subjects and sizes", "good")
    assert dice == pytest.approx(np.repeat(BETTER + np.arange(1, 11) / 1000, 2))
    # Odd frames show a nerve half the size of even ones.
    assert len(set(sizes[::2])) == len(set(sizes[1::2])) == 1 and sizes[0] != sizes[1]


def test_presence_is_marked_where_the_cards_threshold_puts_it(traces):
    (false_positive_rate, sensitivity), *_ = traces("Presence", "good")
    assert (false_positive_rate.tolist(), sensitivity.tolist()) == ([0, 0, 1], [0, 1, 1])
    ((false_positive_rate, sensitivity),) = traces("Presence", "good, its threshold")
    assert (false_positive_rate.tolist(), sensitivity.tolist()) == ([0], [1])


def test_precision_and_recall_are_marked_at_the_threshold_in_use(traces):
    _, (recall, precision) = traces("Thresholds", "good")[-2:]
    assert len(recall) == 256 and recall[128] == precision[128] == 0.75
    ((recall, precision),) = traces("Thresholds", "good at 0.500")
    assert (recall.tolist(), precision.tolist()) == ([0.75], [0.75])


def test_training_is_drawn_to_its_last_epoch(traces):
    training, validation = traces("Training", "good")
    log = scored_models.log()
    assert training[0].tolist() == validation[0].tolist() == [1, 2, 3, 4, 5]
    assert training[1] == pytest.approx(log["mask_dice"]) and validation[1] == pytest.approx(log["val_mask_dice"])


@pytest.mark.parametrize("by", ["Milliseconds", "Parameters", "Megabytes"])
def test_cost_is_the_one_asked_for(by, traces, weights):
    ((cost, dice),) = traces("Cost", "good", press=("compare cost", by))
    card = cards.read(weights / "good")
    megabytes = (weights / "good" / cards.ONNX_FILE).stat().st_size / 1e6
    expected = {"Milliseconds": card.latency["p95_ms"], "Parameters": card.parameters, "Megabytes": megabytes}
    assert cost.tolist() == pytest.approx([expected[by]], rel=0.1) and len(set(expected.values())) == 3
    assert dice.tolist() == pytest.approx([BETTER + 5.5 / 1000])


def test_models_that_were_not_trained_alike_are_told(open_page, own):
    folder = own({"long": BETTER, "short": 0.7}, notes={"frames_seen": 51_200})
    assert "Not trained alike" not in said(open_page(PAGE, weights=folder))
    card = cards.read(folder / "long")
    cards.write(cards.replace(card, notes={"frames_seen": 535_040}), folder / "long")
    page = open_page(PAGE, weights=folder)
    assert "Not trained alike: frames drawn in training, long 535,040 and short 51,200" in said(page).replace("**", "")
    assert page.dataframe[0].value.set_index("model")["seen"].tolist()[:2] == [535_040, 51_200]


def test_the_sessions_threshold_is_marked_on_both_curves(open_page, weights):
    page = open_page("Home.py", weights=weights).switch_page(PAGE)  # links to other pages need the front door
    page.session_state["threshold of good"] = 0.75
    page.run()
    assert not page.exception
    drawn = [trace for chart in page.get("plotly_chart") for trace in json.loads(chart.proto.spec)["data"]]
    marked = {trace["name"]: values(trace["x"]).tolist() for trace in drawn}
    assert marked["good, in use"] == [0.75] and marked["poor, in use"] == [0.5]
    assert marked["good at 0.750"] == pytest.approx([1 - 0.75**2]) and "poor at 0.500" in marked
