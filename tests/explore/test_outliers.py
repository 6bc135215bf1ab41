"""Frames and subjects unlike the rest, by hand."""

import numpy as np
import pandas as pd
import pytest

from neuroscan.explore import outliers
from neuroscan.explore.columns import COLUMNS


def table(subjects=8, each=10):
    """Frames that differ a little, all present."""
    random = np.random.default_rng(0)
    count = subjects * each
    frames = pd.DataFrame(random.uniform(0.95, 1.05, (count, len(COLUMNS))), columns=list(COLUMNS))
    frames["source"], frames["subject"] = "set", np.repeat([str(n) for n in range(subjects)], each)
    frames["name"] = [f"set/{row}" for row in range(count)]
    frames["parts"], frames["present"] = 1.0, True
    frames["height_px"], frames["width_px"] = 420, 580
    frames["prevalence"] = np.repeat(random.uniform(0.38, 0.42, subjects), each)
    return frames


NONE = pd.DataFrame({"first": [], "second": []})


def test_a_table_without_oddities():
    frames = table()
    assert outliers.frame_outliers(frames).empty
    assert set(outliers.subject_outliers(frames, NONE)["reason"]) == {""}


def test_odd_values_are_named_the_farthest_first():
    frames = table()
    frames.loc[3, "mean"] = 0.5
    frames.loc[7, "area_share"] = 3.0
    frames.loc[9, "parts"] = 2.0
    frames.loc[11, "solidity"] = 2.0
    found = outliers.frame_outliers(frames)
    assert found["name"].tolist() == ["set/7", "set/3", "set/9"]
    assert found["reason"].tolist() == ["large nerve", "dark frame", "mask in several parts"]
    assert found["value"].tolist() == [3.0, 0.5, 2.0]
    assert found["z"].iloc[0] > 3.5 and found["z"].iloc[1] < -3.5 and np.isnan(found["z"].iloc[2])


def test_a_value_is_odd_past_a_modified_z_of_three_and_a_half():
    frames = table().head(11)
    frames["mean"] = 100 + np.array([0, 1, -1, 1, -1, 1, -1, 1, -1, -5.1, 5.3])  # z of the last: -3.44 and 3.57
    found = outliers.frame_outliers(frames).query("column == 'mean'")
    assert found["name"].tolist() == ["set/10"] and found["z"].tolist() == pytest.approx([0.6745 * 5.3])


@pytest.mark.parametrize(
    ("column", "usual", "far", "worth_a_look"),
    [("dark_share", 0.001, 0.09, 0.11), ("solidity", 0.97, 0.91, 0.89)],
)
def test_a_share_is_odd_only_where_its_words_are_true(column, usual, far, worth_a_look):
    frames = table()
    frames[column] = usual * np.linspace(0.99, 1.01, len(frames))
    frames.loc[[3, 7], column] = far, worth_a_look
    assert outliers.frame_outliers(frames)["name"].tolist() == ["set/7"]


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ("mean", "dark frame", "bright frame"),
        ("variance", "frame of little contrast", "frame of much contrast"),
        ("entropy", "few grey levels", None),
        ("sharpness", "blurred frame", "very sharp or noisy frame"),
        ("area_share", "small nerve", "large nerve"),
        ("centroid_row_rel", "shallow nerve", "deep nerve"),
        ("centroid_column_rel", "nerve far to the left", "nerve far to the right"),
        ("eccentricity", None, "very long nerve"),
        ("contrast", "unusually dark nerve for its surroundings", "unusually bright nerve for its surroundings"),
    ],
)
def test_a_low_and_a_high_value_have_words_of_their_own(column, low, high):
    frames = table()
    frames.loc[[3, 7], column] = 0.5, 2.0
    found = outliers.frame_outliers(frames).set_index("name")["reason"].to_dict()
    assert found == {name: words for name, words in (("set/3", low), ("set/7", high)) if words}


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ("prevalence", "few frames with a nerve", "many frames with a nerve"),
        ("area_share", "small nerves", "large nerves"),
        ("centroid_row_rel", "shallow nerves", "deep nerves"),
        ("centroid_column_rel", "nerves far to the left", "nerves far to the right"),
        ("contrast", "unusually dark nerves for their surroundings", "unusually bright nerves for their surroundings"),
    ],
)
def test_subjects_of_low_and_of_high_values_have_words_of_their_own(column, low, high):
    frames = table(subjects=12)
    for subject, value in (("3", 0.5), ("7", 2.0)):
        frames.loc[frames["subject"] == subject, column] *= value
    frames.loc[frames["subject"] == "5", column] *= [1, 1, 1, 1, 1, 1, 1, 1, 1, 9]  # the median stays
    rows = outliers.subject_outliers(frames, NONE).set_index("subject")
    assert rows["reason"].loc[rows["reason"] != ""].to_dict() == {"set/3": low, "set/7": high}


def test_each_source_has_its_own_rest():
    frames = table(subjects=10)
    other = frames["subject"].isin([str(number) for number in range(5, 10)])
    frames.loc[other, "source"] = "other"
    frames.loc[other, ["mean", "variance", "contrast"]] += 5
    frames.loc[frames["subject"] == "9", "contrast"] += 5
    assert outliers.frame_outliers(frames).query("column != 'contrast'").empty
    rows = outliers.subject_outliers(frames, NONE).set_index("subject")
    assert rows.loc[rows["reason"] != ""].index.tolist() == ["other/9"]


@pytest.mark.parametrize("column", ["variance", "sharpness", "area_share"])
def test_what_spreads_by_ratios_is_compared_by_ratios(column):
    frames = table()
    frames[column] = np.exp(np.linspace(-2, 2, len(frames)))  # 7 is as far above 1 as 1/7 is below
    assert outliers.frame_outliers(frames).empty
    assert set(outliers.subject_outliers(frames, NONE)["reason"]) == {""}


def test_originals_are_not_blurred_beside_reduced_copies():
    frames = table()
    frames.loc[:9, ["height_px", "width_px"]] = 185, 256
    frames.loc[:9, ["sharpness", "entropy", "variance"]] += 5
    assert outliers.frame_outliers(frames).empty
    frames.loc[3, "sharpness"] = 1.0  # blurred for a copy
    frames.loc[4, "mean"] = 0.5
    assert outliers.frame_outliers(frames)["name"].tolist() == ["set/3", "set/4"]


def test_absent_nerves_are_not_small_ones():
    frames = table()
    frames.loc[::3, "area_share"] = 0.0
    frames.loc[::3, "centroid_row_rel"] = np.nan
    assert outliers.frame_outliers(frames).empty
    rows = outliers.subject_outliers(frames, NONE)
    assert rows["area_share"].between(0.9, 1.1).all() and set(rows["frames"]) == {10}


def test_among_few_frames_none_is_odd():
    for count, odd in ((9, []), (10, ["set/3"])):
        frames = table().head(count)
        frames.loc[3, "mean"] = 0.5
        assert outliers.frame_outliers(frames)["name"].tolist() == odd


def test_frames_without_a_nerve_are_no_company_to_those_with_one():
    frames = table().head(13)
    frames.loc[3:, "area_share"] = 0.0
    frames.loc[:2, "area_share"] = 0.02, 0.021, 0.09
    assert "area_share" not in set(outliers.frame_outliers(frames)["column"])


def test_a_subject_labelled_otherwise():
    frames = table()
    of_3, of_5 = frames["subject"] == "3", frames["subject"] == "5"
    frames.loc[of_3, ["prevalence", "centroid_row_rel"]] = 0.95, 2.0
    pairs = pd.DataFrame({"first": frames.loc[of_5, "name"].iloc[:2], "second": frames.loc[of_5, "name"].iloc[2:4]})
    rows = outliers.subject_outliers(frames, pairs)
    assert rows["subject"].tolist()[:3] == ["set/3", "set/5", "set/0"]
    assert rows["reason"].tolist()[:3] == [
        "many frames with a nerve; deep nerves",
        "many contradictory near-duplicates",
        "",
    ]
    assert rows.set_index("subject")["contradictory"].loc["set/5"] == pytest.approx(0.4)


def test_one_contradictory_pair_is_not_many():
    frames = table(each=8)
    pair = pd.DataFrame({"first": ["set/8"], "second": ["set/9"]})
    rows = outliers.subject_outliers(frames, pair).set_index("subject")
    assert rows.loc["set/1", "contradictory"] == 0.25 and set(rows["reason"]) == {""}


@pytest.mark.parametrize(
    ("pairs", "each", "reason"), [(2, 50, ""), (3, 60, ""), (3, 59, "many contradictory near-duplicates")]
)
def test_a_tenth_of_a_subjects_frames_may_contradict(pairs, each, reason):
    frames = table(each=each)
    of_0 = frames["name"].iloc[: 2 * pairs]
    rows = outliers.subject_outliers(frames, pd.DataFrame({"first": of_0.iloc[::2], "second": of_0.iloc[1::2]}))
    assert rows.set_index("subject").loc["set/0", "reason"] == reason


def test_no_known_subject_leaves_an_empty_table():
    rows = outliers.subject_outliers(table().assign(subject=None), NONE)
    assert rows.empty and {"subject", "frames", "prevalence", "contradictory", "reason"} <= set(rows.columns)


def test_few_subjects_are_compared_with_nobody_and_unknown_ones_left_out():
    frames = table(subjects=5)
    frames.loc[frames["subject"] == "1", "centroid_row_rel"] = 9.0
    assert "deep nerves" in set(outliers.subject_outliers(frames, NONE)["reason"])
    frames.loc[frames["subject"] == "4", "subject"] = None
    rows = outliers.subject_outliers(frames, NONE)
    assert rows[["subject", "frames", "reason"]].values.tolist() == [[f"set/{n}", 10, ""] for n in range(4)]


def test_subjects_without_a_nerve_are_no_company_in_what_is_said_of_nerves():
    frames = table(subjects=5)
    frames.loc[frames["subject"].isin(["3", "4"]), "area_share"] = 0.0
    frames.loc[frames["subject"] == "2", "area_share"] = 9.0
    assert set(outliers.subject_outliers(frames, NONE)["reason"]) == {""}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], [-0.6745, 0, 0.6745]),
        ([5, 5, 5, 9], [np.nan] * 4),
        ([1, np.nan, 3, 5], [-0.6745, np.nan, 0, 0.6745]),
    ],
)
def test_modified_z_by_hand(values, expected):
    assert outliers.modified_z(pd.Series(values)).tolist() == pytest.approx(expected, nan_ok=True)


def test_ratios_count_alike_both_ways():
    z = outliers.modified_z(pd.Series([0.25, 0.5, 1, 2, 4]), log=True)
    assert z.tolist() == pytest.approx([-1.349, -0.6745, 0, 0.6745, 1.349])
