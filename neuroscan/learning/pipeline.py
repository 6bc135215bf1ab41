"""Batches for training and validation, read from disk as they are needed."""

from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuroscan.data import dataset
from neuroscan.imaging import preprocess
from neuroscan.learning.augment import augment_intensity, augment_spatial, spatial_layers
from neuroscan.learning.config import Config
from neuroscan.learning.negatives import crop_or_paste
from neuroscan.types import Image, Mask

Batch = tuple[NDArray[np.float32], dict[str, NDArray[np.float32]], dict[str, NDArray[np.float32]]]
"""Input (N, h, w, 1); targets `mask` (N, h, w, 1) and `presence` (N, 1); sample weights (N,) of each."""

UNCROPPED = preprocess.Settings(crop=False)
"""Lets `load` read frames as they are."""

_TRIES = 20
_MIN_NEGATIVE_RATIO = 0.2
"""Labelled negatives per positive frame from which on a source needs no made ones."""


class TrainBatches(keras.utils.PyDataset):
    """Draws frames by source weight and presence, augments them and makes batches of them.

    Every draw depends on seed, epoch and position alone, so that a resumed run sees what it would have seen.
    """

    def __init__(self, samples: pd.DataFrame, config: Config):
        """Draw from a table of samples; set `epoch` before each epoch.

        Args:
            samples: labelled training samples with the column `group` of `splits.group_keys`; unlabelled ones are
                left out.
            config: sources and their weights, augmentation, sizes.

        Raises:
            ValueError: a source of the config has no labelled frame.
        """
        super().__init__()
        self._config = config
        self.epoch = 0
        self._transforms = spatial_layers(config.augmentation)
        self._pools = {}
        for source in config.sources:
            rows = samples[samples["source"] == source]
            pool: dict[bool | None, pd.DataFrame]
            pool = {present: rows[rows["present"] == present] for present in (True, False)}
            if not sum(map(len, pool.values())):
                known = ", ".join(sorted(samples["source"].unique())) or "none"
                raise ValueError(f"source {source!r} has no labelled training frame; sources at hand: {known}")
            pool[None] = pd.concat(pool.values())
            self._pools[source] = {present: self._with_probability(rows) for present, rows in pool.items()}

    def __len__(self) -> int:
        """Batches an epoch."""
        return self._config.steps_per_epoch

    def __getitem__(self, index: int) -> Batch:
        """Make one batch."""
        random = np.random.default_rng([self._config.seed, self.epoch, index])
        augmentation = self._config.augmentation
        sources = list(self._pools)
        shares = np.array([self._config.sources[name] for name in sources])
        drawn, presence_weights = [], []
        for _ in range(self._config.batch_size):
            source = sources[random.choice(len(sources), p=shares / shares.sum())]
            drawn.append(self._draw(self._pools[source], random))
            presence_weights.append(self._config.presence_source_weights.get(source, 1.0))
        images, masks = (np.stack(part).astype(np.float32) for part in zip(*drawn, strict=True))
        moved, moved_masks = augment_spatial(images, masks, self._transforms, random, elastic=augmentation.elastic)
        identity = random.random(len(images)) < augmentation.identity_share
        moved[identity], moved_masks[identity] = images[identity], masks[identity] > 0
        inputs, targets, weights = make_batch(augment_intensity(moved, augmentation, random), moved_masks)
        return inputs, targets, weights | {"presence": np.array(presence_weights, np.float32)}

    def _with_probability(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add the column `probability` of each frame to be drawn from among these; sums to 1."""
        sizes = rows.groupby("group")["group"].transform("size").astype(float)
        weights = sizes**-self._config.subject_balance
        return rows.assign(probability=weights / weights.sum())

    def _draw(self, pool: dict[bool | None, pd.DataFrame], random: np.random.Generator) -> tuple[Image, Mask]:
        """Draw one frame of a source, at input size."""
        settings = self._config.preprocess
        absent = random.random() < self._config.absent_share
        candidates = pool[not absent]
        if len(pool[False]) >= _MIN_NEGATIVE_RATIO * len(pool[True]) and len(candidates):
            # Labelled negatives are enough: none is made, and no frame altered.
            return resize_to_input(*load(_pick(candidates, random), settings), settings)
        # The few labelled negatives are altered as the others are, so that being left as it is tells nothing.
        candidates = pool[None] if absent or not len(pool[True]) else pool[True]
        for _ in range(_TRIES):
            image, mask = load(_pick(candidates, random), settings)
            if not absent and random.random() < self._config.unaltered_share:
                break
            image, mask = crop_or_paste(image, mask, absent=absent, random=random, crop_share=self._config.crop_share)
            # A nerve too large to lose makes way for another frame: the source must not tell presence.
            if not (absent and mask.any()):
                break
        return resize_to_input(image, mask, settings)


class ValidationBatches(keras.utils.PyDataset):
    """Every validation frame as it is, then once more without its nerve; the same on every call.

    A frame whose nerve is too large to lose has weight 0 the second time.
    """

    def __init__(self, samples: pd.DataFrame, config: Config):
        """Go through the samples of the sources; each source weighs, for mask and presence, as in training."""
        super().__init__()
        labelled = samples[samples["source"].isin(config.sources) & samples["present"].notna()]
        self._samples = labelled.sort_values(["source", "frame"]).reset_index(drop=True)
        source_weights = self._samples["source"].map(config.sources)
        # The mask is judged on frames with a nerve alone, of which one source has few and another nothing else.
        counted = {"mask": self._samples["present"].eq(True), "presence": self._samples["present"].notna()}
        self._weights = {}
        for name, counts in counted.items():
            weights = source_weights / counts.groupby(self._samples["source"]).transform("sum")
            weights = weights.where(counts, 0.0)
            self._weights[name] = (weights / weights[counts].mean()).to_numpy(np.float32)
        self._config = config

    def __len__(self) -> int:
        """Batches in all."""
        return 2 * -(-len(self._samples) // self._config.batch_size)

    def __getitem__(self, index: int) -> Batch:
        """Make one batch."""
        absent, place = index % 2 == 1, index // 2
        span = slice(place * self._config.batch_size, (place + 1) * self._config.batch_size)
        images, masks = [], []
        for number, row in self._samples.iloc[span].iterrows():
            image, mask = load(row, self._config.preprocess)
            if absent:
                random = np.random.default_rng([0, int(str(number))])
                image, mask = crop_or_paste(image, mask, absent=True, random=random)
            image, mask = resize_to_input(image, mask, self._config.preprocess)
            images.append(image)
            masks.append(mask)
        # Each device needs a frame: what pads the last batch has weight 0.
        padding = -len(images) % self._config.devices
        valid = np.array([not (absent and mask.any()) for mask in masks] + padding * [False], np.float32)
        padded = np.stack(images + padding * images[-1:]), np.stack(masks + padding * masks[-1:])
        inputs, targets, weights = make_batch(*padded)
        frame_weights = {name: np.pad(values[span], (0, padding)) for name, values in self._weights.items()}
        return inputs, targets, {name: values * frame_weights[name] * valid for name, values in weights.items()}


def _pick(rows: pd.DataFrame, random: np.random.Generator) -> pd.Series:
    """Draw one frame, each by its `probability`."""
    return rows.iloc[int(random.choice(len(rows), p=rows["probability"].to_numpy()))]


def load(sample: pd.Series, settings: preprocess.Settings) -> tuple[Image, Mask]:
    """Read a sample's scanned area and its mask; an unlabelled one counts as without a nerve."""
    image = dataset.read_image(sample)
    labelled = dataset.read_mask(sample, image.shape)
    mask = np.zeros(image.shape, bool) if labelled is None else labelled
    box = preprocess.seen_area(image, settings)
    return box.crop(image), box.crop(mask)


def resize_to_input(image: Image, mask: Mask, settings: preprocess.Settings) -> tuple[Image, Mask]:
    """Resize image and mask to the network's input, and denoise; a mask pixel is nerve where half of it is."""
    size = (settings.height, settings.width)
    small = preprocess.resize(image, *size)
    share = preprocess.resize(mask.astype(np.uint8) * np.uint8(255), *size)
    return preprocess.DENOISE[settings.denoise](small), share >= 128


def make_batch(images: NDArray[Any], masks: Mask) -> Batch:
    """Normalise images (N, h, w) and derive presence from masks (N, h, w).

    The mask loss has weight 0 on negatives; the presence loss uses all frames. In a long run that learnt empty masks
    too, two of seven validation subjects came out empty on most of their frames, at any threshold; in 12 epochs, all
    else equal, no difference could be shown (training/README.md).
    """
    present = np.asarray(masks.any(axis=(1, 2)), np.float32)[:, None]
    targets = {"mask": masks.astype(np.float32)[..., None], "presence": present}
    return (
        preprocess.normalise(images)[..., None],
        targets,
        {"mask": present[:, 0], "presence": np.ones(len(images), np.float32)},
    )
