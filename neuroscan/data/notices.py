"""What lists, tables and files must say: which frames are synthetic, and that NeuroScan is no medical device."""

import pandas as pd

from neuroscan import config

_TERMS = {
    "uns": 'Kaggle "Ultrasound Nerve Segmentation" (2016), competition terms; no licence known; pictures not shipped.',
    "usgra": "Images: usgra-seg data set, Timm Kandaouroff (github.com/tmkand/usgra-seg), CC BY 4.0.",
}
_SYNTHETIC_TERMS = "Synthetic: drawn by NeuroScan's simulator; no person was scanned; free to use."
_UNKNOWN_TERMS = "Terms unknown: ask whoever gave you the data."


def is_synthetic(name: str) -> bool:
    """Whether a data set is simulated, or the one that a sample is of: every one called something with "phantom" is.

    Args:
        name: of a data set or a sample, source or source/frame.

    Example:
        >>> is_synthetic("phantom_demo/P588001_3"), is_synthetic("uns/phantom_1")
        (True, False)
    """
    return "phantom" in name.partition("/")[0].lower()


def display_name(name: str) -> str:
    """Name of a data set or a sample for display in a list, a caption or a table: synthetic ones say so.

    Example:
        >>> display_name("phantom_demo"), display_name("uns")
        ('phantom_demo (synthetic)', 'uns')
    """
    return f"{name} (synthetic)" if is_synthetic(name) else name


def terms(source: str) -> str:
    """Terms of use of a data set, in a sentence.

    Example:
        >>> terms("mine")
        'Terms unknown: ask whoever gave you the data.'
    """
    return _SYNTHETIC_TERMS if is_synthetic(source) else _TERMS.get(source, _UNKNOWN_TERMS)


def truth_by(*names: str) -> str:
    """Who says where the nerve of samples is: an expert, or, of synthetic ones, the simulator.

    Args:
        names: of data sets or samples, source or source/frame.

    Example:
        >>> truth_by("uns/1_1"), truth_by("phantom"), truth_by("phantom/1_1", "uns/1_1")
        ('expert', 'simulator', 'expert or simulator')
    """
    synthetic = {is_synthetic(name) for name in names}
    return " or ".join("simulator" if own else "expert" for own in sorted(synthetic))


def mark_synthetic(table: pd.DataFrame, column: str = "source") -> pd.DataFrame:
    """Add the column `synthetic` to a table that is written to a file: which rows are of simulated frames.

    Args:
        table: one row a frame, a subject or such.
        column: which of its columns names the source, alone or as the first part of source/name.
    """
    return table.assign(synthetic=table[column].astype(str).map(is_synthetic).astype(bool))


def with_disclaimer(table: pd.DataFrame) -> pd.DataFrame:
    """Make a table ready for export: the disclaimer in a last column `note`, and texts that are no formulas.

    Args:
        table: its columns are named by texts. One without rows gets the column alone.

    Returns:
        A copy in which texts that begin with = + - or @ have an apostrophe before them.
    """
    texts = {str(name): column for name, column in table.select_dtypes(["object", "str"]).items()}
    escaped = {
        name: column.mask(column.map(_is_formula).astype(bool), "'" + column.astype(str))
        for name, column in texts.items()
    }
    return table.assign(**escaped, note=config.DISCLAIMER)


def _is_formula(value: object) -> bool:
    """Whether a spreadsheet would take a value for a formula."""
    return isinstance(value, str) and value[:1] in ("=", "+", "-", "@")
