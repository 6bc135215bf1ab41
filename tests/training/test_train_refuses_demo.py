"""python -m training.train never learns from the demo's phantoms."""

import pytest

from neuroscan.learning.config import Config
from neuroscan.phantom import DEMO_SEED
from neuroscan.phantom.plan import subject_name
from tests import own_data
from training import train


@pytest.mark.parametrize("name", ["phantom_demo", "renamed"])
def test_demo_subjects_are_refused_before_anything_is_written(tmp_path, name):
    folder = own_data.write(tmp_path / "data" / name)
    for path in list(folder.iterdir()):
        subject, rest = path.name.split("_", 1)
        path.rename(folder / f"{subject_name(DEMO_SEED, int(subject))}_{rest}")
    config = Config(name="tried", sources={name: 1.0})
    with pytest.raises(ValueError, match=r"P588001.* the demo's phantoms .*which no model may have seen"):
        train.run(config, tmp_path / "data", tmp_path / "runs" / "tried", output=tmp_path / "weights", resume=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_demo_beside_the_training_sources_does_no_harm(tmp_path, monkeypatch):
    own_data.write(tmp_path / "data" / "mine", {1: (True,)})
    demo = own_data.write(tmp_path / "data" / "phantom_demo", {1: (True,)})
    (demo / "1_1.png").rename(demo / "P588001_1.png")
    (demo / "1_1_mask.png").rename(demo / "P588001_1_mask.png")
    asked = []
    monkeypatch.setattr(train, "refuse_demo", lambda subjects: asked.extend(subjects))
    with pytest.raises(ValueError, match="five or more such subjects"):  # later than the demo's refusal
        train.run(
            Config(name="tried", sources={"mine": 1.0}),
            tmp_path / "data",
            tmp_path / "runs" / "tried",
            output=tmp_path / "weights",
            resume=False,
        )
    assert asked == ["1"]
