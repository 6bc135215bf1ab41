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
"""Input (N, h, w, 1); targets `mask` (N, h, w, 1) and `presence` (N, 1); weights (N,) of each."""

WHOLE = preprocess.Settings(crop=False)
"""Lets `load` read frames as they are."""

_TRIES = 20
_OWN_ABSENT = 0.2
"""Frames without a nerve, for each with one, from which on a source teaches presence by its own frames."""


class TrainBatches(keras.utils.PyDataset):
    """Draws frames by source weight and presence, varies them, and makes them ready.

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
        self._spatial_layers = spatial_layers(config.augmentation)
        self._pools = {}
        for source in config.sources:
            rows = samples[samples["source"] == source]
            pool: dict[bool | None, pd.DataFrame]
            pool = {present: rows[rows["present"] == present] for present in (True, False)}
            if not sum(map(len, pool.values())):
                known = ", ".join(sorted(samples["source"].unique())) or "none"
                raise ValueError(f"source {source!r} has no labelled training frame; sources at hand: {known}")
            pool[None] = pd.concat(pool.values())
            self._pools[source] = {present: self._with_chances(rows) for present, rows in pool.items()}

    def __len__(self) -> int:
        """Batches an epoch."""
        return self._config.steps_per_epoch

    def __getitem__(self, index: int) -> Batch:
        """Make one batch."""
        random = np.random.default_rng([self._config.seed, self.epoch, index])
        sources = list(self._pools)
        shares = np.array([self._config.sources[name] for name in sources])
        drawn, told = [], []
        for _ in range(self._config.batch_size):
            source = sources[random.choice(len(sources), p=shares / shares.sum())]
            drawn.append(self._draw(self._pools[source], random))
            told.append(self._config.presence_source_weights.get(source, 1.0))
        images, masks = (np.stack(part).astype(np.float32) for part in zip(*drawn, strict=True))
        moved, moved_masks = augment_spatial(
            images, masks, self._spatial_layers, random, elastic=self._config.augmentation.elastic
        )
        still = random.random(len(images)) < self._config.augmentation.identity_share
        moved[still], moved_masks[still] = images[still], masks[still] > 0
        images, targets, weights = ready(augment_intensity(moved, self._config.augmentation, random), moved_masks)
        return images, targets, weights | {"presence": np.array(told, np.float32)}

    def _with_chances(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add the column `chance`: how often each frame is drawn from among these; sums to 1."""
        sizes = rows.groupby("group")["group"].transform("size").astype(float)
        weights = sizes**-self._config.subject_balance
        return rows.assign(chance=weights / weights.sum())

    def _draw(self, pool: dict[bool | None, pd.DataFrame], random: np.random.Generator) -> tuple[Image, Mask]:
        """Draw one frame of a source, at network size."""
        absent = random.random() < self._config.absent_share
        own = pool[not absent]
        if len(pool[False]) >= _OWN_ABSENT * len(pool[True]) and len(own):
            # Enough frames without a nerve are real: nothing has to be made, and nothing touched.
            return fit_size(*load(_pick(own, random), self._config.preprocess), self._config.preprocess)
        # The few labelled negatives are altered as the others are, so that being left as it is tells nothing.
        own = pool[None] if absent or not len(pool[True]) else pool[True]
        for _ in range(_TRIES):
            image, mask = load(_pick(own, random), self._config.preprocess)
            if not absent and random.random() < self._config.unaltered_share:
                break
            image, mask = crop_or_paste(image, mask, absent=absent, random=random, crop_share=self._config.crop_share)
            # A nerve too large to lose makes way for another frame: the source must not tell presence.
            if not (absent and mask.any()):
                break
        return fit_size(image, mask, self._config.preprocess)


class ValidationBatches(keras.utils.PyDataset):
    """Every validation frame as it is, then once more without its nerve; the same on every call.

    A frame whose nerve is too large to lose weighs nothing the second time.
    """

    def __init__(self, samples: pd.DataFrame, config: Config):
        """Go through the samples of the sources; each weighs, for mask and presence, as it is drawn in training."""
        super().__init__()
        kept = samples[samples["source"].isin(config.sources) & samples["present"].notna()]
        self._samples = kept.sort_values(["source", "frame"]).reset_index(drop=True)
        share = self._samples["source"].map(config.sources)
        # The mask is judged on frames with a nerve alone, of which one source has few and another nothing else.
        counted = {"mask": self._samples["present"].eq(True), "presence": self._samples["present"].notna()}
        self._weights = {}
        for name, counts in counted.items():
            each = (share / counts.groupby(self._samples["source"]).transform("sum")).where(counts, 0.0)
            self._weights[name] = (each / each[counts].mean()).to_numpy(np.float32)
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
            image, mask = fit_size(image, mask, self._config.preprocess)
            images.append(image)
            masks.append(mask)
        # Each device needs a frame: what fills the last batch up weighs nothing.
        more = -len(images) % self._config.devices
        kept = np.array([not (absent and mask.any()) for mask in masks] + more * [False], np.float32)
        made, targets, weights = ready(np.stack(images + more * images[-1:]), np.stack(masks + more * masks[-1:]))
        own = {name: np.pad(values[span], (0, more)) for name, values in self._weights.items()}
        return made, targets, {name: values * own[name] * kept for name, values in weights.items()}


def _pick(rows: pd.DataFrame, random: np.random.Generator) -> pd.Series:
    """Draw one frame, each by its `chance`."""
    return rows.iloc[int(random.choice(len(rows), p=rows["chance"].to_numpy()))]


def load(sample: pd.Series, settings: preprocess.Settings) -> tuple[Image, Mask]:
    """Read a sample's scanned area and its mask; an unlabelled one counts as without a nerve."""
    image = dataset.read_image(sample)
    labelled = dataset.read_mask(sample, image.shape)
    mask = np.zeros(image.shape, bool) if labelled is None else labelled
    box = preprocess.seen_area(image, settings)
    return box.cut(image), box.cut(mask)


def fit_size(image: Image, mask: Mask, settings: preprocess.Settings) -> tuple[Image, Mask]:
    """Bring image and mask to network size; a mask pixel is nerve where half of it is."""
    size = (settings.height, settings.width)
    small = preprocess.resize(image, *size)
    share = preprocess.resize(mask.astype(np.uint8) * np.uint8(255), *size)
    return preprocess.DENOISE[settings.denoise](small), share >= 128


def ready(images: NDArray[Any], masks: Mask) -> Batch:
    """Normalise images (N, h, w) and derive presence from masks (N, h, w).

    Masks are learnt from the frames that have one, presence from all: a network that is also rewarded for empty masks
    leaves whole people of an unfamiliar look empty, at any threshold, and has no gradient to find the way back.
    """
    present = np.asarray(masks.any(axis=(1, 2)), np.float32)[:, None]
    targets = {"mask": masks.astype(np.float32)[..., None], "presence": present}
    return (
        preprocess.normalise(images)[..., None],
        targets,
        {"mask": present[:, 0], "presence": np.ones(len(images), np.float32)},
    )
