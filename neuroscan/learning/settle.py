"""Batch normalisation that fits the frames a model will meet."""

import keras
import numpy as np
import pandas as pd

from neuroscan.imaging import preprocess
from neuroscan.learning.config import Config
from neuroscan.learning.pipeline import fit_size, load

FRAMES = 480


def settle(model: keras.Model, training: pd.DataFrame, config: Config) -> None:
    """Estimate the running means and variances of batch normalisation anew, on training frames as they are.

    Training leaves those of augmented frames, which are smoother and fuller of patches than real ones, and leaves
    them a step behind the weights. Frames are drawn by source weight; each batch counts the same.

    Args:
        model: trained; changed in place, its weights stay.
        training: samples that it was trained on.
        config: of its training.

    References:
        Y. Wu, J. Johnson (2021), "Rethinking 'Batch' in BatchNorm", arXiv:2105.07576.
    """
    layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    kept = [layer.momentum for layer in layers]
    weights = training["source"].map(config.sources) / training.groupby("source")["frame"].transform("size")
    drawn = training.sample(FRAMES, replace=True, weights=weights, random_state=config.seed)
    for number in range(-(-len(drawn) // config.batch)):
        rows = drawn.iloc[number * config.batch : (number + 1) * config.batch]
        frames = [fit_size(*load(row, config.preprocess), config.preprocess)[0] for _, row in rows.iterrows()]
        for layer in layers:
            # A mean over all batches so far: the first replaces what training left.
            layer.momentum = number / (number + 1)
        model(preprocess.normalise(np.stack(frames))[..., None], training=True)
    for layer, momentum in zip(layers, kept, strict=True):
        layer.momentum = momentum
