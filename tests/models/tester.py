"""What every architecture must hold to; a test class of each one inherits it and names its builder."""

import re
from collections.abc import Callable

import keras
import numpy as np
import pytest

from neuroscan.learning.export import multiply_adds


class ArchitectureTester:
    """Set `build`, the builder, and `step`, what height and width must be multiples of; `narrow`: few base filters."""

    build: Callable[..., keras.Model]
    step: int
    narrow = 2

    @pytest.fixture(scope="class")
    @classmethod
    def small(cls):
        """The narrowest network, on a small input that is not square."""
        keras.utils.set_random_seed(1)
        return cls.build((2 * cls.step, 3 * cls.step, 1), base_filters=cls.narrow)

    @pytest.fixture(scope="class")
    @classmethod
    def frames(cls):
        shape = (3, 2 * cls.step, 3 * cls.step, 1)
        return np.random.default_rng(0).standard_normal(shape).astype(np.float32)

    def test_shapes(self, small, frames):
        outputs = small(frames)
        assert set(outputs) == {"mask", "presence"}
        assert tuple(outputs["mask"].shape) == frames.shape
        assert tuple(outputs["presence"].shape) == (3, 1)

    def test_range(self, small, frames):
        for scale in (0, 1, 1000):
            for values in small(scale * frames).values():
                numbers = keras.ops.convert_to_numpy(values)
                assert np.isfinite(numbers).all() and numbers.min() >= 0 and numbers.max() <= 1

    def test_frames_of_a_batch_do_not_mix(self, small, frames):
        together, alone = small(frames), small(frames[1:2])
        for name in alone:
            expected = keras.ops.convert_to_numpy(alone[name])[0]
            assert keras.ops.convert_to_numpy(together[name])[1] == pytest.approx(expected, abs=1e-5)

    def test_the_mask_depends_on_the_frame_all_over(self, small, frames):
        masks = keras.ops.convert_to_numpy(small(frames)["mask"])
        moving = np.ptp(masks, axis=0)[..., 0] > 0
        assert moving.mean() > 0.8  # with so few channels some pixels have none that fires
        assert moving.any(axis=0).all() and moving.any(axis=1).all()

    def test_gradient_reaches_every_weight_that_learns(self, frames):
        keras.utils.set_random_seed(1)
        model = self.build(frames.shape[1:], base_filters=self.narrow)
        losses = {"mask": "binary_crossentropy", "presence": "binary_crossentropy"}
        model.compile(keras.optimizers.SGD(1.0), loss=losses, run_eagerly=True)  # tracing costs more than one step
        before = [keras.ops.convert_to_numpy(v) for v in model.trainable_variables]
        random = np.random.default_rng(1)
        targets = {"mask": random.random(frames.shape) < 0.3, "presence": np.array([[1.0], [0.0], [1.0]])}
        model.train_on_batch(frames, targets)
        after = {v.path: keras.ops.convert_to_numpy(v) for v in model.trainable_variables}
        assert [path for (path, new), old in zip(after.items(), before, strict=True) if np.array_equal(new, old)] == []

    @pytest.mark.parametrize(("more", "wider"), [(1, 0), (0, 1)], ids=["height", "width"])
    def test_an_input_that_halvings_do_not_divide_is_refused(self, more, wider):
        size = (2 * self.step + more, 2 * self.step + wider, 1)
        with pytest.raises(ValueError, match=rf"multiple of {self.step}, got {size[0]}x{size[1]}; change"):
            self.build(size, base_filters=2)

    def test_default_size_is_the_size_that_its_docstring_tells(self):
        model = self.build()
        text = re.search(r"([\d.]+) million parameters, ([\d.]+) billion multiply-adds", self.build.__doc__)
        assert text is not None
        assert f"{model.count_params() / 1e6:.2f}" == text[1]
        assert f"{multiply_adds(model) / 1e9:.2f}" == text[2]

    def test_both_files_of_the_default_size_fit_in_10_mb(self):
        assert 2 * 4 * self.build().count_params() < 10e6  # two files, four bytes a weight

    def test_base_filters_scale_every_level(self):
        shape = (2 * self.step, 2 * self.step, 1)
        narrow, wide = (self.build(shape, base_filters=count).count_params() for count in (2, 4))
        assert 2 < wide / narrow < 4
