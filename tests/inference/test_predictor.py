"""Frames to probabilities: any size, the frame's own size back, the gate, and files that are not what they say."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import onnx
import pytest

from neuroscan import config
from neuroscan.imaging import preprocess, zoom
from neuroscan.inference import card as cards
from neuroscan.inference import presence
from neuroscan.inference.predictor import Prediction, Predictor, calibrate
from neuroscan.phantom import dataset as phantom_dataset


@pytest.fixture(scope="module")
def blob(stand_in):
    """Outlines what is brighter than the frame's mean by a standard deviation."""
    return Predictor(stand_in.weights / "blob")


def bright(shape, *, seed=0):
    """A dark noisy frame with a bright block in its middle, and the block."""
    mask = np.zeros(shape, bool)
    mask[shape[0] // 3 : 2 * shape[0] // 3, shape[1] // 3 : 2 * shape[1] // 3] = True
    noise = np.random.default_rng(seed).uniform(20, 60, shape)
    return (noise + 150 * mask).astype(np.uint8), mask


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (300, 2), (64, 88), (37, 211), (700, 90), (420, 580), (1100, 1300)])
def test_any_size_and_aspect_ratio_comes_back_at_the_frames_own(blob, shape):
    image, _ = bright(shape)
    found = blob.predict(image)
    assert found.probability.shape == shape and found.probability.dtype == np.float32
    assert found.probability.min() >= 0 and found.probability.max() <= 1
    assert 0 <= found.presence <= 1


@pytest.mark.parametrize("shape", [(96, 96), (60, 240), (240, 60), (420, 580)])
def test_outline_lies_where_the_frame_shows_it(blob, shape):
    image, mask = bright(shape)
    outlined = blob.predict(image).mask(blob.card.threshold)
    assert (outlined & mask).sum() / (outlined | mask).sum() > 0.8


def test_what_lies_outside_the_scanned_area_is_never_nerve(stand_in, tmp_path):
    folder = altered(stand_in, tmp_path, preprocess={"height": 64, "width": 88, "crop": True, "denoise": "none"})
    image, _ = bright((100, 140))
    framed = np.zeros((160, 200), np.uint8)
    framed[30:130, 40:180] = image
    probability = Predictor(folder).predict(framed).probability
    assert probability[30:130, 40:180] == pytest.approx(Predictor(folder).predict(image).probability)
    outside = np.ones(framed.shape, bool)
    outside[30:130, 40:180] = False
    assert not probability[outside].any()


def test_sixteen_frames_at_once_are_sixteen_frames_one_by_one(blob):
    frames = np.random.default_rng(1).standard_normal((16, 64, 88)).astype(np.float32)
    maps, heads = blob.run(frames)
    assert maps.shape == (16, 64, 88) and heads.shape == (16,)
    for frame, probability, head in zip(frames, maps, heads, strict=True):
        alone, alone_head = blob.run(frame[None])
        assert alone[0] == pytest.approx(probability, abs=1e-6)
        assert alone_head[0] == pytest.approx(head, abs=1e-6)


def test_threads_share_a_model(blob):
    images = [bright((90, 120), seed=seed)[0] for seed in range(8)]
    alone = [blob.predict(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(blob.predict, images))
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.probability, other.probability) and one.presence == other.presence


def test_presence_comes_from_where_the_card_says(stand_in, blob, tmp_path):
    image, _ = bright((64, 88))
    by_map = Predictor(altered(stand_in, tmp_path, presence_from="map")).predict(image)
    ready, _ = preprocess.to_network(image, blob.card.preprocess)
    maps, heads = blob.run(ready[None])
    assert blob.predict(image).presence == pytest.approx(heads[0])
    assert by_map.presence == pytest.approx(presence.from_map(maps[0]))


def test_calibration_of_the_card_is_that_of_every_probability(stand_in, blob, tmp_path):
    image, _ = bright((64, 88))
    calibrated = Predictor(altered(stand_in, tmp_path, temperature=2.0, bias=-0.7)).predict(image).probability
    plain = blob.predict(image).probability
    logit = np.log(plain / (1 - plain))
    assert calibrated == pytest.approx(1 / (1 + np.exp(0.7 - logit / 2)), abs=1e-4)


def test_with_flip_tta_left_and_right_are_alike_and_the_mean_counts():
    """On the network that is shipped: plain, it prefers a side."""
    shipped = Predictor(config.weights_dir() / "unet")
    random = np.random.default_rng(0)
    size = (shipped.card.preprocess.height, shipped.card.preprocess.width)
    frames = cv2.GaussianBlur(random.standard_normal(size).astype(np.float32), (0, 0), 3)[None] * 5
    flipped = np.ascontiguousarray(frames[..., ::-1])
    plain, averaged = shipped.with_flip_tta(False), shipped.with_flip_tta(True)
    (map_, presence), (map_flipped, presence_flipped) = plain.run(frames), plain.run(flipped)
    assert np.abs(map_ - map_flipped[..., ::-1]).max() > 0.01
    found, present = averaged.run(frames)
    assert found == pytest.approx((map_ + map_flipped[..., ::-1]) / 2, abs=1e-5)
    assert present == pytest.approx((presence + presence_flipped) / 2, abs=1e-5)
    assert found.dtype == np.float32 and averaged.run(flipped)[0] == pytest.approx(found[..., ::-1], abs=1e-5)


@pytest.mark.parametrize("flip_tta", [False, True])
def test_coarse_to_fine_sees_a_small_nerve_once_more_and_the_mean_counts(flip_tta, blob):
    blob = blob.with_calibration(0.2).with_flip_tta(flip_tta)  # Its maps are pale.
    fine = blob.with_coarse_to_fine(True)
    image = np.random.default_rng(0).integers(20, 60, (128, 176)).astype(np.uint8)
    image[52:64, 92:108] = 210  # 0.0085 of the frame; the map blurs it
    coarse, found = blob.predict(image), fine.predict(image)
    window, outside = found.window, np.ones(image.shape, bool)
    assert coarse.window is None and window is not None
    window.crop(outside)[...] = False
    assert found.presence == coarse.presence and np.array_equal(found.probability[outside], coarse.probability[outside])
    enlarged, box = preprocess.to_network(image, blob.card.preprocess, window)
    assert box == window
    second = preprocess.to_frame(blob.run(enlarged[None])[0][0], window, image.shape)
    expected = (window.crop(coarse.probability) + window.crop(second)) / 2
    assert window.crop(found.probability) == pytest.approx(expected, abs=1e-6)
    assert np.abs(window.crop(second) - window.crop(coarse.probability)).max() > 0.1


def test_the_second_pass_is_also_seen_from_both_sides_with_flip_tta():
    """On the network that is shipped: plain, it prefers a side."""
    shipped = Predictor(config.weights_dir() / "unet").with_coarse_to_fine(True).with_flip_tta(True)
    image = phantom_dataset.frame(6, number=3, nerve=True)[0]
    fine_map, window = shipped.infer(image).fine
    enlarged, _ = preprocess.to_network(image, shipped.card.preprocess, window)
    plain = shipped.with_flip_tta(False)
    both = (plain.run(enlarged[None])[0][0] + plain.run(enlarged[None, :, ::-1])[0][0][:, ::-1]) / 2
    assert fine_map == pytest.approx(both, abs=1e-5)


def test_the_window_is_that_of_the_map_whatever_the_threshold(stand_in, tmp_path):
    image = np.random.default_rng(0).integers(20, 60, (128, 176)).astype(np.uint8)
    image[52:64, 92:108] = 210
    windows = set()
    for threshold in (0.05, 0.25, 0.95):
        model = altered(stand_in, tmp_path / str(threshold), threshold=threshold, coarse_to_fine=True, temperature=0.2)
        windows.add(Predictor(model).predict(image).window)
    maps, _ = Predictor(model).run(preprocess.to_network(image, Predictor(model).card.preprocess)[0][None])
    assert windows == {zoom.window(maps[0] >= 0.25, preprocess.Box(0, 128, 0, 176))} != {None}
    assert windows != {zoom.window(maps[0] >= 0.95, preprocess.Box(0, 128, 0, 176))}


def test_coarse_to_fine_changes_nothing_where_no_nerve_is_small(blob):
    blob = blob.with_calibration(0.2)
    for image in (bright((128, 176))[0], np.full((128, 176), 90, np.uint8)):
        coarse, found = blob.predict(image), blob.with_coarse_to_fine(True).predict(image)
        assert found.window is None and np.array_equal(found.probability, coarse.probability)


@pytest.mark.parametrize("temperature", [0.01, 0.1, 0.5, 1.0, 1.7, 5.0])
def test_calibration_keeps_order_half_and_range(temperature):
    probability = np.array([0, 1e-9, 0.1, 0.49, 0.5, 0.51, 0.9, 1], np.float32)
    made = calibrate(probability, temperature)
    assert made.dtype == np.float32
    assert (np.diff(made) >= 0).all() and made.min() >= 0 and made.max() <= 1
    assert made[4] == pytest.approx(0.5)
    further = np.abs(made[2:7] - 0.5) - np.abs(probability[2:7] - 0.5)
    assert (further <= 1e-6).all() if temperature >= 1 else (further >= -1e-6).all()
    if temperature == 1:
        assert np.array_equal(made, probability)


def test_calibration_by_hand():
    # The odds of 0.8 are 4, of which the square root is 2, which is 2/3; the square is 16, which is 16/17.
    assert calibrate(np.array([0.8], np.float32), 2.0) == pytest.approx(2 / 3, abs=1e-6)
    assert calibrate(np.array([0.8], np.float32), 0.5) == pytest.approx(16 / 17, abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "values", "expected"),
    [((20, 20), [0.9, 0.7], 0.8), ((20, 20), [0.9, 0.7, 0.6, 0.5], 0.8), ((1, 1), [0.4], 0.4), ((3, 5), [0.2], 0.2)],
)
def test_presence_of_a_map_is_the_mean_of_its_brightest_pixels(shape, values, expected):
    probability = np.zeros(shape, np.float32)
    probability.ravel()[: len(values)] = values
    assert presence.from_map(np.random.default_rng(0).permutation(probability.ravel()).reshape(shape)) == pytest.approx(
        expected
    )


def test_gate_empties_the_mask_of_frames_called_absent_and_only_those():
    found = Prediction(np.array([[0.9, 0.2]], np.float32), presence=0.4)
    assert found.mask(0.5).tolist() == [[True, False]]
    assert found.mask(0.5, 0.4).tolist() == [[True, False]]  # at its threshold a frame is present
    assert found.mask(0.5, 0.41).tolist() == [[False, False]]
    assert found.mask(0.5, 0.0).tolist() == [[True, False]]


def test_clean_up_is_handed_on():
    probability = np.array([[0.9, 0.0, 0.9, 0.9], [0.0, 0.0, 0.9, 0.9]], np.float32)
    found = Prediction(probability, presence=1.0)
    assert found.mask(0.5).sum() == 5
    assert found.mask(0.5, keep_largest=True).sum() == 4
    assert found.mask(0.5, min_area_px=2).sum() == 4


def altered(stand_in, folder, **changes):
    """A copy of a model whose card says something else."""
    target = folder / "copy"
    shutil.copytree(stand_in.weights / "blob", target)
    values = json.loads((target / cards.CARD_FILE).read_text())
    (target / cards.CARD_FILE).write_text(json.dumps(values | changes))
    return target


def test_a_file_that_is_not_the_cards_is_refused(stand_in, tmp_path):
    folder = altered(stand_in, tmp_path)
    data = bytearray((folder / cards.ONNX_FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / cards.ONNX_FILE).write_bytes(data)
    with pytest.raises(ValueError, match=r"copy/model\.onnx is not the file that its card describes \(SHA-256 "):
        Predictor(folder)


def test_a_card_without_its_file_and_a_folder_without_a_card_are_refused(stand_in, tmp_path):
    folder = altered(stand_in, tmp_path)
    (folder / cards.ONNX_FILE).unlink()
    with pytest.raises(ValueError, match=r"copy has a card but no model\.onnx"):
        Predictor(folder)
    with pytest.raises(ValueError, match="no model card"):
        Predictor(tmp_path / "nowhere")


def test_a_file_that_is_no_network_is_refused_though_its_sum_is_right(stand_in, tmp_path):
    folder = altered(stand_in, tmp_path)
    (folder / cards.ONNX_FILE).write_bytes(b"not a network")
    values = json.loads((folder / cards.CARD_FILE).read_text())
    values["onnx_sha256"] = cards.sha256(folder / cards.ONNX_FILE)
    (folder / cards.CARD_FILE).write_text(json.dumps(values))
    with pytest.raises(ValueError, match=r"copy/model\.onnx is no ONNX model") as error:
        Predictor(folder)
    assert str(tmp_path) not in str(error.value)  # The sentence reaches visitors.


def test_a_network_that_takes_so_many_frames_at_a_time_alone_is_refused(stand_in, tmp_path):
    folder = altered(stand_in, tmp_path)
    network = onnx.load(folder / cards.ONNX_FILE)
    network.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(network, folder / cards.ONNX_FILE)
    cards.write(replace(cards.read(folder), onnx_sha256=cards.sha256(folder / cards.ONNX_FILE)), folder)
    with pytest.raises(ValueError, match=r"copy/model\.onnx takes 1 frames at a time; export the model for any number"):
        Predictor(folder)


def test_a_network_of_another_size_than_the_card_says_is_refused_at_once(stand_in, tmp_path):
    folder = altered(stand_in, tmp_path, preprocess={"height": 32, "width": 88, "crop": True, "denoise": "none"})
    with pytest.raises(ValueError, match=r"takes frames of \(64, 88, 1\) .* card says \(32, 88, 1\)"):
        Predictor(folder)


def test_a_network_that_tells_no_presence_is_refused_at_once(stand_in, tmp_path):
    folder = altered(stand_in, tmp_path)
    network = onnx.load(folder / cards.ONNX_FILE)
    del network.graph.output[1]
    onnx.save(network, folder / cards.ONNX_FILE)
    cards.write(replace(cards.read(folder), onnx_sha256=cards.sha256(folder / cards.ONNX_FILE)), folder)
    with pytest.raises(ValueError, match=r"copy/model\.onnx .* gives mask; its card says .* mask and presence; export"):
        Predictor(folder)
