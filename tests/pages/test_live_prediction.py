"""Live Prediction: what is shown equals what the model and the imaging room say, whatever is thrown at the page."""

import base64
import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image as PillowImage

from neuroscan import config
from neuroscan.app.live import exports
from neuroscan.data import codecs
from neuroscan.imaging import measure, overlay, postprocess, preprocess
from neuroscan.inference.predictor import Predictor
from tests.conftest import stand_in_frame, write_stand_in_model
from tests.dicom_file import dicom, region
from tests.pages.conftest import spacing_field

PAGE = "pages/1_Live_Prediction.py"


def area(page) -> int:
    """Outlined pixels, as the page says."""
    return int(next(m.value for m in page.metric if m.label == "Area").removesuffix(" px").replace(",", ""))


def text_of(elements) -> str:
    """What elements say, without the escapes that keep Markdown out."""
    return "\n".join(element.value for element in elements).replace("\\", "")


@pytest.fixture
def upload(open_page):
    """Open the page on uploads alone and upload files: `upload(("name.png", data), …)`."""

    def uploaded(*files: tuple[str, bytes], **kwargs):
        page = open_page(PAGE, **kwargs)
        page.segmented_control(key="way").set_value("My own pictures").run()
        page.file_uploader(key="uploads").set_value([(name, data, "image/png") for name, data in files]).run()
        return page

    return uploaded


def png(image: np.ndarray) -> bytes:
    """Encode with OpenCV."""
    return cv2.imencode(".png", image)[1].tobytes()


def test_numbers_equal_the_models_own(open_page, stand_in):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    assert not page.exception and not page.error
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    prediction = Predictor(stand_in.weights / "blob").predict(image)
    found = measure.measure(prediction.mask(0.5, 0.6))
    assert found.area_px > 500
    assert area(page) == found.area_px
    assert f"Presence score {prediction.presence:.3f}" in page.info[0].value
    depth = next(m.value for m in page.metric if m.label.startswith("Depth"))
    assert depth == f"{found.depth_px:.0f} px"
    assert any(config.DISCLAIMER in m.value for m in page.markdown)


def test_threshold_changes_the_area_and_asks_neither_model_nor_disk(open_page, stand_in, monkeypatch):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    calls = []
    for owner, name in ((Predictor, "run"), (codecs, "read"), (codecs, "read_mask")):
        monkeypatch.setattr(owner, name, lambda *a, _name=name, **k: calls.append(_name))
    areas = [area(page)]
    for threshold in (0.6, 0.8, 0.3):
        page.slider(key="threshold blob").set_value(threshold).run()
        areas.append(area(page))
        assert page.query_params["threshold"] == f"{threshold:g}"
    assert calls == []
    image = cv2.imread(str(stand_in.data / "tiny" / "2_1.tif"), cv2.IMREAD_UNCHANGED)
    monkeypatch.undo()
    prediction = Predictor(stand_in.weights / "blob").predict(image)
    assert areas == [int((prediction.probability >= np.float32(t)).sum()) for t in (0.5, 0.6, 0.8, 0.3)]
    assert areas[2] < areas[1] < areas[0] < areas[3]


@pytest.mark.parametrize(
    ("wrong", "count", "words"),
    [(26, 26, "in all 26."), (3, 26, "in 3 of 26."), (0, 26, "in 0 of 26."), (1, 1, "in 1 of 1.")],
)
def test_how_much_a_yes_is_worth_stands_under_it(open_page, tmp_path, wrong, count, words):
    row = {"split": "test", "gate": True, "n_absent": count, "presence_specificity": 1 - wrong / count}
    write_stand_in_model(tmp_path / "blob", scores=[row | {"source": "uns"}, row | {"source": "phantom"}])
    page = open_page(PAGE, weights=tmp_path, sample="tiny/2_1")
    said = text_of(page.caption)
    sentence = "in test frames of uns without a nerve, the model at its own thresholds called one present "
    assert sentence + words in said and "of phantom" not in said
    page.toggle(key="gate blob").set_value(False).run()
    assert "called one present" not in text_of(page.caption)  # then nothing was said to be found


def test_reset_goes_back_to_the_card(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob", threshold="0.8", presence="0.7")
    assert page.slider(key="threshold blob").value == 0.8
    assert page.slider(key="presence threshold blob").value == 0.7
    page.button(key="reset blob").click().run()
    assert page.slider(key="threshold blob").value == 0.5
    assert page.slider(key="presence threshold blob").value == 0.6
    assert page.button(key="reset blob").disabled


def test_each_model_has_its_own_threshold(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob", threshold="0.8")
    page.selectbox(key="model").set_value("shy").run()
    assert page.slider(key="threshold shy").value == 0.4
    assert page.query_params["model"] == "shy"
    page.selectbox(key="model").set_value("blob").run()
    assert page.slider(key="threshold blob").value == 0.8


def test_an_absent_nerve_is_said_and_can_be_looked_at(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="shy")
    assert "No nerve found" in page.warning[0].value
    assert area(page) == 0
    anyway = next(t for t in page.toggle if t.label == "Look at the outline anyway")
    anyway.set_value(True).run()
    assert area(page) > 500
    assert "No nerve found" in page.warning[0].value
    # Looking anyway is for this frame alone.
    page.selectbox(key="frame").set_value("tiny/2_2").run()
    assert area(page) == 0


def test_the_gate_can_be_switched_off(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="shy")
    page.toggle(key="gate shy").set_value(False).run()
    assert "Presence gate off" in page.info[0].value
    assert area(page) > 500
    assert page.query_params["presence"] == "0"
    page.slider(key="threshold shy").set_value(1.0).run()
    assert area(page) == 0 and "**Nothing to outline.**" in page.warning[0].value
    page.toggle(key="gate shy").set_value(True).run()
    assert page.slider(key="presence threshold shy").value == 0.6
    assert area(page) == 0


def test_area_in_mm2_only_once_spacing_is_typed_in_and_only_for_that_frame(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    assert not any("mm" in m.value for m in page.metric)
    assert "Spacing is unknown" in text_of(page.caption)
    spacing_field(page, "down").set_value(0.1).run()
    assert not any("mm" in m.value for m in page.metric)
    spacing_field(page, "across").set_value(0.2).run()
    assert next(m.value for m in page.metric if "mm²" in m.value) == f"{area(page) * 0.02:,.1f} mm²"
    assert "typed in by you" in text_of(page.caption)

    page.selectbox(key="frame").set_value("tiny/2_2").run()
    assert not any("mm" in m.value for m in page.metric)
    page.selectbox(key="frame").set_value("tiny/2_1").run()
    assert any("mm²" in m.value for m in page.metric)
    next(toggle for toggle in page.toggle if toggle.label == "For all frames of this session").set_value(True).run()
    page.selectbox(key="frame").set_value("tiny/2_2").run()
    assert next(m.value for m in page.metric if "mm²" in m.value) == f"{area(page) * 0.02:,.1f} mm²"


@pytest.mark.parametrize(
    ("range_of_training", "word"),
    [([0.2, 0.3, 0.4], "smaller than most"), ([0.01, 0.08, 0.2], "usual"), ([0.01, 0.02, 0.03], "larger than most")],
)
def test_area_stands_against_the_range_of_training(open_page, tmp_path, range_of_training, word):
    write_stand_in_model(tmp_path / "blob", area_share={"tiny": range_of_training})
    page = open_page(PAGE, weights=tmp_path, sample="tiny/2_1")
    assert f"**{word}**" in text_of(page.markdown)
    assert "never labelled normal or abnormal" in text_of(page.caption)


def test_black_borders_do_not_count_as_area(upload):
    share = {}
    for border in (0, 60):
        page = upload(("framed.png", png(np.pad(FRAME, border))))
        share[border] = re.search(r"covers \*\*([\d.]+) % of the scanned area", text_of(page.markdown))[1]
        assert float(share[border]) == pytest.approx(100 * area(page) / FRAME.size, abs=0.06)
    assert float(share[60]) > 2


def test_a_training_subject_is_named_as_such(open_page):
    assert "trained on frames of this subject" in text_of(open_page(PAGE, sample="tiny/1_1").caption)
    assert "trained on frames of this subject" not in text_of(open_page(PAGE, sample="tiny/2_1").caption)


def test_clean_up_drops_small_parts(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    whole = area(page)
    page.number_input(key="smallest_area").set_value(whole + 1).run()
    assert area(page) == 0
    assert "A nerve by its score, but nothing to outline" in text_of(page.warning) and not page.info
    page.number_input(key="smallest_area").set_value(whole).run()
    assert area(page) == whole
    page.toggle(key="largest_only").set_value(True).run()
    assert area(page) == whole


def test_the_largest_part_alone(upload, stand_in):
    frame = np.full((128, 176), 60, np.uint8)
    frame[20:50, 20:60], frame[80:100, 110:140] = 190, 190
    page = upload(("two.png", png(frame)), model="blob")
    mask = Predictor(stand_in.weights / "blob").predict(frame).mask(0.5)
    assert area(page) == mask.sum() and "2 separate parts" in text_of(page.caption)
    page.toggle(key="largest_only").set_value(True).run()
    assert area(page) == mask[:65].sum() and 0 < mask[65:].sum() < mask[:65].sum()
    assert "separate parts" not in text_of(page.caption)


@pytest.mark.parametrize("look", ["Fill", "Heat map"])
def test_opacity_is_that_of_the_slider(open_page, stand_in, look):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    page.segmented_control(key="look").set_value(look).run()
    image = codecs.read(stand_in.data / "tiny" / "2_1.tif")[0].image
    found = Predictor(stand_in.weights / "blob").predict(image)
    mask = found.mask(0.5, 0.6)
    for opacity in (0.2, 0.8):
        page.slider(key="opacity").set_value(opacity).run()
        filled = overlay.fill(image, mask, opacity=opacity)
        expected = overlay.outline(overlay.heat(image, found.probability, opacity=opacity), mask)
        (sent,) = [json.loads(one.proto.json) for one in page.get("bidi_component") if "overlay" in one.proto.id]
        (sent,) = sent["pictures"]
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(sent["png"]), np.uint8), cv2.IMREAD_COLOR_RGB)
        assert np.array_equal(picture, filled if look == "Fill" else expected)


@pytest.mark.parametrize("look", ["Fill", "Heat map", "Outline"])
def test_every_look_draws(open_page, look):
    page = open_page(PAGE, sample="tiny/2_1")
    before = [element.proto.json for element in page.get("bidi_component") if "overlay" in element.proto.id]
    page.segmented_control(key="look").set_value(look).run()
    after = [element.proto.json for element in page.get("bidi_component") if "overlay" in element.proto.id]
    assert not page.exception and len(after) == 1
    assert (before == after) == (look == "Outline")


@pytest.mark.parametrize("plain", [True, False])
def test_what_the_model_sees(plain, open_page, tmp_path):
    settings = preprocess.Settings(64, 88, crop=not plain, denoise="none" if plain else "lee")
    write_stand_in_model(tmp_path / "weights" / "blob", preprocess=settings)
    image = np.pad(FRAME, 30)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "1_1.png").write_bytes(png(image))
    page = open_page(PAGE, data=tmp_path, weights=tmp_path / "weights", sample="lab/1_1")
    page.toggle(key="show_steps").set_value(True).run()
    assert not page.exception
    shown = pictures(page)
    small = preprocess.resize(image if plain else FRAME, 64, 88)
    denoised = small if plain else preprocess.lee(small)
    levels = 128 + 42 * preprocess.normalise(denoised)
    expected = {
        "The whole frame" if plain else "Scanned area: black borders cut away": image if plain else FRAME,
        "Resized to 88 × 64": small,
        "Not denoised" if plain else "Denoised: lee": denoised,
        "Normalised: mean 0 (mid grey), deviation 1": levels.clip(0, 255).astype(np.uint8),
    }
    for words, picture in expected.items():
        assert np.array_equal(shown[words], picture), words
    assert not any("Second pass" in alt for alt in shown)


def test_the_model_sees_a_small_nerve_enlarged(open_page, tmp_path):
    settings = preprocess.Settings(64, 88, denoise="lee")
    write_stand_in_model(tmp_path / "weights" / "blob", coarse_to_fine=True, temperature=0.2, preprocess=settings)
    image = np.random.default_rng(0).integers(20, 60, (128, 176)).astype(np.uint8)
    image[52:64, 92:108] = 210
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "1_1.png").write_bytes(png(image))
    page = open_page(PAGE, data=tmp_path, weights=tmp_path / "weights", sample="lab/1_1")
    page.toggle(key="show_steps").set_value(True).run()
    assert not page.exception
    window = Predictor(tmp_path / "weights" / "blob").predict(image).window
    shown = pictures(page)["Second pass: what the first one outlines is small, and enlarged"]
    assert np.array_equal(shown, preprocess.lee(preprocess.resize(window.crop(image), 64, 88)))


def pictures(page):
    """Pictures on a page, by what they are called for those who cannot see them."""
    sent = (
        one for part in page.get("bidi_component") for one in json.loads(part.proto.json or "{}").get("pictures", [])
    )
    return {one["alt"]: cv2.imdecode(np.frombuffer(base64.b64decode(one["png"]), np.uint8), -1) for one in sent}


def test_a_frame_of_no_known_subject_stands_beside_others(open_page, tmp_path):
    for name in ("0001", "7_1"):
        for part, values in (("images", FRAME), ("masks", np.zeros(FRAME.shape, np.uint8))):
            (tmp_path / "data" / "mixed" / part).mkdir(parents=True, exist_ok=True)
            (tmp_path / "data" / "mixed" / part / f"{name}.png").write_bytes(png(values))
    page = open_page(PAGE, data=tmp_path / "data", sample="mixed/0001")
    assert not page.exception and page.selectbox(key="subject").value == "all subjects"
    page.selectbox(key="subject").set_value("7").run()
    assert not page.exception and page.query_params["sample"] == "mixed/7_1"


def test_choices_narrow_from_data_set_to_subject_to_frame(open_page):
    page = open_page(PAGE)
    # With a nerve, of a subject that the model was tested on.
    assert page.query_params["sample"] == "tiny/2_1"
    page.selectbox(key="source").set_value("pairs").run()
    assert page.query_params["sample"] == "pairs/0001"
    page.selectbox(key="source").set_value("tiny").run()
    assert page.query_params["sample"] == "tiny/1_1"
    page.selectbox(key="subject").set_value("2").run()
    assert page.query_params["sample"] == "tiny/2_1"
    assert page.selectbox(key="frame").options == ["2_1 · nerve", "2_2 · nerve", "2_3 · no nerve"]
    page.selectbox(key="subject").set_value("all subjects").run()
    assert page.query_params["sample"] == "tiny/2_1"
    assert len(page.selectbox(key="frame").options) == 6


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"sample": "tiny/<script>alert(1)</script>"}, "is not at hand here"),
        ({"sample": "../../etc/passwd"}, "is not at hand here"),
        ({"model": "nobody"}, "is not at hand"),
        ({"model": "../blob"}, "is not at hand"),
        ({"model": "blob", "threshold": "much"}, "no number from 0 to 1"),
        ({"model": "blob", "threshold": "nan"}, "no number from 0 to 1"),
        ({"model": "blob", "presence": "7"}, "no number from 0 to 1"),
    ],
)
def test_a_wrong_link_is_a_sentence(open_page, query, sentence):
    page = open_page(PAGE, **query)
    assert not page.exception
    said = text_of([*page.error, *page.warning])
    assert sentence in said
    assert "<script>" not in "\n".join(element.value for element in page.error)
    assert area(page) > 500


def huge_png() -> bytes:
    """A PNG of a few bytes whose header says 30,000 x 30,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def tiff(*, cut: int | None = None) -> bytes:
    """A TIFF, whole or cut off."""
    data = io.BytesIO()
    PillowImage.fromarray(stand_in_frame(5, nerve=True)[0]).save(data, "TIFF")
    return data.getvalue()[:cut]


BAD = {
    "empty.png": (b"", "found an empty file"),
    "notes.png": (b"shopping list", "found text"),
    "cut.tif": (tiff(cut=3000), "cannot be read"),
    "huge.png": (huge_png(), "30000x30000"),
    "movie.avi": (b"RIFF1234AVI ", "AVI"),
    "<script>alert(1)</script>.png": (b"", "found an empty file"),
    "../../../etc/passwd": (b"root:x:0:0", "found text"),
    "**bold** [link](http://x) $x$ :red[x].png": (b"", "found an empty file"),
}


def test_bad_files_get_a_sentence_each_and_the_session_lives(upload):
    files = [(name, data) for name, (data, _) in BAD.items()]
    page = upload(*files, ("fine.png", png(stand_in_frame(5, nerve=True)[0])))
    assert not page.exception
    assert len(page.error) == len(BAD)
    for error, (_, sentence) in zip(page.error, BAD.values(), strict=True):
        assert sentence in error.value.replace("\\", "")
        # Nothing that Markdown or HTML would read is left without its escape.
        assert not re.search(r"(?<!\\)[<>*_\[\]$`]|\.\.", error.value)
    assert area(page) > 500


FRAME = stand_in_frame(5, nerve=True)[0]


def palette_png() -> bytes:
    """The frame as a palette picture."""
    data = io.BytesIO()
    PillowImage.fromarray(FRAME).convert("P").save(data, "PNG")
    return data.getvalue()


def float_tiff() -> bytes:
    """The frame as floats from 0 to 1."""
    data = io.BytesIO()
    PillowImage.fromarray(FRAME.astype(np.float32) / 255).save(data, "TIFF")
    return data.getvalue()


def test_every_kind_of_picture_gives_the_same_area(upload, stand_in):
    kinds = {
        "grey8.png": png(FRAME),
        "grey16.png": png(FRAME.astype(np.uint16) * 257),
        "colour.png": png(cv2.cvtColor(FRAME, cv2.COLOR_GRAY2BGR)),
        "palette.png": palette_png(),
        "float.tif": float_tiff(),
        "frame.tif": tiff(),
        "frame.bmp": cv2.imencode(".bmp", FRAME)[1].tobytes(),
    }
    page = upload(*kinds.items())
    page.toggle(key="outline_all").set_value(True).run()
    assert not page.exception and not page.error
    expected = int(Predictor(stand_in.weights / "blob").predict(FRAME).mask(0.5).sum())
    assert dict(page.dataframe[0].value[["file", "area_px"]].values) == dict.fromkeys(kinds, expected)
    assert "sample" not in page.query_params


def test_of_a_dicom_file_the_page_says_where_the_size_of_a_pixel_is_from(upload):
    height, width = FRAME.shape
    page = upload(("US0001.dcm", dicom(FRAME, regions=[region((0, height - 1, 0, width - 1), (0.02, 0.01))])))
    assert not page.exception and not page.error
    assert next(m.value for m in page.metric if "mm²" in m.value) == f"{area(page) * 0.02:,.1f} mm²"
    told = "Spacing 0.2 × 0.1 mm a pixel (down × across), as the ultrasound machine wrote it into the DICOM file: "
    assert f"{told}the scanned area is {height * 0.2:.0f} × {width * 0.1:.0f} mm." in text_of(page.caption)
    assert not page.warning


def test_the_size_told_of_a_dicom_frame_is_that_of_the_scanner_s_picture_in_it(upload):
    height, width = FRAME.shape
    page = upload(("US0001.dcm", dicom(FRAME, regions=[region((20, height - 21, 10, width - 31), (0.1, 0.1))])))
    expected = f"the scanned area is {height - 40} × {width - 40} mm."
    assert not page.exception and expected in text_of(page.caption)


def test_a_data_sets_dicom_frame_brings_its_spacing(open_page, stand_in, tmp_path):
    height, width = FRAME.shape
    (tmp_path / "lab").mkdir()
    known = dicom(FRAME, regions=[region((0, height - 1, 0, width - 1), (0.02, 0.01))])
    (tmp_path / "lab" / "1_1.dcm").write_bytes(known)
    page = open_page(PAGE, data=tmp_path, sample="lab/1_1", model="blob")
    assert next(m.value for m in page.metric if "mm²" in m.value) == f"{area(page) * 0.02:,.1f} mm²"
    assert "as the ultrasound machine wrote it into the DICOM file" in text_of(page.caption)


def test_of_a_dicom_file_without_calibration_sizes_stay_in_pixels(upload):
    page = upload(("US0001.dcm", dicom(FRAME)))
    assert not page.exception and not page.error and area(page)
    assert not any("mm²" in m.value for m in page.metric)
    assert "Spacing is unknown, so sizes are in pixels only." in text_of(page.caption)


def test_without_a_frame_the_address_names_the_model_alone_and_a_link_is_followed_again(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    page.segmented_control(key="way").set_value("My own pictures").run()
    assert "sample" not in page.query_params and page.query_params["model"] == "blob"
    page.selectbox(key="model").set_value("shy").run()
    assert page.query_params["model"] == "shy"
    page.query_params["model"] = "blob"
    assert page.run().selectbox(key="model").value == "blob"


def test_a_link_to_a_sample_without_any_data_is_told(open_page, tmp_path):
    page = open_page(PAGE, data=tmp_path, sample="tiny/2_1", model="blob")
    assert not page.exception and "No data set is at hand, so the sample tiny/2_1" in text_of(page.error)


def uploads(page):
    """The list of uploaded frames."""
    return next(box for box in page.selectbox if box.key.startswith("upload"))


def test_the_smallest_pictures_work(upload):
    shapes = [(1, 1), (1, 300), (300, 1), (3, 2)]
    page = upload(*((f"{h}x{w}.png", png(np.full((h, w), 128, np.uint8))) for h, w in shapes))
    for place in range(len(shapes)):
        uploads(page).set_value(place).run()
        assert not page.exception and not page.error
        assert "No nerve found" in page.warning[0].value


def test_several_uploads_and_pages_are_frames_to_choose_from(upload):
    pages = io.BytesIO()
    one, two = (PillowImage.fromarray(stand_in_frame(seed, nerve=True)[0]) for seed in (7, 8))
    one.save(pages, "TIFF", save_all=True, append_images=[two])
    page = upload(("a.png", png(FRAME)), ("b.tif", pages.getvalue()))
    assert uploads(page).options == ["1: a.png", "2: b_page1.tif", "3: b_page2.tif"]
    sent = next(element.proto.json for element in page.get("bidi_component") if "Frame 1: a.png" in element.proto.json)
    tiles = json.loads(sent)["tiles"]
    assert [tile["label"] for tile in tiles] == uploads(page).options
    assert len({tile["png"] for tile in tiles}) == 3
    page.toggle(key="outline_all").set_value(True).run()
    assert not page.exception
    table = page.dataframe[0].value
    assert list(table["file"]) == ["a.png", "b_page1.tif", "b_page2.tif"]
    assert table["area_px"][0] == area(page)
    uploads(page).set_value(2).run()
    assert area(page) == table["area_px"][2]


def test_uploads_of_one_name_are_told_apart(upload):
    one, two = (("a.png", png(stand_in_frame(seed, nerve=True)[0])) for seed in (7, 8))
    page = upload(one, two)

    def bring(*files):
        page.file_uploader(key="uploads").set_value([(*file, "image/png") for file in files]).run()

    areas = [area(page)]
    uploads(page).set_value(1).run()
    areas.append(area(page))
    assert areas[0] != areas[1]
    bring(one, two, ("b.png", png(FRAME)))
    assert uploads(page).value == 2  # what was added is shown
    bring(("c.png", png(FRAME)), ("b.png", png(FRAME)), one, two)
    assert uploads(page).value == 0
    uploads(page).set_value(3).run()
    bring(one, two)
    assert (uploads(page).value, area(page)) == (1, areas[1])
    bring(one, two, one, two)
    assert (uploads(page).value, area(page)) == (2, areas[0])
    uploads(page).set_value(3).run()
    bring(one, two, one, two)
    assert uploads(page).value == 3
    bring(one, two, one, two, one)
    page.toggle(key="outline_all").set_value(True).run()
    table = page.dataframe[0].value
    assert list(table["mask_file"]) == ["a_mask.png", *(f"a_{number}_mask.png" for number in (2, 3, 4, 5))]
    assert list(table["area_px"]) == [areas[place] for place in (0, 1, 0, 1, 0)]


def test_without_data_the_page_asks_for_a_picture(open_page, tmp_path):
    page = open_page(PAGE, data=tmp_path)
    assert not page.exception and not page.error
    assert page.segmented_control(key="way").options == ["My own pictures"]
    assert "Pictures stay while this page is open" in text_of(page.caption)
    page.file_uploader(key="uploads").upload("fine.png", png(FRAME)).run()
    assert area(page) > 500


def test_without_models_the_page_says_how_to_get_one(open_page, tmp_path):
    page = open_page(PAGE, weights=tmp_path)
    assert not page.exception and not page.error
    assert "python -m training.train" in page.info[0].value


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(png(FRAME)[:2000]), lambda path: path.unlink()])
def test_a_frame_that_is_lost_meanwhile_is_a_sentence(open_page, tmp_path, spoil):
    for name in ("images", "masks"):
        (tmp_path / "own" / name).mkdir(parents=True)
        (tmp_path / "own" / name / "a.png").write_bytes(png(FRAME))
        (tmp_path / "own" / name / "b.png").write_bytes(png(FRAME))
    page = open_page(PAGE, data=tmp_path, sample="own/a")
    assert not page.exception and not page.error
    spoil(tmp_path / "own" / "images" / "a.png")
    page.run()
    assert not page.exception
    assert len(page.error) == 1
    page.selectbox(key="frame").set_value("own/b").run()
    assert not page.exception and not page.error


def test_a_real_frame(upload, real_data):
    path = Path(real_data) / "uns_native" / "test" / sorted((real_data / "uns_native" / "test").iterdir())[0].name
    page = upload((path.name, path.read_bytes()))
    assert not page.exception and not page.error
    assert f"{path.name}, 580" in "".join(element.proto.json for element in page.get("bidi_component"))


def test_the_gate_comes_back_with_the_threshold_that_was_set(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    page.slider(key="presence threshold blob").set_value(0.3).run()
    gate = next(toggle for toggle in page.toggle if toggle.label == "Presence gate")
    gate.set_value(False).run()
    assert "The presence gate is off" in text_of(page.caption)
    next(toggle for toggle in page.toggle if toggle.label == "Presence gate").set_value(True).run()
    assert page.slider(key="presence threshold blob").value == 0.3
    assert page.slider(key="presence threshold blob").min > 0, "0 is the switch's"
    page.button(key="reset blob").click().run()
    next(toggle for toggle in page.toggle if toggle.label == "Presence gate").set_value(False).run()
    next(toggle for toggle in page.toggle if toggle.label == "Presence gate").set_value(True).run()
    assert page.slider(key="presence threshold blob").value == 0.6


@pytest.mark.parametrize(
    ("spacing", "doubted"),
    [
        ((0.1, 0.1), False),
        ((0.5, 0.4), False),
        ((1, 1), False),
        ((5, 5), True),
        ((0.01, 0.1), True),
        ((0.1, 0.4), True),
    ],
)
def test_a_spacing_that_no_scanner_shows_is_questioned(spacing, doubted, open_page):
    page = open_page(PAGE, sample="tiny/1_1")
    for way, value in zip(("down", "across"), spacing, strict=True):
        next(one for one in page.number_input if one.label == f"mm a pixel, {way}").set_value(value).run()
    assert not page.exception
    assert ("Was the spacing typed in right?" in text_of(page.warning)) is doubted
    assert f"the scanned area is {120 * spacing[0]:,.0f} × {160 * spacing[1]:,.0f} mm." in text_of(page.caption)


def test_uploads_are_stepped_through(upload):
    page = upload(*((f"{name}.png", png(stand_in_frame(seed, nerve=True)[0])) for seed, name in enumerate("abc")))

    def step(label):
        next(one for one in page.button if one.label == label).click().run()
        return uploads(page).value

    assert [uploads(page).value, step("Next"), step("Next"), step("Previous")] == [0, 1, 2, 1]
    assert not page.exception


def test_down_and_across_are_not_mistaken_for_one_another(open_page):
    page = open_page(PAGE, sample="tiny/2_1", model="blob")
    for way, value in (("down", 0.1), ("across", 0.2)):
        spacing_field(page, way).set_value(value).run()
    image = codecs.read(Path(config.data_dir()) / "tiny" / "2_1.tif")[0].image
    mask = Predictor(config.weights_dir() / "blob").predict(image).mask(0.5, 0.6)
    top = preprocess.scanned_area(image).top
    found = measure.measure(postprocess.largest_component(mask), (0.1, 0.2), top=top)
    tiles = {one.label.split(",")[0]: one.value for one in page.metric if "mm" in one.value}
    assert tiles == {
        "Area": f"{mask.sum() * 0.02:,.1f} mm²",
        "Depth of its top": f"{found.depth_mm:.1f} mm",
        "Width × height": f"{found.width_mm:.1f} × {found.height_mm:.1f} mm",
        "Long × short axis": f"{found.major_mm:.1f} × {found.minor_mm:.1f} mm",
    }
    assert "Spacing 0.1 × 0.2 mm a pixel (down × across)" in text_of(page.caption)


def test_each_of_many_frames_has_its_own_spacing_and_the_files_beats_what_is_typed_in(upload):
    height, width = FRAME.shape
    own = {
        name: dicom(FRAME, regions=[region((0, height - 1, 0, width - 1), steps)])
        for name, steps in (("a.dcm", (0.02, 0.01)), ("b.dcm", (0.03, 0.01)))
    }
    page = upload(("c.png", png(FRAME)), *own.items())
    for way in ("down", "across"):
        spacing_field(page, way).set_value(0.5).run()
    next(one for one in page.toggle if one.label == "For all frames of this session").set_value(True).run()
    page.toggle(key="outline_all").set_value(True).run()
    assert not page.exception
    rows = page.dataframe[0].value.set_index("file")
    expected = rows["area_px"] * pd.Series({"c.png": 0.25, "a.dcm": 0.02, "b.dcm": 0.03})
    assert rows["area_mm2"].to_dict() == pytest.approx(expected.round(2).to_dict())
    assert rows["spacing_from"].to_dict() == {"c.png": "typed in", "a.dcm": "file", "b.dcm": "file"}


def test_all_frames_are_outlined_as_the_one_on_screen_is(upload, monkeypatch):
    """With the same thresholds, gate and clean-up."""
    offered = {}
    monkeypatch.setattr(exports.st, "download_button", lambda label, make, *_, **__: offered.update({label: make}))
    images = [stand_in_frame(seed, nerve=seed > 400)[0] for seed in (401, 400)]
    page = upload(*((f"{n}.png", png(image)) for n, image in enumerate(images)))
    page.toggle(key="outline_all").set_value(True).run()
    page.slider(key="threshold blob").set_value(0.7).run()
    page.number_input(key="smallest_area").set_value(50).run()
    rows = page.dataframe[0].value
    predictor = Predictor(config.weights_dir() / "blob")
    with zipfile.ZipFile(io.BytesIO(offered["All masks"]())) as archive:
        masks = [codecs.decode(archive.read(f"{n}_mask.png"), "mask.png")[0].image > 0 for n in range(2)]
    for number, image in enumerate(images):
        mask = predictor.predict(image).mask(0.7, 0.6, min_area_px=50)
        assert (rows["area_px"][number], rows["present"][number]) == (mask.sum(), "true" if number == 0 else "false")
        assert np.array_equal(masks[number], mask)
