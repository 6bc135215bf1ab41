"""A figure for a paper: a frame with the outlines of expert and models, where they agree, legend and scale bar."""

import io
import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from neuroscan.imaging import overlay
from neuroscan.imaging.overlay import Color
from neuroscan.types import Image, Mask, Spacing

if TYPE_CHECKING:  # Matplotlib takes a while to import, so the app does so when a figure is asked for.
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL, _GAP = 5.0, 0.2
"""Width of a panel, and the white around it, in inches: they suit Matplotlib's own sizes of words and lines."""
_MIN_PIXELS, _MAX_PIXELS = 1100, 2400
"""How wide a panel is in a PNG file."""
_STYLES = ((overlay.MODEL, "--"), (overlay.SECOND_MODEL, ":"))
"""First model dashed, second dotted: distinguishable in a grey print, too."""
_LOCK = threading.Lock()
"""Settings of Matplotlib hold for the whole program, and Streamlit serves each reader by a thread."""


def paper(
    image: Image,
    y_true: tuple[str, Mask],
    predicted: Sequence[tuple[str, Mask]],
    *,
    kind: Literal["png", "svg"],
    spacing: Spacing | None,
    notes: Sequence[str],
) -> bytes:
    """Draw a figure: outlines of all in the first panel, then one agreement map a model.

    Args:
        image: shape (H, W) uint8.
        y_true: who outlined the truth, such as "expert", and the mask (H, W).
        predicted: name and mask (H, W) of one model or two.
        kind: "svg" holds the panels' pixels without loss, and words as text; in "png" a panel is 1,100 pixels wide or
            more, and each of the frame's pixels a block of whole ones (of frames over 2,400 wide, pixels are left out).
        spacing: millimetres a pixel, (row, column), for the scale bar; None draws none. Where pixels are not square
            the panels are stretched to true proportions.
        notes: paragraphs under the legend: frame, scores, thresholds, the disclaimer.

    Returns:
        The file's bytes, the same for the same arguments.

    Raises:
        ValueError: there are not one or two models, or shapes differ.

    Example:
        >>> frame, mask = np.zeros((42, 58), np.uint8), np.zeros((42, 58), bool)
        >>> paper(frame, ("expert", mask), [("unet", mask)], kind="png", spacing=None, notes=["Research only."])[1:4]
        b'PNG'
    """
    import matplotlib

    if not 1 <= len(predicted) <= len(_STYLES):
        raise ValueError(f"received {len(predicted)} models; expected one or two. Make a figure for each pair.")
    # Matplotlib reads what stands between two $ as a formula.
    predicted = [(name.replace("$", r"\$"), mask) for name, mask in predicted]
    notes = [note.replace("$", r"\$") for note in notes]
    wide, data = image.shape[1], io.BytesIO()
    with _LOCK, matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "neuroscan"}):
        _draw(image, y_true, predicted, spacing, notes).savefig(
            data,
            format=kind,
            dpi=min(wide * math.ceil(_MIN_PIXELS / wide), _MAX_PIXELS) / _PANEL,
            bbox_inches="tight",
            pad_inches=_GAP,
            metadata={"Date": None},
        )
    return data.getvalue()


def _draw(
    image: Image,
    y_true: tuple[str, Mask],
    predicted: Sequence[tuple[str, Mask]],
    spacing: Spacing | None,
    notes: Sequence[str],
) -> "Figure":
    """Panels side by side fill the figure; title, legend and notes hang over its edges, and it grows when written."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    who, truth = y_true
    aspect = spacing[0] / spacing[1] if spacing else 1.0
    count = 1 + len(predicted)
    size = (count * _PANEL + (count - 1) * _GAP, _PANEL * image.shape[0] * aspect / image.shape[1])
    figure = Figure(figsize=size)
    # Words wrap at the edge of their subfigure, which stays where it is when the figure grows.
    sheet = figure.subfigures(squeeze=False)[0, 0]
    axes = sheet.subplots(1, count, gridspec_kw={"left": 0, "right": 1, "bottom": 0, "top": 1, "wspace": _GAP / _PANEL})
    # As a colour picture its values reach the file as they are; grey ones would be rescaled, and some rounded.
    panels = [("Outlines", np.stack([image] * 3, axis=-1))]
    panels += [(f"Agreement, {name}", overlay.agreement(image, truth, mask)) for name, mask in predicted]
    for ax, letter, (words, picture) in zip(axes, "abc", panels, strict=False):
        ax.imshow(picture, aspect=aspect, interpolation="none")
        ax.set_title(f"({letter}) {words}", loc="left")
        ax.set_axis_off()
        ax.autoscale(False)
    outlines = [(who.capitalize(), truth, overlay.EXPERT, "-")]
    outlines += [(name, mask, *style) for (name, mask), style in zip(predicted, _STYLES, strict=False)]
    for _, mask, color, style in outlines:
        _outline(axes[0], mask, color, style)
    if spacing:
        _scale_bar(axes[0], image.shape[1], spacing)
    lines = [Line2D([], [], color=_rgb(color), ls=style, label=name) for name, _, color, style in outlines]
    tints = (("Both", overlay.BOTH), (f"Only {who}", overlay.EXPERT), ("Only model", overlay.MODEL))
    below = {"loc": "upper left", "bbox_to_anchor": (0, -0.03), "frameon": False, "borderpad": 0, "borderaxespad": 0}
    # Names may be long, so they stand one under the other.
    legend = axes[0].legend(handles=lines, handlelength=3, **below)
    axes[1].legend(handles=[Patch(color=_rgb(color), label=words) for words, color in tints], ncols=3, **below)
    anchor = {"xy": (0, 0), "xycoords": legend, "xytext": (0, -10), "textcoords": "offset points"}
    axes[0].annotate("\n".join(notes), **anchor, va="top", wrap=True, linespacing=1.4)
    return figure


def _outline(ax: "Axes", mask: Mask, color: Color, style: str) -> None:
    """Lines around a mask's parts and holes, half a pixel outside the middles of their outermost pixels."""
    if mask.any():
        rows, columns = (np.arange(-1, length + 1) for length in mask.shape)
        contour = ax.contour(columns, rows, np.pad(mask, 1), [0.5], colors=[_rgb(color)], linestyles=style)
        contour.set_clip_on(False)


def _scale_bar(ax: "Axes", width: int, spacing: Spacing) -> None:
    """A ruler of a round length, a fifth to a half of a panel, in its lower left corner; `width` in pixels."""
    from matplotlib.ticker import MaxNLocator
    from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

    length = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(0, width * spacing[1])[1]
    long, thick = length / spacing[1], 0.01 * width * spacing[1] / spacing[0]
    look = {"label_top": True, "color": "white", "pad": 0.4, "borderpad": 0.8, "sep": 4}
    bar = AnchoredSizeBar(ax.transData, long, f"{length:g} mm", "lower left", size_vertical=thick, **look)
    bar.patch.set(facecolor="black", edgecolor="none")
    for ruler in bar.size_bar.get_children():
        ruler.set_linewidth(0)  # an edge would make it longer
    ax.add_artist(bar)


def _rgb(color: Color) -> tuple[float, float, float]:
    """A colour as Matplotlib takes it, each part in [0, 1]."""
    return color[0] / 255, color[1] / 255, color[2] / 255
