"""A venue with somebody signed in for it, and what a test does to its connection."""

from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.integration.connection.models import AttributeState, Integration
from portal.integration.standing import service as standing
from portal.outbox.models import Kind, State
from portal.venues.models import Role
from tests import factories
from tests.people import AMARA, AMARA_ID
from tests.support.reading import read_html

PAGE = "/integrations/spektrix"
HTMX = {"HX-Request": "true"}


@dataclass
class Place:
    """A venue, and a client that is signed in for it."""

    app: object
    client: object
    venue: object
    staff: object

    def get(self, path=PAGE):
        return self.client.get(path).get_data(as_text=True)

    def post(self, what, data=None, **more):
        return self.client.post(f"{PAGE}/{what}", data=data or {}, **more)

    def post_and_see(self, what, data=None):
        return self.post(what, data, follow_redirects=True).get_data(as_text=True)

    @contextmanager
    def integration(self):
        with self.app.app_context():
            yield db.session.scalar(select(Integration).where(Integration.venue_id == self.venue.id))
            standing.update(self.venue.id)

    def set(self, **columns):
        with self.app.app_context():
            db.session.execute(
                update(Integration).where(Integration.venue_id == self.venue.id).values(**columns)
            )
            db.session.commit()
            standing.update(self.venue.id)

    def set_attributes(self, *states, near_miss=""):
        with self.integration() as integration:
            for check, state in zip(integration.attributes, states, strict=True):
                check.state = state
                check.near_miss = near_miss if state == AttributeState.NEAR_MISS else ""
            db.session.commit()

    def prove(self):
        """Let both attributes be known, and a trial write have landed."""
        self.set_attributes(AttributeState.FOUND, AttributeState.FOUND)
        self.set(trial_at=clock.utc_now(), trial_outcome="ok", test_customer_id=AMARA_ID)

    def add_visit(self, state, reason=None, *, name=AMARA.name, **columns):
        with self.app.app_context():
            guest = factories.make_guest(self.venue, name, f"{name.split()[0].lower()}@example.org")
            booking = factories.make_booking(self.venue, guest)
            if state in (State.CONFIRMED, State.NOT_SENT, State.NEEDS_ATTENTION):
                columns.setdefault("closed_at", clock.utc_now())
            return factories.make_entry(booking, Kind.WRITE_BACK, state, reason, **columns)


def place_of(app, role=Role.MANAGER, *, connected=True, active=True, venue_name="The Green Room"):
    with app.app_context():
        venue = factories.make_venue(venue_name)
        if connected:
            factories.connect_spektrix(venue, active=active)
        name = "Priya Shah" if role is Role.MANAGER else "Sam Doyle"
        staff = factories.make_staff(venue, role, name=name)
    return Place(app, factories.sign_in(app.test_client(), staff), venue, staff)


def overall(html):
    """The words of the page's own badge."""
    return read_html(html).one(id="overall").words


def last_test(html):
    """Tone and words of the small badge of the connection test."""
    badge = read_html(html).one(id="last-test").all("span")[0]
    return badge.attributes["class"].removeprefix("tag tone-"), badge.words


def lead(html):
    """The line under the title."""
    return read_html(html).one(id="overall-lead").words


def checks(html):
    """State and name of each check as the card shows them."""
    return [
        (row.attributes["data-state"], row.one("span", data_test="check-name").children[0])
        for row in read_html(html).all("li", data_test="check")
    ]
