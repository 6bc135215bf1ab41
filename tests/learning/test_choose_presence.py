"""Frames that truly show no nerve decide where presence comes from; planted scores say which way that has to go."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from neuroscan.data import dataset
from neuroscan.inference import presence
from neuroscan.learning import choose_presence as choosing
from tests import own_data

TRUE = pd.DataFrame(
    {
        "source": ["set"] * 40 + ["bare"] * 10,
        "group": [f"set/{n // 10}" for n in range(40)] + ["bare/1"] * 10,
        "present": [n % 2 == 0 for n in range(40)] + [True] * 10,
    }
)
"""Four subjects with ten frames each, half of them without a nerve; and a source in which every frame shows one."""


@pytest.fixture
def chosen(monkeypatch):
    """What is chosen of planted scores: head's logit, map, certainty, one each a row of TRUE."""

    def choose(logits, by_map, certainty, *, notes=None, samples=TRUE):
        monkeypatch.setattr(choosing.dataset, "read_image", lambda row: row.name)
        scores = list(zip(expit(logits), by_map, logits, certainty, strict=True))
        monkeypatch.setattr(choosing, "_scores", lambda predictor, image, threshold: scores[image])
        predictor = SimpleNamespace(card=SimpleNamespace(notes=notes or {}))
        return choosing.choose_presence(predictor, samples, 0.5)

    return choose


def noise(scale, seed):
    return np.random.default_rng(seed).normal(0, scale, len(TRUE))


SIGN = np.where(TRUE["present"], 1.0, -1.0)


def test_what_neither_tells_alone_both_may_tell_together(chosen):
    hidden = noise(4, 0)
    entries, words = chosen(SIGN + hidden, noise(1, 1), SIGN - hidden)
    assert entries["presence_from"] == "both" and words.endswith("both 1.000")
    of_head, of_map, constant = entries["presence_coefficients"]
    assert of_head == pytest.approx(of_map, rel=0.2) and of_head > 0 and abs(constant) < 0.5
    scores = expit(of_head * (SIGN + hidden) + of_map * (SIGN - hidden) + constant)
    positive = scores[TRUE["present"]]
    assert 0.85 <= (positive >= entries["presence_threshold"]).mean() <= 1
    assert words.startswith("presence AUC by 20 frames without a nerve of set: head 0.")


def test_the_threshold_is_of_all_sources_whichever_decided(chosen):
    """Of the deciding source all are called present at it, of the bare one 8 of 10: 90 % on average."""
    logits = np.where(TRUE["source"] == "bare", np.arange(50) - 39.0, 20 * SIGN)
    entries, _ = chosen(logits, noise(1, 1), noise(1, 2))
    assert entries["presence_from"] == "head"
    assert entries["presence_threshold"] == pytest.approx(expit(3.0), abs=1e-3)


def test_coefficients_are_of_features_as_they_are():
    """Fitted standardised: of two kinds so weighed that one frame against three counts as one against one."""
    true = TRUE.head(40).assign(present=[n % 4 == 0 for n in range(40)])
    sign = np.where(true["present"], 1.0, -1.0)
    true = true.assign(logit=5 + 4 * (sign + noise(1, 0)[:40]), certainty=0.3 * (sign + noise(1, 1)[:40]) - 2)
    features = true[["logit", "certainty"]].to_numpy()
    fitted = choosing._regression()
    fitted.fit(features, true["present"], logisticregression__sample_weight=np.where(true["present"], 2, 2 / 3))
    found = presence.fused(true["logit"], true["certainty"], choosing._fit_coefficients(true))
    assert found == pytest.approx(fitted.predict_proba(features)[:, 1], abs=1e-3)


def test_a_frame_is_altered_alike_to_keep_and_to_lose_its_nerve(tmp_path, monkeypatch):
    shapes = []
    monkeypatch.setattr(choosing, "_scores", lambda _, image, __: shapes.append(image.shape) or (0.5, 0.5))
    positive = dataset.load(own_data.write(tmp_path / "own", {1: (True,) * 12})).samples
    kept, lost = choosing._altered(SimpleNamespace(), positive, 0.5)
    assert len(kept) == len(lost) == 12
    assert shapes[::2] == shapes[1::2] and len({*shapes}) > 3


@pytest.mark.parametrize(("way", "at"), [("head", 0), ("map", 1)])
def test_what_tells_best_alone_stands_alone(way, at, chosen):
    scores = [noise(1, 0), noise(1, 1), noise(1, 2)]
    scores[at] = SIGN + noise(0.2, 3)
    entries, _ = chosen(*scores)
    assert (entries["presence_from"], entries["presence_coefficients"]) == (way, [])


def test_a_fusion_is_judged_on_subjects_that_it_was_not_fitted_on(chosen):
    """Certainty that is right of three subjects and wrong of the fourth: fitted on all of them it would win."""
    told = np.where(TRUE["group"] == "set/3", -SIGN, SIGN)
    entries, words = chosen(0.3 * SIGN + noise(1, 0), noise(1, 1), told)
    of = {way: float(auc) for way, auc in (part.split(" ") for part in words.split(": ")[1].split(", "))}
    assert entries["presence_from"] == "head" and of["head"] > of["both"] > of["map"]
    true = TRUE.head(40).assign(logit=(0.3 * SIGN + noise(1, 0))[:40], certainty=told[:40])
    in_sample = expit(presence.fused(true["logit"], true["certainty"], choosing._fit_coefficients(true)))
    present = true["present"]
    assert choosing._mean_auc(*(true.assign(both=in_sample)[side] for side in (present, ~present)), "both") > of["head"]


@pytest.mark.parametrize("groups", [["set/0"] * 20 + ["set/1"] * 20, ["set/0"] * 40])
def test_where_one_subject_has_all_frames_of_a_kind_nothing_is_fused(groups, chosen):
    """Kaggle's frames without a nerve are one subject's: without it there is nothing to fit a fusion on."""
    samples = TRUE.assign(group=groups + ["bare/1"] * 10, present=[n < 20 for n in range(40)] + [True] * 10)
    told = np.where(samples["present"], 1.0, -1.0)
    entries, words = chosen(told, -told, told, samples=samples)
    assert entries["presence_from"] == "head" and "20 frames without a nerve" in words and "both" not in words


@pytest.mark.parametrize(
    ("score", "threshold"), [(0.17128, 0.1712), (3.14159e-5, 3.141e-5), (0.0, 0.0), (1.0, 1.0), (0.99999, 0.9999)]
)
def test_the_threshold_is_rounded_down_and_stays_over_0(score, threshold):
    assert choosing._rounded_down(score) == pytest.approx(threshold, rel=1e-9)
    assert choosing._rounded_down(score) <= score


def test_without_a_head_the_map_answers(chosen):
    entries, words = chosen(5 * SIGN, noise(1, 1), 5 * SIGN, notes={"presence_head": False})
    assert entries["presence_from"] == "map" and "head" not in words and "both" not in words


def test_few_frames_without_a_nerve_do_not_decide(chosen, monkeypatch):
    few = TRUE.assign(present=[n >= 9 for n in range(50)])
    side = pd.DataFrame({"source": "set", "head": [0.9, 0.8], "map": [0.6, 0.5]})
    lost = side.assign(head=[0.1, 0.2], map=[0.7, 0.5])
    monkeypatch.setattr(choosing, "_altered", lambda *_: (side, lost))
    entries, words = chosen(-5 * SIGN, SIGN, SIGN, samples=few)
    assert entries["presence_from"] == "head" and "2 frames with a nerve, cropped or patched" in words


def test_sources_and_kinds_weigh_the_same_in_the_fit():
    true = pd.concat([TRUE.head(40), TRUE.head(40).assign(source="other").iloc[[0, 1, 2, 3]]], ignore_index=True)
    weights = choosing._weights(true)
    sums = true.assign(weight=weights).groupby(["source", "present"])["weight"].sum()
    assert np.ptp(sums) == pytest.approx(0) and weights.sum() == pytest.approx(len(true))


def test_the_mean_is_over_sources_and_not_over_frames():
    present = pd.DataFrame({"source": ["many"] * 9 + ["few"], "map": [0.5] * 9 + [0.9]})
    absent = pd.DataFrame({"source": ["many"] * 8 + ["few"], "map": [0.4] * 8 + [0.95]})
    assert choosing._mean_auc(present, absent, "map") == pytest.approx((1 + 0) / 2)
    assert np.isnan(choosing._mean_auc(present.iloc[:0], absent, "map"))


def test_what_is_fused_is_what_the_predictor_fuses(stand_in):
    """The card's coefficients belong to these two: another logit or certainty would make them mean something else."""
    from neuroscan.inference.predictor import Predictor

    predictor = Predictor(stand_in.weights / "blob")
    image = np.random.default_rng(0).integers(0, 255, (120, 160), np.uint8)
    head, by_map, logit, certainty = choosing._scores(predictor, image, predictor.card.threshold)
    numbers, threshold = [0.7, 1.3, -0.2], predictor.card.threshold
    card = SimpleNamespace(presence_from="both", presence_coefficients=numbers, threshold=threshold)
    output = predictor.infer(image)
    assert presence.score(card, output.map, head) == pytest.approx(expit(0.7 * logit + 1.3 * certainty - 0.2))
    assert by_map == pytest.approx(presence.from_map(output.map))
