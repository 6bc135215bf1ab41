import cv2
import numpy as np
import pytest
from skimage.draw import disk

from neuroscan.data.codecs import decode_mask
from neuroscan.imaging.preprocess import (
    DENOISE,
    Box,
    Settings,
    lee,
    normalise,
    resize,
    scanned_area,
    steps,
    to_frame,
    to_network,
)

PLAIN = Settings(height=32, width=44, crop=False)


@pytest.fixture
def frame():
    return np.random.default_rng(0).integers(20, 256, (120, 150), np.uint8)


def bordered(image, top, bottom, left, right):
    return np.pad(image, ((top, bottom), (left, right)))


class TestScannedArea:
    def test_black_borders_are_cut_away_to_the_pixel(self, frame):
        box = scanned_area(bordered(frame, 7, 11, 30, 2))
        assert box == Box(7, 127, 30, 180)
        np.testing.assert_array_equal(box.crop(bordered(frame, 7, 11, 30, 2)), frame)

    @pytest.mark.parametrize(("level", "is_border"), [(0, True), (12, True), (13, False)])
    def test_border_noise_up_to_12_counts_as_black(self, frame, level, is_border):
        image = bordered(frame, 20, 0, 0, 0)
        image[:20] = level
        assert scanned_area(image).top == (20 if is_border else 0)

    @pytest.mark.parametrize(("lit", "is_border"), [(3, True), (4, False)])
    def test_a_mark_of_3_percent_of_a_row_does_not_hold_the_border_in(self, lit, is_border):
        image = np.zeros((100, 100), np.uint8)
        image[50:, :] = 100
        image[2, 40 : 40 + lit] = 255
        assert scanned_area(image).top == scanned_area(image.T).left == (50 if is_border else 2)

    def test_dark_rows_between_lit_ones_stay(self, frame):
        frame[40:60] = 0
        assert scanned_area(frame) == Box(0, 120, 0, 150)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 40), (60, 80)])
    @pytest.mark.parametrize("level", [0, 255])
    def test_a_uniform_frame_is_scanned_area_as_a_whole(self, shape, level):
        assert scanned_area(np.full(shape, level, np.uint8)) == Box(0, shape[0], 0, shape[1])

    def test_native_frames_lose_next_to_nothing(self, real_data):
        for path in sorted((real_data / "uns_native" / "test").glob("*.tif")):
            image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            assert scanned_area(image).crop(image).size > 0.95 * image.size

    def test_no_nerve_of_usgra_lies_in_what_is_cut_away(self, real_data):
        cut = 0
        for path in sorted((real_data / "usgra" / "images").iterdir())[::8]:
            image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            mask_path = real_data / "usgra" / "masks" / f"{path.stem}.png"
            nerve = decode_mask(mask_path.read_bytes(), mask_path.name)
            box = scanned_area(image)
            assert box.crop(nerve).sum() == nerve.sum() > 0, path.name
            cut += box.crop(image).size < image.size
        assert cut  # the borders are there to be cut


class TestNormalise:
    def test_by_hand(self):
        """1, 3, 5, 7 times ten: mean 40, deviation sqrt((30² + 10² + 10² + 30²) / 4)."""
        found = normalise(np.array([[10, 30], [50, 70]], np.uint8))
        np.testing.assert_allclose(found, np.array([[-30, -10], [10, 30]]) / np.sqrt(500), rtol=1e-6)
        assert found.dtype == np.float32

    @pytest.mark.parametrize(("gain", "offset"), [(0.5, 0), (0.4, 60), (1, -20)])
    def test_gain_and_offset_of_the_machine_make_no_difference(self, frame, gain, offset):
        other = frame.astype(np.float64) * gain + offset
        np.testing.assert_allclose(normalise(other), normalise(frame), atol=1e-4)

    def test_frames_in_a_batch_are_normalised_each_on_its_own(self, frame):
        batch = np.stack([frame, frame // 2])
        np.testing.assert_array_equal(normalise(batch), [normalise(frame), normalise(frame // 2)])

    def test_a_flat_frame_stays_flat_and_its_noise_small(self):
        assert not normalise(np.full((9, 9), 200, np.uint8)).any()
        noise = np.random.default_rng(0).integers(0, 3, (50, 50), np.uint8)
        assert np.abs(normalise(noise)).max() < 0.5


class TestDenoise:
    @pytest.mark.parametrize("name", DENOISE)
    @pytest.mark.parametrize("shape", [(1, 1), (3, 50), (60, 80)])
    def test_every_filter_keeps_size_type_and_flat_frames(self, name, shape):
        flat = np.full(shape, 77, np.uint8)
        found = DENOISE[name](flat)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, flat)

    @pytest.mark.parametrize("name", [name for name in DENOISE if name != "none"])
    def test_every_filter_takes_noise_away_and_leaves_the_edge(self, name):
        clear = np.full((80, 80), 60, np.uint8)
        clear[:, 40:] = 180
        speckle = np.random.default_rng(0).normal(1, 0.06, clear.shape)
        noisy = np.clip(clear * speckle, 0, 255).astype(np.uint8)
        found = DENOISE[name](noisy).astype(float)
        assert found[5:-5, 5:30].std() < 0.7 * noisy[5:-5, 5:30].std()
        assert found[:, 45:].mean() - found[:, :35].mean() == pytest.approx(120, abs=3)

    def test_none_is_the_frame_itself(self, frame):
        assert DENOISE["none"](frame) is frame

    def test_lee_keeps_a_bright_target_that_a_plain_mean_would_blur(self):
        speckle = np.random.default_rng(1).normal(1, 0.1, (60, 60))
        image = np.clip(60 * speckle, 0, 255).astype(np.uint8)
        image[30, 30] = 255
        assert lee(image)[30, 30] > 220
        assert cv2.blur(image, (5, 5))[30, 30] < 80

    def test_lee_takes_the_noise_of_most_of_the_frame_whatever_stands_in_a_corner(self):
        speckle = np.random.default_rng(1).normal(1, 0.1, (60, 60))
        image = np.clip(60 * speckle, 0, 255).astype(np.uint8)
        other = image.copy()
        other[:12, :12:2] = 255
        away = (slice(20, None), slice(20, None))
        changed = np.abs(lee(other)[away].astype(int) - lee(image)[away]).mean()
        assert changed < 0.25 * np.abs(lee(image)[away].astype(int) - cv2.blur(image, (5, 5))[away]).mean()


class TestResize:
    def test_shrinking_takes_the_mean_of_what_it_covers(self):
        image = np.array([[0, 100, 10, 10], [100, 0, 10, 10]], np.uint8)
        assert resize(image, 1, 2).tolist() == [[50, 10]]

    def test_growing_interpolates_between_pixel_centres(self):
        assert resize(np.array([[0, 100]], np.uint8), 1, 4).tolist() == [[0, 25, 75, 100]]

    def test_its_own_size_is_the_frame(self, frame):
        np.testing.assert_array_equal(resize(frame, *frame.shape), frame)

    def test_height_comes_before_width(self, frame):
        assert resize(frame, 10, 20).shape == (10, 20)

    @pytest.mark.parametrize("shape", [(600, 150), (50, 700)])
    def test_a_side_that_shrinks_is_averaged_where_the_other_grows(self, shape):
        noise = np.random.default_rng(4).integers(0, 256, shape, np.uint8)
        rows, columns = (resize(noise, 64, shape[1]), resize(noise, shape[0], 200))
        expected = resize(rows, 64, 200) if shape[0] > 64 else resize(columns, 64, 200)
        np.testing.assert_array_equal(resize(noise, 64, 200), expected)
        assert resize(noise, 64, 200).std() < 0.6 * noise.std()


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "said"),
        [({"denoise": "magic"}, "'magic'"), ({"height": 0}, "0x176"), ({"width": -1}, "128x-1")],
    )
    def test_what_no_network_could_take_is_refused(self, options, said):
        with pytest.raises(ValueError, match=said):
            Settings(**options)


class TestThereAndBack:
    def test_steps_come_in_order_and_at_their_sizes(self, frame):
        found = steps(bordered(frame, 10, 10, 10, 10), Settings(32, 44, denoise="median"))
        assert [(name, picture.shape) for name, picture in found.items()] == [
            ("scanned area", (120, 150)),
            ("resized", (32, 44)),
            ("denoised", (32, 44)),
        ]

    def test_the_network_gets_the_last_step_normalised(self, frame):
        settings = Settings(32, 44, denoise="median")
        ready, box = to_network(bordered(frame, 10, 0, 0, 10), settings)
        np.testing.assert_array_equal(ready, normalise(steps(frame, settings)["denoised"]))
        assert box == Box(10, 130, 0, 150)
        assert ready.mean() == pytest.approx(0, abs=1e-4) and ready.std() == pytest.approx(1, abs=1e-4)

    def test_without_crop_the_border_stays(self, frame):
        image = bordered(frame, 10, 0, 0, 10)
        assert to_network(image, PLAIN)[1] == Box(0, 130, 0, 160)

    def test_a_border_makes_no_difference_to_the_network(self, frame):
        settings = Settings(32, 44)
        with_border, _ = to_network(bordered(frame, 25, 3, 40, 9), settings)
        np.testing.assert_array_equal(with_border, to_network(frame, settings)[0])

    @pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5), (420, 580), (600, 200)])
    @pytest.mark.parametrize("crop", [True, False])
    def test_any_size_goes_in_and_comes_back(self, shape, crop):
        image = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
        settings = Settings(32, 44, crop)
        ready, box = to_network(image, settings)
        assert ready.shape == (32, 44) and np.isfinite(ready).all()
        back = to_frame(np.random.default_rng(3).random((32, 44), np.float32), box, shape)
        assert back.shape == shape and back.dtype == np.float32
        assert back.min() >= 0 and back.max() <= 1

    def test_outside_the_box_the_probability_is_0(self):
        back = to_frame(np.ones((8, 8), np.float32), Box(3, 13, 5, 25), (20, 30))
        assert back.sum() == 200 and back[3:13, 5:25].min() == 1

    @pytest.mark.parametrize(
        "box", [Box(10, 50, 0, 90), Box(0, 60, 20, 70), Box(0, 50, 0, 80), Box(0, 60, 0, 90)], ids=str
    )
    def test_a_box_at_some_of_the_frames_edges_comes_back_in_its_place(self, box):
        full = to_frame(np.ones((8, 8), np.float32), box, (60, 90))
        assert full.shape == (60, 90) and full.sum() == box.crop(full).sum() == box.crop(full).size

    @pytest.mark.parametrize("border", [(0, 0, 0, 0), (30, 10, 60, 5)])
    def test_a_nerve_comes_back_where_it_lay(self, border):
        """A white disc on grey stands for what a perfect network would find."""
        image = np.full((420, 580), 40, np.uint8)
        image[disk((150, 400), 50)] = 240
        image = bordered(image, *border)
        settings = Settings(128, 176)
        _, box = to_network(image, settings)
        network = (steps(image, settings)["resized"].astype(np.float32) - 40) / 200
        found, nerve = to_frame(np.clip(network, 0, 1), box, image.shape) >= 0.5, image == 240
        assert 2 * (found & nerve).sum() / (found.sum() + nerve.sum()) > 0.985
        centre = np.argwhere(found).mean(axis=0)
        np.testing.assert_allclose(centre, (150 + border[0], 400 + border[2]), atol=0.3)

    def test_the_callers_frame_stays_as_it_was(self, frame):
        before = frame.copy()
        for name in DENOISE:
            to_network(frame, Settings(120, 150, denoise=name))
        np.testing.assert_array_equal(frame, before)
