"""Files that a spreadsheet opens rightly. Plain values in, text out."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

# Without it Excel takes UTF-8 for something else.
BOM = "\ufeff"


def line(cells: Iterable[object]) -> str:
    """Return one line of a file, in which no cell is a formula."""
    written = StringIO()
    csv.writer(written).writerow([harmless(cell) for cell in cells])
    return written.getvalue()


def moment(at: datetime, zone: str) -> str:
    """Return an instant as spreadsheets know dates, in a zone that the column's head names.

    A time with its offset is a text to them.
    """
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def harmless(text: object) -> str:
    """Return a cell that no spreadsheet takes for a formula: those begin with = + - @, a tab or a return.

    Some take the wide forms of these for the same, and pass over what nobody sees.
    """
    cell = "" if text is None else str(text)
    seen = (each for each in unicodedata.normalize("NFKC", cell) if unicodedata.category(each)[0] not in "CZ")
    risky = cell[:1] in {"\t", "\r", "\n"} or next(seen, "") in {"=", "+", "-", "@"}
    return f"'{cell}" if risky else cell
