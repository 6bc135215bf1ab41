import keras
import pytest

from neuroscan import models
from neuroscan.data import dataset, splits
from neuroscan.imaging.preprocess import Settings
from neuroscan.learning.config import Augmentation, Config
from neuroscan.models.blocks import conv_block, mask_head, presence_head
from tests import own_data

IDENTITY = Augmentation(flip=0, rotation=0, zoom_out=0, zoom_in=0, translation=0, elastic=0, gamma=0, gain=0, speckle=0)


@pytest.fixture(scope="session")
def identity():
    """No augmentation at all."""
    return IDENTITY


@pytest.fixture(scope="session")
def config():
    """The smallest run there is: two sources, 32x48, two epochs of three batches."""
    return Config(
        name="tiny",
        base_filters=2,
        sources={"own": 0.75, "other": 0.25},
        epochs=2,
        steps_per_epoch=3,
        batch_size=4,
        preprocess=Settings(32, 48),
    )


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """Two sources of frames with a nerve, six subjects each, and their split."""
    folder = tmp_path_factory.mktemp("data")
    own_data.write(folder / "own", dict.fromkeys(range(1, 7), (True, True)))
    own_data.write(folder / "other", dict.fromkeys(range(1, 7), (True, True)), seed=1, shape=(70, 70))
    found = dataset.load(folder).samples
    return found.join(splits.by_subject(found, seed=1))


def smallest(shape, *, base_filters):
    """One block with batch normalisation and dropout, and both heads: training does the same to any network."""
    image = keras.Input(shape)
    x = keras.layers.Dropout(0.2)(conv_block(image, base_filters, repeats=1, name="block"))
    return keras.Model(image, {"mask": mask_head(x), "presence": presence_head(x)})


@pytest.fixture(scope="module")
def quick():
    """Of a small network, without tracing, which takes four times as long as six steps do, and without dropout.

    The seeds of dropout are not among what a backup holds: all else of a resumed run must be as it would have been.
    """
    compile = keras.Model.compile
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "compile", lambda self, *args, **kw: compile(self, *args, run_eagerly=True, **kw))
        patch.setattr(keras.layers.Dropout, "call", lambda self, inputs, training=False: inputs)
        patch.setattr("neuroscan.learning.precise_bn.FRAMES", 16)
        patch.setitem(models.ARCHITECTURES, "unet", smallest)
        yield
