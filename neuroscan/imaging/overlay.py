"""Colour over a frame: outlines, fills, heat maps, and where expert and model agree.

Every function takes a grey frame (H, W) or a colour picture (H, W, 3), both uint8, and returns a new colour picture,
red first; so layers lie over one another by calling one on the result of another.
"""

from typing import TypeAlias

import cv2
import numpy as np

from neuroscan.imaging import lines
from neuroscan.imaging.lines import Dash
from neuroscan.types import ColorImage, Image, Mask, Probability

Color: TypeAlias = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

EXPERT: Color = (230, 159, 0)
"""Orange, #E69F00: what the expert drew. All four colours are from a palette for colour-blind readers [1].

References:
    [1] M. Okabe, K. Ito (2008), "Color Universal Design", jfly.uni-koeln.de/color.
"""

MODEL: Color = (86, 180, 233)
"""Sky blue, #56B4E9: what the model outlined; 50 CIEDE2000 or more from `EXPERT` with any kind of dichromacy."""

BOTH: Color = (0, 158, 115)
"""Bluish green, #009E73: expert and model agree."""

SECOND_MODEL: Color = (0, 114, 178)
"""Blue, #0072B2: the outline of one more model or reader; it stands on bright tissue, where white does not."""

HEAT_SCALE: tuple[Color, ...] = ((0, 0, 0), (140, 20, 120), (255, 90, 190), (255, 210, 235))
"""Probability 0, 1/3, 2/3 and 1: black, purple, pink, pale pink; in between the colours are mixed.

39 CIEDE2000 or more from the four colours above: no level looks like the expert's or a model's. With dichromacy hues
may meet; there, as in a grey print, it reads by lightness, which never falls.
"""

_HEAT_COLORS = np.stack(
    [np.interp(np.arange(256), [0, 85, 170, 255], channel).astype(np.uint8) for channel in np.transpose(HEAT_SCALE)], -1
)[:, None]
_ROUNDING = 1e-3


def outline(
    image: Image | ColorImage,
    mask: Mask,
    *,
    color: Color = MODEL,
    thickness: int | None = None,
    dash: Dash = "solid",
) -> ColorImage:
    """Draw a line around a mask, on the pixels just outside it, so that none of the nerve is hidden.

    Where the mask reaches the frame's edge the line runs on the mask's own pixels along that edge.

    Args:
        image: shape (H, W[, 3]) uint8.
        mask: shape (H, W); each part and each hole gets its line.
        color: red, green, blue.
        thickness: in pixels; None takes that of `lines.thickness_for`.
        dash: 'dashed' and 'dotted' leave gaps, through which another line in the same place shows.

    Returns:
        Shape (H, W, 3); the plain frame where the mask is empty.

    Raises:
        ValueError: if shapes differ or thickness is under 1.

    Example:
        >>> mask = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], bool)
        >>> outline(np.zeros((3, 4), np.uint8), mask, color=(9, 0, 0))[..., 0]
        array([[0, 0, 0, 9],
               [0, 0, 9, 9],
               [0, 0, 0, 9]], dtype=uint8)
    """
    canvas = _canvas(image, mask)
    if thickness is None:
        thickness = lines.thickness_for(mask.shape)
    if thickness < 1:
        raise ValueError(f"thickness must be 1 pixel or more, received {thickness}; None fits it to the frame")
    left, top, width, height = cv2.boundingRect(_bytes(mask))
    if not width:
        return canvas
    # Only the part of the frame that the line can reach is looked at: large frames stay quick.
    rows = slice(max(top - thickness, 0), top + height + thickness)
    columns = slice(max(left - thickness, 0), left + width + thickness)
    line = lines.around(mask, thickness, dash, (rows, columns))
    canvas[rows, columns][line] = color
    return canvas


def fill(image: Image | ColorImage, mask: Mask, *, color: Color = MODEL, opacity: float = 0.4) -> ColorImage:
    """Tint a mask.

    Args:
        image: shape (H, W[, 3]) uint8.
        mask: shape (H, W).
        color: red, green, blue.
        opacity: in [0, 1]; 0 shows the frame, 1 the plain colour.

    Returns:
        Shape (H, W, 3).

    Raises:
        ValueError: if shapes differ or opacity lies outside [0, 1].

    Example:
        >>> fill(np.full((1, 2), 100, np.uint8), np.array([[True, False]]), color=(200, 0, 0), opacity=0.5).tolist()
        [[[150, 50, 50], [100, 100, 100]]]
    """
    canvas = _canvas(image, mask)
    _check_opacity(opacity)
    left, top, width, height = cv2.boundingRect(_bytes(mask))
    if not width:
        return canvas
    window = canvas[top : top + height, left : left + width]
    plain = np.empty_like(window)
    plain[:] = color
    tinted = cv2.addWeighted(plain, opacity, window, 1 - opacity, 0)
    np.copyto(window, tinted, where=mask[top : top + height, left : left + width, None])
    return canvas


def heat(image: Image | ColorImage, probability: Probability, *, opacity: float = 0.7) -> ColorImage:
    """Lay a probability map over a frame, the denser the likelier.

    Args:
        image: shape (H, W[, 3]) uint8.
        probability: shape (H, W), in [0, 1].
        opacity: in [0, 1], of a probability of 1; at lower ones it shrinks in proportion, so 0 shows the frame.

    Returns:
        Shape (H, W, 3), coloured by `HEAT_SCALE`.

    Raises:
        ValueError: if shapes differ, or opacity or a probability lies outside [0, 1].

    Example:
        >>> frame = np.full((1, 2), 100, np.uint8)
        >>> heat(frame, np.array([[0, 1]], np.float32), opacity=1).tolist()
        [[[100, 100, 100], [255, 210, 235]]]
    """
    canvas = _canvas(image, probability)
    _check_opacity(opacity)
    low, high = float(probability.min()), float(probability.max())
    if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):
        raise ValueError(f"probability must lie in [0, 1], received {low} to {high}; scale it, and mend missing values")
    colors = cv2.applyColorMap(cv2.convertScaleAbs(probability, alpha=255), _HEAT_COLORS)
    weight = np.clip(probability, 0, 1, dtype=np.float32) * np.float32(opacity)
    blend = cv2.blendLinear(colors, canvas, weight, 1 - weight)
    return np.asarray(blend, np.uint8)


def agreement(
    image: Image | ColorImage,
    y_true: Mask,
    y_pred: Mask,
    *,
    opacity: float = 0.5,
    colors: tuple[Color, Color] = (EXPERT, MODEL),
) -> ColorImage:
    """Tint where expert and model agree and where not: `BOTH`, only expert in `EXPERT`, only model in `MODEL`.

    The three tints cover the true positive, false negative and false positive pixels, each exactly.

    Args:
        image: shape (H, W[, 3]) uint8.
        y_true: the expert's mask, shape (H, W).
        y_pred: the model's mask, shape (H, W).
        opacity: in [0, 1].
        colors: of what only the first and only the second mask holds.

    Returns:
        Shape (H, W, 3).

    Raises:
        ValueError: if shapes differ or opacity lies outside [0, 1].
    """
    _check_shape(image, y_true)
    _check_shape(image, y_pred)
    picture = fill(image, y_pred & ~y_true, color=colors[1], opacity=opacity)
    picture = fill(picture, y_true & ~y_pred, color=colors[0], opacity=opacity)
    return fill(picture, y_true & y_pred, color=BOTH, opacity=opacity)


def compare(image: Image | ColorImage, y_true: Mask, y_pred: Mask, *, thickness: int | None = None) -> ColorImage:
    """Outline the expert's mask in solid `EXPERT` and the model's over it in dashed `MODEL`.

    Where both run along the same pixels the colours take turns, so neither hides the other, unless the masks are a few
    dashes small; and the dashes distinguish them in a grey print.

    Args:
        image: shape (H, W[, 3]) uint8.
        y_true: the expert's mask, shape (H, W).
        y_pred: the model's mask, shape (H, W).
        thickness: as in `outline`.

    Returns:
        Shape (H, W, 3).

    Raises:
        ValueError: if shapes differ.
    """
    solid = outline(image, y_true, color=EXPERT, thickness=thickness)
    return outline(solid, y_pred, color=MODEL, thickness=thickness, dash="dashed")


def _canvas(image: Image | ColorImage, layer: Mask | Probability) -> ColorImage:
    """A colour copy of a frame, once it is known to be as large as what is laid over it."""
    _check_shape(image, layer)
    return image.copy() if image.ndim == 3 else np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8)


def _check_shape(image: Image | ColorImage, layer: Mask | Probability) -> None:
    """Refuse a picture that is none, and a layer of another size."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)):
        raise ValueError(f"Expected a uint8 frame (H, W) or (H, W, 3), received {image.dtype} {image.shape}; decode it")
    if layer.shape != image.shape[:2]:
        raise ValueError(f"Frame {image.shape[:2]} and layer {layer.shape} differ in size; bring both to the frame's")


def _check_opacity(opacity: float) -> None:
    """Refuse an opacity outside [0, 1]."""
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must lie in [0, 1], received {opacity}; give it as a share, 0.5 for 50 %")


def _bytes(mask: Mask) -> Image:
    """A mask as OpenCV takes it."""
    return np.ascontiguousarray(mask, bool).view(np.uint8)
