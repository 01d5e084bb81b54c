"""What a change of a period would leave behind, and saving it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from portal.availability import periods
from portal.availability.models import ServicePeriod
from portal.availability.periods import Columns
from portal.availability.reading import weekdays_of
from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.days import WEEKDAYS, days_text, listed, local_today
from portal.restaurant.hours import whole_week
from portal.restaurant.hours.subjects import PERIOD, columns
from portal.restaurant.hours.whole_week import WEEK
from portal.restaurant.kept import Consequences, Kept, bookings_of, largest_warning
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import Values
from portal.venues.models import Venue

ABOUT_DATES = {"valid_from", "valid_until"}


def of_change(
    venue: Venue, row: ServicePeriod | None, then: Columns, from_on: date | None, now: datetime
) -> Consequences:
    """Return what a period's new columns would leave behind; None is a row to be added."""
    kept: list[Kept] = []
    if row is not None:
        first = from_on or date.min
        new = dict(then) | ({"valid_from": None} if from_on else {})
        seatings = periods.to_come(venue, row, first, now)
        kept = bookings_of(venue, periods.no_longer_fit(seatings, new, venue.timezone))
    largest = then["largest_online"]
    warned = row is None or largest != row.largest_online
    return Consequences(kept, largest_warning(venue, largest) if warned else ())


def notes_on(venue: Venue, row: ServicePeriod | None, then: Columns, today: date) -> list[str]:
    """Say what may be wanted, but is better known: services at the same time, and days closed so far.

    Args:
        venue: whose hours they are.
        row: the period, None for one that is to be added.
        then: its columns as they are to be.
        today: the day at the venue.
    """
    own = [each.id for each in periods.versions(venue, row)] if row else []
    running = [each for each in periods.weekly(venue) if (each.valid_until or date.max) >= today]
    beside = [each for each in periods.at_same_time(venue, then, *own) if each in running]
    notes = []
    if beside:
        names = dict.fromkeys(each.name for each in beside)
        notes.append(f"{then['name'] or 'This service'} runs at the same time as {listed(names)}")
    open_now = {day for each in running for day in weekdays_of(each.weekdays)}
    opened = sorted(weekdays_of(then["weekdays"]) - open_now)
    if running and opened:
        are = "is" if len(opened) == 1 else "are"
        notes.append(f"{listed(WEEKDAYS[day] for day in opened)} {are} closed until now, and will be open")
    return notes


def of_copy(venue: Venue, source: int, targets: Sequence[int], from_on: date, now: datetime) -> Consequences:
    """Return which bookings would no longer fit if days were like another one, and which days would close."""
    unfit = []
    for row, weekdays in periods.with_day_copied(venue, source, targets, from_on):
        then = periods.columns_of(row) | {"weekdays": weekdays}
        unfit += periods.no_longer_fit(periods.to_come(venue, row, from_on, now), then, venue.timezone)
    return Consequences(bookings_of(venue, unfit), _closing(venue, source, targets, from_on))


def _closing(venue: Venue, source: int, targets: Sequence[int], from_on: date) -> list[str]:
    """Say which days a copy would close, if any."""
    running = [row for row in periods.weekly(venue) if (row.valid_until or date.max) >= from_on]
    opened = {day for row in running for day in weekdays_of(row.weekdays)}
    closed = [day for day in sorted(targets) if day in opened]
    if source in opened or not closed:
        return []
    are = "is" if len(closed) == 1 else "are"
    return [f"{WEEKDAYS[source]} is closed, so {days_text(closed, None)} {are} closed too after that"]


def of_delete(venue: Venue, row: ServicePeriod, today: date, now: datetime) -> Consequences:
    """Return which bookings would not fit the hours that a change took the place of."""
    then = periods.after_delete(venue, row)
    if then is None:
        return Consequences()
    seatings = periods.to_come(venue, row, today, now)
    return Consequences(bookings_of(venue, periods.no_longer_fit(seatings, then, venue.timezone)))


def add(venue: Venue, values: Values, staff_id: int | None) -> tuple[ServicePeriod, SettingSave]:
    """Add a period, and return it with the save."""
    before = WEEK.read(venue, 0)
    row = periods.add(venue, columns(values))
    saved = whole_week.keep(venue, before, staff_id, f"added {row.name}")
    db.session.commit()
    return row, saved


def save(
    venue: Venue,
    row: ServicePeriod,
    values: Values,
    from_on: date | None,
    number: int,
    staff_id: int | None,
) -> SettingSave | None:
    """Save a period, from a date on where one is given and more than its dates changes.

    Returns the save, None where nothing differs. Raises what saving.save does.
    """
    about = PERIOD
    if from_on is not None:

        def write(venue: Venue, row_id: int, changed: Values) -> None:
            old = periods.get(venue, row_id)
            first = from_on if changed.keys() - ABOUT_DATES else None
            # The values of the whole form, since several of them make one column.
            then = dict(columns(values)) | {"valid_from": old.valid_from}
            periods.change_from(venue, old, then, first)

        about = replace(PERIOD, write=write)
    return saving.save(venue, about, values, number, staff_id, row.id)


def delete(venue: Venue, row: ServicePeriod, today: date, staff_id: int | None) -> tuple[str, SettingSave]:
    """Delete a period, or take back a change of it, and say which. Raises HasBookings, Overlaps, BusyNow."""
    name, is_change = row.name, periods.after_delete(venue, row) is not None
    before = WEEK.read(venue, 0)
    periods.delete(venue, row, today)
    done = f"took back a change of {name}" if is_change else f"deleted {name}"
    saved = whole_week.keep(venue, before, staff_id, done)
    db.session.commit()
    return done, saved


def copy_day(
    venue: Venue, source: int, targets: Sequence[int], from_on: date, staff_id: int | None
) -> SettingSave | None:
    """Make days of the week like another one, and return the save, None where they were like it already."""
    before = WEEK.read(venue, 0)
    if not periods.copy_day(venue, source, targets, from_on, local_today(venue)):
        return None
    names = ", ".join(WEEKDAYS[day] for day in targets if day != source)
    saved = whole_week.keep(venue, before, staff_id, f"copied {WEEKDAYS[source]} to {names}")
    db.session.commit()
    return saved
