"""What the canvas sends, as outlines of the frame: moved, turned, stretched, at any zoom; and back."""

import math

import numpy as np
import pytest

from neuroscan.app.annotation.canvas import LINE, enlarged, from_canvas, to_canvas
from neuroscan.data.shapes import Outline, rasterise

PLAIN = {
    "type": "Polygon",
    "angle": 0,
    "scaleX": 1,
    "scaleY": 1,
    "skewX": 0,
    "skewY": 0,
    "flipX": False,
    "flipY": False,
    "stroke": LINE[False],
    "strokeWidth": 2,
}
ZOOMS = (0.37, 0.6172, 1, 1.5, 2, 4)


def polygon(points, *, zoom=1.0, **changes):
    """A polygon as Fabric.js writes it: the middle of its box beside its points, rounded to four decimals."""
    values = np.asarray(points, float) * zoom
    left, top = (values.min(axis=0) + values.max(axis=0)) / 2
    shown = {"left": round(left, 4), "top": round(top, 4), "points": [{"x": x, "y": y} for x, y in values.tolist()]}
    return PLAIN | shown | changes


def corners(drawing, zooms=(1.0,)):
    """Corners of the only outline."""
    (outline,) = from_canvas(drawing, zooms)
    return outline.points


SQUARE = [(10, 20), (30, 20), (30, 30), (10, 30)]  # 20 x 10, its middle at (20, 25)


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize(
    ("points", "area"),
    [
        ([(10, 20), (110, 20), (110, 80), (10, 80)], 6000),
        ([(10, 20), (60, 20), (60, 50), (110, 50), (110, 80), (10, 80)], 4500),
        ([(0, 0), (200, 0), (200, 100), (0, 100)], 20000),
    ],
)
def test_polygons_cover_their_area_to_the_pixel_at_any_zoom(points, area, zoom):
    (outline,) = from_canvas({"objects": [polygon(points, zoom=zoom)]}, [zoom])
    assert outline.points == tuple(points)
    assert rasterise([outline], (100, 200)).sum() == area


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, SQUARE),
        ({"left": 25, "top": 35}, [(15, 30), (35, 30), (35, 40), (15, 40)]),  # moved by (5, 10)
        ({"scaleX": 2, "scaleY": 0.5}, [(0, 22.5), (40, 22.5), (40, 27.5), (0, 27.5)]),
        ({"angle": 90}, [(25, 15), (25, 35), (15, 35), (15, 15)]),  # a quarter turn clockwise on the screen
        ({"flipX": True}, [(30, 20), (10, 20), (10, 30), (30, 30)]),
        ({"flipY": True}, [(10, 30), (30, 30), (30, 20), (10, 20)]),
        ({"skewX": 45}, [(5, 20), (25, 20), (35, 30), (15, 30)]),  # x grows by y
        ({"skewY": 45}, [(10, 10), (30, 30), (30, 40), (10, 20)]),  # y grows by x
        ({"scaleX": 2, "angle": 180}, [(40, 30), (0, 30), (0, 20), (40, 20)]),
    ],
)
def test_shapes_lie_where_they_were_brought(changes, expected):
    drawing = {"objects": [polygon(SQUARE, **changes)]}
    assert corners(drawing) == pytest.approx(np.array(expected), abs=0.006)
    moved = {name: 2 * value if name in ("left", "top") else value for name, value in changes.items()}
    doubled = {"objects": [polygon(SQUARE, zoom=2) | moved]}
    assert corners(doubled, [2]) == pytest.approx(np.array(expected), abs=0.006)


def test_a_polygon_as_the_canvas_once_sent_it():
    # Drawn by mouse from (100, 100) to (200, 200), then moved by (-20, -10) and pulled at its lower right corner.
    sent = PLAIN | {
        "left": 152,
        "top": 162,
        "scaleX": 1.4314,
        "scaleY": 1.4314,
        "points": [{"x": 100, "y": 100}, {"x": 200, "y": 100}, {"x": 200, "y": 200}, {"x": 100, "y": 200}],
    }
    low_x, low_y, high_x, high_y = 152 - 71.57, 162 - 71.57, 152 + 71.57, 162 + 71.57
    expected = ((low_x, low_y), (high_x, low_y), (high_x, high_y), (low_x, high_y))
    assert corners({"objects": [sent]}) == pytest.approx(np.array(expected))


def freehand(centre, radius, *, steps=60, **changes):
    """A round line by hand, as Fabric.js smooths it: curves from middle to middle of the points that the mouse met."""
    turn = np.linspace(0, 2 * np.pi, steps)
    met = np.column_stack([centre[0] + radius * np.cos(turn), centre[1] + radius * np.sin(turn)])
    middles = (met[1:] + met[:-1]) / 2
    path = [["M", *met[0]], ["L", *middles[0]]]
    path += [["Q", *point, *middle] for point, middle in zip(met[1:-1], middles[1:], strict=True)]
    path.append(["L", *met[-1]])
    box = np.vstack([met[0], middles, met[-1]])
    left, top = (box.min(axis=0) + box.max(axis=0)) / 2
    return PLAIN | {"type": "Path", "path": path, "left": left, "top": top} | changes


@pytest.mark.parametrize("zoom", [0.5, 1, 3])
def test_a_freehand_line_is_closed_and_filled(zoom):
    drawing = {"objects": [freehand((150 * zoom, 100 * zoom), 60 * zoom)]}
    mask = rasterise(from_canvas(drawing, [zoom]), (200, 300))
    assert mask.sum() == pytest.approx(math.pi * 60**2, rel=0.01)
    assert mask[100, 150]
    (outline,) = from_canvas(drawing, [zoom])
    assert len(outline.points) < 80


def test_a_freehand_line_can_be_moved():
    still, moved = (
        rasterise(from_canvas({"objects": [freehand((100, 100), 40, **extra)]}, [1]), (200, 300))
        for extra in ({}, {"left": 150.0})
    )
    columns = np.flatnonzero(moved.any(axis=0)) - np.flatnonzero(still.any(axis=0))
    assert set(columns) <= {49, 50, 51}


def test_order_and_cutting_survive():
    drawing = {"objects": [polygon(SQUARE), polygon([(15, 22), (20, 22), (20, 27)], stroke=LINE[True])]}
    assert [outline.cut for outline in from_canvas(drawing, [1])] == [False, True]


@pytest.mark.parametrize("zoom", ZOOMS)
def test_there_and_back_again_changes_nothing(zoom):
    random = np.random.default_rng(3)
    outlines = tuple(
        Outline(tuple(map(tuple, random.uniform(-20, 600, (random.integers(3, 30), 2)).tolist())), cut=bool(cut))
        for cut in random.integers(2, size=6)
    )
    drawing = to_canvas(outlines, zoom, revision=1)
    # The canvas adds where the middle of each box lies.
    for one in drawing["objects"]:
        points = [(point["x"], point["y"]) for point in one["points"]]
        one |= {key: value for key, value in polygon(points).items() if key not in ("stroke", "points")}
    assert from_canvas(drawing, [zoom]) == outlines


def test_another_revision_is_another_drawing():
    assert to_canvas((), 1, revision=1) != to_canvas((), 1, revision=2)


@pytest.mark.parametrize(
    "shape",
    [
        polygon([(5, 5), (5, 5), (5, 5)]),
        polygon([(5, 5), (9, 9), (7, 7)]),
        PLAIN | {"type": "Path", "path": [["M", 5, 5], ["L", 5.002, 5.002]], "left": 5, "top": 5},
        PLAIN | {"type": "Circle", "radius": 5, "left": 5, "top": 5},
    ],
)
def test_what_has_no_area_is_left_out(shape):
    assert from_canvas({"objects": [shape]}, [1]) == ()


@pytest.mark.parametrize(
    "drawing",
    [
        {},
        {"objects": [{}]},
        {"objects": [PLAIN]},
        {"objects": 7},
        {"objects": [polygon(SQUARE, left=None)]},
        {"objects": [polygon(SQUARE, left="<script>")]},
        {"objects": [polygon(SQUARE, left=1e7)]},
        {"objects": [polygon(SQUARE, angle=10**400)]},
        {"objects": [polygon(SQUARE, strokeWidth=float("inf"))]},
        {"objects": [polygon(SQUARE) | {"points": [{"x": 10**400, "y": 0}] * 3}]},
        {"objects": [polygon([(x, x * x) for x in range(5001)])]},
    ],
)
def test_what_is_no_drawing_is_refused(drawing):
    with pytest.raises(ValueError):
        from_canvas(drawing, [1])


def test_the_frame_is_never_smoothed_into_detail():
    image = np.array([[0, 200], [100, 50]], np.uint8)
    assert np.array_equal(enlarged(image, 2, 2), image)
    assert np.array_equal(enlarged(image, 8, 8), np.kron(image, np.ones((4, 4), np.uint8)))
    assert enlarged(image, 1, 1).tolist() == [[88]]  # the mean, 87.5
    assert set(np.unique(enlarged(image, 6, 6))) > {0, 50, 100, 200}


def test_what_is_still_of_another_zoom_is_read_at_that_zoom():
    """A canvas may send what it held before the window was resized."""
    outlines = (Outline(tuple(SQUARE)),)
    for number, zoom in enumerate(zooms := [1.034, 0.982, 2]):
        sent = to_canvas(outlines, zoom, number=number, revision=1)
        (shape,) = sent["objects"]
        drawn = polygon(SQUARE, zoom=zoom, strokeWidth=round(shape["strokeWidth"], 4))
        assert corners({"objects": [drawn]}, zooms) == pytest.approx(np.array(SQUARE, float))
