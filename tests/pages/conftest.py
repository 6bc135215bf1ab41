"""The Annotate page, open on a frame."""

import pytest


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


def typed(page, reader):
    """The page once a reader has given a name."""
    page.text_input(key="annotate reader typed").set_value(reader).run()
    assert not page.exception
    return page
