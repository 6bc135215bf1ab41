"""Upload to screen: ONNX Runtime against `keras.Model.predict`, and a change of the threshold."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from neuroscan import config
from neuroscan.data import codecs
from neuroscan.imaging import overlay
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Prediction, Predictor
from neuroscan.phantom import dataset as phantoms
from tests.benchmarks.timing import median_ms


def run() -> dict[str, float]:
    """Time both paths from PNG bytes to overlay for each model, and a threshold change from the cached map on."""
    data, small_nerve = (
        codecs.encode_png(phantoms.frame(seed, number=n, nerve=True)[0]) for seed, n in ((5, 1), (6, 3))
    )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    figures = {"threshold change to overlay, 15 or less (ms)": median_ms(threshold_change(data))}
    for folder in sorted(path.parent for path in config.weights_dir().glob(f"*/{cards.CARD_FILE}")):
        predictor, keras_predictor = Predictor(folder), KerasPredictor(folder)
        for nerve, png in (("usual nerve", data), ("small nerve", small_nerve)):
            fast = median_ms(to_overlay(png, predictor))
            slow = median_ms(to_overlay(png, keras_predictor), repeats=15)
            shown = f"{nerve} in {views(png, predictor)}"
            figures[f"{folder.name}, {shown}: png to overlay, 33 or less (ms)"] = fast
            figures[f"{folder.name}, {shown}: the same by keras predict (ms)"] = slow
            figures[f"{folder.name}, {shown}: keras / ONNX Runtime (5 or more)"] = slow / fast
    return figures


class KerasPredictor(Predictor):
    """The same through `keras.Model.predict`."""

    def __init__(self, folder: Path):
        """Load a model's card and Keras file."""
        import keras  # The slow path alone needs it.

        super().__init__(folder)
        network = keras.models.load_model(folder / cards.KERAS_FILE, compile=False)

        def run(names: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            out = network.predict(*inputs.values(), verbose=0)
            return [out[name] for name in names]

        self._session = SimpleNamespace(run=run)


def views(data: bytes, predictor: Predictor) -> str:
    """Count the views that the network is shown of a picture."""
    found = predictor.predict(codecs.decode(data, "frame.png")[0].image)
    count = (2 if predictor.card.flip_tta else 1) * (1 if found.window is None else 2)
    return "1 view" if count == 1 else f"{count} views"


def to_overlay(data: bytes, predictor: Predictor) -> Callable[[], bytes]:
    """The app's way, from PNG bytes to PNG bytes."""

    def path() -> bytes:
        image = codecs.decode(data, "frame.png")[0].image
        return codecs.encode_png(overlay.outline(image, predictor.predict(image).mask(predictor.card.threshold)))

    return path


def threshold_change(data: bytes) -> Callable[[], bytes]:
    """What a drag of the slider costs, on a map with an outline to draw at any threshold."""
    image = codecs.decode(data, "frame.png")[0].image
    rows, columns = np.mgrid[-1 : 1 : image.shape[0] * 1j, -1 : 1 : image.shape[1] * 1j]
    cached = Prediction(np.exp(-4 * (rows**2 + columns**2)).astype(np.float32), 1.0)
    return lambda: codecs.encode_png(overlay.outline(image, cached.mask(0.5)))
