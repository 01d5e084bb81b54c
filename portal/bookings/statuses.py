"""Moving bookings through their statuses, and what each move brings about. Never calls Spektrix."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select

from portal import clock, config
from portal.availability import locks, seating as seatings
from portal.availability.obstacles import Obstacle
from portal.bookings import rules
from portal.bookings.models import Booking, BookingChange, ChangeKind, Source, Status, StatusChange
from portal.bookings.service import calendar_entry
from portal.extensions import db
from portal.outbox import letters, service as outbox
from portal.outbox.models import Kind, LetterKind
from portal.plain_sql import rows
from portal.plain_sql.rows import New
from portal.venues.models import Doer, Venue

_DAY = timedelta(days=1)


def move(
    venue: Venue,
    booking_id: int,
    new: Status,
    staff_id: int | None = None,
    done_by: Doer | None = None,
    *,
    early: bool = False,
) -> Booking:
    """Move a booking to another status, with all that the move brings about.

    Its history names the member of staff, else who `done_by` says, else the portal itself. `early` is the
    answer of somebody who was asked whether to complete it before its start (Q23).

    Completed owes Spektrix a visit and frees the table from now on (Q24); set back in time stops the visit
    and takes the table again; leaving the seated statuses frees it. Raises NotHere, MoveNotAllowed,
    PartyIsSeated, NotStartedYet, NotItsDayYet, BusyNow, and SlotTaken or NotOffered when one that moves back
    cannot have its place again; then nothing is changed and no lock is held.
    """
    try:
        booking = held(venue, booking_id)
        old = Status(booking.status)
        rules.require_move(old, new)
        rules.require_not_seated(old, new, booking.seated_at)
        if new is Status.COMPLETED and not early:
            rules.require_started(booking.starts_at, clock.utc_now())
        if new is Status.NO_SHOW and not early:
            rules.require_day_come(booking.service_on, _today(venue))
        booking.status = new
        _bring_about(venue, booking, old, new)
        rows.write(change_of(booking, old, new, staff_id, done_by))
        if new is Status.CANCELLED:
            owe_letter(booking, LetterKind.CANCELLATION)
        elif new is Status.CONFIRMED and old not in {Status.COMPLETED, Status.NO_SHOW}:
            owe_letter(booking, LetterKind.CONFIRMATION)
        db.session.commit()
    except Exception:
        db.session.rollback()
        raise
    if old is Status.COMPLETED:
        outbox.visits_changed(venue.id)
    return booking


def held(venue: Venue, booking_id: int) -> Booking:
    """Return a booking as it stands, for this transaction alone to change. Raises NotHere."""
    booking = Booking.get_for(venue.id, booking_id)
    db.session.refresh(booking, with_for_update={"of": Booking, "key_share": True})
    return booking


def seat(venue: Venue, booking_id: int, staff_id: int | None = None) -> Booking:
    """Mark that the party of a Confirmed booking has sat down.

    Raises NotHere, CannotSeat, NotItsDayYet and BusyNow; then nothing is changed.
    """
    return _mark_seated(venue, booking_id, clock.utc_now(), staff_id)


def unseat(venue: Venue, booking_id: int, staff_id: int | None = None) -> Booking:
    """Take that mark back. Raises what `seat` raises."""
    return _mark_seated(venue, booking_id, None, staff_id)


def _mark_seated(venue: Venue, booking_id: int, seated_at: datetime | None, staff_id: int | None) -> Booking:
    try:
        booking = held(venue, booking_id)
        rules.require_seatable(Status(booking.status))
        rules.require_day_come(booking.service_on, _today(venue))
        # A second press of the same button finds its work done.
        if (booking.seated_at is None) is (seated_at is None):
            db.session.rollback()
            return booking
        booking.seated_at = seated_at
        # A booking is written before its day is held, as by every move.
        db.session.flush()
        hold_day(venue, booking)
        note_edit(booking, ChangeKind.SEATED if seated_at else ChangeKind.UNSEATED, {}, staff_id)
        db.session.commit()
    except Exception:
        db.session.rollback()
        raise
    return booking


def note_edit(
    booking: Booking,
    kind: ChangeKind,
    fields: dict[str, list[Any]],
    staff_id: int | None,
    done_by: Doer | None = None,
    guest_id: int | None = None,
) -> None:
    """Keep what was changed of a booking, by whom and when; `guest_id` is whose it was before."""
    db.session.add(
        BookingChange(
            booking_id=booking.id,
            guest_id=guest_id or booking.guest_id,
            kind=kind,
            fields=fields,
            staff_id=staff_id,
            done_by=Doer.STAFF if staff_id else done_by or Doer.PORTAL,
            at=clock.utc_now(),
        )
    )


def _today(venue: Venue) -> date:
    return clock.local_date(clock.utc_now(), venue.timezone)


def hold_day(venue: Venue, booking: Booking) -> None:
    """Lock a booking's day, which tells every open page that something on it has changed."""
    with locks.naming_lock_time_outs():
        locks.lock_around(venue, booking.service_on)


def replace(venue: Venue, earlier: Booking, booking: Booking) -> Booking:
    """Cancel the booking that a guest's new one replaces, and hand its calendar entry on.

    Returns the earlier one. Raises what `move` raises; then both stay as they were.
    """
    entry = calendar_entry(earlier)
    booking.calendar_uid = entry.uid
    # Cancelling the earlier one counts too.
    booking.calendar_sequence = entry.sequence + 2
    earlier.replaced = True
    return move(venue, earlier.id, Status.CANCELLED, done_by=Doer.GUEST)


def note_overbooked(booking: Booking, broken: Sequence[Obstacle], staff_id: int | None) -> None:
    """Keep who placed a booking beyond the rules, and beyond which."""
    rules_broken = [str(one.rule) for one in broken]
    note_edit(booking, ChangeKind.OVERBOOKED, {"rules": rules_broken}, staff_id)


def owe_letter(booking: Booking, kind: LetterKind) -> None:
    """Owe the guest of a booking a letter on what happened to it; one who walked in gets none.

    Does not commit.
    """
    if booking.source != Source.WALK_IN:
        letters.owe(kind, booking.venue_id, booking.id, booking.booked_email)


def change_of(
    booking: Booking, old: Status | None, new: Status, staff_id: int | None, done_by: Doer | None
) -> New:
    """Return the note of a change, to write in the caller's transaction."""
    by = Doer.STAFF if staff_id else done_by or Doer.PORTAL
    values = {"booking_id": booking.id, "old": old, "new": new, "staff_id": staff_id, "done_by": by}
    return New(StatusChange, values | {"at": clock.utc_now()})


def _bring_about(venue: Venue, booking: Booking, old: Status, new: Status) -> None:
    """Do what a move means for the visit and for the table."""
    now = clock.utc_now()
    if new is Status.COMPLETED:
        _owe_visit(booking, now)
        _leave(venue, booking, now)
    elif old is Status.COMPLETED:
        booking.completed_at = booking.left_at = None
        outbox.set_back(booking.id, booking.completion_no)
        if now < booking.ends_at:
            _seat_again(venue, booking, now)
        else:
            hold_day(venue, booking)
    elif new not in rules.SEATED:
        _give_up(venue, booking)
    elif booking.seating_id is None:
        _seat_again(venue, booking, now)
        if booking.replaced:
            # Its entry in the guest's calendar went to the booking that replaced it, which stands too.
            booking.calendar_uid, booking.replaced = secrets.token_urlsafe(16), False
    else:
        hold_day(venue, booking)


def _give_up(venue: Venue, booking: Booking) -> None:
    """Free the place of a party that is not coming."""
    seating_id, booking.seating = booking.seating_id, None
    db.session.flush()
    if seating_id is None:
        hold_day(venue, booking)
    else:
        seatings.release(venue, seating_id)


def _leave(venue: Venue, booking: Booking, now: datetime) -> None:
    """Free the table for the next party, if this one leaves before its planned end (Q24)."""
    if now < booking.ends_at:
        booking.left_at = now
        if booking.seating_id is not None:
            booking.seating = seatings.leave(venue, booking.seating_id, now)
            return
    hold_day(venue, booking)


def _seat_again(venue: Venue, booking: Booking, now: datetime) -> None:
    went_at = db.session.scalar(
        select(func.max(StatusChange.at)).where(StatusChange.booking_id == booking.id)
    )
    stay = seatings.Stay(
        booking.service_on,
        booking.starts_at,
        booking.ends_at,
        booking.party_size,
        booking.table_name,
        went_at,
    )
    seating_id, booking.seating = booking.seating_id, None
    db.session.flush()
    try:
        seating = seatings.take_again(
            venue, stay, now, seating_id, lambda: _has_anybody_come(booking, went_at)
        )
    except (seatings.SlotTaken, seatings.NotOffered):
        if not booking.overbooked:
            raise
        # Somebody decided once that the rules shall not count for it.
        seating = seatings.reseat(venue, None, _past_rules(booking), now).seating
    booking.seating, booking.table_name = seating, seating.table_name


def _past_rules(booking: Booking) -> seatings.Wanted:
    return seatings.Wanted(
        booking.starts_at,
        booking.party_size,
        None if booking.table_name else seatings.NO_TABLE,
        booking.ends_at - booking.starts_at,
        booking.table_name,
        past_rules=True,
    )


def _has_anybody_come(booking: Booking, since: datetime | None) -> bool:
    """Tell whether others sat down, or are to, in the time of a booking since it was moved last."""
    came_back = exists().where(
        StatusChange.booking_id == Booking.id,
        StatusChange.at >= since,
        StatusChange.new.in_(rules.SEATED),
        StatusChange.old.not_in(rules.SEATED - {Status.COMPLETED}),
    )
    moved = exists().where(
        BookingChange.booking_id == Booking.id,
        BookingChange.at >= since,
        BookingChange.kind.not_in([ChangeKind.SEATED, ChangeKind.UNSEATED]),
    )
    others = select(Booking.id).where(
        Booking.venue_id == booking.venue_id,
        Booking.service_on.between(booking.service_on - _DAY, booking.service_on + _DAY),
        Booking.id != booking.id,
        Booking.seating_id.is_not(None),
        Booking.starts_at < booking.ends_at,
        Booking.ends_at > booking.starts_at,
        or_(Booking.created_at >= since, came_back, moved),
    )
    return db.session.scalar(others.limit(1)) is not None


def _owe_visit(booking: Booking, now: datetime) -> None:
    """The visit is due once Undo has run out. The relay wakes the worker then, so nobody is woken now."""
    booking.completion_no += 1
    booking.completed_at = now
    grace = timedelta(seconds=config.current().write_back_grace_seconds)
    outbox.add(
        Kind.WRITE_BACK,
        venue_id=booking.venue_id,
        booking_id=booking.id,
        guest_id=booking.guest_id,
        completion_no=booking.completion_no,
        due_at=now + grace,
    )
