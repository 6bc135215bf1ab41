from keras import layers

from neuroscan.models.unet import unet
from tests.models.tester import ArchitectureTester


class TestUnet(ArchitectureTester):
    build = staticmethod(unet)
    step = 16

    def test_every_size_but_the_smallest_is_joined_to_the_decoder(self, small):
        joins = [layer for layer in small.layers if isinstance(layer, layers.Concatenate) and "join" in layer.name]
        assert sorted(join.output.shape[1:3] for join in joins) == [(4, 6), (8, 12), (16, 24), (32, 48)]
