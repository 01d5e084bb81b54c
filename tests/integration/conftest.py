"""A connected demo venue on the sandbox, and the steps that guests and staff take in it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select, update

from jobs.relay import HANDLERS
from portal import clock
from portal.availability import service as availability
from portal.bookings import making, statuses
from portal.bookings.making import NewBooking
from portal.bookings.models import Booking, LinkCheck, Source, Status
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import Integration
from portal.integration.standing import service as standing
from portal.outbox import service as outbox
from portal.outbox.models import Kind, OutboxEntry
from portal.shell import demo
from portal.venues.models import Venue
from tests.people import AMARA, AMARA_ID


@pytest.fixture
def settings_here(sandbox):
    return {"write_back_grace_seconds": 0.0}


@dataclass
class Stage:
    """The demo venue with everything a scenario does in it."""

    sandbox: object

    @property
    def venue(self) -> Venue:
        return db.session.scalars(select(Venue)).one()

    @property
    def integration(self) -> Integration:
        return db.session.scalars(select(Integration).execution_options(populate_existing=True)).one()

    def book(self, contact=AMARA, basket_id=None, source=Source.WIDGET, days=1, at=0) -> int:
        now = clock.utc_now()
        day = clock.local_date(now, self.venue.timezone) + timedelta(days=days)
        slot = availability.slots(self.venue, day, 2, now)[at]
        booking = making.book(
            self.venue,
            NewBooking(slot.starts_at, 2, contact, source, basket_id=basket_id),
        )
        return booking.id

    def complete(self, booking_id: int) -> int:
        statuses.move(self.venue, booking_id, Status.COMPLETED, early=True)
        return self.visit(booking_id).id

    def move(self, booking_id: int, status: Status) -> None:
        statuses.move(self.venue, booking_id, status, early=True)

    def deliver(self) -> None:
        """Do everything that is due, as the relay does without a queue."""
        now = clock.utc_now()
        for entry_id, kind in outbox.due(now, 100) + outbox.due_of_hanging(now):
            standing.deliver(entry_id, HANDLERS[kind])

    def deliver_until_judged(self) -> None:
        """Send, and read again as often as Spektrix is given time to show what it has accepted."""
        self.deliver()
        for _ in range(3):
            self.skip_looks()
            self.deliver()

    def skip_looks(self) -> None:
        """Let the time pass that Spektrix is given to show what it has accepted."""
        looked_for = OutboxEntry.reason == Code.VISIT_NOT_SHOWN_YET
        db.session.execute(update(OutboxEntry).where(looked_for).values(due_at=clock.utc_now()))
        db.session.commit()

    def skip_waits(self) -> None:
        """Let the time until the next try pass."""
        now = clock.utc_now()
        db.session.execute(
            update(OutboxEntry).where(OutboxEntry.due_at.is_not(None)).values(due_at=now, queued_until=None)
        )
        db.session.execute(update(Integration).values(blocked_until=now))
        db.session.commit()

    def visit(self, booking_id: int) -> OutboxEntry:
        return self._entry(booking_id, Kind.WRITE_BACK)

    def question(self, booking_id: int) -> OutboxEntry:
        return self._entry(booking_id, Kind.VERIFY_LINK)

    def _entry(self, booking_id, kind) -> OutboxEntry:
        return db.session.scalars(
            select(OutboxEntry)
            .where(OutboxEntry.booking_id == booking_id, OutboxEntry.kind == kind)
            .order_by(OutboxEntry.id.desc())
            .execution_options(populate_existing=True)
        ).first()

    def check(self, booking_id: int) -> LinkCheck:
        return db.session.scalars(
            select(LinkCheck)
            .where(LinkCheck.booking_id == booking_id)
            .execution_options(populate_existing=True)
        ).one()

    def link(self, booking_id: int):
        db.session.expire_all()
        return db.session.get(Booking, booking_id).guest.link

    def verified_booking(self, contact=AMARA, customer_id=AMARA_ID, **where) -> int:
        """A booking whose guest is verified already."""
        booking_id = self.book(contact, self.sandbox.basket(customer_id), **where)
        self.deliver()
        assert self.link(booking_id).state == "verified"
        return booking_id

    def define(self, types: dict[str, str]) -> None:
        """Let Spektrix have these customer attributes and no others."""
        definitions = [{"name": name, "type": kind} for name, kind in types.items()]
        requests.post(
            f"{self.sandbox.api_url}/_control/attributes", json=definitions, timeout=5
        ).raise_for_status()

    def stored(self, customer_id=AMARA_ID) -> dict:
        return self.sandbox.customer(customer_id)["attributes"]


@pytest.fixture
def stage(app_context, recording_queue, sandbox) -> Stage:
    demo.seed("w_demo", ["localhost:8702"])
    return Stage(sandbox)
