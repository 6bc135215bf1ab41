"""Ground Truth Overlay: what one move of the threshold costs the server."""

import cv2
import numpy as np
import pandas as pd

from neuroscan.app.state import Thresholds
from neuroscan.app.truth import one_frame, panels, ranking, split_scores
from neuroscan.app.truth.one_frame import Lens
from neuroscan.app.truth.split_scores import Scores
from neuroscan.data import codecs
from neuroscan.evaluation.thresholds import THRESHOLDS, dice_curve, threshold_counts
from neuroscan.figures import agreement
from neuroscan.inference.predictor import Prediction
from neuroscan.phantom import dataset as phantoms
from tests.benchmarks.timing import median_ms

FRAMES = 500
"""About as many as the real test subjects have."""


def lens(models: int) -> Lens:
    """A 580x420 frame, a nerve, and probability maps whose outline differs from it at any threshold."""
    image = phantoms.frame(5, number=1, nerve=True)[0]
    truth = cv2.ellipse(np.zeros(image.shape, np.uint8), (250, 170), (60, 35), 20, 0, 360, 1, -1) > 0
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    maps = [
        np.exp(-(((rows - 180) / 40) ** 2) - ((columns - 262 - 20 * number) / 70) ** 2).astype(np.float32)
        for number in range(models)
    ]
    return Lens("bench/1", image, truth, tuple(Prediction(probability, 1.0) for probability in maps))


def scores(one: Lens) -> Scores:
    """The same frame many times over, which costs what so many frames cost."""
    counts = threshold_counts(one.truth, one.predictions[0].probability).astype(np.int32)
    return Scores(
        tuple(f"bench/{number}" for number in range(FRAMES)),
        np.repeat(counts[None], FRAMES, axis=0),
        np.repeat([one.image.shape], FRAMES, axis=0),
        np.linspace(0, 1, FRAMES),
        np.linspace(0, 400, FRAMES),
    )


def run() -> dict[str, float]:
    """Time a threshold change: masks, all scores, three panels drawn and encoded; the split; its charts."""
    figures = {}
    for models in (1, 2):
        one, names = lens(models), tuple("ab"[:models])
        used = (Thresholds(0.45, 0.3),) * models

        def change(one: Lens = one, names: tuple[str, ...] = names, used: tuple[Thresholds, ...] = used) -> list[bytes]:
            found = one_frame.compare(one, used, None)
            drawn = panels.drawn(one, found, names, list(panels.PANELS[:3]), 0.6)
            return [codecs.encode_png(panel.picture) for panel in drawn]

        words = "3 panels, 25 or less" if models == 1 else "2 models, 5 panels"
        figures[f"overlay page, threshold change, {words} (ms)"] = median_ms(change)
    one = lens(1)
    kept = scores(one)

    def reorder() -> pd.DataFrame:
        return ranking.ordered(split_scores.at(kept, 0.45, 0.3), ranking.ORDERS["Dice"])

    figures[f"overlay page, {FRAMES} frames scored and ordered (ms)"] = median_ms(reorder)
    rows = reorder()
    dice = dice_curve(kept.counts[0].astype(np.int64))
    lines = pd.DataFrame({"model": "a", "threshold": THRESHOLDS, "dice": dice})
    curves = pd.concat([lines.assign(line="frame"), lines.assign(line="mean")], ignore_index=True)
    table = pd.DataFrame({"model": "a", "dice": rows["dice"], "present": True})

    def charts() -> None:
        agreement.threshold_dice(curves, {"a": 0.45})
        agreement.dice_distribution(table, {"a": 0.5})

    figures["overlay page, both charts (ms)"] = median_ms(charts)
    return figures
