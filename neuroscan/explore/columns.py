"""What each column of the frames table means: the one place that says it, and the help text wherever it is shown."""

from neuroscan.evaluation.frame import Column

DARK = 12
"""Grey level up to which a pixel counts as dark: black borders, shadow, fluid."""

BLOCK = 8
"""Side in px of the blocks over which speckle is judged."""

PERCENTILES = (5, 25, 50, 75, 95)
"""Percentiles of the grey levels that have a column."""

_CANNY_DOI = "J. Canny (1986), doi:10.1109/TPAMI.1986.4767851"
_REGION = "skimage.measure.regionprops"

FRAME_COLUMNS: dict[str, Column] = {
    "height_px": Column("Rows of the frame.", "px", ""),
    "width_px": Column("Columns of the frame.", "px", ""),
    "mean": Column("Mean of the grey levels.", "grey levels, 0 to 255", ""),
    "variance": Column("Variance of the grey levels: contrast over the whole frame.", "grey levels squared", ""),
    **{
        f"p{share:02d}": Column(f"Grey level under which {share} % of the pixels lie.", "grey levels, 0 to 255", "")
        for share in PERCENTILES
    },
    "entropy": Column(
        "Shannon entropy of the grey levels: 0 for one level, 8 when all 256 are as frequent.",
        "bits",
        "C. Shannon (1948), doi:10.1002/j.1538-7305.1948.tb01338.x",
    ),
    "edge_density": Column(
        "Share of pixels on an edge: Canny after a Gaussian of 1 px, thresholds 0.1 and 0.2 of white.",
        "share, 0 to 1",
        _CANNY_DOI,
    ),
    "sharpness": Column(
        "Variance of the Laplacian (4 neighbours); low where the frame is blurred, high where it is noisy too.",
        "grey levels squared",
        "J. Pech-Pacheco (2000), doi:10.1109/ICPR.2000.903548",
    ),
    "speckle_snr": Column(
        f"Median, over {BLOCK}x{BLOCK} blocks brighter than dark, of mean / standard deviation; high where smooth. "
        "On log-compressed frames it is not the 1.91 of raw speckle. Missing where no block is lit and uneven.",
        "ratio",
        "C. Burckhardt (1978), doi:10.1109/T-SU.1978.30978",
    ),
    "dark_share": Column(f"Share of pixels of grey level {DARK} or less.", "share, 0 to 1", ""),
}
"""Columns of `statistics.frame_statistics`: meaning, unit, source."""

MASK_COLUMNS: dict[str, Column] = {
    "present": Column("Whether the mask has a nerve; missing where the frame is unlabelled.", "true or false", ""),
    "parts": Column("Connected parts of the mask (8 neighbours); 0 without a nerve.", "parts", ""),
    "area_px": Column("Area of the mask; 0 without a nerve.", "px", ""),
    "area_share": Column("Area of the mask as a share of the frame.", "share, 0 to 1", ""),
    "area_mm2": Column("Area of the mask; missing where the spacing is unknown.", "mm²", ""),
    "centroid_row_px": Column("Row of the mask's centroid, from the top.", "px", _REGION),
    "centroid_column_px": Column("Column of the mask's centroid, from the left.", "px", _REGION),
    "centroid_row_rel": Column(
        "Row of the mask's centroid over the frame's height: its depth under the upper edge.", "share, 0 to 1", ""
    ),
    "centroid_column_rel": Column(
        "Column of the mask's centroid over the frame's width, from the left.", "share, 0 to 1", ""
    ),
    "centroid_depth_mm": Column(
        "Depth of the centroid under the top of the scanned area; missing where the spacing is unknown.", "mm", ""
    ),
    "top_px": Column("First row of the mask's bounding box.", "px", _REGION),
    "left_px": Column("First column of the mask's bounding box.", "px", _REGION),
    "box_height_px": Column("Height of the mask's bounding box.", "px", _REGION),
    "box_width_px": Column("Width of the mask's bounding box.", "px", _REGION),
    "eccentricity": Column("Of the ellipse with the mask's moments: 0 a circle, near 1 a line.", "0 to 1", _REGION),
    "orientation_deg": Column(
        "Angle of the mask's long axis against the vertical, counter-clockwise; 90 and -90 lie flat.",
        "degrees, -90 to 90",
        _REGION,
    ),
    "solidity": Column("Area over the area of its convex hull; low for ragged or parted masks.", "0 to 1", _REGION),
    "contrast": Column(
        "Mean grey level of the nerve minus that of the ring around it, as wide as a quarter of the diameter of a "
        "disk of the nerve's area; below 0 the nerve is the darker one.",
        "grey levels",
        "",
    ),
    "cnr": Column(
        "Contrast to noise: size of the contrast over the root of the two variances' sum. Missing where both are even.",
        "ratio",
        "M. Patterson, F. Foster (1983), doi:10.1177/016173468300500301",
    ),
}
"""Columns of `statistics.mask_statistics`: all missing on unlabelled frames, all but the first five without a nerve."""

COLUMNS: dict[str, Column] = FRAME_COLUMNS | MASK_COLUMNS
"""Every column of the table, and its help text."""
