"""JSON files that others may have written."""

import pytest

from neuroscan.data import json_files


def test_values_come_as_they_are(tmp_path):
    text = '{"a": [1, -2.5, 1e-7, -1e15, true, null, "ä\\u00e4\\ud83d\\ude00"]}'
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert json_files.read(tmp_path / "a.json") == {"a": [1, -2.5, 1e-7, -(10**15), True, None, "ää😀"]}


def test_a_byte_order_mark_before_it_is_passed_over(tmp_path):
    (tmp_path / "a.json").write_text('{"a": "ä"}\n', encoding="utf-8-sig", newline="\r\n")
    assert json_files.read(tmp_path / "a.json") == {"a": "ä"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ("[" * 100_000, "nested too deep"),
        (r'{"a": "\ud800"}', "text that cannot be written out"),
        (r'{"\udfff": 1}', "text that cannot be written out"),
        ('{"a": NaN}', "the number NaN"),
        ("[-Infinity]", "the number -Infinity"),
        ("[1e400]", "the number 1e400"),
        ("[" + "9" * 5000 + "]", "the number 99999999999999999999;"),
        ("[1e16]", "the number 1e16"),
        ("[-1e16]", "the number -1e16"),
    ],
)
def test_what_no_page_can_show_is_refused(text, words, tmp_path):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=words):
        json_files.read(tmp_path / "a.json")


def test_bytes_that_are_no_text_and_a_file_that_is_not_there(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ValueError, match="utf-8"):
        json_files.read(tmp_path / "a.json")
    with pytest.raises(ValueError, match="No such file"):
        json_files.read(tmp_path / "gone.json")
