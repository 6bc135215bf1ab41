import base64
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from neuroscan.imaging import figure, overlay
from tests.conftest import ROOT

SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
NAMES = ("model <1> & $x_1$ co", r"_second $\frac$ \$")


def square(shape=(40, 60), rows=(10, 20), columns=(15, 45)):
    mask = np.zeros(shape, bool)
    mask[slice(*rows), slice(*columns)] = True
    return mask


IMAGE = np.arange(40 * 60, dtype=np.uint32).reshape(40, 60).astype(np.uint8)
FLAT, NOTHING = np.full((40, 60), 90, np.uint8), np.zeros((40, 60), bool)
ZOOM = 19
"""Pixels of a PNG file for each of 60 across: 19 is the first number that makes 1,100 or more."""
PREDICTED = [(name, square(rows=(12 + n, 24))) for n, name in enumerate(NAMES)]


def svg(image=IMAGE, truth=None, predicted=PREDICTED, *, who="expert", spacing=None, notes=("Research only.",)):
    truth = square() if truth is None else truth
    data = figure.paper(image, (who, truth), predicted, kind="svg", spacing=spacing, notes=notes)
    return ElementTree.fromstring(data)


def png(image=IMAGE, truth=None, predicted=PREDICTED, *, spacing=None, notes=("Research only.",)):
    truth = square() if truth is None else truth
    data = figure.paper(image, ("expert", truth), predicted, kind="png", spacing=spacing, notes=notes)
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def place(sheet):
    """Rows and columns of the first panel in a picture of `png`, found by a flat frame in it."""
    flat = (sheet == 90).all(axis=-1)
    rows, columns = (np.flatnonzero(flat.sum(axis=axis) > 400) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[0] + 60 * ZOOM)


def panel(root):
    """Left, top, width and height of the first panel of an SVG file, in points."""
    rectangle = next(root.iter(f"{SVG}clipPath")).find(f"{SVG}rect")
    return np.array([float(rectangle.get(side)) for side in ("x", "y", "width", "height")])


def outlines(root, shape=(40, 60)):
    """Colour, dashes and points (N, 2), x and y in pixels of the frame, of each line around a mask."""
    left, top, width, height = panel(root)
    found = []
    for group in root.iter(f"{SVG}g"):
        if group.get("id", "").startswith("QuadContourSet"):
            line = group.find(f"{SVG}path")
            points = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", line.get("d")), float)
            color, dash = (re.search(rf"{key}: ([^;]+)", line.get("style")) for key in ("stroke", "stroke-dasharray"))
            scaled = (points - (left, top)) * (shape[1] / width, shape[0] / height)
            found.append((color[1], dash and dash[1], scaled, line.get("clip-path")))
    return found


def pictures(root):
    """The pictures that an SVG file holds, red first."""
    data = [element.get(LINK).split(",")[1] for element in root.iter(f"{SVG}image")]
    stored = [cv2.imdecode(np.frombuffer(base64.b64decode(one), np.uint8), cv2.IMREAD_COLOR) for one in data]
    return [cv2.cvtColor(one, cv2.COLOR_BGR2RGB) for one in stored]


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def hexes(*colors):
    return ["#{:02x}{:02x}{:02x}".format(*color) for color in colors]


def test_a_line_runs_along_the_border_between_a_mask_and_the_rest():
    # Pixels 15 to 44 of 60, so from 15 to 45; the line runs half a pixel outside the middles of the outermost ones.
    for (_, _, points, _), rows in zip(outlines(svg()), ((10, 20), (12, 24), (13, 24)), strict=True):
        assert points.min(axis=0) == pytest.approx((15, rows[0]), abs=1e-4)
        assert points.max(axis=0) == pytest.approx((45, rows[1]), abs=1e-4)


def test_each_part_and_each_hole_has_its_line():
    mask = square() | square(rows=(30, 35), columns=(2, 8))
    mask[13:16, 20:25] = False
    _, _, points, _ = outlines(svg(truth=mask))[0]
    for x, y in ((15, 12), (2, 32), (20, 14.5)):
        assert np.hypot(*(points - (x, y)).T).min() <= 0.5


def test_a_mask_that_fills_the_frame_is_outlined_along_its_edges():
    _, _, points, clipped = outlines(svg(truth=np.ones((40, 60), bool)))[0]
    assert points.min(axis=0) == pytest.approx((0, 0), abs=1e-4) and points.max(axis=0) == pytest.approx((60, 40))
    assert clipped is None


def test_lines_differ_in_colour_and_in_a_grey_print():
    colors, dashes, _, _ = zip(*outlines(svg()), strict=True)
    assert list(colors) == hexes(overlay.EXPERT, overlay.MODEL, overlay.SECOND_MODEL)
    assert dashes[0] is None and len(set(dashes)) == 3


def test_pixels_of_the_line_lie_on_the_border_and_nowhere_else():
    sheet = png(FLAT, predicted=[("unet", NOTHING)])
    shown = (sheet[place(sheet)] != 90).any(axis=-1)
    border = np.zeros(shown.shape, np.uint8)
    cv2.rectangle(border, (15 * ZOOM, 10 * ZOOM), (45 * ZOOM - 1, 20 * ZOOM - 1), 1)
    away = cv2.distanceTransform(1 - border, cv2.DIST_L2, 5)
    assert shown.any() and away[shown].max() <= 6  # corners are cut by half a pixel of the frame's
    missed = border.astype(bool) & ~shown
    assert missed.sum() <= 4 * ZOOM


def test_empty_masks_draw_no_line_but_keep_their_place_in_the_legend():
    root = svg(truth=NOTHING, predicted=[("unet", NOTHING)])
    assert not outlines(root)
    assert {"Expert", "unet"} <= set(texts(root))


@pytest.mark.parametrize(
    ("spacing", "words", "pixels"),
    [
        ((0.1, 0.1), "2 mm", 20),
        ((0.5, 0.5), "10 mm", 20),
        ((0.02, 0.01), "0.2 mm", 20),
        ((0.03, 0.03), "0.5 mm", 50 / 3),
    ],
)
def test_scale_bar_is_as_long_as_it_says(spacing, words, pixels):
    assert words in texts(svg(FLAT, spacing=spacing))
    sheet = png(FLAT, spacing=spacing)
    foot = (sheet[place(sheet)][-100:] == 255).all(axis=-1)
    long = np.flatnonzero(foot.any(axis=0))  # the words over it are narrower
    assert np.ptp(long) + 1 == pytest.approx(pixels * ZOOM, abs=1)
    assert len(long) == np.ptp(long) + 1


def test_without_spacing_no_bar_and_no_millimetres():
    assert not [words for words in texts(svg()) if "mm" in words]
    sheet = png(FLAT)
    assert not (sheet[place(sheet)] == 255).all(axis=-1).any()


def test_pixels_that_are_not_square_are_stretched_to_true_proportions():
    drawn = svg(spacing=(0.2, 0.1))
    _, _, width, height = panel(drawn)
    assert height / width == pytest.approx(2 * 40 / 60)
    rows, columns = place(png(FLAT, spacing=(0.2, 0.1)))
    assert rows.stop - rows.start == 2 * 40 * ZOOM and columns.stop - columns.start == 60 * ZOOM
    # The outline keeps pace.
    _, _, points, _ = outlines(drawn)[0]
    assert points[:, 1].max() == pytest.approx(20, abs=1e-4)


def test_both_kinds_hold_the_frame_without_loss():
    assert np.array_equal(pictures(svg())[0], np.stack([IMAGE] * 3, axis=-1))
    empty = {"truth": NOTHING, "predicted": [("unet", NOTHING)]}
    shown = png(**empty)[place(png(FLAT, **empty))]
    assert np.array_equal(shown, np.kron(IMAGE, np.ones((ZOOM, ZOOM), np.uint8))[..., None].repeat(3, axis=-1))


def test_agreement_panels_have_the_tints_of_the_screen():
    _, *shown = pictures(svg())
    assert len(shown) == 2
    for picture, (_, mask) in zip(shown, PREDICTED, strict=True):
        assert np.array_equal(picture, overlay.agreement(IMAGE, square(), mask))


def test_words_stay_text_and_names_are_shown_as_they_are():
    found = texts(svg(notes=["Frame <1> of $a$ & $b$", r"For $\nothing$ but research."]))
    assert {"Expert", *NAMES, "Both", "Only expert", "Only model"} <= set(found)
    assert [f"(b) Agreement, {NAMES[0]}", f"(c) Agreement, {NAMES[1]}"] == [t for t in found if "Agreement" in t]
    assert {"Simulator", "Only simulator"} <= set(texts(svg(who="simulator")))
    assert {"Frame <1> of $a$ & $b$", r"For $\nothing$ but research."} <= set(found)
    assert png(notes=[r"$\nothing$"]).any()


def test_legend_names_the_colours_that_are_drawn():
    signs = {}
    legends = [group for group in svg().iter(f"{SVG}g") if group.get("id", "").startswith("legend")]
    for legend in legends:
        style = None
        for element in legend.iter():
            if element.tag == f"{SVG}path":
                style = element.get("style")
            elif element.tag == f"{SVG}text":
                signs[element.text] = style
    for words, (color, dash, _, _) in zip(("Expert", *NAMES), outlines(svg()), strict=True):
        assert f"stroke: {color}" in signs[words] and (dash is None or f"stroke-dasharray: {dash}" in signs[words])
    for words, color in (("Both", overlay.BOTH), ("Only expert", overlay.EXPERT), ("Only model", overlay.MODEL)):
        assert f"fill: {hexes(color)[0]}" in signs[words]


def test_long_names_and_notes_stay_on_the_sheet_and_leave_its_edge_white():
    names = ["mobilenet_v2_large_data_aug_WWWW", "second_long_model_name_v3_WWWWWW"]
    for notes in (["W " * 300], ["one_long_word" * 30]):
        sheet = png(predicted=[(name, square()) for name in names], notes=notes)
        edge = np.ones(sheet.shape[:2], bool)
        edge[40:-40, 40:-40] = False
        assert (sheet[edge] == 255).all()
    lines = [words for words in texts(svg(notes=["WORDS " * 80, "last"])) if words.startswith("WORDS")]
    assert len(lines) > 1 and " ".join(" ".join(lines).split()) == ("WORDS " * 80).strip()


def test_same_bytes_from_many_threads_and_no_setting_is_left_changed():
    """Of an SVG file: none of the settings bears on a PNG."""
    import matplotlib

    def drawn(_=None):
        return figure.paper(IMAGE, ("expert", square()), PREDICTED, kind="svg", spacing=(0.1, 0.1), notes=["a"])

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(drawn, range(6))) == {drawn()}
    for setting in ("svg.fonttype", "svg.hashsalt"):
        assert matplotlib.rcParams[setting] == matplotlib.rcParamsDefault[setting]


def test_a_large_frame_is_not_drawn_larger():
    frame = np.full((30, 4800), 90, np.uint8)
    empty = np.zeros(frame.shape, bool)
    assert 4800 < png(frame, empty, [("unet", empty)]).shape[1] < 5200


@pytest.mark.parametrize("count", [0, 3])
def test_refuses_other_than_one_or_two_models(count):
    with pytest.raises(ValueError, match=f"received {count} models"):
        svg(predicted=[("unet", square())] * count)


def test_refuses_a_mask_of_another_size():
    with pytest.raises(ValueError, match="differ in size"):
        svg(predicted=[("unet", square((41, 60)))])


def test_drawing_is_loaded_when_a_figure_is_asked_for():
    code = "import sys, neuroscan.imaging.figure, neuroscan.phantom.realism; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
