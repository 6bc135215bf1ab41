"""How much phantoms look like real frames: five numbers a frame, their distributions, one figure."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont
from skimage.measure import shannon_entropy

from neuroscan import config
from neuroscan.types import Image, Mask

SIZE = (256, 185)
"""Width and height at which frames are compared: what Kaggle UNS frames are often stored at."""

COLUMNS = {
    "mean grey level": "0 to 255",
    "entropy": "bits",
    "edge density": "share of pixels, Canny 100/200",
    "sharpness": "variance of the Laplacian",
    "nerve area": "share of the frame, where there is one",
}


def statistics(image: Image, mask: Mask) -> tuple[float, float, float, float, float]:
    """Mean grey level, entropy, edge density, sharpness and nerve area share of a frame at 256x185.

    Args:
        image: (H, W) uint8.
        mask: (H, W) bool.

    Returns:
        The five numbers, in the order of `COLUMNS`.

    Example:
        >>> flat = np.full((185, 256), 90, np.uint8)
        >>> [round(float(x), 3) for x in statistics(flat, flat > 100)]
        [90.0, 0.0, 0.0, 0.0, 0.0]
    """
    share = float(mask.mean())
    if image.shape != SIZE[::-1]:
        image = np.asarray(cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA), np.uint8)
    edges = float((cv2.Canny(image, 100, 200) > 0).mean())
    sharp = float(cv2.Laplacian(image, cv2.CV_64F).var())
    return float(image.mean()), max(0.0, float(shannon_entropy(image))), edges, sharp, share


def measure(folder: Path) -> pd.DataFrame:
    """The five numbers of every frame with a mask in a Kaggle-layout folder; area is missing without a nerve."""
    rows = []
    files = {path.with_suffix(""): path for path in sorted(Path(folder).rglob("*"))}
    for stem, path in files.items():
        masked = files.get(stem.with_name(stem.name + "_mask"))
        if masked:
            image, mask = (cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in (path, masked))
            if image is not None and mask is not None:
                rows.append(statistics(np.asarray(image, np.uint8), mask > 127))
    if not rows:
        raise ValueError(f"{folder} holds no frames with masks; expected S_N.ext beside S_N_mask.ext. Name another.")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["nerve area"] = table["nerve area"].where(table["nerve area"] > 0)
    return table


def compare(phantoms: Path, real: Path, out: Path) -> pd.DataFrame:
    """Compare phantoms with real frames; writes `realism.csv` and `realism.png` into `out`, each with the disclaimer.

    Args:
        phantoms: Kaggle-layout folder of synthetic frames.
        real: Kaggle-layout folder of real frames.
        out: folder to write to, made where missing.

    Returns:
        One row a statistic: quartiles of both, and whether the phantoms' median lies between the real quartiles.

    Raises:
        ValueError: if one of the folders holds no frames with masks, or a statistic has no distribution to show.
    """
    made, found = measure(phantoms), measure(real)
    for name in COLUMNS:
        low, high = _span(made[name], found[name])
        if made[name].isna().all() or found[name].isna().all() or low == high:
            raise ValueError(f"{name}: there is no value in one of the folders, or one in all; name more frames.")
    table = pd.concat(
        {"real": found.quantile([0.25, 0.5, 0.75]).T, "synthetic": made.quantile([0.25, 0.5, 0.75]).T}, axis=1
    )
    table.columns = [f"{who} {share:.0%}" for who, share in table.columns]
    table["inside"] = table["synthetic 50%"].between(table["real 25%"], table["real 75%"])
    out.mkdir(parents=True, exist_ok=True)
    config.noted(table).to_csv(out / "realism.csv", index_label="statistic")
    figure(made, found).save(out / "realism.png")
    return table


def figure(made: pd.DataFrame, found: pd.DataFrame) -> Picture.Image:
    """Draw the distributions: real frames filled, their middle half dark, synthetic ones a line; disclaimer below."""
    width, height, left, gap, head = 900, 130, 230, 20, 76
    page = Picture.new("RGB", (width, height * len(COLUMNS) + head), "white")
    pen, font, small = ImageDraw.Draw(page), ImageFont.load_default(15), ImageFont.load_default(12)
    pen.text((14, 12), f"Synthetic frames (phantoms) against real ones, all at {SIZE[0]}x{SIZE[1]}", "black", font)
    pen.text((14, 38), f"filled: {len(found)} real UNS frames, dark: 25th to 75th percentile", "#5a6b7b", font)
    pen.text((left + 230, 38), f"line: {len(made)} synthetic frames, tick: median", "#c2410c", font)
    pen.text((width - gap, 40), "heights: share of frames", "#555555", small, "ra")
    pen.text((14, page.height - 24), config.DISCLAIMER, "#555555", small)
    for place, (name, unit) in enumerate(COLUMNS.items()):
        base, x0, x1 = head + (place + 1) * height - 60, left, width - gap
        real, own = found[name].dropna(), made[name].dropna()
        low, high = _span(real, own)
        bins = np.linspace(low, high, 61)
        heights = [np.histogram(x, bins, density=True)[0] for x in (real, own)]
        top = max(h.max() for h in heights) or 1.0
        at = np.linspace(x0, x1, 61)
        quarter, three = np.percentile(real, [25, 75])
        for i, tall in enumerate(heights[0]):
            middle = quarter <= (bins[i] + bins[i + 1]) / 2 <= three
            box = (at[i], base - tall / top * (height - 60), at[i + 1], base)
            pen.rectangle(box, "#7c93a8" if middle else "#cfd8e1")
        line = [
            (at[i] + d * (at[1] - at[0]), base - t / top * (height - 60))
            for i, t in enumerate(heights[1])
            for d in (0, 1)
        ]
        pen.line(line, "#c2410c", 2)
        median = x0 + (float(own.median()) - low) / (high - low) * (x1 - x0)
        pen.line((median, base, median, base + 8), "#c2410c", 4)
        pen.text((14, base - 50), name, "black", font)
        pen.text((14, base - 30), unit, "#555555", small)
        for value in _ticks(low, high):
            x = x0 + (value - low) / (high - low) * (x1 - x0)
            pen.line((x, base, x, base + 4), "#555555")
            pen.text((x, base + 10), f"{value:.4g}", "#555555", small, "ma")
    return page


def _span(one: pd.Series, other: pd.Series) -> tuple[float, float]:
    """From where to where nearly all values of both lie."""
    low, high = np.nanpercentile(np.concatenate([one, other]), [0.5, 99.5])
    return float(low), float(high)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two, at most seven."""
    power = 10 ** np.floor(np.log10((high - low) / 7))
    step = next(s * power for s in (1, 2, 5, 10) if (high - low) / (s * power) < 7)
    return [step * n for n in range(int(np.ceil(low / step)), int(high // step) + 1)]
