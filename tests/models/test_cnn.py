from keras import layers

from neuroscan.models.cnn import cnn
from tests.models.tester import ArchitectureTester


class TestCnn(ArchitectureTester):
    build = staticmethod(cnn)
    step = 8

    def test_nothing_but_the_smallest_features_reaches_the_decoder(self, small):
        """Without skips, one layer follows another: only presence, in the end, leaves the line."""
        joins = [layer for layer in small.layers if isinstance(layer, layers.Concatenate | layers.Add)]
        assert [layer.name for layer in joins] == ["presence_pool"]
        assert small.get_layer("bottom_relu3").output.shape[1:3] == (2, 3)
