"""A venue with visits in its log and somebody signed in for it."""

from dataclasses import dataclass
from datetime import timedelta

from portal import clock
from portal.extensions import db
from portal.outbox.models import OutboxEntry, State
from portal.venues.models import Role
from tests import factories
from tests.people import AMARA
from tests.support.reading import read_html

PAGE = "/integrations/spektrix"
LOG, HELD = f"{PAGE}/visits", f"{PAGE}/held"
CLOSED = (State.CONFIRMED, State.NOT_SENT, State.NEEDS_ATTENTION)


@dataclass
class Logbook:
    """What tests of the log do at one venue."""

    app: object
    client: object
    venue: object
    staff: object

    def add(
        self,
        state=State.CONFIRMED,
        reason=None,
        *,
        name=AMARA.name,
        phone=AMARA.phone,
        ago=timedelta(),
        **columns,
    ):
        """Add a visit that was completed `ago`. Returns the entry's id."""
        now = clock.utc_now()
        if state in CLOSED:
            columns.setdefault("closed_at", now)
        with self.app.app_context():
            email = f"{name.split()[0].lower()}@example.org"
            booking = factories.make_booking(self.venue, name=name, email=email, phone=phone)
            columns.setdefault("completion_no", booking.completion_no + 1)
            return factories.make_entry(
                booking, state=state, reason=reason, created_at=now - ago, **columns
            ).id

    def entry(self, entry_id):
        with self.app.app_context():
            return db.session.get(OutboxEntry, entry_id)

    def get(self, path=LOG, status=200, **query):
        answer = self.client.get(path, query_string=query or None)
        assert answer.status_code == status, answer.status_code
        return answer.get_data(as_text=True)

    def read(self, path=LOG, status=200, **query):
        """The page, to be looked through."""
        return read_html(self.get(path, status, **query))

    def post(self, path, status=200, **data):
        answer = self.client.post(path, data=data, follow_redirects=True)
        assert answer.status_code == status, answer.status_code
        return answer.get_data(as_text=True)


def logbook_of(app, role=Role.MANAGER, *, venue=None, connected=True, active=True):
    with app.app_context():
        venue = venue or factories.make_venue()
        manager = factories.make_manager(venue)
        if connected:
            factories.connect_spektrix(venue, active=active, staff=manager)
        staff = manager if role is Role.MANAGER else factories.make_staff(venue)
    return Logbook(app, factories.sign_in(app.test_client(), staff), venue, staff)
