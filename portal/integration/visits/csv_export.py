"""The log of visits as a file for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from portal.integration.visits.rows import VisitRow
from portal.integration.visits.rules import harmless

MOST_ROWS = 50_000
_BOM = "\ufeff"  # Without it Excel takes UTF-8 for something else.
_HEADS = (
    "Completed",
    "Guest",
    "Booking",
    "Booked for",
    "Table",
    "Guests",
    "Last Dined At sent",
    "Visits before",
    "Visits sent",
    "Result",
    "Why",
    "Tries",
)
_CUT = "Cut after {:,} visits. Choose dates to export the others."


def lines(rows: Iterable[VisitRow], most: int) -> Iterator[str]:
    """Yield the file line by line: the heads, up to `most` visits, and a sentence where there were more."""
    yield _BOM + _line(_HEADS)
    for number, row in enumerate(rows):
        if number == most:
            yield _line((_CUT.format(most),))
            return
        yield _line(_cells(row))


def _line(cells: Iterable[object]) -> str:
    line = StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def _cells(row: VisitRow) -> tuple[object, ...]:
    sent = row.values if row.values and row.values.sent else None
    return (
        row.completed.isoformat(timespec="seconds"),
        row.guest_name,
        row.reference,
        row.starts.isoformat(timespec="minutes"),
        row.table_name,
        row.party_size,
        sent.last_dined.isoformat() if sent and sent.last_dined else "",
        sent.before if sent else "",
        sent.visits if sent else "",
        row.result.label,
        row.result.text,
        row.tries,
    )
