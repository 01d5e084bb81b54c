"""The log of visits as a file for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

from portal.integration.visits.rows import VisitRow
from portal.integration.visits.rules import harmless

MOST_ROWS = 50_000
_BOM = "\ufeff"  # Without it Excel takes UTF-8 for something else.
_HEADS = (
    "Completed ({zone} time)",
    "Guest",
    "Booking",
    "Booked for ({zone} time)",
    "Table",
    "Guests",
    "Last Dined At sent ({zone} time)",
    "Visits before",
    "Visits sent",
    "Result",
    "Why",
    "Tries",
)
_CUT = "Cut after {:,} visits. Choose dates to export the others."


def lines(rows: Iterable[VisitRow], most: int, zone: str, hint: str = "") -> Iterator[str]:
    """Yield the file line by line: the heads, up to `most` visits, and a sentence where there were more.

    `hint` says what a search did not look at, and comes last.

    Every time is in the venue's zone, which the heads name, and written as spreadsheets know dates; a time
    with its offset is a text to them.
    """
    yield _BOM + _line(head.format(zone=zone) for head in _HEADS)
    for number, row in enumerate(rows):
        if number == most:
            yield _line((_CUT.format(most),))
            break
        yield _line(_cells(row, zone))
    if hint:
        yield _line((hint,))


def _line(cells: Iterable[object]) -> str:
    line = StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def _cells(row: VisitRow, zone: str) -> tuple[object, ...]:
    sent = row.values if row.values and row.values.sent else None
    return (
        _moment(row.completed, zone),
        row.guest_name,
        row.reference,
        _moment(row.starts, zone),
        row.table_name,
        row.party_size,
        _moment(sent.last_dined, zone) if sent and sent.last_dined else "",
        _number(sent.before) if sent else "",
        sent.visits if sent else "",
        row.result.label,
        row.result.text,
        row.tries,
    )


def _moment(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _number(text: str) -> str:
    """Return a number as a spreadsheet reads it: Currency attributes hold 7.0 for seven."""
    return text.removesuffix(".0") if text.replace(".", "", 1).isdecimal() else text
