import re

import numpy as np
import pytest

from neuroscan.figures import palette


def luminance(color):
    share = np.array(color) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("page", [(255, 255, 255), (15, 23, 27)])
@pytest.mark.parametrize("name", ["BLUE", "VERMILION", "GREEN", "PURPLE", "GREY"])
def test_colours_stand_out_on_the_light_and_on_the_dark_page(name, page):
    color = [int(part) for part in re.findall(r"\d+", getattr(palette, name))]
    light, dark = sorted((luminance(color), luminance(page)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 1.4.11
