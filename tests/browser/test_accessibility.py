"""What axe knows to be wrong for people who read by ear or see little contrast; Model Comparison: its own tests."""

import pytest

from tests.browser.conftest import faults, settled

pytestmark = pytest.mark.browser
FRAME = "sample=tiny/2_1&model=blob"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize(
    ("path", "pressed"),
    [
        ("", []),
        (
            f"Live_Prediction?{FRAME}",
            ["How steady is this outline?", "All models on this frame", "What the model sees"],
        ),
        (f"Ground_Truth_Overlay?{FRAME}", ["Every score, explained"]),
        ("Data_Explorer", ["What is wrong"]),
        (f"Annotate?{FRAME}", []),
        (f"Annotate?{FRAME}", ["Challenge"]),
    ],
)
def test_a_page_has_no_fault_that_axe_knows(path, pressed, width, scheme, visit):
    page = visit(path, width=width, scheme=scheme)
    for label in pressed:
        page.get_by_text(label, exact=True).first.click()
        settled(page)
    assert not faults(page)
