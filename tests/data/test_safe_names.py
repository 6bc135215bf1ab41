"""Names that do no harm on a page or a disk."""

import pytest

from neuroscan.data.safe_names import file_name, reader_name, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("1_1.tif", "1_1.tif"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\secret.png", "secret.png"),
        ("<script>alert(1)</script>.png", "script_.png"),
        ("<img src=x onerror=alert(1)>.png", "_img src_x onerror_alert(1)_.png"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("a/", "a"),
        (".hidden.png", "hidden.png"),
        ("a\x00b\nc\u202e.png", "a_b_c_.png"),
        ("[x](javascript:1)`$x$`.png", "_x_(javascript_1)__x__.png"),
        ("Schnitt für Ärzte (2).png", "Schnitt für Ärzte (2).png"),
        ("神経.png", "神経.png"),
        ("स्कैन.png", "स्कैन.png"),  # vowels of some scripts are marks
        ("x" + 119 * "y", "x" + 119 * "y"),
        ("x." + 119 * "y", 119 * "y"),  # not cut to a hidden file
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


def test_long_names_keep_their_ending():
    safe = safe_name("x" * 500 + ".png")
    assert len(safe) == 120
    assert safe.endswith("x.png")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann ", "Ann"),
        ("", ""),
        ("   ", ""),
        ("../x", "_x"),
        ("A<b>", "A_b_"),
        ("Ann/1", "Ann_1"),
        ("Ann²", "Ann²"),  # who is not Ann2
        ("Jose\u0301", "Jos\u00e9"),  # as macOS types it: the same person
    ],
)
def test_a_reader_is_kept_as_shown(typed, kept):
    assert reader_name(typed) == kept
    assert reader_name(kept) == kept
    assert file_name(kept) == kept or not kept
