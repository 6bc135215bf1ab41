"""Precise BN: batch normalisation statistics that fit the frames a model will meet."""

import keras
import numpy as np
import pandas as pd

from neuroscan.imaging import preprocess
from neuroscan.learning.config import Config
from neuroscan.learning.pipeline import load, resize_to_input

FRAMES = 480


def update_bn_statistics(model: keras.Model, training: pd.DataFrame, config: Config) -> None:
    """Recompute batch-norm running statistics on unaugmented training frames (Precise BN).

    They are a cumulative mean over batches, each of which counts the same. Those that training leaves are of augmented
    frames, smoother and fuller of patches than real ones, and lag a step behind the weights. Frames are drawn by
    source weight.

    Args:
        model: trained; changed in place, its weights stay.
        training: samples that it was trained on.
        config: of its training.

    References:
        Y. Wu, J. Johnson (2021), "Rethinking 'Batch' in BatchNorm", arXiv:2105.07576.
    """
    layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in layers]
    weights = training["source"].map(config.sources) / training.groupby("source")["frame"].transform("size")
    drawn = training.sample(FRAMES, replace=True, weights=weights, random_state=config.seed)
    for number in range(-(-len(drawn) // config.batch_size)):
        rows = drawn.iloc[number * config.batch_size : (number + 1) * config.batch_size]
        frames = [resize_to_input(*load(row, config.preprocess), config.preprocess)[0] for _, row in rows.iterrows()]
        for layer in layers:
            # A mean over all batches so far: the first replaces what training left.
            layer.momentum = number / (number + 1)
        model(preprocess.normalise(np.stack(frames))[..., None], training=True)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
