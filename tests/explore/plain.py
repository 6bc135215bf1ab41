"""The same columns by scikit-image and SciPy alone, one call a column: what the statistics are held equal to."""

import numpy as np
from scipy import ndimage
from skimage import feature, filters, measure, morphology

from neuroscan.types import Image, Mask


def frame_row(image: Image) -> dict[str, float]:
    blocks = [
        block
        for top in range(0, image.shape[0] - 7, 8)
        for left in range(0, image.shape[1] - 7, 8)
        if (block := image[top : top + 8, left : left + 8]).mean() > 12 and block.std() > 0
    ]
    return {
        "height_px": image.shape[0],
        "width_px": image.shape[1],
        "mean": image.mean(),
        "variance": image.var(),
        **{f"p{q:02d}": np.percentile(image, q) for q in (5, 25, 50, 75, 95)},
        "entropy": measure.shannon_entropy(image),
        "edge_density": feature.canny(image, sigma=1).mean(),
        "sharpness": filters.laplace(image.astype(float)).var(),
        "speckle_snr": np.median([block.mean() / block.std() for block in blocks]) if blocks else np.nan,
        "dark_share": (image <= 12).mean(),
    }


def mask_row(image: Image, mask: Mask) -> dict[str, float]:
    row: dict[str, float] = {
        "present": bool(mask.any()),
        "parts": measure.label(mask).max(),
        "area_px": mask.sum(),
        "area_share": mask.mean(),
    }
    if not mask.any():
        return row
    region = measure.regionprops(mask.astype(np.uint8))[0]
    width = max(1, round(region.equivalent_diameter_area / 4))
    disk = morphology.disk(width)
    ring = ndimage.binary_dilation(mask, disk) & ~mask
    inside, around = image[mask].astype(float), image[ring].astype(float)
    contrast = inside.mean() - around.mean() if around.size else np.nan
    noise = np.sqrt(inside.var() + around.var()) if around.size else np.nan
    return row | {
        "centroid_row_px": region.centroid[0],
        "centroid_column_px": region.centroid[1],
        "centroid_row_rel": (region.centroid[0] + 0.5) / mask.shape[0],
        "centroid_column_rel": (region.centroid[1] + 0.5) / mask.shape[1],
        "top_px": region.bbox[0],
        "left_px": region.bbox[1],
        "box_height_px": region.bbox[2] - region.bbox[0],
        "box_width_px": region.bbox[3] - region.bbox[1],
        "eccentricity": region.eccentricity,
        "orientation_deg": np.degrees(region.orientation),
        "solidity": region.solidity,
        "contrast": contrast,
        "cnr": abs(contrast) / noise if noise else np.nan,
    }
