import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.draw import disk

from neuroscan.imaging import overlay

SHAPE = (60, 80)


@pytest.fixture
def frame():
    return np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)


def blob(row, column, radius, shape=SHAPE):
    mask = np.zeros(shape, bool)
    mask[disk((row, column), radius, shape=shape)] = True
    return mask


def grey(frame):
    return np.stack([frame] * 3, axis=-1)


def where(picture, color):
    return (picture == color).all(axis=-1)


LAYERS = {
    "outline": lambda image, mask: overlay.outline(image, mask),
    "dashed": lambda image, mask: overlay.outline(image, mask, dash="dashed"),
    "dotted": lambda image, mask: overlay.outline(image, mask, dash="dotted"),
    "fill": lambda image, mask: overlay.fill(image, mask),
    "heat": lambda image, mask: overlay.heat(image, mask.astype(np.float32)),
    "agreement": lambda image, mask: overlay.agreement(image, mask, mask),
    "compare": lambda image, mask: overlay.compare(image, mask, mask),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
class TestEveryLayer:
    def test_an_empty_mask_shows_the_plain_frame(self, layer, frame):
        np.testing.assert_array_equal(layer(frame, np.zeros(SHAPE, bool)), grey(frame))

    def test_a_mask_changes_the_frame_but_never_the_callers_array(self, layer, frame):
        before, colored = frame.copy(), grey(frame)
        mask = blob(30, 40, 9)
        picture = layer(frame, mask)
        assert picture.dtype == np.uint8 and picture.shape == (*SHAPE, 3)
        assert (picture != grey(frame)).any()
        np.testing.assert_array_equal(layer(colored, mask), picture)
        np.testing.assert_array_equal(frame, before)
        np.testing.assert_array_equal(colored, grey(before))

    def test_far_from_the_mask_nothing_changes(self, layer, frame):
        mask = blob(30, 40, 9)
        far = ndimage.distance_transform_edt(~mask) > 2
        np.testing.assert_array_equal(layer(frame, mask)[far], grey(frame)[far])

    def test_sizes_that_differ_are_refused_with_both(self, layer, frame):
        with pytest.raises(ValueError, match=r"\(60, 80\).*\(60, 79\)"):
            layer(frame, np.zeros((60, 79), bool))

    @pytest.mark.parametrize("image", [np.zeros(SHAPE, np.float32), np.zeros((*SHAPE, 4), np.uint8)])
    def test_what_is_no_frame_is_refused(self, layer, image):
        with pytest.raises(ValueError, match="Expected a uint8 frame"):
            layer(image, np.zeros(SHAPE, bool))

    @pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1)])
    @pytest.mark.parametrize("value", [False, True])
    def test_the_smallest_frames(self, layer, shape, value):
        assert layer(np.full(shape, 9, np.uint8), np.full(shape, value)).shape == (*shape, 3)

    def test_any_memory_order(self, layer, frame):
        mask = blob(30, 40, 9)
        expected = layer(frame, mask)
        np.testing.assert_array_equal(layer(np.asfortranarray(frame), np.asfortranarray(mask)), expected)


@pytest.mark.parametrize("thickness", [1, 2, 5])
def test_an_outline_hides_no_nerve_and_stays_within_its_thickness(frame, thickness):
    mask = blob(30, 40, 12) & ~blob(30, 40, 4)
    line = where(overlay.outline(frame, mask, color=(1, 255, 2), thickness=thickness), (1, 255, 2))
    distance = ndimage.distance_transform_edt(~mask)
    assert not (line & mask).any()
    assert distance[line].max() < thickness + 0.5
    beside = ndimage.binary_dilation(mask) & ~mask
    assert line[beside].all()  # the line has no gap


@pytest.mark.parametrize(("dash", "least"), [("solid", 1), ("dashed", 0.5), ("dotted", 0.3)])
def test_the_hole_gets_its_line_too(frame, dash, least):
    hole = blob(30, 40, 16)
    ring, color = blob(30, 40, 25) & ~hole, (1, 255, 2)
    line = where(overlay.outline(frame, ring, color=color, thickness=1, dash=dash), color)
    rim = hole & ndimage.binary_dilation(~hole)
    assert line[rim].mean() >= least and not (line & hole & ~rim).any()


@pytest.mark.parametrize(
    ("mask", "drawn"),
    [
        (np.ones((5, 6), bool), 18),  # the rim of the frame itself: 2 x 6 + 2 x 3
        (np.eye(5, 6, dtype=bool) & (np.arange(5)[:, None] == 2), 4),  # one pixel: its 4 side neighbours
        (np.arange(30).reshape(5, 6) < 6, 12),  # the first row: itself, and the row below
    ],
)
def test_outlines_counted_by_hand(mask, drawn):
    picture = overlay.outline(np.zeros(mask.shape, np.uint8), mask, color=(7, 7, 7), thickness=1)
    assert where(picture, (7, 7, 7)).sum() == drawn


@pytest.mark.parametrize(("shape", "thickness"), [((185, 256), 1), ((420, 580), 3), ((1500, 2000), 10)])
def test_a_line_grows_with_the_frame(shape, thickness):
    mask = np.zeros(shape, bool)
    mask[shape[0] // 3 : shape[0] // 2, shape[1] // 3 : shape[1] // 2] = True
    line = where(overlay.outline(np.zeros(shape, np.uint8), mask), overlay.MODEL)
    assert line[:, 5 * shape[1] // 12].sum() == 2 * thickness


@pytest.mark.parametrize(("dash", "least", "most"), [("dashed", 0.5, 0.85), ("dotted", 0.35, 0.6)])
@pytest.mark.parametrize("shape", [(185, 256), (420, 580)])
def test_dashes_and_dots_are_part_of_the_line_with_gaps_between(shape, dash, least, most):
    mask, black = blob(shape[0] // 2, shape[1] // 2, shape[0] // 6, shape), np.zeros(shape, np.uint8)
    solid = where(overlay.outline(black, mask), overlay.MODEL)
    drawn = where(overlay.outline(black, mask, dash=dash), overlay.MODEL)
    assert not (drawn & ~solid).any()
    assert least < drawn.sum() / solid.sum() < most
    assert ndimage.label(drawn, np.ones((3, 3)))[1] > 5


def test_of_two_models_in_one_place_both_are_seen():
    shape = (420, 580)
    mask = blob(200, 300, 70, shape)
    first = overlay.outline(np.zeros(shape, np.uint8), mask, dash="dashed")
    both = overlay.outline(first, mask, color=overlay.SECOND_MODEL, dash="dotted")
    shares = [
        where(both, color).sum() / where(first, overlay.MODEL).sum() for color in (overlay.MODEL, overlay.SECOND_MODEL)
    ]
    assert min(shares) > 0.3


@pytest.mark.parametrize("thickness", [0, -2])
def test_a_line_without_thickness_is_refused(frame, thickness):
    with pytest.raises(ValueError, match=str(thickness)):
        overlay.outline(frame, blob(30, 40, 9), thickness=thickness)


def test_no_opacity_is_the_frame(frame):
    mask, other = blob(30, 40, 9), blob(28, 35, 9)
    for picture in (
        overlay.fill(frame, mask, opacity=0),
        overlay.agreement(frame, mask, other, opacity=0),
        overlay.heat(frame, np.ones(SHAPE, np.float32), opacity=0),
    ):
        np.testing.assert_array_equal(picture, grey(frame))


@pytest.mark.parametrize("opacity", [-0.1, 1.1, float("nan")])
def test_an_opacity_out_of_range_is_refused(frame, opacity):
    mask = blob(30, 40, 9)
    with pytest.raises(ValueError, match="opacity must lie in"):
        overlay.fill(frame, mask, opacity=opacity)
    with pytest.raises(ValueError, match="opacity must lie in"):
        overlay.heat(frame, mask.astype(np.float32), opacity=opacity)
    with pytest.raises(ValueError, match="opacity must lie in"):
        overlay.agreement(frame, mask, mask, opacity=opacity)


def test_a_fill_covers_its_mask_exactly(frame):
    mask = blob(30, 40, 9)
    np.testing.assert_array_equal(where(overlay.fill(grey(frame) // 2, mask, opacity=1), overlay.MODEL), mask)


def test_heat_is_proportional_and_leaves_the_frame_where_nothing_is_likely():
    frame = np.full((1, 5), 128, np.uint8)
    probability = np.array([[0, 0.25, 0.5, 0.75, 1]], np.float32)
    change = np.abs(overlay.heat(frame, probability).astype(int) - 128).sum(axis=-1)[0]
    assert change[0] == 0 and (change[1:] > 0).all()


def test_heat_colours_brighten_with_probability():
    """On black at full opacity lightness never falls, so that the map reads without colour."""
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None]
    picture = overlay.heat(np.zeros((1, 64), np.uint8), ramp, opacity=1)
    lightness = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[0, :, 0].astype(int)
    assert (np.diff(lightness) >= 0).all() and lightness[-1] > 220


@pytest.mark.parametrize("name", ["EXPERT", "MODEL", "BOTH", "SECOND_MODEL"])
def test_no_level_of_the_heat_map_looks_like_a_colour_of_the_legend(name):
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[None]
    picture = overlay.heat(np.zeros((1, 256), np.uint8), ramp, opacity=1)
    own = np.array([[getattr(overlay, name)]], np.uint8)
    assert deltaE_ciede2000(rgb2lab(picture), rgb2lab(own)).min() > 35


@pytest.mark.parametrize("value", [1.5, -0.2, 255, float("nan")])
def test_what_is_no_probability_is_refused(frame, value):
    with pytest.raises(ValueError, match=r"probability must lie in \[0, 1\]"):
        overlay.heat(frame, np.full(SHAPE, value, np.float32))


def test_agreement_counts_are_tp_fn_fp(frame):
    y_true, y_pred = blob(30, 40, 12), blob(33, 46, 11)
    picture = overlay.agreement(grey(frame) // 2, y_true, y_pred, opacity=1)
    assert where(picture, overlay.BOTH).sum() == (y_true & y_pred).sum()
    assert where(picture, overlay.EXPERT).sum() == (y_true & ~y_pred).sum()
    assert where(picture, overlay.MODEL).sum() == (~y_true & y_pred).sum()


def test_agreement_in_other_colours_keeps_the_order_of_the_masks(frame):
    first, second, colors = blob(30, 40, 12), blob(33, 46, 11), ((9, 255, 2), (3, 255, 4))
    picture = overlay.agreement(grey(frame) // 2, first, second, opacity=1, colors=colors)
    np.testing.assert_array_equal(where(picture, colors[0]), first & ~second)
    np.testing.assert_array_equal(where(picture, colors[1]), second & ~first)


def test_both_lines_show_where_they_run_together():
    shape = (420, 580)
    mask = blob(200, 300, 70, shape)
    picture = overlay.compare(np.zeros(shape, np.uint8), mask, mask)
    expert, model = where(picture, overlay.EXPERT).sum(), where(picture, overlay.MODEL).sum()
    assert min(expert, model) > 0.15 * (expert + model)


def test_lines_apart_keep_their_own_colours(frame):
    y_true, y_pred = blob(20, 15, 8), blob(40, 60, 8)
    picture = overlay.compare(frame, y_true, y_pred)
    for mask, color in ((y_true, overlay.EXPERT), (y_pred, overlay.MODEL)):
        line = where(picture, color)
        assert line.any()
        assert (ndimage.distance_transform_edt(~mask)[line] <= 1).all()


@pytest.mark.parametrize("name", ["EXPERT", "MODEL", "BOTH", "SECOND_MODEL"])
def test_colours_are_of_the_palette(name):
    palette = {"EXPERT": "#E69F00", "MODEL": "#56B4E9", "BOTH": "#009E73", "SECOND_MODEL": "#0072B2"}
    assert "#{:02X}{:02X}{:02X}".format(*getattr(overlay, name)) == palette[name]


def test_a_native_frame_with_its_mask(real_data):
    folder = real_data / "uns_native" / "train"
    image = cv2.imread(str(folder / "1_1.tif"), cv2.IMREAD_GRAYSCALE)
    mask = cv2.imread(str(folder / "1_1_mask.tif"), cv2.IMREAD_GRAYSCALE) > 0
    picture = overlay.outline(image, mask)
    changed = (picture != grey(image)).any(axis=-1)
    distance = ndimage.distance_transform_edt(~mask)
    assert changed.any() and not (changed & mask).any()
    assert distance[changed].max() < 3.5
