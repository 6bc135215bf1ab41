from pathlib import Path

import keras
import numpy as np
import pytest

from neuroscan.models.mobilenet import ENCODER, mobilenet
from tests.models.tester import ArchitectureTester

WEIGHTS = Path(__file__).parents[3] / "shared" / "weights" / "mobilenet_v2_0.35_224_notop.weights.h5"


class TestMobilenet(ArchitectureTester):
    build = staticmethod(mobilenet)
    step = 32
    narrow = 8

    def test_features_of_four_sizes_join_the_decoder(self, small):
        joins = [layer for layer in small.layers if layer.name.endswith("_join")]
        assert sorted(layer.output.shape[1:3] for layer in joins) == [(4, 6), (8, 12), (16, 24), (32, 48)]

    def test_base_filters_scale_every_level(self, small):
        """Of the decoder, at half size: the encoder keeps its own."""
        filters = [small.get_layer(f"up{level}_a_conv").filters for level in (1, 2, 3, 4)]
        assert filters == [self.narrow * times for times in (1, 2, 3, 4)]
        assert small.get_layer("up0_conv").filters == self.narrow // 2

    def test_grey_levels_become_colours_between_minus_one_and_one(self, small):
        seen = keras.Model(small.input, small.get_layer("grey_to_rgb").output)
        values = np.zeros((1, *small.input_shape[1:]), np.float32)
        values[0, 0, :5, 0] = [-9, -1, 0, 1, 9]
        colours = keras.ops.convert_to_numpy(seen(values))
        assert colours[0, 0, :5, 0].tolist() == [-1, -0.5, 0, 0.5, 1]
        assert (colours == colours[..., :1]).all() and colours.shape[-1] == 3

    def test_the_encoder_starts_from_weights_in_a_file_and_can_be_frozen(self):
        if not WEIGHTS.is_file():
            pytest.skip("the encoder's ImageNet weights are not at hand")
        model = mobilenet((64, 64, 1), base_filters=2, encoder_weights=str(WEIGHTS))
        encoder = model.get_layer(ENCODER)
        known = keras.applications.MobileNetV2((64, 64, 3), alpha=0.35, include_top=False, weights=str(WEIGHTS))
        expected = known.get_layer("block_16_project").get_weights()
        assert np.array_equal(encoder.get_layer("block_16_project").get_weights(), expected)
        encoder.trainable = False
        assert model.trainable_weights and not any("block_" in v.path for v in model.trainable_weights)

    def test_a_file_that_is_not_there_is_refused(self):
        with pytest.raises(ValueError, match=r"encoder_weights must be 'imagenet' .* got 'none\.h5'"):
            mobilenet((32, 32, 1), base_filters=2, encoder_weights="none.h5")
