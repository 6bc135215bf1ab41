import keras

from neuroscan.models.vgg import vgg
from tests.models.tester import ArchitectureTester


class TestVgg(ArchitectureTester):
    build = staticmethod(vgg)
    step = 32

    def test_thirteen_convolutions_of_3x3_in_five_blocks_as_vgg16_has_them(self, small):
        blocks = [layer for layer in small.layers if layer.name.startswith("block") and "conv" in layer.name]
        assert [int(layer.name[5]) for layer in blocks] == [1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]
        assert {layer.kernel_size for layer in blocks} == {(3, 3)}
        assert [layer.filters // 2 for layer in blocks] == [1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 8, 8, 8]

    def test_the_nerve_is_scored_at_an_8th_a_16th_and_a_32nd_of_the_size(self, small):
        sizes = [small.get_layer(name).output.shape[1:] for name in ("score8", "score16", "score32")]
        assert sizes == [(8, 12, 1), (4, 6, 1), (2, 3, 1)]

    def test_the_mask_stays_in_single_precision_under_a_mixed_policy(self):
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            model = vgg((32, 32, 1), base_filters=2)
        finally:
            keras.config.set_dtype_policy(policy)
        assert {name: output.dtype for name, output in model.output.items()} == {
            "mask": "float32",
            "presence": "float32",
        }
