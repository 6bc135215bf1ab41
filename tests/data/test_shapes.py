"""Outlines to masks, pixel by pixel: polygons of known area, hands that overshoot, and the way back."""

import numpy as np
import pytest
from skimage import draw

from neuroscan.data import dataset, shapes
from neuroscan.data.shapes import Outline, polygons_from_mask, rasterise
from neuroscan.evaluation.counts import dice

SHAPE = (40, 60)
ZOOMS = (0.37, 0.5, 1, 1.5, 2, 3, 4.21)


def at_zoom(points, zoom):
    """Points as a canvas of that zoom gives them back: its pixels, divided by the zoom."""
    return Outline(tuple((round(x * zoom, 4) / zoom, round(y * zoom, 4) / zoom) for x, y in points))


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize(
    ("points", "area"),
    [
        ([(10, 5), (30, 5), (30, 25), (10, 25)], 400),  # 20 x 20
        ([(10.2, 5.2), (30.4, 5.2), (30.4, 25.4), (10.2, 25.4)], 400),  # centres 10.5 to 29.5, 5.5 to 24.5
        ([(10.6, 5.6), (30.4, 5.6), (30.4, 25.4), (10.6, 25.4)], 361),  # one less each way
        ([(10, 5), (20, 5), (20, 15), (30, 15), (30, 25), (10, 25)], 300),  # an L of 10x10 and 20x10
        ([(10, 5), (20, 10), (30, 5), (30, 25), (10, 25)], 350),  # a notch: 400 less a triangle of 20 x 5 / 2
        ([(-20, -10), (10, -10), (10, 8), (-20, 8)], 80),  # mostly outside the frame
        ([(-9, -9), (99, -9), (99, 99), (-9, 99)], 2400),  # all round the frame
        ([(70, 10), (80, 10), (80, 20)], 0),  # all outside
        ([(10.6, 10.6), (10.9, 10.6), (10.9, 10.9)], 0),  # between centres
    ],
)
def test_known_areas_at_any_zoom(points, area, zoom):
    assert rasterise([at_zoom(points, zoom)], SHAPE).sum() == area


def test_the_very_pixels_of_a_small_triangle():
    # Centres (x, y) with x + y < 4: the diagonal through centres is settled one way for all.
    mask = rasterise([Outline(((0, 0), (3.9, 0), (0, 3.9)))], (4, 5))
    assert mask.astype(int).tolist() == [[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_centres_on_a_line_belong_to_what_is_left_of_it_or_above():
    square = Outline(((0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)))
    assert np.argwhere(rasterise([square], (4, 4))).tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]


@pytest.mark.parametrize("corner", [(0, 0), (0.5, 0.5), (7.5, 3.5), (7.25, 3.75)])
def test_halves_of_a_square_share_no_pixel_and_leave_none(corner):
    x, y = corner
    one = rasterise([Outline(((x, y), (x + 10, y), (x + 10, y + 10)))], SHAPE)
    other = rasterise([Outline(((x, y), (x + 10, y + 10), (x, y + 10)))], SHAPE)
    assert not (one & other).any()
    assert (one | other).sum() == 100


def test_a_round_outline_has_the_area_of_its_circle():
    turn = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    circle = Outline(tuple(zip(30 + 15 * np.cos(turn), 20 + 15 * np.sin(turn), strict=True)))
    rows, columns = np.mgrid[:40, :60] + 0.5
    expected = (columns - 30) ** 2 + (rows - 20) ** 2 < 15**2
    assert np.array_equal(rasterise([circle], SHAPE), expected)
    assert abs(expected.sum() - np.pi * 15**2) < 10


def test_convex_outlines_against_half_planes():
    random = np.random.default_rng(4)
    rows, columns = np.mgrid[:40, :60] + 0.5
    for _ in range(40):
        turn = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 9)))
        points = np.column_stack([30 + 25 * np.cos(turn), 20 + 16 * np.sin(turn)]).round(2)
        inside = np.ones(SHAPE, bool)
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            inside &= (x1 - x0) * (rows - y0) - (columns - x0) * (y1 - y0) > 0
        assert np.array_equal(rasterise([Outline(tuple(map(tuple, points)))], SHAPE), inside)


def test_outlines_add_and_cut_in_their_order():
    large = Outline(((0, 0), (20, 0), (20, 20), (0, 20)))
    hole = Outline(((5, 5), (15, 5), (15, 15), (5, 15)), cut=True)
    island = Outline(((8, 8), (12, 8), (12, 12), (8, 12)))
    assert rasterise([large, hole, island], SHAPE).sum() == 400 - 100 + 16
    assert rasterise([large, island, hole], SHAPE).sum() == 300
    assert rasterise([hole], SHAPE).sum() == 0
    assert rasterise([], SHAPE).sum() == 0


def test_what_a_line_runs_round_twice_is_inside_too():
    square = [(10, 5), (30, 5), (30, 25), (10, 25)]
    assert rasterise([Outline((*square, *square))], SHAPE).sum() == 400
    # Round once, then on for another half: the right half is run round twice.
    assert rasterise([Outline((*square, (10, 5), (30, 5), (30, 25), (20, 25), (20, 5)))], SHAPE).sum() == 400


def test_a_hand_that_overshoots_its_beginning_leaves_no_hole():
    turn = np.linspace(0, 2.3 * np.pi, 100)
    spiral = Outline(tuple(zip(30 + (12 - turn / 2) * np.cos(turn), 20 + (12 - turn / 2) * np.sin(turn), strict=True)))
    once = Outline(spiral.points[:88])
    mask = rasterise([spiral], SHAPE)
    assert not (rasterise([once], SHAPE) & ~mask)[:, :30].any()
    assert np.array_equal(rasterise(polygons_from_mask(mask)[:1], SHAPE), mask), "one part without a hole"


def test_lobes_of_an_eight_are_both_inside():
    eight = Outline(((10, 10), (30, 20), (30, 10), (10, 20)))
    assert rasterise([eight], SHAPE).sum() == pytest.approx(100, abs=6)


def test_simple_lines_as_scikit_image_draws_them_alone():
    random = np.random.default_rng(7)
    for _ in range(30):
        turn = np.sort(random.uniform(0, 2 * np.pi, 25))
        radius = random.uniform(4, 18, 25)
        star = Outline(tuple(zip(30 + radius * np.cos(turn), 20 + radius * np.sin(turn), strict=True)))
        x, y = np.asarray(star.points).T
        # Off centres by odd amounts, so that no centre lies on a line.
        expected = draw.polygon2mask(SHAPE, np.column_stack([y - 0.5 + 0.000061, x - 0.5 + 0.0001]))
        assert np.array_equal(rasterise([star], SHAPE), expected)


def test_a_ring_keeps_its_middle_free():
    # Out along a slit and back: a simple line that encloses a ring, not its middle.
    ring = [(0, 0), (20, 0), (20, 20), (0, 20), (0, 10), (5, 10), (5, 15), (15, 15), (15, 5), (5, 5), (5, 10), (0, 10)]
    assert rasterise([Outline(tuple(ring))], SHAPE).sum() == 300


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 8), (30, 31)])
def test_tracing_at_no_tolerance_and_back_gives_the_very_mask(shape):
    random = np.random.default_rng(1)
    for share in (0.0, 0.2, 0.5, 0.8, 1.0):
        mask = random.random(shape) < share
        assert np.array_equal(rasterise(polygons_from_mask(mask), shape), mask)


def test_real_masks_there_and_back(real_set, real_data):
    labelled = real_set.samples[real_set.samples["present"].eq(True)].groupby("source").head(4)
    assert len(labelled) >= 8
    for _, row in labelled.iterrows():
        mask = dataset.read_mask(row, dataset.read_image(row).shape)
        assert np.array_equal(rasterise(polygons_from_mask(mask), mask.shape), mask)
        loose = polygons_from_mask(mask, tolerance=0.75)
        assert dice(mask, rasterise(loose, mask.shape)) > 0.98
        assert sum(len(outline.points) for outline in loose) < 150


def test_rows_of_json_hold_all_of_an_outline():
    outlines = (Outline(((0.126, -3), (5, 0), (5, 5))), Outline(((1, 1), (2, 1), (2, 2)), cut=True))
    rows = shapes.to_rows(outlines)
    assert rows[0] == {"points": [[0.13, -3.0], [5.0, 0.0], [5.0, 5.0]], "cut": False}
    assert shapes.from_rows(rows) == outlines


@pytest.mark.parametrize(
    "points",
    [
        (),
        ((1, 2), (3, 4)),
        ((0, 0), (1, 1), (float("nan"), 2)),
        ((0, 0), (1, 1), (float("inf"), 2)),
        ((0,), (1,), (2,)),
    ],
)
def test_no_outline(points):
    with pytest.raises(ValueError):
        Outline(points)


@pytest.mark.parametrize(
    "rows",
    [[{}], [{"points": 7, "cut": False}], [{"points": [[0, 0, 0]] * 3, "cut": False}], [{"points": [[0, 0]] * 3}]],
)
def test_no_outlines_in_a_file(rows):
    with pytest.raises(ValueError):
        shapes.from_rows(rows)


def test_too_many_points_are_refused():
    rows = [{"points": [[0, 0]] * 2_501, "cut": False}] * 2
    with pytest.raises(ValueError, match="5,000 points, received 5,002"):
        shapes.from_rows(rows)


@pytest.mark.parametrize("wrong", [np.zeros((3, 3)), np.zeros(4, bool)])
def test_only_masks_are_traced(wrong):
    with pytest.raises(ValueError, match="threshold it"):
        polygons_from_mask(wrong)
    with pytest.raises(ValueError, match="tolerance"):
        polygons_from_mask(np.zeros((2, 2), bool), tolerance=-1)
