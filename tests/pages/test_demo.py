"""A first start without data: synthetic frames are made, shown at once, and called synthetic everywhere."""

import shutil
import sys
import threading

import pytest

from neuroscan import config
from neuroscan.app import demo, demo_maker
from tests.conftest import ROOT, write_stand_in_model

LIVE, TRUTH = "pages/1_Live_Prediction.py", "pages/2_Ground_Truth_Overlay.py"
ANNOTATE = "pages/5_Annotate.py"


def words(page) -> str:
    """All text of a page, as it is handed to the browser."""
    kinds = ("title", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(element.value for kind in kinds for element in getattr(page, kind)).replace("\\", "")


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty folder for data sets, a cache folder of its own, and a demo of 2 x 2 frames."""
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(demo, "SUBJECTS", 2)
    monkeypatch.setattr(demo, "FRAMES", 2)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """The demo's frames, of two subjects two each, as a first start leaves them."""
    return demo_maker.make([tmp_path_factory.mktemp("made") / "phantom_demo"], subjects=2, frames=2)


@pytest.fixture
def starts(monkeypatch):
    """The commands that are started to make frames."""
    found = []
    real = demo.subprocess.Popen
    monkeypatch.setattr(demo.subprocess, "Popen", lambda command, **k: found.append(command) or real(command, **k))
    return found


def test_150_frames_are_made():
    assert demo.SUBJECTS * demo.FRAMES == 150


def test_home_makes_frames_once_and_calls_them_synthetic(open_page, empty, starts):
    page = open_page("Home.py", data=empty, demo=True)
    assert not page.exception and not page.error and not page.warning
    assert len(list((empty / "phantom_demo" / "train").glob("P588*_mask.tif"))) == 4
    text = words(page)
    assert "The data sets at hand are synthetic" in text
    assert "**phantom_demo**, 4 frames, **synthetic**" in text and "2 subjects." in text
    assert "drawn by NeuroScan's simulator" in text
    page.run()
    assert len(starts) == 1 and "**phantom_demo**, 4 frames" in words(page)


def test_a_deep_link_makes_frames_and_opens_on_the_one_it_names(open_page, empty):
    page = open_page(LIVE, data=empty, demo=True, sample="phantom_demo/P588002_2")
    assert not page.exception and not page.error
    assert page.query_params["sample"] == "phantom_demo/P588002_2"
    assert page.selectbox(key="source").options == ["phantom_demo (synthetic)"]
    assert all(option.endswith(" · synthetic") for option in page.selectbox(key="frame").options)
    shown = "".join(element.proto.json for element in page.get("bidi_component"))
    assert "P588002_2.tif (synthetic), 580" in shown  # under the picture


def test_the_overlay_has_something_to_compare_and_says_that_it_is_synthetic(open_page, empty, frames):
    shutil.copytree(frames, empty / "phantom_demo")
    page = open_page(TRUTH, data=empty, demo=True)
    assert not page.exception and not page.error
    text = words(page)
    assert "The data sets at hand are synthetic" in text and "**synthetic**" in text
    assert "phantom_demo (synthetic)" in page.selectbox(key="truth source").options
    assert "Simulator: **" in text and "Expert: **" not in text
    captions = "".join(element.proto.json for element in page.get("bidi_component"))
    assert "Outlines. Simulator: " in captions and "only simulator" in captions and "xpert" not in captions
    page.toggle(key="truth every score").set_value(True).run()
    (scores,) = [found.value for found in page.table if "Score" in found.value]
    assert {"Simulator's area", "Simulator: nerve?"} <= set(scores["Score"].str.replace("\\", ""))
    page.segmented_control(key="truth view").set_value("Many").run()
    assert [key.value for key in page.get("html") if "simulator (solid)" in key.value]


@pytest.mark.parametrize("way", ["Annotate", "Challenge"])
def test_a_drawing_of_a_synthetic_frame_is_compared_with_the_simulator(way, open_page, empty, frames):
    shutil.copytree(frames, empty / "phantom_demo")
    page = open_page(ANNOTATE, data=empty, demo=True)
    page.segmented_control(key="annotate way").set_value(way).run()
    if way == "Challenge":
        next(one for one in page.button if one.label == "No nerve here").click().run()
        assert "Simulator" in page.dataframe[-1].value and "Expert" not in page.dataframe[-1].value
    else:
        next(one for one in page.toggle if one.label == "Compare").set_value(True).run()
    assert not page.exception and not page.error
    assert "Simulator" in page.table[0].value["You and"].tolist()
    captions = "".join(element.proto.json for element in page.get("bidi_component"))
    assert "Simulator" in captions and "xpert" not in captions


def test_figures_of_real_and_synthetic_frames_together_say_how_many_are_synthetic(open_page, empty, frames, stand_in):
    shutil.copytree(frames, empty / "phantom_demo")
    shutil.copytree(stand_in.data / "tiny", empty / "tiny")
    page = open_page(TRUTH, data=empty, model="blob")
    page.selectbox(key="truth split").set_value("all").run()
    assert not page.exception
    synthetic = sum(rows.split(",")[2] != "" for rows in (frames / "train_masks.csv").read_text().splitlines()[1:])
    assert f"with a nerve ({synthetic} synthetic): blob" in words(page)
    assert f"of the frames with a nerve ({synthetic} synthetic)" in words(page)
    page.selectbox(key="truth source").set_value("phantom_demo").run()
    assert f"with a nerve (all {synthetic} synthetic): blob" in words(page)
    page.selectbox(key="truth source").set_value("tiny").run()
    assert "with a nerve: blob" in words(page) and " synthetic)" not in words(page)


def test_frames_to_draw_on_are_called_synthetic_in_the_list(open_page, empty, frames):
    shutil.copytree(frames, empty / "phantom_demo")
    page = open_page(ANNOTATE, data=empty, sample="phantom_demo/P588002_2")
    (box,) = [one for one in page.selectbox if str(one.key).startswith("annotate frame")]
    assert not page.exception and all(option.endswith(" · synthetic") for option in box.options)


def test_frames_stand_in_the_cache_folder_when_the_data_folder_takes_none(open_page, empty, starts):
    empty.touch()  # a file, where a folder is looked for
    for path in ("Home.py", LIVE):
        page = open_page(path, data=empty, demo=True)
        assert not page.exception and not page.error
        assert "The data sets at hand are synthetic" in words(page)
    assert (config.cache_dir() / "phantom_demo" / "train").is_dir() and len(starts) == 1


def test_data_of_ones_own_takes_the_place_of_frames_in_the_cache_folder(open_page, empty, frames, stand_in):
    shutil.copytree(frames, config.cache_dir() / "phantom_demo")
    assert "**phantom_demo**" in words(open_page("Home.py", data=empty, demo=True))
    text = words(open_page("Home.py", data=stand_in.data, demo=True))
    assert "**tiny**, 6 frames" in text and "phantom_demo" not in text and "synthetic:" not in text


def test_beside_real_frames_only_the_synthetic_ones_are_called_so(open_page, empty, frames, stand_in):
    shutil.copytree(frames, empty / "phantom_demo")
    (empty / "tiny").symlink_to(stand_in.data / "tiny")
    text = words(open_page("Home.py", data=empty, demo=True))
    assert "All frames at hand" not in text
    assert "**phantom_demo**, 4 frames, **synthetic**" in text and "**tiny**, 6 frames\n" in text


def test_with_data_none_are_made(open_page, stand_in, starts):
    assert "synthetic:" not in words(open_page("Home.py", data=stand_in.data, demo=True))
    assert starts == [] and not (stand_in.data / "phantom_demo").exists()


def test_who_wants_none_gets_none(open_page, empty, starts):
    page = open_page("Home.py", data=empty, demo=False)
    assert not page.exception and starts == [] and not empty.exists()
    assert "none needed to outline pictures of your own" in words(page)


def test_where_nothing_can_be_written_is_a_sentence_and_the_page_works(open_page, empty, monkeypatch, starts, tmp_path):
    empty.touch()
    monkeypatch.setenv("NEUROSCAN_CACHE", str(empty / "cache"))
    page = open_page(LIVE, data=empty, demo=True)
    assert not page.exception and len(page.error) == 1
    assert "takes no files" in page.error[0].value.replace("\\", "")
    assert page.segmented_control(key="way").options == ["My own pictures"]
    page.run()
    assert len(starts) == 1  # not tried again on every click
    monkeypatch.setenv("NEUROSCAN_CACHE", str(tmp_path / "cache"))
    next(button for button in page.button if button.label == "Try again").click().run()
    assert not page.exception and not page.error and len(starts) == 2


def test_frames_that_somebody_removed_are_made_again(open_page, empty, starts):
    page = open_page("Home.py", data=empty, demo=True)
    for path in sorted((empty / "phantom_demo").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    page.run()
    assert len(starts) == 2 and "**phantom_demo**, 4 frames" in words(page)


def test_visitors_at_once_share_one_run(empty, starts):
    places = (empty / "phantom_demo", empty / "spare")
    runs = []
    together = threading.Barrier(3)

    def come() -> None:
        together.wait()
        runs.append(demo._making(places, 2, 2))

    visitors = [threading.Thread(target=come) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(starts) == 1 and runs[0] is runs[1] is runs[2]
    assert runs[0].ended.wait(60)
    assert runs[0].done == 4 and runs[0].problem is None


def test_a_card_that_learnt_from_phantoms_says_so(open_page, tmp_path):
    write_stand_in_model(tmp_path / "blob", sources={"phantoms": 1.0}, area_share={"phantoms": [0.01, 0.08, 0.2]})
    page = open_page(LIVE, weights=tmp_path, sample="tiny/2_1")
    assert "phantoms (synthetic): 95 % of nerves" in words(page)
    assert "trained with synthetic frames" in page.selectbox(key="model").options[0]


def test_the_pages_of_this_project_all_begin_with_the_layout():
    for path in [ROOT / "Home.py", *(ROOT / "pages").glob("*.py")]:
        assert "layout.page(" in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("said", ["\n", "3 made\n\n", "a warning of a library\n"])
def test_whatever_the_maker_prints_pages_do_not_wait_for_ever(said, monkeypatch, tmp_path):
    real = demo.subprocess.Popen
    command = [sys.executable, "-c", f"print({said!r})"]
    monkeypatch.setattr(demo.subprocess, "Popen", lambda _, **options: real(command, **options))
    making = demo._Making((tmp_path,), 2, 2)
    assert making.ended.wait(60) and making.problem is None
