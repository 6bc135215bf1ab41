"""Words from files show as they were written."""

import pytest
from markdown_it import MarkdownIt

from neuroscan.app import layout


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "**bold** _slanted_ `code` ~~gone~~",
        "[link](http://example.org) ![picture](x.png)",
        "# title",
        "- list",
        "1. list",
        "$x^2$",
        ":red[words] :material/home: :smile:",
        "&lt;b&gt;",
        "a | b",
        r"back\slash",
        "http://example.org",
    ],
)
def test_plain_is_read_back_as_it_was(text):
    tokens = MarkdownIt("commonmark").parse(layout.plain(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children} <= {"text", "text_special"}
    assert "".join(child.content for child in tokens[1].children) == text


def test_plain_makes_one_line():
    assert layout.plain("a\n\n# b\t c") == r"a \# b c"
