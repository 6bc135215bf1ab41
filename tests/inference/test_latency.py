import numpy as np

from neuroscan.inference import latency
from neuroscan.inference.predictor import Predictor


def test_every_round_but_the_first_is_timed_over_the_whole_path(stand_in, monkeypatch):
    clock = iter(float(n) for n in range(1000))
    monkeypatch.setattr(latency.time, "perf_counter", lambda: next(clock))
    images = [np.random.default_rng(n).integers(0, 255, (40, 60), np.uint8) for n in range(2)]
    found = latency.measure(Predictor(stand_in.weights / "blob"), images, repeats=3)
    assert found == {"p50_ms": 1000.0, "p95_ms": 1000.0, "real_time": False}
    assert next(clock) == 4 * 2 + 3 * 2  # a start for each frame of each round, an end for those that count


def test_real_time_is_thirty_frames_a_second_at_the_95th_percentile(stand_in, monkeypatch):
    images = [np.zeros((40, 60), np.uint8)]
    predictor = Predictor(stand_in.weights / "blob")
    for slow, expected in ((0, True), (2, False)):
        ends = [0.01] * (20 - slow) + [0.5] * slow
        clock = iter([0.0, *(t for end in ends for t in (0.0, end))])
        monkeypatch.setattr(latency.time, "perf_counter", lambda clock=clock: next(clock))
        assert latency.measure(predictor, images, repeats=20)["real_time"] is expected
