"""Live Prediction warns of frames unlike those that its model was trained on."""

import json

import cv2
import numpy as np
import pytest

from neuroscan.data import codecs
from neuroscan.explore import domain, domain_card
from neuroscan.imaging.preprocess import Settings
from tests.conftest import stand_in_frame, write_stand_in_model

PAGE = "pages/1_Live_Prediction.py"
SETTINGS = Settings(64, 88, crop=False)


@pytest.fixture(scope="module")
def noted():
    """What a card tells of forty frames such as the stand-in's."""
    frames = [stand_in_frame(1000 + number, nerve=number % 3 > 0)[0] for number in range(40)]
    values = np.stack([domain.features(frame, SETTINGS) for frame in frames])
    return json.loads(json.dumps(domain_card.to_card({"tiny": domain.fit(values, np.arange(40) // 4)})))


@pytest.fixture
def models(tmp_path, noted):
    """Models that describe their training frames: rightly, not at all, and as nobody can read it."""
    write_stand_in_model(tmp_path / "knows", notes={"domain": noted})
    write_stand_in_model(tmp_path / "silent")
    write_stand_in_model(tmp_path / "garbled", notes={"domain": {"statistics": ["mean"], "sources": {}}})
    return tmp_path


def uploaded(page, image):
    page.segmented_control(key="way").set_value("My own pictures").run()
    page.file_uploader(key="uploads").set_value([("mine.png", codecs.encode_png(image), "image/png")]).run()
    return page


def warnings(page):
    assert not page.exception
    return [element.value for element in page.warning if "Unlike" in element.value]


def test_a_frame_like_the_training_frames_is_not_warned_of(open_page, models):
    page = open_page(PAGE, weights=models, model="knows", sample="tiny/2_1")
    assert warnings(page) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda image: image // 4, "darker"),
        (lambda image: 255 - image, "brighter"),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 3), "smoother"),
    ],
)
def test_an_upload_unlike_them_is_with_what_differs_and_called_a_heuristic(open_page, models, noted, change, word):
    image = change(stand_in_frame(21, nerve=True)[0])
    page = uploaded(open_page(PAGE, weights=models, model="knows"), image)
    (said,) = warnings(page)
    expected = domain.compare(image, SETTINGS, domain_card.from_card(noted))
    assert f"**{expected.sentence}**" in said and word in said and "heuristic" in said


def test_a_sample_is_compared_too(open_page, models, tmp_path):
    folder = tmp_path / "data" / "tiny"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "1_1.png"), np.full((120, 160), 250, np.uint8))
    page = open_page(PAGE, data=tmp_path / "data", weights=models, model="knows", sample="tiny/1_1")
    assert len(warnings(page)) == 1


def test_a_card_without_it_says_nothing(open_page, models):
    page = uploaded(open_page(PAGE, weights=models, model="silent"), np.zeros((50, 60), np.uint8))
    assert warnings(page) == [] and not page.error


def test_a_card_that_cannot_be_read_says_so_and_the_page_goes_on(open_page, models):
    page = open_page(PAGE, weights=models, model="garbled", sample="tiny/2_1")
    assert warnings(page) == [] and "domain statistics cannot be used" in page.error[0].value.replace("\\", "")
    assert page.metric


def test_of_many_frames_each_is_compared_once_a_model_as_that_model_prepares_it(open_page, models, noted, monkeypatch):
    write_stand_in_model(models / "cutting", notes={"domain": noted}, preprocess=Settings(64, 88, crop=True))
    page = open_page(PAGE, weights=models, model="knows")
    page.segmented_control(key="way").set_value("My own pictures").run()
    images = [stand_in_frame(n, nerve=True)[0] // (1 + 3 * (n == 2)) for n in (1, 2, 3)]
    files = [(f"{n}.png", codecs.encode_png(image), "image/png") for n, image in enumerate(images)]
    page.file_uploader(key="uploads").set_value(files).run()
    asked, real = [], domain.compare
    monkeypatch.setattr(domain, "compare", lambda *a: asked.append(a[1].crop) or real(*a))
    page.toggle(key="outline_all").set_value(True).run()
    page.run()
    assert asked.count(False) == 3 + 2  # the frame on screen is compared in each run, too
    assert page.dataframe[0].value["out_of_distribution"].tolist() == ["false", "true", "false"]
    page.selectbox(key="model").set_value("cutting").run()
    assert not page.exception and asked.count(True) == 3 + 1
