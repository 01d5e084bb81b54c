"""The list of bookings as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portal.bookings.list.rows import Row
from portal.bookings.list.spreadsheets import BOM, line, moment
from portal.bookings.rules import SOURCE_LABELS, STATUS_LABELS

MOST_ROWS = 50_000
_HEADS = (
    "Date and time ({zone} time)",
    "Name",
    "Guests",
    "Table",
    "Status",
    "How they booked",
    "Email",
    "Phone",
    "Show ({zone} time)",
    "Note",
    "Allergies and diet",
    "Occasion",
    "Step-free access",
    "Booking",
    "Made ({zone} time)",
)
_LINKED = "Linked to Spektrix"
_CUT = "Cut after {:,} bookings. Choose dates to export the others."


def lines(rows: Iterable[Row], most: int, zone: str, hint: str = "", *, with_spektrix: bool) -> Iterator[str]:
    """Yield the file line by line: the heads, up to `most` bookings, and a sentence where there were more.

    `hint` says what a search did not look at, and comes last. Every time is in the venue's zone, which the
    heads name.
    """
    heads = [head.format(zone=zone) for head in _HEADS]
    yield BOM + line([*heads, _LINKED] if with_spektrix else heads)
    for number, row in enumerate(rows):
        if number == most:
            yield line((_CUT.format(most),))
            break
        cells = _cells(row, zone)
        yield line([*cells, "Yes" if row.is_linked else "No"] if with_spektrix else cells)
    if hint:
        yield line((hint,))


def _cells(row: Row, zone: str) -> list[object]:
    return [
        moment(row.starts_at, zone),
        row.name,
        row.party_size,
        row.table_name,
        STATUS_LABELS[row.status],
        SOURCE_LABELS[row.source],
        row.email,
        row.phone,
        moment(row.show_starts_at, zone) if row.show_starts_at else "",
        row.note,
        row.allergies,
        row.occasion,
        "Yes" if row.step_free else "",
        row.reference,
        moment(row.created_at, zone),
    ]
