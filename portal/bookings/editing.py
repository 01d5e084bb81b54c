"""Changing a booking: its time, place and party, whose it is, what is noted. Never calls Spektrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from portal import clock
from portal.availability import locks, reading, seating as seatings
from portal.availability.obstacles import Obstacle
from portal.availability.room import Asker
from portal.bookings import link_checks, rules, statuses
from portal.bookings.models import Booking, BookingChange, ChangeKind, Source, Status
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import Guest
from portal.guests.service import Contact
from portal.outbox import service as outbox
from portal.outbox.models import Kind, LetterKind
from portal.venues.models import Doer, Staff, Venue

NO_TABLE = seatings.NO_TABLE
_TRIES = 5
_DEADLOCK = "40P01"
# What guests are told by letter, and where it goes.
_OF_THE_LETTER = frozenset({"starts_at", "ends_at", "party_size", "show", "email"})
_OF_THE_PLACE = frozenset({"starts_at", "ends_at", "table", "overbooked"})


class Whose(StrEnum):
    """The answer to whose booking it is when its contact details become somebody else's."""

    SAME = "same"
    OTHER = "other"


class ChangedMeanwhile(Exception):
    """Somebody changed the booking after it was shown."""

    def __init__(self, who: str, at: datetime) -> None:
        self.who, self.at = who, at
        super().__init__("changed meanwhile")


class WhoseBooking(Exception):
    """The details do not name the guest whose booking it is. Somebody has to say whether it is still theirs.

    `found` is the guest whom they name, None where nobody has them yet.
    """

    def __init__(self, guest: Guest, found: Guest | None) -> None:
        self.guest_name, self.found_name = guest.name, found.name if found else None
        super().__init__("whose booking is it")


class NothingToUndo(Exception):
    """The latest change of the booking is not the one that was to be undone."""


@dataclass(frozen=True, repr=False)
class Wanted:
    """What a booking is to be; `as_it_is` gives what it is.

    Args:
        place_key: "t12" for the table with id 12, "g3" for a group, NO_TABLE for none, None for whichever
            fits, its own first.
        stay: how long, None for as long as the service says.
        keeps_show: whether it stays a booking for its show.
        whose: the answer to WhoseBooking.
        past_rules: whether a manager said that the rules shall not count.
    """

    starts_at: datetime
    party_size: int
    contact: Contact
    place_key: str | None = None
    stay: timedelta | None = None
    note: str = ""
    occasion: str = ""
    allergies: str = ""
    step_free: bool = False
    keeps_show: bool = True
    whose: Whose | None = None
    past_rules: bool = False


def as_it_is(booking: Booking) -> Wanted:
    """Return a booking as what it is wanted to be, so that one thing of it can be replaced."""
    return Wanted(
        starts_at=booking.starts_at,
        party_size=booking.party_size,
        contact=Contact(booking.booked_name, booking.booked_email, booking.booked_phone),
        stay=booking.ends_at - booking.starts_at,
        note=booking.note,
        occasion=booking.occasion,
        allergies=booking.allergies,
        step_free=booking.step_free,
    )


def edit(
    venue: Venue,
    booking_id: int,
    wanted: Wanted,
    staff_id: int | None = None,
    done_by: Doer | None = None,
    seen: int | None = None,
) -> Booking:
    """Change a booking, all at once or not at all, and keep who did and what it was.

    `seen` is the number of edits that the person saw; None looks away. Raises NotHere, CannotEdit,
    ChangedMeanwhile, WhoseBooking, SlotTaken, NotOffered and BusyNow; then nothing is changed.
    """
    by = _By(staff_id, done_by)
    return _tried(lambda: _edit(venue, booking_id, lambda _booking: wanted, by, seen, ChangeKind.EDITED))


def move_place(
    venue: Venue,
    booking_id: int,
    place_key: str | None,
    starts_at: datetime | None = None,
    staff_id: int | None = None,
    seen: int | None = None,
    *,
    past_rules: bool = False,
) -> Booking:
    """Give a booking another place, another start, or both; it stays as long as before.

    Raises what `edit` raises.
    """

    def moved(booking: Booking) -> Wanted:
        start = starts_at or booking.starts_at
        return replace(as_it_is(booking), place_key=place_key, starts_at=start, past_rules=past_rules)

    by = _By(staff_id, None)
    return _tried(lambda: _edit(venue, booking_id, moved, by, seen, ChangeKind.MOVED))


def undo(venue: Venue, booking_id: int, change_id: int, staff_id: int | None = None) -> Booking:
    """Take the latest change of a booking back, its old place included.

    Raises NothingToUndo, and what `edit` raises.
    """
    return _tried(lambda: _undo(venue, booking_id, change_id, _By(staff_id, None)))


def before_latest(venue: Venue, booking: Booking) -> Wanted:
    """Return how a booking sat before its latest change, for whoever asks why that is gone."""
    change = latest_change(booking)
    was = _values(booking) | {name: pair[0] for name, pair in (change.fields if change else {}).items()}
    starts_at, ends_at = datetime.fromisoformat(was["starts_at"]), datetime.fromisoformat(was["ends_at"])
    return replace(
        as_it_is(booking),
        starts_at=starts_at,
        party_size=was["party_size"],
        place_key=_key_called(venue, was["table"]),
        stay=ends_at - starts_at,
        past_rules=was["overbooked"],
    )


def follow_show(venue: Venue, booking: Booking, starts_at: datetime, staff_id: int) -> None:
    """Plan a booking that the caller holds for the new start of its show. Owes no letter, commits nothing."""
    before, guest_id = _values(booking), booking.guest_id
    booking.show_starts_at, booking.show_told = starts_at, clock.told_time(starts_at, venue.timezone)
    after = _values(booking)
    statuses.hold_day(venue, booking)
    booking.edits += 1
    fields = {"show": [before["show"], after["show"]]}
    statuses.note_edit(booking, ChangeKind.EDITED, fields, staff_id, None, guest_id)


def latest_change(booking: Booking) -> BookingChange | None:
    """Return the latest change of what a booking is, marks of who sits apart."""
    return db.session.scalar(
        select(BookingChange)
        .where(
            BookingChange.booking_id == booking.id,
            BookingChange.kind.in_([ChangeKind.EDITED, ChangeKind.MOVED, ChangeKind.UNDONE]),
        )
        .order_by(BookingChange.id.desc())
        .limit(1)
    )


def place_of(venue: Venue, booking: Booking) -> str | None:
    """Return the key of the place that a booking has; NO_TABLE for none, None for one that is gone since."""
    if booking.seating is None:
        return None
    tables = set(seatings.tables_of(booking.seating))
    if not tables:
        return NO_TABLE
    places = reading.house(venue).places
    return next((place.key for place in places if set(place.table_ids) == tables), None)


@dataclass(frozen=True)
class _By:
    staff_id: int | None
    done_by: Doer | None

    @property
    def is_guest(self) -> bool:
        return self.done_by is Doer.GUEST


def _tried(deed: Callable[[], tuple[Booking, int | None]]) -> Booking:
    """Do a deed and commit; once more where somebody added the same guest, or two waited for each other."""
    for attempt in range(1, _TRIES + 1):
        try:
            with locks.naming_lock_time_outs():
                booking, entry_id = deed()
                db.session.commit()
        except (IntegrityError, OperationalError) as error:
            db.session.rollback()
            passes = isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) == _DEADLOCK
            if not passes or attempt == _TRIES:
                raise
        except Exception:
            db.session.rollback()
            raise
        else:
            if entry_id is not None:
                outbox.nudge(Kind.VERIFY_LINK, entry_id)
            return booking
    raise AssertionError("the last try returns or raises")


def _edit(
    venue: Venue,
    booking_id: int,
    make: Callable[[Booking], Wanted],
    by: _By,
    seen: int | None,
    kind: ChangeKind,
) -> tuple[Booking, int | None]:
    booking = Booking.get_for(venue.id, booking_id)
    # Guests are held before their bookings, as by those who merge or erase them.
    new = _guest_for(venue, booking, make(booking))
    booking = statuses.held(venue, booking_id)
    rules.require_editable(Status(booking.status))
    if seen is not None and seen != booking.edits:
        raise _changed(booking)
    if by.is_guest:
        rules.require_guests_own(
            Status(booking.status), booking.seated_at, booking.starts_at, clock.utc_now()
        )
    before, guest_id = _values(booking), booking.guest_id
    wanted = make(booking)
    _place(venue, booking, wanted, by)
    booking.booked_name = wanted.contact.name
    booking.booked_email, booking.booked_phone = wanted.contact.email.strip(), wanted.contact.phone
    for name in ("note", "occasion", "allergies", "step_free"):
        setattr(booking, name, getattr(wanted, name))
    if not wanted.keeps_show:
        booking.show_starts_at = booking.show_told = None
    question = _give_to(venue, booking, new) if new is not None else None
    _keep(venue, booking, before, guest_id, by, kind)
    return booking, question


def _undo(venue: Venue, booking_id: int, change_id: int, by: _By) -> tuple[Booking, int | None]:
    booking = statuses.held(venue, booking_id)
    rules.require_editable(Status(booking.status))
    change = latest_change(booking)
    if change is None or change.id != change_id or change.kind == ChangeKind.UNDONE:
        raise NothingToUndo
    before, guest_id = _values(booking), booking.guest_id
    was = before | {name: pair[0] for name, pair in change.fields.items()}
    if _OF_THE_PLACE & change.fields.keys() or "party_size" in change.fields:
        _place_again(venue, booking)
    for name, column in _COLUMNS.items():
        setattr(booking, column, was[name])
    if "show" in change.fields:
        # Otherwise what the guest was told of it stands, whatever the rules of the clock are by now.
        booking.show_starts_at = _instant(was["show"])
        booking.show_told = (
            clock.told_time(booking.show_starts_at, venue.timezone) if booking.show_starts_at else None
        )
    if "guest" in change.fields:
        _give(booking, Guest.get_for(venue.id, change.guest_id))
    _keep(venue, booking, before, guest_id, by, ChangeKind.UNDONE)
    return booking, None


_COLUMNS = {
    "party_size": "party_size",
    "name": "booked_name",
    "email": "booked_email",
    "phone": "booked_phone",
    "note": "note",
    "occasion": "occasion",
    "allergies": "allergies",
    "step_free": "step_free",
    "overbooked": "overbooked",
}


def _values(booking: Booking) -> dict[str, Any]:
    """Return what a change may change, as JSON has it."""
    return {
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
        "table": booking.table_name,
        "show": booking.show_starts_at.isoformat() if booking.show_starts_at else None,
        "guest": booking.guest_id,
    } | {name: getattr(booking, column) for name, column in _COLUMNS.items()}


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _keep(
    venue: Venue, booking: Booking, before: dict[str, Any], guest_id: int, by: _By, kind: ChangeKind
) -> None:
    """Keep what is different now, if anything is."""
    db.session.flush()
    after = _values(booking)
    fields = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if not fields:
        return
    if {"starts_at", "ends_at", "table"}.isdisjoint(fields):
        statuses.hold_day(venue, booking)
    booking.edits += 1
    statuses.note_edit(booking, kind, fields, by.staff_id, by.done_by, guest_id)
    if not _OF_THE_LETTER.isdisjoint(fields):
        # Whoever reads at another address knows nothing yet.
        is_new = "email" in fields
        statuses.owe_letter(booking, LetterKind.CONFIRMATION if is_new else LetterKind.CHANGE)


def _changed(booking: Booking) -> ChangedMeanwhile:
    change = latest_change(booking)
    if change is None:
        return ChangedMeanwhile(Doer.PORTAL.named(None), booking.created_at)
    name = db.session.scalar(select(Staff.name).where(Staff.id == change.staff_id))
    return ChangedMeanwhile(Doer(change.done_by).named(name), change.at)


def _place(venue: Venue, booking: Booking, wanted: Wanted, by: _By) -> None:
    """Seat a booking as wanted, unless it sits so already."""
    ends_at = wanted.starts_at + wanted.stay if wanted.stay is not None else None
    same_time = (wanted.starts_at, ends_at) == (booking.starts_at, booking.ends_at)
    same_place = wanted.place_key is None or wanted.place_key == place_of(venue, booking)
    if same_time and same_place and wanted.party_size == booking.party_size:
        return
    asker = Asker.WALK_IN if booking.source == Source.WALK_IN else Asker.STAFF
    seated = seatings.Wanted(
        wanted.starts_at,
        wanted.party_size,
        wanted.place_key,
        wanted.stay,
        booking.table_name,
        Asker.ONLINE if by.is_guest else asker,
        wanted.past_rules,
    )
    broken = _reseat(venue, booking, seated)
    is_on_purpose = wanted.past_rules or booking.overbooked
    booking.overbooked = is_on_purpose and (bool(broken) or wanted.place_key == NO_TABLE)
    if wanted.past_rules and booking.overbooked:
        statuses.note_overbooked(booking, broken, by.staff_id)


def _place_again(venue: Venue, booking: Booking) -> None:
    """Seat a booking where it was before its latest change. Rules for newcomers do not count for it."""
    was = before_latest(venue, booking)
    if was.place_key is None and reading.house(venue).places:
        raise seatings.NotOffered
    wanted = seatings.Wanted(
        was.starts_at, was.party_size, was.place_key, was.stay, "", Asker.WALK_IN, was.past_rules
    )
    _reseat(venue, booking, wanted)


def _key_called(venue: Venue, table_name: str) -> str | None:
    """Return the key of a place by its name; NO_TABLE for none at a venue that has tables."""
    places = reading.house(venue).places
    if not table_name:
        return NO_TABLE if places else None
    return next((place.key for place in places if place.name == table_name), None)


def _reseat(venue: Venue, booking: Booking, wanted: seatings.Wanted) -> Sequence[Obstacle]:
    """Seat a booking, and return the rules that are broken by it."""
    seating_id, booking.seating = booking.seating_id, None
    db.session.flush()
    seated = seatings.reseat(venue, seating_id, wanted, clock.utc_now())
    seating = seated.seating
    if seating.starts_at != booking.starts_at:
        booking.starts_told = clock.told_time(seating.starts_at, venue.timezone)
    booking.seating, booking.table_name, booking.service_on = seating, seating.table_name, seating.service_on
    booking.starts_at, booking.ends_at = seating.starts_at, seating.ends_at
    booking.party_size = wanted.party_size
    return seated.broken


@dataclass(frozen=True)
class _NewDetails:
    """Whose booking it is by its new details, and whether Spektrix may be asked for those as the guest's."""

    guest: Guest
    may_ask: bool = True


def _guest_for(venue: Venue, booking: Booking, wanted: Wanted) -> _NewDetails | None:
    """Return whose booking it is by its new details, None where nothing of them is new.

    A visit is written to the customer of a booking's guest, so no address that somebody types may make a
    booking another guest's unasked, nor keep it somebody's who it is not. Raises WhoseBooking.
    """
    contact = wanted.contact
    had = Contact(booking.booked_name, booking.booked_email, booking.booked_phone)
    if contact == had:
        return None
    guest = booking.guest
    found = guests.find(venue, contact)
    if guest.erased_at is not None:
        # Nothing comes back into the profile of somebody who is to be forgotten.
        return _NewDetails(found or guests.find_or_add(venue, contact))
    if found is None:
        return _nobody_elses(venue, guest, wanted, had)
    if found.id == guest.id:
        return _NewDetails(found)
    if wanted.whose is None:
        raise WhoseBooking(guest, found)
    # An account with another guest's details is that one's.
    return _NewDetails(guest, may_ask=False) if wanted.whose is Whose.SAME else _NewDetails(found)


def _nobody_elses(venue: Venue, guest: Guest, wanted: Wanted, had: Contact) -> _NewDetails:
    """Return whose booking it is by details that no guest has yet. Raises WhoseBooking."""
    contact = wanted.contact
    if guests.is_anonymous(guest):
        guests.fill_in(venue, guest, contact)
    elif not guests.says_nothing_new(venue, contact, had):
        if wanted.whose is None:
            raise WhoseBooking(guest, None)
        if wanted.whose is Whose.OTHER:
            return _NewDetails(guests.find_or_add(venue, contact))
        guests.fill_in(venue, guest, contact)
    return _NewDetails(guest)


def _give_to(venue: Venue, booking: Booking, new: _NewDetails) -> int | None:
    """Make a booking a guest's, and ask who they are where nobody has asked with this booking yet.

    Returns the id of the entry to nudge, if any.
    """
    if new.guest.id != booking.guest_id:
        _give(booking, new.guest)
    if booking.link_check is not None or not new.may_ask:
        return None
    return link_checks.ask(venue, booking, clock.utc_now())


def _give(booking: Booking, guest: Guest) -> None:
    if booking.link_check is not None:
        link_checks.drop(booking.link_check)
    booking.guest = guest
    db.session.flush()
