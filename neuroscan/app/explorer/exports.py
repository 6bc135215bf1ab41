"""The table to take home."""

import pandas as pd

from neuroscan.app import downloads
from neuroscan.app.explorer.filtered import Table
from neuroscan.data import notices
from neuroscan.data.safe_names import file_name
from neuroscan.explore import results

_PRIVATE = ["key", "rle", "group", "title"]


def offer(table: Table, rows: pd.DataFrame) -> None:
    """Offer rows as CSV, made when it is asked for.

    Args:
        table: of the explorer.
        rows: those of it that are wanted, in order; nothing is shown for none.
    """
    if rows.empty:
        return
    downloads.button(
        f"Table of these {len(rows):,} frames, CSV" if len(rows) > 1 else "Table of this frame, CSV",
        f"frames_{file_name(table.source or 'all')}.csv",
        lambda: csv(table, rows),
        key="explorer csv",
    )


def offer_finding(rows: pd.DataFrame, name: str) -> None:
    """Offer a list of what is wrong as CSV, made when it is asked for.

    Args:
        rows: at least one; the first column is a frame or a subject, whose source may be synthetic.
        name: of the list, in lower-case words.
    """
    downloads.button(
        f"These {name}, CSV",
        f"{name.replace(' ', '_')}.csv",
        lambda: downloads.table_csv(notices.mark_synthetic(rows, rows.columns[0])),
        key=f"explorer csv {name}",
    )


def csv(table: Table, rows: pd.DataFrame) -> bytes:
    """Write rows with their split where a card is chosen, synthetic sources called so, and the disclaimer.

    Args:
        table: of the explorer.
        rows: of `Table.frames`, at least one.
    """
    found = results.whole_numbers(results.inside(rows, table.folder))
    found["subject"] = found.pop("number")
    found["source"] = found["source"].map(notices.display_name)
    return downloads.table_csv(found.drop(columns=_PRIVATE))
