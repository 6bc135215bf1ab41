"""Colours of charts, as browsers take them: a palette for colour-blind readers, by name.

The first four and grey reach a contrast of 3 to 1 on the light and on the dark page.

References:
    M. Okabe, K. Ito (2008), "Color Universal Design", jfly.uni-koeln.de/color.
"""

BLUE = "rgb(0, 114, 178)"
VERMILION = "rgb(213, 94, 0)"
GREEN = "rgb(0, 158, 115)"
PURPLE = "rgb(204, 121, 167)"
ORANGE = "rgb(230, 159, 0)"
SKY_BLUE = "rgb(86, 180, 233)"
GREY = "rgb(128, 128, 128)"
