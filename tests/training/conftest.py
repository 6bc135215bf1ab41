"""One run of the command on a person's own folder, as its tests share it."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import own_data
from training import train

SMALL = ["--sources", "own=1", "--base_filters", "2", "--steps_per_epoch", "3", "--batch_size", "4", "--name", "tiny"]
SMALL += ["--preprocess.height", "32", "--preprocess.width", "48"]


@dataclass(frozen=True)
class Trained:
    """Folders of a finished run."""

    data: Path
    runs: Path
    weights: Path


@contextmanager
def quickly():
    """Keras trains without tracing, which takes four times as long as six steps do; few frames give BN statistics."""
    import keras

    compile = keras.Model.compile
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "compile", lambda self, *args, **kw: compile(self, *args, run_eagerly=True, **kw))
        patch.setattr("neuroscan.learning.precise_bn.FRAMES", 8)
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Two epochs of three steps on six subjects, a third of whose frames show no nerve."""
    root = tmp_path_factory.mktemp("own")
    own_data.write(root / "data" / "own")
    found = Trained(root / "data", root / "runs", root / "weights")
    arguments = ["--data", str(found.data), "--runs", str(found.runs), "--output", str(found.weights), "--epochs", "2"]
    with quickly():
        assert train.main([*SMALL, *arguments]) == 0
    return found
