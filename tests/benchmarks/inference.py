"""Upload to screen: ONNX Runtime against `keras.Model.predict`, and a change of the threshold."""

import os

import numpy as np

from neuroscan import config
from neuroscan.data import codecs
from neuroscan.imaging import overlay, preprocess
from neuroscan.inference import card as cards
from neuroscan.inference.predictor import Prediction, Predictor
from tests.benchmarks.timing import median_ms


def frame() -> np.ndarray:
    """A 580x420 frame of smoothed noise, which PNG packs about as well as speckle."""
    noise = np.random.default_rng(0).gamma(2.0, 30.0, (420, 580))
    return np.clip(noise, 0, 255).astype(np.uint8)


def run() -> dict[str, float]:
    """Time both paths from PNG bytes to encoded overlay, and a threshold change from the cached map on."""
    folder = config.weights_dir() / "unet"
    predictor = Predictor(folder)
    data = codecs.encode_png(frame())
    threshold = predictor.card.threshold

    def onnx() -> bytes:
        image = codecs.decode(data, "frame.png")[0].image
        mask = predictor.predict(image).mask(threshold)
        return codecs.encode_png(overlay.outline(image, mask))

    image = codecs.decode(data, "frame.png")[0].image
    # A map with an outline to draw at any threshold, whatever the model thinks of noise.
    rows, columns = np.mgrid[-1 : 1 : image.shape[0] * 1j, -1 : 1 : image.shape[1] * 1j]
    cached = Prediction(np.exp(-4 * (rows**2 + columns**2)).astype(np.float32), 1.0)

    def threshold_change() -> bytes:
        return codecs.encode_png(overlay.outline(image, cached.mask(threshold)))

    figures = {"png to overlay, ONNX Runtime (ms)": median_ms(onnx)}
    figures["threshold change to overlay (ms)"] = median_ms(threshold_change)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras  # The slow path alone needs it.

    network = keras.models.load_model(folder / cards.KERAS_FILE, compile=False)

    def slow() -> bytes:
        frame = codecs.decode(data, "frame.png")[0].image
        ready, box = preprocess.to_network(frame, predictor.card.preprocess)
        asked = np.stack([ready, ready[:, ::-1]]) if predictor.card.mirror else ready[None]
        out = network.predict(asked[..., None], verbose=0)
        maps = out["mask"][..., 0]
        both = (maps[0] + maps[1, :, ::-1]) / 2 if predictor.card.mirror else maps[0]
        map_ = preprocess.to_frame(both, box, frame.shape)
        mask = Prediction(map_, float(out["presence"][0, 0])).mask(threshold)
        return codecs.encode_png(overlay.outline(frame, mask))

    figures["png to overlay, keras predict (ms)"] = median_ms(slow, repeats=15)
    figures["keras / ONNX Runtime (5 or more)"] = (
        figures["png to overlay, keras predict (ms)"] / figures["png to overlay, ONNX Runtime (ms)"]
    )
    return figures
