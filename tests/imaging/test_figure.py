import base64
import itertools
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from neuroscan.imaging import captions, figure, overlay

SVG = "{http://www.w3.org/2000/svg}"


def square(shape=(40, 60), rows=(10, 20), columns=(15, 45)):
    mask = np.zeros(shape, bool)
    mask[slice(*rows), slice(*columns)] = True
    return mask


def made(*, models=1, spacing=None, notes=("Research only.",)):
    image = np.arange(40 * 60, dtype=np.uint32).reshape(40, 60).astype(np.uint8)
    predicted = [(f"model <{n}> & co", square(rows=(12 + n, 24))) for n in range(models)]
    return image, figure.paper(image, square(), predicted, spacing=spacing, notes=notes)


def marks(drawn, kind):
    return [mark for mark in drawn.marks if isinstance(mark, kind)]


def test_a_line_runs_along_the_border_between_the_mask_and_the_rest():
    mask = square()
    expert = marks(made()[1], figure.Line)[0].points
    pictures = marks(made()[1], figure.Picture)
    scale = pictures[0].width / mask.shape[1]
    x, y = (expert - (pictures[0].x, pictures[0].y)).T / scale
    # Pixels 15 to 44 of 60, so from 15 to 45; the line runs half a pixel outside the middles of the outermost ones.
    assert (x.min(), x.max()) == pytest.approx((15, 45))
    assert (y.min(), y.max()) == pytest.approx((10, 20))


def test_a_mask_that_fills_the_frame_is_outlined_along_its_edges():
    image = np.zeros((40, 60), np.uint8)
    drawn = figure.paper(image, np.ones((40, 60), bool), [("unet", square())], spacing=None, notes=[])
    picture, line = marks(drawn, figure.Picture)[0], marks(drawn, figure.Line)[0]
    assert line.points[:, 0].min() == pytest.approx(picture.x) and line.points[:, 0].max() == picture.x + picture.width


def test_empty_masks_draw_no_line_but_keep_their_place_in_the_legend():
    image, nothing = np.zeros((40, 60), np.uint8), np.zeros((40, 60), bool)
    drawn = figure.paper(image, nothing, [("unet", nothing)], spacing=None, notes=[])
    assert len(marks(drawn, figure.Line)) == 2  # the legend's own
    assert {"Expert", "unet"} <= {words.text for words in marks(drawn, figure.Words)}


@pytest.mark.parametrize(
    ("spacing", "words", "millimetres"),
    [((0.1, 0.1), "2 mm", 2), ((0.5, 0.5), "10 mm", 10), ((0.02, 0.01), "0.2 mm", 0.2)],
)
def test_scale_bar_is_as_long_as_it_says(spacing, words, millimetres):
    _, drawn = made(spacing=spacing)
    assert words in {mark.text for mark in marks(drawn, figure.Words)}
    bar = next(box for box in marks(drawn, figure.Box) if box.color == figure.WHITE)
    pixels = bar.width / (marks(drawn, figure.Picture)[0].width / 60)
    assert pixels * spacing[1] == pytest.approx(millimetres)


def test_without_spacing_no_bar_and_no_millimetres():
    _, drawn = made()
    assert not [box for box in marks(drawn, figure.Box) if box.color == figure.WHITE]
    assert not [mark for mark in marks(drawn, figure.Words) if "mm" in mark.text]


def test_pixels_that_are_not_square_are_stretched_to_true_proportions():
    picture = marks(made(spacing=(0.2, 0.1))[1], figure.Picture)[0]
    assert picture.height / picture.width == pytest.approx(2 * 40 / 60)


def test_svg_holds_the_frame_without_loss_and_words_as_text():
    image, drawn = made(models=2, notes=["Frame <1>", "For research only."])
    root = ElementTree.fromstring(drawn.svg())
    data = root.find(f"{SVG}image").get("href").split(",")[1]
    found = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(found, image)
    texts = {element.text for element in root.iter(f"{SVG}text")}
    assert {"Expert", "model <0> & co", "model <1> & co", "Frame <1>", "For research only."} <= texts
    lines = [element.get("stroke-dasharray") for element in root.iter(f"{SVG}polyline")]
    assert len(lines) == 6 and len(set(lines)) == 3  # solid, dashed, dotted: on the frame and in the legend


def test_agreement_panel_has_the_tints_of_the_screen():
    image, drawn = made()
    expected = overlay.agreement(image, square(), square(rows=(12, 24)))
    assert np.array_equal(marks(drawn, figure.Picture)[1].image, expected)
    written = ElementTree.fromstring(drawn.svg()).findall(f"{SVG}image")[1]
    assert written.get("preserveAspectRatio") == "none"
    data = np.frombuffer(base64.b64decode(written.get("href").split(",")[1]), np.uint8)
    assert np.array_equal(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), expected)


def test_legend_names_the_colours_that_are_drawn():
    _, drawn = made(models=2)
    signs = {}
    for sign, words in itertools.pairwise(drawn.marks):
        if isinstance(words, figure.Words) and isinstance(sign, figure.Line | figure.Box):
            signs[words.text] = (type(sign), sign.color, getattr(sign, "dash", None))
    lines = [(figure.Line, line.color, line.dash) for line in marks(drawn, figure.Line)[:3]]
    assert lines == [signs["Expert"], signs["model <0> & co"], signs["model <1> & co"]]
    assert [color for _, color, _ in lines] == [overlay.EXPERT, overlay.MODEL, overlay.SECOND_MODEL]
    tints = {"Both": overlay.BOTH, "Only expert": overlay.EXPERT, "Only model": overlay.MODEL}
    assert {words: signs[words][:2] for words in tints} == {words: (figure.Box, rgb) for words, rgb in tints.items()}


def test_long_names_and_wide_letters_stay_on_the_sheet_and_apart():
    image, mask = np.zeros((40, 60), np.uint8), square()
    names = ["mobilenet_v2_large_data_aug_WWWW", "second_long_model_name_v3_WWWWWW"]
    drawn = figure.paper(image, mask, [(name, mask) for name in names], spacing=None, notes=["WORDS " * 80])
    rows = {}
    for words in marks(drawn, figure.Words):
        rows.setdefault(words.y, []).append((words.x, words.x + captions.text_width(words.text, words.size)))
    assert max(end for ends in rows.values() for _, end in ends) < drawn.width
    sign = figure.TEXT  # at least, between two
    for row in rows.values():
        assert all(end + sign < start for (_, end), (start, _) in itertools.pairwise(sorted(row)))


def test_pixels_show_the_line_where_it_belongs():
    image = np.zeros((40, 60), np.uint8)
    drawn = figure.paper(image, square(), [("unet", np.zeros((40, 60), bool))], spacing=None, notes=[])
    picture = marks(drawn, figure.Picture)[0]
    sheet = drawn.pixels(2.0)
    assert sheet.shape == (int(np.ceil(2 * drawn.height)), int(2 * drawn.width), 3)
    column = round(2 * (picture.x + 30 / 60 * picture.width))
    row = round(2 * (picture.y + 10 / 40 * picture.height))
    assert tuple(sheet[row, column]) == overlay.EXPERT
    assert tuple(sheet[row + 60, column]) == (0, 0, 0)


def test_pixels_show_frame_words_and_boxes():
    image, drawn = made(notes=["Research only."])
    picture, sheet = marks(drawn, figure.Picture)[0], drawn.pixels(2.0)
    corner = tuple(round(2 * side) for side in (picture.y, picture.x, picture.height, picture.width))
    shown = cv2.resize(sheet[corner[0] :][: corner[2], corner[1] :][:, : corner[3]], (60, 40))
    outside = ~square() & ~square(rows=(12, 24))
    assert np.abs(shown[30:, :, 0].astype(int) - image[30:])[outside[30:]].mean() < 12
    note = next(words for words in marks(drawn, figure.Words) if words.text == "Research only.")
    band = sheet[round(2 * (note.y - note.size)) : round(2 * note.y)]
    inked = np.flatnonzero((band < 128).any(axis=(0, 2)))
    assert inked[0] == pytest.approx(2 * note.x, abs=6)
    assert inked[-1] == pytest.approx(2 * note.x + captions.text_width(note.text, 2 * note.size), rel=0.1)
    for box in marks(drawn, figure.Box):
        assert tuple(sheet[round(2 * box.y + box.height), round(2 * box.x + box.width)]) == box.color


@pytest.mark.parametrize("count", [0, 3])
def test_refuses_other_than_one_or_two_models(count):
    with pytest.raises(ValueError, match=f"received {count} models"):
        made(models=count)
