"""Bookings keep the time that their guests were told when a zone's clock rules change, or a venue's zone.

What was promised is a wall time. So the instants of what is to come are made anew from it: of bookings with
their seatings and shows, and of whoever waits for a table. What is past never moves, nothing is cancelled.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVarTuple

from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.availability import shifts
from portal.availability.locks import BusyNow
from portal.availability.shifts import Shift
from portal.bookings import rules, waiting
from portal.bookings.clock_changes.told_time_rules import Move, Outcome, line, move_of
from portal.bookings.models import Booking, Status, WaitingRequest
from portal.database import is_lock_time_out
from portal.events import service as events
from portal.extensions import db
from portal.venues import audit, clock_rules
from portal.venues.audit import Action
from portal.venues.clock_rules import ClockRules
from portal.venues.models import Venue

log = logging.getLogger(__name__)

Ts = TypeVarTuple("Ts")
COMMAND = "flask --app wsgi keep-told-times"
_TRIES = 5
_MOST_LOGGED = 20
_DAY = timedelta(days=1)
_DEADLOCK = "40P01"


def preview(venue: Venue, zone: str | None = None) -> Outcome:
    """Return what `keep` would do, or `change_zone` to the zone that is named. Changes nothing.

    Reads what is to come and no more, by index.
    """
    zone, known, now = zone or venue.timezone, _rules_known(venue), clock.utc_now()
    columns = (
        Booking.id,
        Booking.reference,
        Booking.starts_told,
        Booking.starts_at,
        Booking.table_name,
    )
    moves = []
    for row in db.session.execute(_to_come(venue, now, select(*columns))):
        told = row.starts_told or known.told_time(row.starts_at)
        move = move_of(row.id, row.reference, told, row.starts_at, row.table_name, zone)
        if move and max(move.was_at, move.is_at) > now:
            moves.append(move)
    waits = [
        one
        for one in db.session.scalars(_waiting(venue, now))
        if one.before_at and clock.instant_told(_curtain(one, known), zone) != one.before_at
    ]
    return Outcome(venue.id, venue.name, zone, moves, len(waits))


def keep(venue: Venue) -> Outcome:
    """Make the instants of what is to come anew, by the rules of today.

    Raises BusyNow; then nothing is changed.
    """
    return _remake(venue, venue.timezone, Action.TOLD_TIMES_KEPT, None)


def change_zone(venue: Venue, zone: str, staff_id: int | None = None) -> Outcome:
    """Give a venue another time zone, an IANA name; what is to come keeps the times that guests were told.

    Raises BusyNow; then nothing is changed.
    """
    return _remake(venue, zone, Action.ZONE_CHANGED, staff_id)


def have_changed(venue: Venue) -> bool:
    """Tell whether a venue's clock will be set otherwise than when its instants were worked out."""
    now = clock.utc_now()
    return not _rules_known(venue).agree(clock_rules.of_zone(venue.timezone, now), now)


def shown_wrong(venue: Venue) -> Sequence[Move]:
    """Return the bookings to come that show another time than was told, since the rules have changed."""
    return preview(venue).moves if have_changed(venue) else ()


def report_changes() -> list[Outcome]:
    """Log what changed clock rules do to bookings to come, and return it; for a process that starts."""
    venues = db.session.scalars(select(Venue).order_by(Venue.id)).all()
    found = [preview(venue) for venue in venues if have_changed(venue)]
    db.session.rollback()
    for outcome in found:
        log.warning(
            "the clock rules of %s have changed: %s bookings to come of venue %s show another time than their"
            " guests were told; list them with: %s",
            outcome.zone,
            len(outcome.moves),
            outcome.venue_id,
            COMMAND,
        )
        for move in outcome.moves[:_MOST_LOGGED]:
            log.warning("venue %s: %s", outcome.venue_id, line(move))
    return found


def _remake(venue: Venue, zone: str, action: Action, staff_id: int | None) -> Outcome:
    for attempt in range(1, _TRIES + 1):
        try:
            outcome = _remake_once(venue, zone, action, staff_id)
            db.session.commit()
        except (BusyNow, OperationalError) as error:
            db.session.rollback()
            if not _passes(error):
                raise
            if attempt == _TRIES:
                raise BusyNow from error
        else:
            for move in outcome.moves:
                log.info("venue %s: %s", outcome.venue_id, line(move))
            return outcome
    raise AssertionError("the last try returns or raises")


def _passes(error: Exception) -> bool:
    return (
        not isinstance(error, OperationalError)
        or is_lock_time_out(error)
        or getattr(error.orig, "sqlstate", None) == _DEADLOCK
    )


def _remake_once(venue: Venue, zone: str, action: Action, staff_id: int | None) -> Outcome:
    # Two runs follow each other. Bookings are locked before their days, as wherever one is moved.
    waiting.hold(venue.id)
    db.session.refresh(venue)
    known, now = _rules_known(venue), clock.utc_now()
    asked = _to_come(venue, now, select(Booking)).with_for_update(of=Booking, key_share=True)
    bookings = {one.id: one for one in db.session.scalars(asked.execution_options(populate_existing=True))}
    moves = []
    for booking in bookings.values():
        booking.starts_told = booking.starts_told or known.told_time(booking.starts_at)
        if booking.show_starts_at:
            booking.show_told = booking.show_told or known.told_time(booking.show_starts_at)
        move = move_of(
            booking.id, booking.reference, booking.starts_told, booking.starts_at, booking.table_name, zone
        )
        if move and max(move.was_at, move.is_at) > now:
            moves.append(move)
    # The days that share a room go by the venue's zone.
    venue.timezone, venue.clock_rules = zone, clock_rules.of_zone(zone, now).text()
    moves = _moved(venue, [(bookings[move.booking_id], move) for move in moves], now)
    waits = _remake_waiting(venue, known, now)
    # The theatre's programme is told in wall times too, and is read with each performance's.
    events.read_soon(venue.id, now)
    outcome = Outcome(venue.id, venue.name, zone, moves, waits)
    audit.record(venue.id, staff_id, action, f"{len(outcome.moved)} bookings")
    return outcome


def _moved(venue: Venue, found: Sequence[tuple[Booking, Move]], now: datetime) -> list[Move]:
    seated = {}
    for booking, move in found:
        if move.is_at == move.was_at:
            continue
        stay = booking.ends_at - booking.starts_at
        booking.starts_at, booking.ends_at, booking.remade_at = move.is_at, move.is_at + stay, now
        if booking.show_told:
            booking.show_starts_at = clock.instant_told(booking.show_told, venue.timezone)
        # A cancelled entry never gets ahead of the one that replaced it.
        if booking.status in rules.SEATED:
            booking.calendar_sequence += 1
        if booking.seating_id is not None:
            seated[booking.seating_id] = Shift(booking.seating_id, booking.starts_at, booking.ends_at)
    db.session.flush()
    shifted = shifts.shift(venue, seated.values())
    moves = []
    for booking, move in found:
        sits = shifted.get(booking.seating_id) if booking.seating_id is not None else None
        if sits:
            booking.table_name = sits.table_name or booking.table_name
            moves.append(replace(move, table_name=booking.table_name, crowded=sits.crowded))
        else:
            moves.append(move)
    return moves


def _remake_waiting(venue: Venue, known: ClockRules, now: datetime) -> int:
    moved = 0
    for one in db.session.scalars(_waiting(venue, now)):
        one.forget_at = clock.day_bounds(one.wanted_on, venue.timezone)[1]
        if one.before_at:
            one.before_told = _curtain(one, known)
            before_at = clock.instant_told(one.before_told, venue.timezone)
            moved += before_at != one.before_at
            one.before_at = before_at
    return moved


def _rules_known(venue: Venue) -> ClockRules:
    """Return the rules by which a venue's instants were worked out."""
    if venue.clock_rules:
        return clock_rules.read(venue.clock_rules)
    return clock_rules.of_zone(venue.timezone, clock.utc_now())


def _to_come(venue: Venue, now: datetime, asked: Select[*Ts]) -> Select[*Ts]:
    """Bookings whose guests are still to come, and a few that are past. What is completed is over."""
    yesterday = clock.local_date(now, venue.timezone) - _DAY
    return asked.where(
        Booking.venue_id == venue.id, Booking.service_on >= yesterday, Booking.status != Status.COMPLETED
    ).order_by(Booking.service_on, Booking.starts_at, Booking.id)


def _waiting(venue: Venue, now: datetime) -> Select[WaitingRequest]:
    yesterday = clock.local_date(now, venue.timezone) - _DAY
    return select(WaitingRequest).where(
        WaitingRequest.venue_id == venue.id, WaitingRequest.wanted_on >= yesterday
    )


def _curtain(request: WaitingRequest, known: ClockRules) -> datetime:
    return request.before_told or known.told_time(request.before_at)  # type: ignore[arg-type]  # asked before
