"""The demo venue, and what faults are seeded with besides the steps that guests and staff take."""

import dataclasses
from datetime import timedelta

from cryptography.fernet import Fernet
from flask import current_app
from sqlalchemy import text, update

from portal import clock
from portal.bookings.models import Booking, LinkCheck, Source
from portal.diagnosis.symptoms.connection import diagnose_connection
from portal.diagnosis.symptoms.pre_fill import choose, diagnose_pre_fill
from portal.diagnosis.symptoms.visit import diagnose_visit
from portal.diagnosis.symptoms.writes import diagnose_writes
from portal.extensions import db
from portal.integration.checks import switch
from portal.integration.settings import service as integration
from portal.integration.settings.service import Typed
from portal.outbox.models import OutboxEntry
from portal.venues.models import Staff
from portal.widgets.models import IntegrationChoice
from portal.widgets.openings.counting import count_opening
from portal.widgets.openings.rules import Opening, read_page
from portal.widgets.setup import settings as widgets
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.integration.conftest import Stage
from tests.people import AMARA
from tests.support.apps import change_settings

WIDGET = "w_demo"
PAGE = "http://localhost:8702/book-a-table"
CONNECTION, PRE_FILL, VISIT, WRITES = "connection", "pre-fill", "visit", "writes"


@dataclasses.dataclass
class Scene(Stage):
    """A stage on which things go wrong."""

    @property
    def manager(self) -> Staff:
        return db.session.query(Staff).filter_by(role="manager").one()

    def diagnose(self, symptom, booking_id=None, *, live=True):
        """Run the checks behind one symptom, as its page does."""
        db.session.expire_all()
        if symptom == CONNECTION:
            return diagnose_connection(self.venue, live=live)
        if symptom == WRITES:
            return diagnose_writes(self.venue, live=live)
        if symptom == PRE_FILL:
            return diagnose_pre_fill(self.venue, choose(self.venue, "", ""), live=live)
        return diagnose_visit(self.venue, db.session.get(Booking, booking_id), live=live)

    def save(self, client_name=CLIENT_NAME, api_user=API_USER, api_key=API_KEY, custom_domain="") -> None:
        integration.save_credentials(
            self.venue, Typed(client_name, api_user, api_key, custom_domain), self.manager.id
        )

    def lose_the_encryption_key(self) -> None:
        other = Fernet(Fernet.generate_key()).encrypt(API_KEY.encode()).decode()
        db.session.execute(text("UPDATE integrations SET api_key = :key"), {"key": other})
        db.session.commit()

    def pause(self) -> None:
        switch.set_active(self.venue, False, self.manager.id)

    def resume(self) -> None:
        switch.set_active(self.venue, True, self.manager.id)

    def disconnect(self) -> None:
        db.session.execute(text("DELETE FROM integrations"))
        db.session.commit()

    def use_spektrix_at(self, address: str) -> None:
        self._set(spektrix_url=address)

    def wait_only(self, seconds: float) -> None:
        """Let calls be given up after that time."""
        self._set(spektrix_timeout_seconds=seconds)

    def _set(self, **changes) -> None:
        change_settings(current_app, **changes)

    def deliver(self) -> None:
        """Do everything that is due, and let Spektrix have the time it is given to show what it accepted."""
        super().deliver()
        for _ in range(3):
            self.skip_looks()
            super().deliver()

    def visited(self, contact=AMARA, **where) -> int:
        """A completed booking of a verified guest, its visit tried once."""
        booking_id = self.verified_booking(contact, **where)
        self.complete(booking_id)
        self.deliver()
        return booking_id

    def by_phone(self, contact) -> int:
        """A completed booking taken by phone, everything tried once."""
        booking_id = self.book(contact, source=Source.PHONE)
        self.deliver()
        self.complete(booking_id)
        self.deliver()
        return booking_id

    def through_the_widget(self, basket_id, contact=AMARA, **where) -> int:
        """A completed booking of a guest with that basket, everything tried once."""
        booking_id = self.book(contact, basket_id, **where)
        self.deliver()
        self.complete(booking_id)
        self.deliver()
        return booking_id

    def let_basket_expire(self) -> None:
        """Let the time pass in which Spektrix could be asked."""
        past = clock.utc_now() - timedelta(seconds=1)
        db.session.execute(update(LinkCheck).values(deadline_at=past))
        db.session.commit()
        self.skip_waits()
        self.deliver()

    def try_for_weeks(self, booking_id: int) -> None:
        """Let a visit have failed for longer than it is tried."""
        long_ago = clock.utc_now() - timedelta(days=22)
        db.session.execute(
            update(OutboxEntry).where(OutboxEntry.booking_id == booking_id).values(first_failed_at=long_ago)
        )
        db.session.commit()
        self.skip_waits()
        self.deliver()

    def widget(self):
        return widgets.find(self.venue, WIDGET)

    def set_widget(self, choice=IntegrationChoice.SPEKTRIX, sites=("localhost:8702",)) -> None:
        widgets.save(self.venue, WIDGET, widgets.Settings("Booking page widget", choice, list(sites), 8, 60))

    def opened(self, reason, page=PAGE, times=1) -> None:
        """Let the widget have been opened, with that word from the browser."""
        for _ in range(times):
            count_opening(self.widget(), Opening(read_page(page), reason, "1"), reason)
