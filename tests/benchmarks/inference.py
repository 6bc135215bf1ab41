"""Upload to screen: ONNX Runtime against `keras.Model.predict`, and a change of the threshold."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from neuroscan import config
from neuroscan.data import codecs
from neuroscan.imaging import overlay, preprocess
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Prediction, Predictor
from neuroscan.phantom import dataset as phantoms
from tests.benchmarks.timing import median_ms


def run() -> dict[str, float]:
    """Time both paths from PNG bytes to overlay for each model, and a threshold change from the cached map on."""
    data = codecs.encode_png(phantoms.frame(5, number=1, nerve=True)[0])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    figures = {"threshold change to overlay, 15 or less (ms)": median_ms(threshold_change(data))}
    for folder in sorted(path.parent for path in config.weights_dir().glob(f"*/{cards.CARD_FILE}")):
        predictor = Predictor(folder)
        views = "2 views" if predictor.card.flip_tta else "1 view"
        fast = median_ms(by_onnx(data, predictor))
        slow = median_ms(by_keras(data, folder, predictor.card), repeats=15)
        figures[f"{folder.name}, {views}: png to overlay, 33 or less (ms)"] = fast
        figures[f"{folder.name}, {views}: the same by keras predict (ms)"] = slow
        figures[f"{folder.name}, {views}: keras / ONNX Runtime (5 or more)"] = slow / fast
    return figures


def by_onnx(data: bytes, predictor: Predictor) -> Callable[[], bytes]:
    """The app's way."""

    def path() -> bytes:
        image = codecs.decode(data, "frame.png")[0].image
        return codecs.encode_png(overlay.outline(image, predictor.predict(image).mask(predictor.card.threshold)))

    return path


def by_keras(data: bytes, folder: Path, card: cards.Card) -> Callable[[], bytes]:
    """The same through `keras.Model.predict`."""
    import keras  # The slow path alone needs it.

    network = keras.models.load_model(folder / cards.KERAS_FILE, compile=False)

    def path() -> bytes:
        image = codecs.decode(data, "frame.png")[0].image
        ready, box = preprocess.to_network(image, card.preprocess)
        asked = np.stack([ready, ready[:, ::-1]]) if card.flip_tta else ready[None]
        out = network.predict(asked[..., None], verbose=0)
        maps = out["mask"][..., 0]
        both = (maps[0] + maps[1, :, ::-1]) / 2 if card.flip_tta else maps[0]
        found = Prediction(preprocess.to_frame(both, box, image.shape), float(out["presence"][0, 0]))
        return codecs.encode_png(overlay.outline(image, found.mask(card.threshold)))

    return path


def threshold_change(data: bytes) -> Callable[[], bytes]:
    """What a drag of the slider costs, on a map with an outline to draw at any threshold."""
    image = codecs.decode(data, "frame.png")[0].image
    rows, columns = np.mgrid[-1 : 1 : image.shape[0] * 1j, -1 : 1 : image.shape[1] * 1j]
    cached = Prediction(np.exp(-4 * (rows**2 + columns**2)).astype(np.float32), 1.0)
    return lambda: codecs.encode_png(overlay.outline(image, cached.mask(0.5)))
