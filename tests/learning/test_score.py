"""What a model's folder keeps of its scores."""

import numpy as np
import pandas as pd
import pytest

from neuroscan.data import dataset, splits
from neuroscan.evaluation import calibration, presence
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Predictor
from neuroscan.learning import score
from tests import own_data
from tests.conftest import write_stand_in_model


def test_presence_near_one_is_kept_with_all_its_digits(tmp_path):
    samples = dataset.load(own_data.write(tmp_path / "own")).samples
    samples = samples.assign(group=splits.group_keys(samples))
    write_stand_in_model(tmp_path / "sure", presence_shift=8.0)
    predictor = Predictor(tmp_path / "sure")
    results = score.evaluate(predictor, samples)
    score.write(predictor, samples, results, tmp_path / "sure")
    kept = pd.read_csv(tmp_path / "sure" / cards.FRAMES_FILE)
    assert results.rows["presence"].min() > 0.999 and kept["presence"].nunique() > 4
    assert (kept["presence"].astype("float32") == results.rows["presence"].astype("float32")).all()
    aucs = [
        presence.presence_scores(rows["present_true"], rows["presence"], threshold=0.5).auc
        for rows in (kept, results.rows)
    ]
    assert aucs[0] == aucs[1]


def test_reliability_is_told_before_scaling_and_after(tmp_path):
    samples = dataset.load(own_data.write(tmp_path / "own")).samples
    samples = samples.assign(group=splits.group_keys(samples))
    write_stand_in_model(tmp_path / "soft", temperature=2.0)
    predictor = Predictor(tmp_path / "soft")
    score.write(predictor, samples, score.evaluate(predictor, samples), tmp_path / "soft")
    kept = pd.read_csv(tmp_path / "soft" / cards.RELIABILITY_FILE)
    pairs = [(image := dataset.read_image(row), dataset.read_mask(row, image.shape)) for _, row in samples.iterrows()]
    for stage, model in (("before", predictor.scaled()), ("after", predictor)):
        sums = [calibration.bin_sums(mask, model.predict(image).probability) for image, mask in pairs]
        expected = calibration.reliability(calibration.pooled(np.stack(sums)))
        found = kept[kept["stage"] == stage].reset_index(drop=True)
        for name in ("mean_probability", "observed"):
            assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-3, nan_ok=True)
        assert found["count"].to_numpy() == pytest.approx(expected["count"].to_numpy(), abs=1)
    counts = kept.pivot_table(index="bin_low", columns="stage", values="count")
    assert (counts["before"] - counts["after"]).abs().max() > 10
