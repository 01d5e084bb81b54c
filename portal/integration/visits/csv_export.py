"""The log of visits as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portal.bookings.list.spreadsheets import BOM, line, moment
from portal.integration.visits.rows import VisitRow

MOST_ROWS = 50_000
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
    yield BOM + line(head.format(zone=zone) for head in _HEADS)
    for number, row in enumerate(rows):
        if number == most:
            yield line((_CUT.format(most),))
            break
        yield line(_cells(row, zone))
    if hint:
        yield line((hint,))


def _cells(row: VisitRow, zone: str) -> tuple[object, ...]:
    sent = row.values if row.values and row.values.sent else None
    return (
        moment(row.completed, zone),
        row.guest_name,
        row.reference,
        moment(row.starts, zone),
        row.table_name,
        row.party_size,
        moment(sent.last_dined, zone) if sent and sent.last_dined else "",
        _number(sent.before) if sent else "",
        sent.visits if sent else "",
        row.result.label,
        row.result.text,
        row.tries,
    )


def _number(text: str) -> str:
    """Return a number as a spreadsheet reads it: Currency attributes hold 7.0 for seven."""
    return text.removesuffix(".0") if text.replace(".", "", 1).isdecimal() else text
