"""Where nerves lie: their heat map on the mean frame, and the centre of each."""

import base64

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from neuroscan.data import codecs
from neuroscan.figures.chart import DRAG, Chart, drawn, layout, points, where
from neuroscan.figures.palette import SKY_BLUE
from neuroscan.imaging import overlay, preprocess
from neuroscan.types import ColorImage, Image

_ENLARGED = 4
_OPACITY = 0.75


def heat(mean: Image, occupancy: NDArray[np.float32]) -> ColorImage:
    """Lay the occupancy map of nerves over the mean frame as a heat map.

    Args:
        mean: shape (H, W).
        occupancy: share of nerves that cover each pixel, in [0, 1], shape (H, W); the highest is drawn brightest.

    Returns:
        Shape (4 H, 4 W, 3).
    """
    height, width = (side * _ENLARGED for side in mean.shape)
    picture = preprocess.resize(mean, height, width)
    highest = float(occupancy.max())
    if highest == 0:
        return np.repeat(picture[..., None], 3, axis=2)
    # Over 255 levels, since frames are what is resized here.
    levels = preprocess.resize(np.rint(255 * occupancy / highest).astype(np.uint8), height, width)
    return overlay.heat(picture, (levels / 255).astype(np.float32), opacity=_OPACITY)


def centres(frames: pd.DataFrame, beneath: Image) -> Chart:
    """Draw the centre of each nerve on a picture of the whole frame.

    Args:
        frames: with `centroid_column_rel`, `centroid_row_rel` and `title`; frames without a nerve are left out.
        beneath: such as the mean frame, shape (H, W).
    """
    x, y = frames["centroid_column_rel"].to_numpy(float), frames["centroid_row_rel"].to_numpy(float)
    rows = drawn(where(np.isfinite(x) & np.isfinite(y)))
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": x[rows],
        "y": y[rows],
        "text": frames["title"].iloc[rows].tolist(),
        "marker": {"size": 5, "color": SKY_BLUE, "line": {"width": 0.5, "color": "black"}, "opacity": 0.7},
        "hovertemplate": "%{text}<br>%{x:.0%} from the left, %{y:.0%} deep<extra></extra>",
    }
    picture = {
        "source": "data:image/png;base64," + base64.b64encode(codecs.encode_png(beneath)).decode(),
        "xref": "x",
        "yref": "y",
        "x": 0,
        "y": 0,
        "sizex": 1,
        "sizey": 1,
        "sizing": "stretch",
        "layer": "below",
    }
    figure = go.Figure([trace], layout("From left to right", "Depth", images=[picture], dragmode=DRAG))
    figure.update_xaxes(range=[0, 1], tickformat=".0%", showgrid=False, zeroline=False, constrain="domain")
    ratio = beneath.shape[0] / beneath.shape[1]
    proportions = {"scaleanchor": "x", "scaleratio": ratio, "constrain": "domain"}
    figure.update_yaxes(range=[1, 0], tickformat=".0%", showgrid=False, zeroline=False, **proportions)
    return Chart(figure, [points(rows)], f"Centres of {len(rows):,} nerves on the mean frame.")
