"""How much phantoms look like real frames: five numbers a frame, their distributions, one figure."""

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
from skimage.measure import shannon_entropy

from neuroscan import config
from neuroscan.data import codecs, layout, notices
from neuroscan.types import Image, Mask

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE = (256, 185)
"""Width and height at which frames are compared: what Kaggle UNS frames are often stored at."""

COLUMNS = {
    "mean grey level": "0 to 255",
    "entropy": "bits",
    "edge density": "share of pixels, Canny 100/200",
    "sharpness": "variance of the Laplacian",
    "nerve area": "share of the frame, where there is one",
}

_ORANGE = "#c2410c"


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
    """The five numbers of every frame with a mask in a Kaggle-layout folder; area is missing without a nerve.

    Raises:
        ValueError: there is no such frame, or a file cannot be read.
    """
    images, masks, _ = layout.files(folder)
    rows = [
        statistics(codecs.read(path)[0].image, codecs.read_mask(masks[stem]))
        for stem, path in images.items()
        if stem in masks
    ]
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
        ValueError: if one of the folders holds no frames with masks or a broken file, or a statistic has no
            distribution to show.
    """
    synthetic_table, real_table = measure(phantoms), measure(real)
    for name in COLUMNS:
        low, high = _span(synthetic_table[name], real_table[name])
        if synthetic_table[name].isna().all() or real_table[name].isna().all() or low == high:
            raise ValueError(f"{name}: there is no value in one of the folders, or one in all; name more frames.")
    table = pd.concat(
        {"real": real_table.quantile([0.25, 0.5, 0.75]).T, "synthetic": synthetic_table.quantile([0.25, 0.5, 0.75]).T},
        axis=1,
    )
    table.columns = [f"{who} {share:.0%}" for who, share in table.columns]
    table["inside"] = table["synthetic 50%"].between(table["real 25%"], table["real 75%"])
    out.mkdir(parents=True, exist_ok=True)
    notices.with_disclaimer(table).to_csv(out / "realism.csv", index_label="statistic")
    figure(synthetic_table, real_table).savefig(out / "realism.png", dpi=150, bbox_inches="tight", pad_inches=0.1)
    return table


def figure(synthetic: pd.DataFrame, real: pd.DataFrame) -> "Figure":
    """Draw the distributions: real frames filled, over their middle half; synthetic ones a line; disclaimer below.

    Args:
        synthetic: the five numbers of synthetic frames, one row a frame, as `measure` gives them.
        real: those of real frames.

    Returns:
        9 by 8 inches, one histogram of 60 bins a number, from top to bottom.
    """
    from matplotlib.figure import Figure

    page = Figure(figsize=(9, 8), layout="constrained")
    rows = page.subplots(len(COLUMNS))
    for ax, (name, unit) in zip(rows, COLUMNS.items(), strict=True):
        real_values, synthetic_values = real[name].dropna(), synthetic[name].dropna()
        low, high = _span(real_values, synthetic_values)
        bins = np.linspace(low, high, 61)
        ax.hist(real_values, bins, density=True, color="#7c93a8", label=f"{len(real)} real UNS frames")
        ax.axvspan(
            *real_values.quantile([0.25, 0.75]), color="#dde4ea", zorder=0, label="their 25th to 75th percentile"
        )
        ax.hist(
            synthetic_values,
            bins,
            density=True,
            histtype="step",
            color=_ORANGE,
            lw=1.5,
            label=f"{len(synthetic)} synthetic frames",
        )
        ax.axvline(synthetic_values.median(), color=_ORANGE, ls="--", label="their median")
        ax.set(xlim=(low, high), yticks=[])
        ax.spines[["left", "top", "right"]].set_visible(False)
        ax.set_ylabel(f"{name}\n{unit}", rotation=0, ha="right", va="center")
    title = f"Synthetic frames (phantoms) against real ones, all at {SIZE[0]}x{SIZE[1]}; heights: share of frames"
    named = rows[0].get_legend_handles_labels()
    page.legend(*named, title=title, title_fontsize="large", loc="outside upper center", ncols=4, frameon=False)
    page.supxlabel(config.DISCLAIMER, fontsize="medium")
    return page


def _span(one: pd.Series, other: pd.Series) -> tuple[float, float]:
    """From where to where nearly all values of both lie."""
    low, high = np.nanpercentile(np.concatenate([one, other]), [0.5, 99.5])
    return float(low), float(high)
