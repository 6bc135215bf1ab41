import keras
import numpy as np
import pytest

from neuroscan import models
from neuroscan.models.blocks import check_divisible, conv_block, mask_head, presence_head


def test_conv_block_keeps_the_size_and_repeats():
    image = keras.Input((6, 10, 3))
    model = keras.Model(image, conv_block(image, 5, repeats=3, name="block"))
    assert model.output_shape == (None, 6, 10, 5)
    assert sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers) == 3
    assert keras.ops.convert_to_numpy(model(np.ones((1, 6, 10, 3)))).min() >= 0


def test_one_strong_response_anywhere_can_raise_presence():
    features = keras.Input((4, 4, 1))
    model = keras.Model(features, presence_head(features))
    model.get_layer("presence").set_weights([np.array([[10.0], [0.0]]), np.array([-5.0])])
    frames = np.zeros((2, 4, 4, 1), np.float32)
    frames[1, 3, 0] = 1
    nothing, something = keras.ops.convert_to_numpy(model(frames))[:, 0]
    assert nothing < 0.01 and something > 0.99


def test_heads_stay_in_single_precision_under_a_mixed_policy():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        features = keras.Input((4, 4, 2))
        outputs = mask_head(features), presence_head(features)
    finally:
        keras.config.set_dtype_policy(policy)
    assert [output.dtype for output in outputs] == ["float32", "float32"]


@pytest.mark.parametrize("shape", [(32, 48, 1), (16, 16, 1)])
def test_sizes_that_divide_are_accepted(shape):
    check_divisible(shape, 16)


def test_every_architecture_is_known_by_its_builders_name():
    assert all(build.__name__ == name for name, build in models.ARCHITECTURES.items())
