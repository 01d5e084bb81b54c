"""A portal of real processes: database, Valkey, sandbox, worker and relay, each of which a test may kill."""

import os
import shutil
from pathlib import Path

import pytest
from embedded import wait_until
from sqlalchemy import func, select

from portal import job_queue
from portal.bookings.models import Booking
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import Guest
from portal.outbox.models import Kind, OutboxEntry
from portal.shell import demo
from portal.venues.models import Venue
from tests.integration.conftest import Stage
from tests.support.databases import migrate
from tests.support.postgres import Postgres, create_database, url
from tests.support.processes import Processes, free_portal_url


@pytest.fixture
def settings_here(sandbox, valkey):
    return {
        "redis_url": valkey.url(),
        "portal_url": free_portal_url(),
        "write_back_grace_seconds": 0.0,
        "relay_interval_seconds": 0.3,
        "lease_seconds": 4.0,
        "testing": False,
    }


@pytest.fixture
def processes(settings, tmp_path):
    folder = tmp_path / "log"
    folder.mkdir()
    started = Processes(settings, folder)
    yield started
    started.stop()


@pytest.fixture
def own_server(addresses):
    """A PostgreSQL of this test alone, for killing, which would end other tests; None on SQLite."""
    if not addresses.postgres_port:
        yield None
        return
    # Beside the session's own, where the user that PostgreSQL runs as may enter.
    folder = Path(addresses.folder) / f"own-{os.getpid()}"
    folder.mkdir()
    server = Postgres(folder, keeps_commits=True)
    create_database(server.port, "rezzy")
    migrate(url(server.port, "rezzy"))
    yield server
    server.stop()
    shutil.rmtree(folder)


class LiveStage(Stage):
    """The demo venue, watched from outside while other processes do the work."""

    def complete(self, booking_id):
        # An open transaction of the test would keep the other processes out of SQLite.
        entry_id = super().complete(booking_id)
        db.session.rollback()
        return entry_id

    def complete_and_wake(self, booking_id):
        """Complete a booking and queue the wake-up that the relay would."""
        job_queue.enqueue(Kind.WRITE_BACK, self.complete(booking_id))

    def book(self, *args, **kwargs):
        booking_id = super().book(*args, **kwargs)
        db.session.rollback()
        return booking_id

    def visit(self, booking_id):
        entry = super().visit(booking_id)
        db.session.expunge_all()
        db.session.rollback()
        return entry

    def states(self, kind: Kind = Kind.WRITE_BACK) -> dict[str, int]:
        db.session.rollback()
        rows = db.session.execute(
            select(OutboxEntry.state, func.count())
            .where(OutboxEntry.kind == kind)
            .group_by(OutboxEntry.state)
        ).all()
        db.session.rollback()
        return {str(state): count for state, count in rows}

    def wait_for(self, state: str, count: int, seconds: float = 45, kind: Kind = Kind.WRITE_BACK) -> bool:
        return wait_until(lambda: self.states(kind).get(state, 0) == count, seconds=seconds)

    def linked_bookings(self, count: int) -> list[int]:
        """Bookings of as many guests, each verified as a customer of their own."""
        made = []
        for number in range(count):
            customer_id = f"I-{number:04d}-TEST"
            email = f"guest{number}@example.org"
            self.sandbox.post(
                "customers", id=customer_id, email=email, firstName="Guest", lastName=str(number)
            )
            made.append(self._linked_booking(email, customer_id, number))
        return made

    def _linked_booking(self, email, customer_id, number) -> int:
        # The days are spread out, since the demo venue has nine tables.
        contact = guests.Contact("Guest Number", email, "")
        booking_id = self.book(contact, days=1 + number // 3, at=8 * (number % 3))
        guest = db.session.scalars(select(Guest).where(Guest.email_key == email)).one()
        guests.link_verified(guest, demo.CLIENT_NAME, customer_id)
        db.session.commit()
        return booking_id

    def newest_booking(self) -> Booking:
        booking = db.session.scalars(select(Booking).order_by(Booking.id.desc()).limit(1)).one()
        db.session.expunge_all()
        db.session.rollback()
        return booking

    def first_show_in_basket(self) -> dict:
        state = self.sandbox.get("state")
        (basket,) = [one for one in state["baskets"] if one["tickets"]]
        ids = {ticket["performance_id"] for ticket in basket["tickets"]}
        return min((p for p in state["performances"] if p["id"] in ids), key=lambda p: p["startUtc"])

    def visits_written(self) -> dict[str, str]:
        customers = self.sandbox.get("state")["customers"]
        return {
            one["id"]: one["attributes"]["Number of Restaurant Visits"]
            for one in customers
            if one["attributes"].get("Number of Restaurant Visits")
        }


@pytest.fixture
def live(app_context, sandbox) -> LiveStage:
    demo.seed("w_demo", ["localhost:8702"])
    assert db.session.scalars(select(Venue)).one()
    return LiveStage(sandbox)
