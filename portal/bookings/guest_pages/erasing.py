"""Erasing a guest: their details are deleted, the bookings stay without them (P04)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select, update

from portal import clock
from portal.bookings import waiting
from portal.bookings.guest_pages import former_customers
from portal.bookings.models import Booking, BookingChange, LinkCheck, Submission
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.guests.models import Guest
from portal.guests.rules import phone_key
from portal.outbox import letters, service as outbox
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.venues import audit
from portal.venues.models import Venue

NAME = "Erased guest"
# What a change of a booking keeps of who somebody is, and of their health.
_TELLING = frozenset({"name", "email", "phone", "note", "occasion", "allergies", "step_free"})


def erase(venue: Venue, guest_id: int, staff_id: int) -> list[str]:
    """Make a guest and their bookings anonymous; counts, seating and history stay.

    A job that is under way writes nothing after this: its link or its question is gone. Returns the Spektrix
    customers whose two attributes are now to be cleared by hand: the one linked, and those linked before who
    still show a visit. Raises NotHere.
    """
    # Before the guest, for whom those may wait whom others who hold the venue wait for.
    waiting.hold(venue.id)
    guest = guests.locked(venue.id, guest_id)
    linked = guest.link.spektrix_customer_id if guest.link else None
    customers = [linked] if linked else []
    customers += [each.customer_id for each in former_customers.of(guest) if each.linked_now is None]
    now = clock.utc_now()
    # The waiting list knows no guests, so all addresses and numbers that this one ever gave are looked for.
    given = db.session.execute(
        select(Booking.booked_email, Booking.booked_phone).where(Booking.guest_id == guest.id).distinct()
    ).all()
    phones = {phone_key(phone, venue.country) for _, phone in given} | {guest.phone_key or ""}
    waiting.forget_of(guest.venue_id, {guest.email, *(email for email, _ in given)}, phones)
    # The guest's own row changes last, since no row can be added to it once its keys have changed.
    with db.session.no_autoflush:
        guests.forget(guest, NAME, now)
        theirs = select(Booking.id).where(Booking.guest_id == guest.id)
        _run(delete(Submission).where(Submission.booking_id.in_(theirs)))
        letters.forget(theirs)
        _run(
            update(Booking)
            .where(Booking.guest_id == guest.id)
            .values(
                booked_name=NAME,
                booked_email="",
                booked_phone="",
                note="",
                occasion="",
                allergies="",
                step_free=False,
                # A form that was opened before brings nothing back.
                edits=Booking.edits + 1,
            )
        )
        _forget_changes(guest)
        checks = LinkCheck.booking_id.in_(theirs)
        _run(update(LinkCheck).where(checks).values(basket_id=None, basket_fingerprint=""))
        _run(update(LinkCheck).where(checks, LinkCheck.settled_at.is_(None)).values(settled_at=now))
        _close_entries(guest, now)
    audit.record(venue.id, staff_id, audit.Action.GUEST_ERASED, f"guest {guest_id}")
    db.session.commit()
    db.session.expire_all()
    outbox.visits_changed(venue.id)
    return customers


def _forget_changes(guest: Guest) -> None:
    """Keep when their bookings were changed, and of whoever they were before, but nothing that tells who."""
    theirs = select(Booking.id).where(Booking.guest_id == guest.id)
    changes = select(BookingChange).where(
        or_(BookingChange.guest_id == guest.id, BookingChange.booking_id.in_(theirs))
    )
    for change in db.session.scalars(changes):
        change.fields = {name: pair for name, pair in change.fields.items() if name not in _TELLING}


def _close_entries(guest: Guest, now: datetime) -> None:
    """Close what is owed, whoever holds it: a result that comes later finds the entry closed."""
    mine = OutboxEntry.guest_id == guest.id
    for kind in Kind:
        state = State.NOT_SENT if kind is Kind.WRITE_BACK else State.SETTLED
        _run(
            update(OutboxEntry)
            .where(mine, OutboxEntry.kind == kind, OutboxEntry.closed_at.is_(None))
            .values(state=state, reason=Code.GUEST_ERASED, due_at=None, closed_at=now)
        )
    _run(
        update(OutboxEntry)
        .where(mine)
        .values(detail="", visits_before="", sent_last_dined=None, sent_to="", set_back_at=None)
    )
    # After the entries, so that the calls of a try whose result was just being saved are there to be found.
    entries = select(OutboxEntry.id).where(mine)
    _run(update(Attempt).where(Attempt.entry_id.in_(entries)).values(sent="", received=""))


def _run(statement: object) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
