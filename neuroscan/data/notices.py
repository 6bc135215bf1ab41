"""What lists, tables and files must say: which frames are synthetic, and that NeuroScan is no medical device."""

import pandas as pd

from neuroscan import config


def is_synthetic(source: str) -> bool:
    """Whether a data set is simulated: every one with "phantom" in its name counts as such."""
    return "phantom" in source.lower()


def display_name(source: str) -> str:
    """Name of a data set for display in a list, a caption or a table: synthetic ones say so.

    Example:
        >>> display_name("phantom_demo"), display_name("uns")
        ('phantom_demo (synthetic)', 'uns')
    """
    return f"{source} (synthetic)" if is_synthetic(source) else source


def truth_by(*names: str) -> str:
    """Who says where the nerve of samples is: an expert, or, of synthetic ones, the simulator.

    Args:
        names: of data sets or samples, source or source/frame.

    Example:
        >>> truth_by("uns/1_1"), truth_by("phantom"), truth_by("phantom/1_1", "uns/1_1")
        ('expert', 'simulator', 'expert or simulator')
    """
    synthetic = {is_synthetic(name.partition("/")[0]) for name in names}
    return " or ".join("simulator" if own else "expert" for own in sorted(synthetic))


def mark_synthetic(table: pd.DataFrame, column: str = "source") -> pd.DataFrame:
    """Add the column `synthetic` to a table that is written to a file: which rows are of simulated frames.

    Args:
        table: one row a frame, a subject or such.
        column: which of its columns names the source, alone or as the first part of source/name.
    """
    sources = table[column].astype(str).str.split("/").str[0]
    return table.assign(synthetic=sources.map(is_synthetic).astype(bool))


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
