import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neuroscan.app.truth import score_store, split_scores
from neuroscan.app.truth.split_scores import Scores
from neuroscan.evaluation.frame import score_frame
from neuroscan.evaluation.thresholds import THRESHOLDS, threshold_counts
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Prediction

CUT, GATE = THRESHOLDS[96], 0.5


def frames():
    """Overlap, a miss, a false alarm, nothing shared, both empty, called absent with a nerve and without."""
    rng = np.random.default_rng(3)
    box, other, nothing = (np.zeros((12, 16), bool) for _ in range(3))
    box[3:9, 4:12], other[0:2, 0:3] = True, True
    low, high = np.float32(0.1), np.float32(0.9)
    noise = rng.random((12, 16), dtype=np.float32)
    return [
        (box, Prediction(noise, 0.9)),
        (box, Prediction(np.full((12, 16), low), 0.7)),
        (nothing, Prediction(np.where(box, high, low), 0.6)),
        (box, Prediction(np.where(other, high, low), 0.8)),
        (nothing, Prediction(np.full((12, 16), low), 0.1)),
        (box, Prediction(np.where(box, high, low), 0.2)),
        (nothing, Prediction(noise, 0.3)),
    ]


def kept(pairs, *, cut=CUT):
    """The scores that a pass would keep."""
    return Scores(
        tuple(f"tiny/{n}" for n in range(len(pairs))),
        np.stack([threshold_counts(truth, p.probability) for truth, p in pairs]).astype(np.int32),
        np.array([truth.shape for truth, _ in pairs]),
        np.array([p.presence for _, p in pairs]),
        np.array([score_frame(truth, p.mask(cut))["hd95"] for truth, p in pairs]),
    )


@pytest.mark.parametrize("gate", [0.0, GATE, 0.9, 1.0], ids=["gate off", "gate on", "at a score", "all absent"])
def test_equal_to_the_scores_of_each_frame(gate):
    pairs = frames()
    table = split_scores.at(kept(pairs), CUT, gate)
    for row, (truth, prediction) in zip(table.to_dict("records"), pairs, strict=True):
        expected = score_frame(truth, prediction.mask(CUT, gate), presence=prediction.presence)
        names = ["dice", "iou", "precision", "recall", "area_error", "hd95", "presence", "tp", "fp", "fn", "tn"]
        assert {name: row[name] for name in names} == pytest.approx({name: expected[name] for name in names})


def test_what_follows_from_the_counts():
    table = split_scores.at(kept(frames()), CUT, GATE).set_index("name")
    assert list(table["kind"]) == [
        "overlap",
        "miss",
        "false alarm",
        "elsewhere",
        "rightly empty",
        "miss",
        "rightly empty",
    ]
    assert list(table["presence_error"]) == pytest.approx([0.1, 0.3, 0.6, 0.2, 0.1, 0.8, 0.3])
    # 48 pixels of the expert and 6 of the model, none shared, of 192.
    assert table.loc["tiny/3", "disagreement"] == pytest.approx(54 / 192)
    assert table.loc["tiny/4", "disagreement"] == 0
    # A miss and a false alarm count as the whole diagonal, what is rightly empty as nothing.
    shares = table["hd95_share"]
    assert list(shares[["tiny/1", "tiny/2", "tiny/5"]]) == [1, 1, 1] and list(shares[["tiny/4", "tiny/6"]]) == [0, 0]
    assert shares["tiny/3"] == pytest.approx(table.loc["tiny/3", "hd95"] / 20) and shares["tiny/3"] < 1  # 12 by 16


@pytest.mark.parametrize("k", [0, 1, 77, 128, 255])
def test_a_counted_threshold_is_found_again(k):
    assert split_scores.level(k / 256) == k


def test_between_two_counted_thresholds_the_nearer_one_counts():
    assert [split_scores.level(t) for t in (0.4, 0.45, 0.999, 1.0)] == [102, 115, 255, 255]


def test_passes_are_put_together_in_the_order_asked_for():
    one, two = kept(frames()[:3]), kept(frames()[3:])
    two = Scores(
        tuple(f"other/{n}" for n in range(4)),
        *(getattr(two, n) for n in ("counts", "shapes", "presence", "hd95")),
        ("x",),
    )
    joined = split_scores.join([one, two], ["other/1", "tiny/2", "gone", "other/0"])
    assert joined.names == ("other/1", "tiny/2", "other/0") and joined.problems == ("x",)
    assert list(joined.presence) == [two.presence[1], one.presence[2], two.presence[0]]
    assert np.array_equal(joined.counts[1], one.counts[2])


def test_scores_are_kept_under_all_that_they_hang_on(stand_in, tmp_path):
    card = cards.read(stand_in.weights / "blob")
    files = {half: tmp_path / f"{half}.png" for half in ("image", "mask")}
    for path in files.values():
        path.write_bytes(b"12")
    sample = {"name": "tiny/1_1", "rle": None, "label": 1} | {half: str(path) for half, path in files.items()}

    def key(card=card, **other):
        return score_store._key(card, pd.DataFrame([sample | other]))

    assert key() == key(replace(card, limits=["None."], presence_threshold=0.9))
    others = [replace(card, flip_tta=True), replace(card, threshold=0.7)]
    found = [key(), *map(key, others), key(name="tiny/1_2"), key(rle="1 2"), key(label=2)]
    for path in files.values():
        os.utime(path, ns=(0, 5))  # another picture of equal size
        found.append(key())
        path.write_bytes(b"123")
        os.utime(path, ns=(0, 5))
        found.append(key())
    assert len(set(found)) == len(found)
