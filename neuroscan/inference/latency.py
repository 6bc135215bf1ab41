"""End-to-end latency: from the bytes of a picture to the bytes of its overlay."""

import time
from collections.abc import Sequence

import numpy as np

from neuroscan.data import codecs
from neuroscan.imaging import overlay
from neuroscan.inference.predictor import Predictor
from neuroscan.types import Image

REAL_TIME_MS = 1000 / 30


def measure(predictor: Predictor, images: Sequence[Image], *, repeats: int = 20) -> dict[str, float | bool]:
    """Time PNG bytes -> frame -> prediction -> mask -> overlay -> PNG bytes.

    Args:
        predictor: the model.
        images: frames (H, W) uint8; each is warmed up once and timed `repeats` times.
        repeats: rounds over the frames.

    Returns:
        `p50_ms` and `p95_ms`; `real_time`: whether the 95th percentile keeps 30 frames a second; `height` and `width`
        of the largest frame: larger ones take longer.
    """
    files = [codecs.encode_png(image) for image in images]
    seconds = []
    for turn in range(repeats + 1):
        for data in files:
            start = time.perf_counter()
            frame = codecs.decode(data, "frame.png")[0]
            mask = predictor.predict(frame.image).mask(predictor.card.threshold)
            codecs.encode_png(overlay.outline(frame.image, mask))
            if turn:
                seconds.append(time.perf_counter() - start)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    height, width = max((image.shape for image in images), key=lambda shape: shape[0] * shape[1])
    return {
        "p50_ms": round(float(p50), 1),
        "p95_ms": round(float(p95), 1),
        "real_time": bool(p95 <= REAL_TIME_MS),
        "height": height,
        "width": width,
    }
