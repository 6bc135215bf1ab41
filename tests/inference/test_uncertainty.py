"""Views of a frame: each is inverted, and only what depends on the view deviates."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import spearmanr

from neuroscan.data import codecs
from neuroscan.evaluation.counts import count
from neuroscan.imaging import preprocess
from neuroscan.imaging.preprocess import Box, Settings
from neuroscan.inference import uncertainty
from neuroscan.inference.predictor import Predictor
from neuroscan.inference.uncertainty import VIEWS, View
from neuroscan.phantom import dataset as phantom_dataset
from tests.conftest import ROOT, stand_in_frame

SHAPE = (50, 75)
BORDER = (slice(8, -8), slice(12, -12))
"""Away from the border: farther than any view moves tissue in or out."""


class Network:
    """A predictor whose network is a function of (N, h, w)."""

    def __init__(self, network, presence_from="head", flip_tta=False, window=None):
        self.network, self.asked, self.flip_tta, self.window = network, [], flip_tta, window
        self.card = SimpleNamespace(preprocess=Settings(*SHAPE, crop=False), presence_from=presence_from)

    def with_flip_tta(self, flip_tta):
        other = copy.copy(self)
        other.flip_tta = flip_tta
        return other

    def infer(self, image):
        return SimpleNamespace(fine=self.window and (np.zeros(SHAPE, np.float32), self.window))

    def run(self, frames):
        self.asked.append(frames)
        maps = self.network(frames).astype(np.float32)
        if self.flip_tta:
            maps = (maps + self.network(frames[..., ::-1])[..., ::-1]) / 2
        return maps, maps.mean(axis=(1, 2))


def speckle(seed=0):
    return np.random.default_rng(seed).integers(0, 256, SHAPE).astype(np.uint8)


def ramp():
    """Greys that rise to the right and downwards: bilinear interpolation keeps such a picture as it is."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    return (rows + 2 * columns) / 250


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_inverting_a_view_leads_back_to_its_place(view):
    picture = ramp()
    returned = uncertainty.invert(uncertainty.apply(picture, view), view)
    shown = ~np.isnan(returned)
    inner = shown.copy()
    if view.zoom < 1:  # reflected tissue is interpolated into the outermost pixels
        inner[:1] = inner[-1:] = inner[:, :1] = inner[:, -1:] = False
    assert shown[BORDER].all()
    assert np.abs(returned[inner] - picture[inner]).max() < 2e-3


@pytest.mark.parametrize("view", [view for view in VIEWS if view.zoom == 1], ids=str)
def test_flips_and_shifts_are_undone_to_the_pixel(view):
    picture = np.random.default_rng(1).random(SHAPE, np.float32)
    returned = uncertainty.invert(uncertainty.apply(picture, view), view)
    shown = ~np.isnan(returned)
    assert np.array_equal(returned[shown], picture[shown])
    lost = abs(round(view.down * SHAPE[0])) * SHAPE[1] + abs(round(view.across * SHAPE[1])) * SHAPE[0]
    assert (~shown).sum() == lost  # the rows or columns that were shifted out, no more


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_padding_brings_no_black_in(view):
    assert uncertainty.apply(np.full(SHAPE, 5, np.float32), view) == pytest.approx(5)


@pytest.mark.parametrize("zoom", [1.03, 1.05, 1.08, 1.13])
def test_pixels_that_a_view_shows_in_part_are_left_out(zoom):
    returned = uncertainty.invert(np.ones(SHAPE, np.float32), View(zoom=zoom))
    assert np.isnan(returned).any() and np.nanmin(returned) > 0.998  # else the frame's edge would seem unsure


def test_where_a_view_puts_a_pixel():
    picture = np.zeros((5, 7), np.float32)
    picture[2, 2] = 1
    assert np.argwhere(uncertainty.apply(picture, View(flipped=True))).tolist() == [[2, 4]]
    assert np.argwhere(uncertainty.apply(picture, View(down=0.2, across=-2 / 7))).tolist() == [[3, 0]]
    assert np.argwhere(uncertainty.apply(picture, View(True, down=0.2))).tolist() == [[3, 4]]


def test_an_equivariant_model_has_no_deviation():
    still = [view for view in VIEWS if view.zoom == 1]
    model = Network(lambda frames: 1 / (1 + np.exp(-frames)))  # pixel by pixel: whatever moves, it says the same
    found = uncertainty.predict(model, speckle(), still)
    assert found.std.max() < 1e-6
    assert np.allclose(found.lowest, found.highest)
    greys = np.uint8(np.round(250 * ramp()))
    linear = Network(lambda frames: 0.5 + frames / 8)
    everything = uncertainty.predict(linear, greys)
    assert everything.std[BORDER].max() < 2e-3  # zooming interpolates


def test_mean_and_standard_deviation_by_hand():
    model = Network(lambda frames: np.stack([np.full(SHAPE, share) for share in (0.2, 0.6)][: len(frames)]))
    found = uncertainty.predict(model, speckle(), [View(), View(across=2 / 75)])
    assert found.mean[:, :-2] == pytest.approx(0.4) and found.std[:, :-2] == pytest.approx(0.2)
    # The second view has lost the last two columns: there the first one speaks alone.
    assert found.mean[:, -2:] == pytest.approx(0.2) and found.std[:, -2:] == pytest.approx(0)
    assert found.intersection_union(0.5) == (0, 50 * 73)
    assert found.intersection_union(0.3) == (0, 50 * 73)  # every view must outline it, not their mean
    assert found.intersection_union(0.2) == (50 * 75, 50 * 75)
    assert found.presence == pytest.approx((0.2, 0.6))


@pytest.mark.parametrize(
    ("shared", "outlined", "kind"),
    [
        (0, 10, "unsteady"),
        (29, 100, "unsteady"),
        (3, 10, "wavering"),
        (59, 100, "wavering"),
        (6, 10, "steady"),
        (7, 7, "steady"),
        (0, 0, None),
    ],
)
def test_an_outline_is_called_by_the_share_that_all_views_have_in_common(shared, outlined, kind):
    def pixels(number):
        return np.float32(np.arange(100) < number).reshape(10, 10)

    found = uncertainty.Uncertainty(pixels(0), pixels(0), pixels(shared), pixels(outlined), (1.0,))
    assert found.steadiness(0.5) == kind


def test_one_view_of_three_that_stands_apart_counts_as_much_as_the_others():
    model = Network(lambda frames: np.stack([np.full(SHAPE, share) for share in (0.1, 0.2, 0.9)]))
    found = uncertainty.predict(model, speckle(), [View()] * 3)
    assert found.mean == pytest.approx(0.4) and found.std == pytest.approx(np.std([0.1, 0.2, 0.9]))
    assert found.lowest == pytest.approx(0.1) and found.highest == pytest.approx(0.9)


def test_each_view_is_asked_once_as_it_is_and_once_flipped():
    assert len(set(VIEWS)) == len(VIEWS)
    assert {replace(view, flipped=not view.flipped) for view in VIEWS} == set(VIEWS)


def test_views_are_the_frame_small_shifts_each_way_and_zooms_in_and_out():
    ways = {(np.sign(view.down), np.sign(view.across), np.sign(view.zoom - 1)) for view in VIEWS}
    still, shifts, zooms = {(0, 0, 0)}, {(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)}, {(0, 0, 1), (0, 0, -1)}
    assert VIEWS[0] == View() and ways == still | shifts | zooms
    assert all(max(abs(view.down), abs(view.across), abs(view.zoom - 1)) <= 0.1 for view in VIEWS)


def test_a_model_with_flip_tta_is_asked_one_view_at_a_time():
    """Else a view and its flipped twin would always agree, and half of the deviation were missing."""
    leaning = np.where(np.arange(75) < 37, 0.9, 0.1) * np.ones(SHAPE)  # nerve on the left, whatever is shown
    model = Network(lambda frames: np.repeat(leaning[None], len(frames), axis=0), flip_tta=True)
    found = uncertainty.predict(model, speckle(), [View(), View(flipped=True)])
    assert found.std[:, :37] == pytest.approx(0.4) and found.mean[:, :37] == pytest.approx(0.5)
    model = Network(model.network, flip_tta=True, window=Box(0, 50, 0, 75))  # nor of the second pass
    found = uncertainty.predict(model, speckle(), [View(), View(flipped=True)])
    assert found.std[:, :37] == pytest.approx(0.4)


def test_all_views_go_through_in_one_batch_and_the_first_is_the_plain_prediction(stand_in):
    model = Network(lambda frames: frames * 0)
    uncertainty.predict(model, speckle())
    (frames,) = model.asked
    assert frames.shape == (len(VIEWS), *SHAPE) and frames.dtype == np.float32
    blob = Predictor(stand_in.weights / "blob")
    image = stand_in_frame(3, nerve=True)[0]
    plain, alone = blob.predict(image), uncertainty.predict(blob, image, [View()])
    assert np.array_equal(alone.mean, plain.probability) and alone.presence == (plain.presence,)


def test_the_window_of_a_second_pass_is_seen_in_views_too_by_hand():
    passes = iter([(0.2, 0.2), (0.2, 0.6)])
    model = Network(lambda frames: np.stack([np.full(SHAPE, p) for p in next(passes)]), window=Box(10, 40, 20, 60))
    found = uncertainty.predict(model, speckle(), [View(), View(across=2 / 75)])
    inside = np.zeros(SHAPE, bool)
    inside[10:40, 20:59] = True  # where it is, each view of it too, but for the column shifted out of the second
    assert found.mean[inside] == pytest.approx(0.3) and found.std[inside] == pytest.approx(0.1)
    assert found.mean[~inside] == pytest.approx(0.2) and found.std[~inside] == pytest.approx(0, abs=1e-6)
    assert found.presence == pytest.approx((0.2, 0.2))  # of the first pass
    enlarged, _ = preprocess.to_network(speckle(), model.card.preprocess, model.window)
    assert np.array_equal(model.asked[1][0], enlarged) and len(model.asked) == 2


def test_with_a_second_pass_the_frame_as_it_is_is_the_plain_prediction(stand_in):
    fine = Predictor(stand_in.weights / "blob").with_calibration(0.2).with_coarse_to_fine(True)
    image = np.random.default_rng(0).integers(20, 60, (64, 88)).astype(np.uint8)
    image[26:32, 46:54] = 210
    plain, alone = fine.predict(image), uncertainty.predict(fine, image, [View()])
    assert plain.window is not None and alone.presence == (plain.presence,)
    assert alone.mean == pytest.approx(plain.probability, abs=1e-6)  # The frame has the size of the map.


def test_the_second_pass_is_put_where_it_belongs_in_a_frame_with_black_borders():
    shipped = Predictor(ROOT / "weights" / "unet").with_coarse_to_fine(True)
    image = np.pad(phantom_dataset.frame(6, number=3, nerve=True)[0], ((40, 10), (90, 20)))
    plain, alone = shipped.predict(image), uncertainty.predict(shipped, image, [View()])
    one_pass = shipped.with_coarse_to_fine(False).predict(image)
    of_both, off = (np.abs(other - plain.probability) for other in (one_pass.probability, alone.mean))
    assert plain.window is not None and off.mean() < of_both.mean() / 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (64, 88), (37, 211), (420, 580)])
def test_maps_have_the_frames_own_size(stand_in, shape):
    blob = Predictor(stand_in.weights / "blob")
    found = uncertainty.predict(blob, np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    assert found.mean.shape == found.std.shape == found.lowest.shape == found.highest.shape == shape
    assert found.std.min() >= 0 and found.std.max() <= 0.5
    assert (found.lowest <= found.mean + 1e-5).all() and (found.mean <= found.highest + 1e-5).all()
    assert np.isfinite(found.mean).all() and len(found.presence) == len(VIEWS)


def test_a_steady_model_has_no_deviation_in_the_window_either(stand_in):
    fine = Predictor(stand_in.weights / "blob").with_calibration(0.2).with_coarse_to_fine(True)
    image = np.full((128, 176), 40, np.uint8)
    image[52:64, 92:108] = 210
    assert fine.predict(image).window is not None
    still = [view for view in VIEWS if view.zoom == 1]
    found = uncertainty.predict(fine, image, still)
    assert found.std.max() < 0.02 and found.mean.max() > 0.5


@pytest.mark.parametrize(("place", "score"), [("head", 19 / 3750), ("map", 1.0)])
def test_presence_is_taken_from_where_the_card_says(place, score):
    map_ = np.zeros(SHAPE)
    map_[20, 30:49] = 1  # 19 pixels, 0.5 % of the map; the head of this network gives the mean
    model = Network(lambda frames: np.repeat(map_[None], len(frames), axis=0), place)
    assert uncertainty.predict(model, speckle(), [View()]).presence == pytest.approx((score,))


def test_a_standard_deviation_needs_views_that_show_everything():
    model = Network(lambda frames: frames * 0)
    with pytest.raises(ValueError, match="got 0 views"):
        uncertainty.predict(model, speckle(), [])
    with pytest.raises(ValueError, match="100 pixels are in none of 1 views"):
        uncertainty.predict(model, speckle(), [View(across=2 / 75)])


def test_outlines_that_the_views_share_are_the_better_ones(real_data):
    """What the page says of steady and unsteady outlines holds for the model that is shipped."""
    folder = ROOT / "weights" / "unet"
    predictor = Predictor(folder)
    subjects = [group.partition("/")[2] for group in predictor.card.subjects["test"] if group.startswith("uns/")]
    frames = [path for subject in subjects for path in sorted((real_data / "uns" / "train").glob(f"{subject}_*.jpg"))]
    shares, scores = [], []
    for path in frames[::8]:
        image, truth = codecs.read(path)[0].image, codecs.read_mask(path.with_name(f"{path.stem}_mask.png"))
        every, some = uncertainty.predict(predictor, image).intersection_union(predictor.card.threshold)
        shares.append(every / max(some, 1))
        scores.append(count(truth, predictor.predict(image).mask(predictor.card.threshold)).dice)
    steady = np.array(shares) >= 0.6  # as the page calls it
    assert steady.sum() > 20 and (~steady).sum() > 8
    assert np.mean(np.array(scores)[steady]) > np.mean(np.array(scores)[~steady]) + 0.05
    assert spearmanr(shares, scores).statistic > 0.25
