"""The Annotate page, open on a frame; runs of a page's fragment alone; the fields for spacing."""

import pytest
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import local_script_runner


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where drawings are kept."""
    monkeypatch.setenv("NEUROSCAN_ANNOTATIONS", str(tmp_path / "annotations"))
    return tmp_path / "annotations"


@pytest.fixture
def open_annotate(open_page, folder):
    """Open the page on a frame, as a reader: `open_annotate("tiny/2_1", reader="Ann")`."""

    def opened(sample="tiny/2_1", *, reader="Ann", **kwargs):
        page = open_page("pages/5_Annotate.py", sample=sample, model="blob", **kwargs)
        assert not page.exception
        return typed(page, reader) if reader else page

    return opened


def run_fragment(page, monkeypatch):
    """The page once its fragment alone was run, as a browser asks for when a widget in it changes."""
    fragment = list(page._fragment_storage._fragments)[-1]  # those before it are of a page that was stopped
    with monkeypatch.context() as patch:
        patch.setattr(local_script_runner, "RerunData", lambda **values: RerunData(**values, fragment_id=fragment))
        return page.run()


def spacing_field(page, way):
    """The field for millimetres a pixel, `down` or `across`."""
    return next(field for field in page.number_input if field.label == f"mm a pixel, {way}")


def typed(page, reader):
    """The page once a reader has given a name."""
    page.text_input(key="annotate reader typed").set_value(reader).run()
    assert not page.exception
    return page
