"""What a model's folder keeps of its scores."""

import pandas as pd

from neuroscan.data import dataset, splits
from neuroscan.evaluation import presence
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
