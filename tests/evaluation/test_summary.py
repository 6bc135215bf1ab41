import io

import numpy as np
import pandas as pd
import pytest

from neuroscan.evaluation.frame import score_frame
from neuroscan.evaluation.presence import bootstrap_auc
from neuroscan.evaluation.summary import POSITIVE_MEANS, by_subject, compare, headline

# source, subject, frame, nerve?, presence, called present?, Dice without the gate, with it
TABLE = [
    ("uns", 1, 1, True, 0.9, True, 0.8, 0.8),
    ("uns", 1, 2, True, 0.3, False, 0.6, 0.0),  # the gate loses this one
    ("uns", 1, 3, False, 0.2, False, 0.0, 1.0),  # and mends this one
    ("uns", 1, 4, False, 0.6, True, 0.0, 0.0),
    ("uns", 2, 1, True, 0.8, True, 0.4, 0.4),
    ("usgra", 1, 1, True, 0.7, True, 0.5, 0.5),
]


def rows(model="unet", **columns):
    names = ["source", "subject", "frame", "present_true", "presence", "present_pred", "off", "on"]
    frames = pd.DataFrame(TABLE, columns=names)
    gates = [frames.assign(gate=gate, dice=frames["on" if gate else "off"]) for gate in (False, True)]
    return pd.concat(gates, ignore_index=True).drop(columns=["off", "on"]).assign(model=model, **columns)


def test_headline_by_hand():
    off, on = headline(rows()).to_dict("records")
    assert (off["model"], off["gate"], on["gate"]) == ("unet", False, True)
    assert (off["n_frames"], off["n_present"], off["n_absent"]) == (6, 4, 2)
    assert (off["n_subjects"], off["n_subjects_absent"]) == (3, 1)
    assert off["dice_frames"] == pytest.approx((0.8 + 0.6 + 0.4 + 0.5) / 4)
    assert off["dice_subjects"] == pytest.approx((0.7 + 0.4 + 0.5) / 3)
    assert off["kaggle_dice"] == pytest.approx((0.8 + 0.6 + 0 + 0 + 0.4 + 0.5) / 6)
    assert on["dice_frames"] == pytest.approx((0.8 + 0 + 0.4 + 0.5) / 4)
    assert on["dice_subjects"] == pytest.approx((0.4 + 0.4 + 0.5) / 3)
    assert on["kaggle_dice"] == pytest.approx((0.8 + 0 + 1 + 0 + 0.4 + 0.5) / 6)
    for line in (off, on):
        assert (line["presence_sensitivity"], line["presence_specificity"]) == (3 / 4, 1 / 2)
        # Pairs won: 0.9, 0.8 and 0.7 beat both absent frames, 0.3 beats 0.2 only.
        assert line["presence_auc"] == pytest.approx(7 / 8)


def test_a_subject_is_its_source_and_its_number():
    assert headline(rows(source="uns", frame=range(12))).iloc[0]["n_subjects"] == 2
    assert headline(rows()).iloc[0]["n_subjects"] == 3


def test_intervals_hold_the_mean_and_one_subject_has_none():
    line = headline(rows()).iloc[0]
    for name in ("dice_frames", "dice_subjects", "presence_sensitivity", "kaggle_dice"):
        assert line[f"{name}_low"] < line[name] < line[f"{name}_high"]
    assert np.isnan(line["presence_specificity_low"]) and np.isnan(line["presence_specificity_high"])


def test_interval_of_the_auc_draws_subjects_known_by_source_and_number():
    table = rows().query("not gate").assign(subject=[1, 1, 1, 2, 2, 1])  # frames without a nerve: uns/1, uns/2
    line = headline(table).iloc[0]
    subjects = ["uns/1", "uns/1", "uns/1", "uns/2", "uns/2", "usgra/1"]
    drawn = bootstrap_auc(table["present_true"], table["presence"], subjects)
    found = (line["presence_auc"], line["presence_auc_low"], line["presence_auc_high"])
    assert found == (drawn.value, drawn.low, drawn.high)


def test_by_source_keeps_them_apart_and_says_nan_where_no_frame_tells():
    table = headline(rows(), by=("source", "gate")).set_index(["source", "gate"])
    assert table.loc[("uns", False), "dice_frames"] == pytest.approx(0.6)
    usgra = table.loc[("usgra", False)]
    assert usgra["dice_frames"] == usgra["kaggle_dice"] == 0.5
    assert usgra[["presence_specificity", "presence_auc", "dice_subjects_low"]].isna().all()
    assert usgra["presence_sensitivity"] == 1


def test_frames_without_a_nerve_only():
    line = headline(rows().query("not present_true")).iloc[0]
    assert line["n_subjects"] == 0 and np.isnan(line["dice_frames"]) and np.isnan(line["dice_subjects"])
    assert line["kaggle_dice"] == 0 and line["presence_specificity"] == 0.5


def test_model_without_presence_scores_has_no_auc_but_a_verdict():
    line = headline(rows(presence=np.nan)).iloc[0]
    assert np.isnan(line["presence_auc"]) and line["presence_sensitivity"] == 3 / 4


def test_other_scores_are_means_over_positive_frames_and_pooled_dice_is_over_their_pixels():
    rng = np.random.default_rng(1)
    masks = rng.random((5, 2, 9, 8)) < 0.4
    masks[4, 0] = False  # no nerve
    scored = pd.DataFrame([score_frame(true, pred, spacing=(0.1, 0.2), presence=0.5) for true, pred in masks])
    scored = scored.assign(source="uns", subject=[1, 1, 2, 2, 2], frame=range(5), model="cnn", gate=False)
    line = headline(scored.assign(present_pred=True)).iloc[0]
    for name in POSITIVE_MEANS:
        assert line[name] == pytest.approx(scored.loc[:3, name].mean())
        assert line[f"{name}_low"] <= line[name] <= line[f"{name}_high"]
    unknown = headline(scored.assign(present_pred=True, nsd_mm=np.nan)).iloc[0]
    assert "nsd_mm" not in unknown and unknown["assd_mm"] == line["assd_mm"]
    true, pred = np.hstack(masks[:4, 0]), np.hstack(masks[:4, 1])
    assert line["dice_pooled"] == score_frame(true, pred)["dice"]
    assert line["kaggle_dice"] == pytest.approx(scored["dice"].mean())


def test_by_subject_by_hand():
    table = by_subject(rows()).set_index(["gate", "source", "subject"])
    assert len(table) == 6
    assert table.loc[(False, "uns", 1)][["n_present", "dice"]].tolist() == [2, pytest.approx(0.7)]
    assert table.loc[(True, "uns", 1), "dice"] == pytest.approx(0.4)
    absent = by_subject(rows().query("not present_true")).iloc[0]
    assert absent["n_present"] == 0 and np.isnan(absent["dice"])


def test_a_table_read_back_from_csv_says_the_same():
    text = rows().to_csv(index=False)
    pd.testing.assert_frame_equal(headline(pd.read_csv(io.StringIO(text))), headline(rows()))
    pd.testing.assert_frame_equal(by_subject(pd.read_csv(io.StringIO(text))), by_subject(rows()))


def study(gain, subjects=10):
    rng = np.random.default_rng(2)
    base = pd.DataFrame({"source": "uns", "subject": np.repeat(range(subjects), 5), "frame": range(5 * subjects)})
    base = base.assign(gate=False, present_true=True, presence=0.9, present_pred=True)
    dice = rng.normal(0.6, 0.05, len(base))
    luck = rng.normal(0, 0.02, (3, len(base)))
    return pd.concat(
        [
            base.assign(model="unet", dice=dice + gain + luck[0]),
            base.assign(model="cnn", dice=dice + luck[1]),
            base.assign(model="vgg", dice=dice + luck[2]),
        ]
    )


def test_compare_finds_the_planted_gain_only():
    table = compare(study(0.1)).set_index(["model_a", "model_b"])
    assert table["significant"].to_dict() == {("unet", "cnn"): True, ("unet", "vgg"): True, ("cnn", "vgg"): False}
    assert table.loc[("unet", "cnn"), "difference"] == pytest.approx(0.1, abs=0.02)
    assert (table["n_subjects"] == 10).all()


def test_compare_leaves_absent_frames_and_the_other_gate_out():
    table = study(0.0)
    noise = table.assign(gate=True, dice=table["dice"] + (table["model"] == "unet"))
    absent = table.assign(present_true=False, frame=table["frame"] + 1000, dice=(table["model"] == "unet") * 1.0)
    pd.testing.assert_frame_equal(compare(pd.concat([table, noise, absent])), compare(table))
    assert compare(noise, gate=True)["significant"].tolist() == [True, True, False]


@pytest.mark.parametrize("function", [headline, by_subject, compare])
def test_tables_that_would_mislead_are_refused(function):
    good = pd.concat([rows("unet"), rows("cnn")])
    function(good)
    with pytest.raises(ValueError, match=r"lack.*'present_pred'"):
        function(good.drop(columns="present_pred"))
    with pytest.raises(ValueError, match="1 of 24 rows have no dice"):
        function(good.reset_index(drop=True).assign(dice=lambda table: table["dice"].where(table.index > 0)))
    with pytest.raises(ValueError, match=r"'frame': 1.*more than once"):
        function(pd.concat([good, good.iloc[[0]]]))


def test_gates_thrown_together_are_refused_not_averaged():
    with pytest.raises(ValueError, match=r"more than once.*\['model', 'source', 'subject', 'frame'\]"):
        headline(rows(), by=("model",))


def test_models_scored_on_different_frames_are_not_compared():
    with pytest.raises(ValueError, match="'cnn': 3"):
        compare(pd.concat([rows("unet"), rows("cnn").iloc[1:]]))
    with pytest.raises(ValueError, match="0 positive frames"):
        compare(rows().query("not present_true"))
