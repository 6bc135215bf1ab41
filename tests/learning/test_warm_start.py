"""Whose frames may judge a run that goes on from a finished model."""

import pandas as pd
import pytest

from neuroscan.learning import warm_start
from neuroscan.learning.config import Config
from tests.conftest import write_stand_in_model


@pytest.mark.parametrize(
    ("group", "fit_for"),
    [
        ("own/1", {"train"}),  # the start learnt from it
        ("own/2", {"train", "validation"}),  # the start was chosen by it
        ("own/3", {"train", "validation", "test"}),
        ("other/1", {"train"}),  # the start's own start did
        ("own/9", {"train"}),  # of a source that the start learnt from, and not on its card
        ("other/9", {"train", "validation", "test"}),
    ],
)
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_subject_judges_only_what_has_not_seen_it(group, fit_for, split, tmp_path):
    subjects = {"train": ["other/1", "own/1"], "validation": ["own/2"], "test": ["own/3"]}
    write_stand_in_model(tmp_path / "first", sources={"own": 1.0}, subjects=subjects)
    config = Config(start=str(tmp_path / "first"))
    samples = pd.DataFrame({"source": [group.partition("/")[0]], "group": [group], "split": [split]})
    if split in fit_for:
        warm_start.check(config, samples)
    else:
        with pytest.raises(ValueError, match=f"may have learnt from {group}, which this run is judged by"):
            warm_start.check(config, samples)
