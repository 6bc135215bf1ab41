import numpy as np
import pytest

from neuroscan.inference import latency
from neuroscan.inference.predictor import Predictor

IMAGE = np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8)


@pytest.fixture
def take(monkeypatch):
    """Give a function of the path a time of its own; the clock moves with those times alone."""
    now = [0.0]
    monkeypatch.setattr(latency.time, "perf_counter", lambda: now[0])

    def take(owner, name, *seconds):
        """Each call takes the next of these times, the last one over and over."""
        function, times = getattr(owner, name), list(seconds)

        def slow(*args):
            now[0] += times.pop(0) if len(times) > 1 else times[0]
            return function(*args)

        monkeypatch.setattr(owner, name, slow)

    return take


def test_every_round_but_the_first_is_timed_over_the_whole_path(stand_in, take):
    take(latency.codecs, "decode", 0.001)
    take(Predictor, "predict", 5.0, 5.0, 0.002)  # of two frames, the first round
    take(latency.overlay, "outline", 0.004)
    take(latency.codecs, "encode_png", 0.008)
    found = latency.measure(Predictor(stand_in.weights / "blob"), [IMAGE, np.zeros((30, 90), np.uint8)], repeats=3)
    assert found == {"p50_ms": 15.0, "p95_ms": 15.0, "real_time": True, "height": 30, "width": 90}


@pytest.mark.parametrize(
    ("slow", "p95", "real_time"),
    [(0, 10.0, True), (1, 34.5, False), (2, 500.0, False)],  # of 20 the 95th percentile lies 1/20 past the last but one
)
def test_real_time_is_thirty_frames_a_second_at_the_95th_percentile(stand_in, take, slow, p95, real_time):
    take(Predictor, "predict", *[0.01] * (21 - slow), *[0.5] * slow)
    found = latency.measure(Predictor(stand_in.weights / "blob"), [IMAGE], repeats=20)
    assert found == {"p50_ms": 10.0, "p95_ms": p95, "real_time": real_time, "height": 40, "width": 60}
