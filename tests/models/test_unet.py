import keras
import numpy as np
from keras import layers

from neuroscan.models.unet import unet
from tests.models.tester import ArchitectureTester


class TestUnet(ArchitectureTester):
    build = staticmethod(unet)
    step = 16

    def test_every_size_but_the_smallest_is_joined_to_the_decoder(self, small):
        joins = [layer for layer in small.layers if isinstance(layer, layers.Concatenate) and "join" in layer.name]
        assert sorted(join.output.shape[1:3] for join in joins) == [(4, 6), (8, 12), (16, 24), (32, 48)]

    def test_skips_carry_the_frame_past_the_smallest_features(self, frames):
        model = unet(frames.shape[1:], base_filters=2)
        double = model.get_layer("up0_double")
        double.set_weights([np.zeros_like(values) for values in double.get_weights()])
        assert np.ptp(keras.ops.convert_to_numpy(model(frames)["mask"]), axis=0).max() > 0
