"""The key to a picture."""

import re

from neuroscan.app import legend
from neuroscan.imaging import overlay


def test_every_colour_stands_before_its_own_words_and_the_scale_runs_from_0_to_1(monkeypatch):
    sent = []
    monkeypatch.setattr(legend.st, "html", sent.append)
    colors = {"expert": overlay.EXPERT, "<model>": overlay.MODEL}
    legend.show(colors, heat=True)
    found = re.findall(r"background:(rgb\([\d, ]+\))\"></span>([^<]+)<", sent[0])
    assert found == [(f"rgb{overlay.EXPERT}", "expert"), (f"rgb{overlay.MODEL}", "&lt;model&gt;")]
    scale = ",".join(f"rgb{color}" for color in overlay.HEAT_SCALE)
    assert f"linear-gradient(to right,{scale})" in sent[0]
    assert re.sub(r"<[^>]+>", "", sent[0]).endswith("heat map: probability 01, clear at 0")
