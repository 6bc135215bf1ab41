"""make bench prints what it says, and what it times still runs."""

import json

import numpy as np

from neuroscan import config
from neuroscan.data import codecs
from neuroscan.inference.predictor import Predictor
from neuroscan.phantom import dataset as phantoms
from tests.benchmarks import __main__ as bench
from tests.benchmarks import inference


def test_each_figure_is_printed_and_then_all_of_them_as_one_json_line(monkeypatch, capsys):
    monkeypatch.setattr(bench, "BENCHMARKS", (lambda: {"one (ms)": 1.23456}, lambda: {"two (ms)": 20.0, "ratio": 5.5}))
    bench.main()
    *figures, line = capsys.readouterr().out.splitlines()
    assert [(figure.rsplit(maxsplit=1)[0].strip(), figure.split()[-1]) for figure in figures] == [
        ("one (ms)", "1.23"),
        ("two (ms)", "20.00"),
        ("ratio", "5.50"),
    ]
    assert json.loads(line) == {"one (ms)": 1.235, "two (ms)": 20.0, "ratio": 5.5}


def test_what_is_timed_ends_in_an_encoded_overlay():
    image = phantoms.frame(5, number=1, nerve=True)[0]
    data = codecs.encode_png(image)
    assert image.shape == (420, 580)
    shipped = Predictor(config.weights_dir() / "unet")
    for path in (inference.to_overlay(data, shipped), inference.threshold_change(data)):
        drawn = codecs.decode(path(), "overlay.png")[0].image
        assert drawn.shape == image.shape and 0 < np.count_nonzero(drawn != image) < 5_000
