"""Another venue's id, an unknown one and a senseless one get the same answer at every address (X03)."""

import pytest
from sqlalchemy import select

from portal import clock
from portal.bookings.models import Booking, BookingChange, StatusChange, WaitingRequest
from portal.events.models import Event, Performance, PerformanceChange
from portal.extensions import db
from portal.outbox.models import OutboxEntry
from tests.factories import (
    make_booking,
    make_manager,
    make_venue,
    make_waiting,
    make_widget,
    sign_in,
    with_csrf,
)
from tests.support.reading import read
from tests.support.tables import each_row

ROUTES = [
    ("GET", "/bookings/{booking}"),
    ("GET", "/bookings/{booking}/panel"),
    ("GET", "/bookings/{booking}/complete-early"),
    ("POST", "/bookings/{booking}/confirm"),
    ("POST", "/bookings/{booking}/complete"),
    ("POST", "/bookings/{booking}/cancel"),
    ("POST", "/bookings/{booking}/no-show"),
    ("POST", "/bookings/{booking}/seat"),
    ("POST", "/bookings/{booking}/unseat"),
    ("GET", "/bookings/{booking}/edit"),
    ("POST", "/bookings/{booking}/edit"),
    ("GET", "/bookings/{booking}/move"),
    ("POST", "/bookings/{booking}/move"),
    ("POST", "/bookings/{booking}/undo/1"),
    ("GET", "/diary/changed-shows/{change}"),
    ("POST", "/diary/changed-shows/{change}"),
    ("GET", "/guests/{guest}"),
    ("GET", "/guests/{guest}/timeline"),
    ("GET", "/guests/{guest}/export.json"),
    ("GET", "/guests/{guest}/erase"),
    ("POST", "/guests/{guest}/erase"),
    ("GET", "/guests/{guest}/merge"),
    ("POST", "/guests/{guest}/merge"),
    ("POST", "/waiting-requests/{waiting}/remove"),
    ("POST", "/bookings/waiting-list/{waiting}/book"),
    ("GET", "/bookings/guests/{guest}"),
]
NUMBERS = ["0", "999999", "-1", str(2**63 - 1), str(2**63), "9" * 400, "1e3", "١"]


def with_number(route, number):
    return route.format(booking=number, guest=number, waiting=number, change=number)


def test_every_address_with_an_id_is_in_the_table(app):
    urls = app.url_map.bind("localhost")
    listed = {urls.match(with_number(route, 1), method)[0] for method, route in ROUTES}
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in {"bookings", "guests"}
    ]
    assert {rule.endpoint for rule in rules if rule.arguments} == listed


@pytest.fixture
def desk(app, client, venue):
    """A manager's, since nobody may do more."""
    with app.app_context():
        manager = make_manager(venue)
    return sign_in(client, manager)


@pytest.fixture
def theirs(app):
    """The numbers of what another venue has."""
    with app.app_context():
        venue = make_venue("The Anchor", reference_prefix="AN")
        booking = make_booking(venue, name="Somebody Else")
        waiting = make_waiting(venue, make_widget(venue))
        return {
            "booking": booking.id,
            "guest": booking.guest_id,
            "waiting": waiting.id,
            "change": make_changed_show(venue).id,
        }


def make_changed_show(venue):
    at = clock.utc_now()
    event = Event(venue_id=venue.id, client_name="c", spektrix_event_id="1", name="Somebody Else")
    ids = {"venue_id": venue.id, "client_name": "c", "spektrix_instance_id": "1"}
    performance = Performance(event=event, starts_at=at, cancelled=True, seen_at=at, **ids)
    change = PerformanceChange(venue_id=venue.id, performance=performance, was_at=at, noticed_at=at)
    db.session.add(change)
    db.session.commit()
    return change


def everything(app):
    with app.app_context():
        statuses = db.session.execute(select(Booking.id, Booking.status)).all()
        return (
            statuses,
            len(db.session.scalars(select(StatusChange)).all()),
            len(db.session.scalars(select(BookingChange)).all()),
            len(db.session.scalars(select(OutboxEntry)).all()),
            len(db.session.scalars(select(WaitingRequest)).all()),
        )


@pytest.mark.both_databases
@each_row("method, route", ROUTES)
def test_an_id_of_somebody_else_is_as_absent_as_one_that_never_was(app, desk, theirs, method, route):
    before = everything(app)
    addresses = [with_number(route, number) for number in NUMBERS]
    for address in [route.format(**theirs), *addresses]:
        answer = desk.open(address, method=method, data={"do": "write"} if method == "POST" else None)
        assert answer.status_code == 404, address
        assert "Somebody Else" not in answer.get_data(as_text=True), address
        assert everything(app) == before, address


@each_row("method, route", ROUTES)
def test_nobody_signed_out_sees_or_changes_anything(app, client, venue, method, route):
    with app.app_context():
        booking = make_booking(venue)
    before = everything(app)
    address = route.format(booking=booking.id, guest=booking.guest_id, waiting=1, change=1)
    answer = with_csrf(client).open(address, method=method)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")
    assert everything(app) == before


def test_their_guests_are_not_found_by_searching(desk, theirs):
    assert "Somebody Else" not in desk.get("/guests?q=somebody").get_data(as_text=True)
    assert "No guest found" in read(desk.get("/guests?q=somebody")).words
