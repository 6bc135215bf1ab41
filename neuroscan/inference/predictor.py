"""Frames to probabilities through ONNX Runtime."""

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy.special import expit, logit

from neuroscan.imaging import postprocess, preprocess, zoom
from neuroscan.inference import card as cards
from neuroscan.inference import presence
from neuroscan.types import Image, Mask, Probability

FOUND = 0.25
"""Probability from which on a pixel counts as nerve for `zoom.window`, whatever the threshold: the window must not
move when that does. At a threshold under it an outline may reach beyond the window."""


@dataclass(frozen=True)
class Prediction:
    """Prediction of one frame, at the frame's own size.

    Attributes:
        probability: of nerve at each pixel, shape (H, W), in [0, 1].
        presence: score, not a probability, of the frame showing a nerve at all, in [0, 1].
        window: the part of the frame that was predicted once more, enlarged; None where there was no second pass.
    """

    probability: Probability
    presence: float
    window: preprocess.Box | None = None

    def mask(
        self,
        threshold: float,
        presence_threshold: float = 0.0,
        *,
        min_area_px: int = 0,
        keep_largest: bool = False,
    ) -> Mask:
        """Threshold the map and post-process the mask; empty where presence lies under its threshold (the gate).

        Args:
            threshold: on probability; a pixel at or over it is nerve.
            presence_threshold: on presence; 0 switches the gate off.
            min_area_px: connected components smaller than this are dropped.
            keep_largest: keep the largest component alone.

        Returns:
            Shape (H, W).
        """
        if self.presence < presence_threshold:
            return np.zeros(self.probability.shape, bool)
        return postprocess.clean(self.probability, threshold, min_area_px=min_area_px, keep_largest=keep_largest)


@dataclass(frozen=True)
class Output:
    """Network output of one frame at input resolution, small enough to cache; `at` resamples it to the frame.

    Attributes:
        map: calibrated probabilities, shape (height, width).
        box: the part of the frame that the map covers.
        presence: as of `Prediction`.
        fine: map and window of the second pass, where there was one.
    """

    map: NDArray[np.float32]
    box: preprocess.Box
    presence: float
    fine: tuple[NDArray[np.float32], preprocess.Box] | None = None

    def at(self, shape: tuple[int, int]) -> Prediction:
        """Resample the map to the frame's size (H, W); in the window take the mean of both passes."""
        probability = preprocess.to_frame(self.map, self.box, shape)
        if self.fine is None:
            return Prediction(probability, self.presence)
        fine_map, window = self.fine
        inside = window.crop(probability)
        inside += window.crop(preprocess.to_frame(fine_map, window, shape))
        inside *= np.float32(0.5)
        return Prediction(probability, self.presence, window)


class Predictor:
    """One model, ready to predict; safe to share between threads."""

    def __init__(self, folder: Path):
        """Load a model's ONNX file and card.

        Args:
            folder: with `card.json` and `model.onnx`.

        Raises:
            ValueError: card or file is missing, damaged, or the file is not the one that the card speaks of.
        """
        self.card = cards.read(folder)
        path = folder / cards.ONNX_FILE
        cards.check_onnx(folder, self.card)
        try:
            self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions share no narrower base.
            why = str(error).replace(str(path), path.name)
            raise ValueError(f"{folder.name}/{path.name} is no ONNX model: {why}") from error
        self._input = self._session.get_inputs()[0].name
        size = (self.card.preprocess.height, self.card.preprocess.width, 1)
        batch, *shape = self._session.get_inputs()[0].shape
        outputs = {output.name for output in self._session.get_outputs()}
        if tuple(shape) != size or not {"mask", "presence"} <= outputs:
            names = ", ".join(sorted(outputs))
            raise ValueError(
                f"{folder.name}/{path.name} takes frames of {tuple(shape)} and gives {names}; its card says {size}, "
                "mask and presence; export the model again"
            )
        if isinstance(batch, int):
            raise ValueError(
                f"{folder.name}/{path.name} takes {batch} frames at a time; export the model for any number of them"
            )

    def with_calibration(self, temperature: float = 1.0, bias: float = 0.0) -> "Predictor":
        """The same network with another calibration than its card's; 1 and 0 leave its probabilities as they are.

        Raises:
            ValueError: the temperature is not positive and finite, or the bias not finite.
        """
        return self._with(replace(self.card, temperature=temperature, bias=bias))

    def with_flip_tta(self, flip_tta: bool) -> "Predictor":
        """The same network with flip test-time augmentation, or without."""
        return self._with(replace(self.card, flip_tta=flip_tta))

    def with_coarse_to_fine(self, coarse_to_fine: bool) -> "Predictor":
        """The same network with a second pass over small nerves, or without."""
        return self._with(replace(self.card, coarse_to_fine=coarse_to_fine))

    def _with(self, card: cards.Card) -> "Predictor":
        """The same network under another card."""
        other = copy.copy(self)
        other.card = card
        return other

    def predict(self, image: Image) -> Prediction:
        """Predict one frame.

        Args:
            image: shape (H, W) uint8, any size and aspect ratio.

        Returns:
            Probability at the frame's own size, and presence.
        """
        return self.infer(image).at(image.shape)

    def infer(self, image: Image) -> Output:
        """Predict one frame, shape (H, W) uint8, and leave the map at input resolution."""
        prepared, box = preprocess.to_network(image, self.card.preprocess)
        maps, heads = self.run(prepared[None])
        output = Output(maps[0], box, presence.score(self.card, maps[0], heads[0]))
        window = zoom.window(maps[0] >= FOUND, box) if self.card.coarse_to_fine else None
        if window is None:
            return output
        enlarged, _ = preprocess.to_network(image, self.card.preprocess, window)
        return replace(output, fine=(self.run(enlarged[None])[0][0], window))

    def run(self, frames: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network on prepared frames.

        Args:
            frames: shape (N, height, width), from `preprocess.to_network`.

        Returns:
            Calibrated probabilities, shape (N, height, width), and the presence head's scores, shape (N,); with
            `flip_tta` the mean over frame and flipped frame.
        """
        inputs = np.concatenate([frames, frames[..., ::-1]]) if self.card.flip_tta else frames
        maps, heads = self._session.run(["mask", "presence"], {self._input: inputs[..., None]})
        probability, scores = calibrate(maps[..., 0], self.card.temperature, self.card.bias), heads[:, 0]
        if not self.card.flip_tta:
            return probability, scores
        half, count = np.float32(0.5), len(frames)
        return half * (probability[:count] + probability[count:, :, ::-1]), half * (scores[:count] + scores[count:])


def calibrate(probability: NDArray[np.float32], temperature: float, bias: float = 0.0) -> NDArray[np.float32]:
    """Calibrate probabilities: sigmoid(logit(p) / temperature + bias); 1 and 0 change nothing.

    References:
        J. Platt (1999), "Probabilistic outputs for support vector machines"; with a temperature alone: C. Guo et al.
        (2017), "On Calibration of Modern Neural Networks", arXiv:1706.04599.
    """
    if (temperature, bias) == (1, 0):
        return probability
    logits = logit(np.clip(probability, 1e-7, 1 - 1e-7))
    return np.asarray(expit(logits / np.float32(temperature) + np.float32(bias)), np.float32)
