"""Data parallelism over the GPUs of one machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def parallel(count: int) -> Iterator[None]:
    """Train networks that are built, compiled and fitted inside with data parallelism.

    Each device holds the whole network and gets an equal share of each batch; gradients are all-reduced: TensorFlow's
    mirrored strategy, or Keras' data parallelism on JAX. GPUs are taken first; where there is none, the processor's
    logical devices.

    Args:
        count: devices; 1 changes nothing.

    Raises:
        ValueError: so many devices are not at hand, or Keras' backend has no way for it.
    """
    if count == 1:
        yield
    elif keras.backend.backend() == "tensorflow":
        import tensorflow

        at_hand = tensorflow.config.list_logical_devices
        names = [device.name for device in at_hand("GPU") or at_hand("CPU")]
        _check(count, names)
        with tensorflow.distribute.MirroredStrategy(names[:count]).scope():
            yield
    elif keras.backend.backend() == "jax":
        names = keras.distribution.list_devices()
        _check(count, names)
        before = keras.distribution.distribution()
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=names[:count]))
        try:
            yield
        finally:
            keras.distribution.set_distribution(before)
    else:
        raise ValueError(
            f"devices = {count} needs TensorFlow or JAX under Keras, not {keras.backend.backend()}; set KERAS_BACKEND, "
            "or train on one"
        )


def _check(count: int, names: list[str]) -> None:
    """Refuse more devices than there are."""
    if count > len(names):
        raise ValueError(f"devices = {count}, but only {len(names)} are at hand ({', '.join(names)}); lower it")
