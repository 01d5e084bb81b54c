"""Makers of the rows that tests start from; each commits, and each needs an app context.

What they return is loaded and detached: it can be read after the context has ended, and it never changes by
itself. To see what became of a row, load it again: `db.session.get(Booking, booking.id)`.
"""

import hashlib
from dataclasses import replace
from datetime import date, datetime, time
from functools import cache
from itertools import count

from flask import session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select, update

from portal import clock
from portal.availability.models import DiningTable, ServicePeriod
from portal.bookings import editing, making, statuses, waiting
from portal.bookings.making import NewBooking
from portal.bookings.models import Booking, BookingChange, Source, Status, WaitingRequest
from portal.bookings.waiting import NewRequest
from portal.events import saving
from portal.events.models import PerformanceChange
from portal.events.rules import FeedEvent, FeedPerformance, Programme
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import CustomerLink, Guest, LinkState
from portal.guests.rules import email_key, phone_key
from portal.guests.service import Contact
from portal.integration.checks import switch
from portal.integration.connection.models import Integration
from portal.integration.settings import service as integration
from portal.integration.settings.service import Typed
from portal.integration.standing import service as standing
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.venues import passwords
from portal.venues.models import Role, Staff, StaffSession, Venue
from portal.venues.service import SESSION_LIFE
from portal.widgets.models import IntegrationChoice, Widget
from tests.people import AMARA, AMARA_ID

PASSWORD = "curtain-up-7.30pm"
CLIENT_NAME = "harbourplayhouse"
API_USER = "greenroom-api"
API_KEY = "SGFyYm91clBsYXlob3VzZURlbW9LZXkwMTIzNDU2Nzg5QUJDREVGR0g="
DAY = date(2026, 6, 12)

_numbers = count(1)


def make_venue(name="The Green Room", *, timezone="Europe/London", covers=200, tables=0, **columns) -> Venue:
    """A venue that serves every day from 10:00 to last seating at 23:45, in quarter hours.

    `tables` is how many tables of four it has; without any it seats by covers alone.
    """
    values = {
        "theatre_name": "Harbour Playhouse",
        "phone": "01632 960 123",
        "reference_prefix": "GR",
        "guide_closed_at": clock.utc_now(),
    } | columns
    venue = _saved(Venue(name=name, timezone=timezone, created_at=clock.utc_now(), **values))
    make_period(venue, covers=covers)
    for number in range(1, tables + 1):
        make_table(venue, f"T{number}")
    return venue


def make_period(venue, *, opens=time(10), last_seating=time(23, 45), covers=200, **columns) -> ServicePeriod:
    """A service period; `last_seating` at or before `opens` lies after midnight."""
    values = {"name": "Dinner", "slot_minutes": 15, "stay_minutes": 105} | columns
    return _saved(
        ServicePeriod(
            venue_id=venue.id,
            opens=opens,
            last_seating=last_seating,
            covers=covers,
            **values,
        )
    )


def make_table(venue, name="T1", seats=4) -> DiningTable:
    return _saved(DiningTable(venue_id=venue.id, name=name, seats=seats))


def make_staff(venue, role=Role.STAFF, *, name="Sam Doyle", email=None) -> Staff:
    """Somebody who signs in with PASSWORD."""
    email = email or f"person{next(_numbers)}@venue.example"
    return _saved(
        Staff(venue_id=venue.id, name=name, email=email, role=role, password_hash=_hash_of(PASSWORD))
    )


def make_manager(venue, **columns) -> Staff:
    return make_staff(venue, Role.MANAGER, **({"name": "Priya Shah"} | columns))


def make_guest(venue, name=AMARA.name, email=AMARA.email, phone=AMARA.phone) -> Guest:
    """A guest; an empty e-mail address makes one that is never found again, as for a walk-in."""
    return _saved(
        Guest(
            venue_id=venue.id,
            name=name,
            email=email,
            email_key=email_key(email) or None,
            phone=phone,
            phone_key=phone_key(phone, venue.country) or None,
            created_at=clock.utc_now(),
        )
    )


def make_link(
    guest, state=LinkState.VERIFIED, *, reason=None, detail="", customer_id=AMARA_ID
) -> CustomerLink:
    """What is known of a guest's Spektrix customer. An unverified one needs its Code."""
    return _saved(
        CustomerLink(
            venue_id=guest.venue_id,
            guest_id=guest.id,
            client_name=CLIENT_NAME,
            spektrix_customer_id=customer_id if state == LinkState.VERIFIED else None,
            state=state,
            reason=Code(reason) if reason else None,
            detail=detail,
            decided_at=clock.utc_now(),
        )
    )


def make_waiting(venue, widget, *, on=DAY, party_size=2, before_at=None, email=AMARA.email) -> WaitingRequest:
    """Somebody who waits for a table; through the service, so the same twice is one."""
    waiting.add(venue, NewRequest(widget.id, on, party_size, before_at, email))
    newest = (
        select(WaitingRequest).where(WaitingRequest.venue_id == venue.id).order_by(WaitingRequest.id.desc())
    )
    return _saved(db.session.scalars(newest).first())


def make_booking(
    venue,
    guest=None,
    starts_at=None,
    *,
    name=AMARA.name,
    email=AMARA.email,
    phone=AMARA.phone,
    status=Status.CONFIRMED,
    source=Source.PHONE,
    party_size=2,
    **details,
) -> Booking:
    """A booking made and moved through the service, so its seating, history and outbox entries are there.

    `starts_at` is an aware instant, default 7pm local on DAY. `guest`, a row with an e-mail address,
    stands for the contact. `details` are further fields of NewBooking, such as note or basket_id.
    Pending statuses are set by hand, since no move leads to them from Confirmed.
    """
    contact = Contact(guest.name, guest.email, guest.phone) if guest else Contact(name, email, phone)
    starts_at = starts_at or local(venue, DAY, 19)
    new = NewBooking(starts_at, party_size, contact, source, any_time=True, **details)
    booking = making.book(venue, new)
    if status in {Status.PENDING, Status.PENDING_PAYMENT}:
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(status=status))
        db.session.commit()
    elif status != Status.CONFIRMED:
        statuses.move(venue, booking.id, status, early=True)
    return _detached(db.session.get(Booking, booking.id))


def make_entry(booking, kind=Kind.WRITE_BACK, state=State.WAITING, reason=None, **columns) -> OutboxEntry:
    """An entry of the outbox as some try left it; open unless `closed_at` is given."""
    values = {"completion_no": booking.completion_no, "created_at": clock.utc_now()} | columns
    if state is State.CONFIRMED:
        values.setdefault("sent_at", values.get("closed_at"))
    entry = _saved(
        OutboxEntry(
            kind=kind,
            venue_id=booking.venue_id,
            booking_id=booking.id,
            guest_id=booking.guest_id,
            state=state,
            reason=Code(reason) if reason else None,
            **values,
        )
    )
    standing.update(booking.venue_id)
    return entry


def make_attempt(
    entry, call="update_customer", status=200, outcome="ok", duration_ms=120, at=None
) -> Attempt:
    return _saved(
        Attempt(
            entry_id=entry.id,
            call=call,
            status=status,
            outcome=outcome,
            duration_ms=duration_ms,
            at=at or clock.utc_now(),
        )
    )


def make_change(venue, booking) -> BookingChange:
    """The latest change of a booking, which gets another note."""
    now = db.session.get(Booking, booking.id)
    editing.edit(venue, booking.id, replace(editing.as_it_is(now), note="By the window"))
    return _detached(editing.latest_change(db.session.get(Booking, booking.id)))


def make_changed_show(venue) -> PerformanceChange:
    """A performance of DAY that was to start at 7:30pm and starts at 7pm."""
    client, was_at = saving.Client(venue.id, CLIENT_NAME), local(venue, DAY, 19, 30)
    for starts_at in (was_at, local(venue, DAY, 19)):
        show = FeedPerformance("9AB", "1AB", starts_at, cancelled=False)
        saving.save(client, Programme((FeedEvent("1AB", "Othello", 155),), (show,)), local(venue, DAY, 8))
    db.session.commit()
    newest = select(PerformanceChange).where(PerformanceChange.venue_id == venue.id)
    return _detached(db.session.scalars(newest).one())


def set_entry(entry, **columns) -> None:
    """Change columns of an outbox entry, as a job that has just tried would."""
    db.session.execute(update(OutboxEntry).where(OutboxEntry.id == entry.id).values(**columns))
    db.session.commit()
    standing.update(entry.venue_id)


def make_widget(venue, choice=IntegrationChoice.SPEKTRIX, **columns) -> Widget:
    values = {"public_id": f"widget-{next(_numbers)}", "name": "Booking page widget"} | columns
    return _saved(Widget(venue_id=venue.id, integration=choice, created_at=clock.utc_now(), **values))


def connect_spektrix(venue, *, active=True, staff=None, client_name=CLIENT_NAME) -> Integration:
    """Save the sandbox's credentials for a venue and switch it on."""
    staff = staff or make_manager(venue)
    integration.save_credentials(venue, Typed(client_name, API_USER, API_KEY), staff.id)
    return _detached(switch.set_active(venue, active, staff.id))


def sign_in(client, staff):
    """Sign a test client in without the form; from then on it sends the CSRF token with every request.

    Leave the app context before the client's first request: a context that stays pushed is shared with the
    requests, and so is who is signed in. Returns the client.
    """
    token = f"session {next(_numbers)} of {staff.id}"
    with client.application.app_context():
        now = clock.utc_now()
        _saved(
            StaffSession(
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                staff_id=staff.id,
                created_at=now,
                expires_at=now + SESSION_LIFE,
            )
        )
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return with_csrf(client)


def with_csrf(client):
    """Let a test client, signed in or not, send a CSRF token with every request. Returns the client."""
    with client.application.test_request_context():
        token, secret = generate_csrf(), session["csrf_token"]
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = secret
    client.environ_base["HTTP_X_CSRFTOKEN"] = token
    return client


def local(venue, day, hour, minute=0) -> datetime:
    """The instant of a wall time at the venue, which must exist on that day."""
    instant = clock.from_local(day, time(hour, minute), venue.timezone)
    assert instant is not None, "the clocks skip this time"
    return instant


@cache
def _hash_of(password):
    return passwords.hash_password(password)


def _saved(row):
    db.session.add(row)
    db.session.commit()
    return _detached(row)


def _detached(row):
    db.session.refresh(row)
    db.session.expunge(row)
    return row
