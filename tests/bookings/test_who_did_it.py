"""Histories name whoever did a deed: staff, who may have left since, the guest, or the portal itself."""

import runpy
from pathlib import Path

import pytest
from sqlalchemy import text

import portal
from portal.bookings import statuses
from portal.bookings.diary import page
from portal.bookings.guest_pages import timeline
from portal.bookings.models import Booking, Source, Status
from portal.bookings.rules import move_words
from portal.extensions import db
from portal.integration.checks import history
from portal.venues import audit
from portal.venues.models import Doer, Staff
from tests.factories import make_booking

MIGRATION = Path(portal.__file__).parent / "migrations/versions/0005_who_did_it.py"
GUEST, LEFT, PORTAL = "The guest", "Somebody no longer here", "The portal"


def told(booking):
    return [(change.words, change.who) for change in page.history(db.session.get(Booking, booking.id))]


def remove(staff):
    db.session.execute(db.delete(Staff).where(Staff.id == staff.id))
    db.session.commit()


@pytest.mark.parametrize(
    ("old", "new", "by", "words"),
    [
        (None, Status.CONFIRMED, Doer.GUEST, "Booked"),
        (Status.CONFIRMED, Status.CANCELLED, Doer.GUEST, "Cancelled by the guest, online"),
        (Status.CONFIRMED, Status.CANCELLED, Doer.STAFF, "Confirmed to cancelled"),
        (Status.CONFIRMED, Status.NO_SHOW, Doer.PORTAL, "Confirmed to no-show"),
    ],
)
def test_moves_are_told_in_words(old, new, by, words):
    assert move_words(old, new, by) == words


def test_guest_staff_and_portal_are_told_apart(app_context, venue, staff):
    booking = make_booking(venue, source=Source.WIDGET)
    statuses.move(venue, booking.id, Status.CANCELLED, done_by=Doer.GUEST)
    statuses.move(venue, booking.id, Status.CONFIRMED, staff.id)
    statuses.move(venue, booking.id, Status.CANCELLED)
    assert told(booking) == [
        ("Booked", GUEST),
        ("Cancelled by the guest, online", GUEST),
        ("Cancelled to confirmed", "Sam Doyle"),
        ("Confirmed to cancelled", PORTAL),
    ]
    events = timeline.page(venue, booking.guest_id, None).events
    moves = [(event.what, event.who) for event in reversed(events) if event.who]
    assert moves == [("Booked (online)", GUEST), *told(booking)[1:]]


def test_staff_who_left_are_not_taken_for_the_guest(app_context, venue, staff):
    booking = make_booking(venue, source=Source.WIDGET)
    statuses.move(venue, booking.id, Status.CANCELLED, staff.id)
    audit.record(venue.id, staff.id, audit.Action.ACTIVE_OFF)
    audit.record(venue.id, None, audit.Action.WIDGET_ADDED, "w_demo")
    remove(staff)
    db.session.expire_all()
    assert told(booking)[-1] == ("Confirmed to cancelled", LEFT)
    deeds = [event.words for event in history.page(venue.id, "").events]
    assert deeds == [f"{PORTAL}: Added a widget", f"{LEFT}: Switched Active off"]


def test_histories_from_before_are_told_the_same(app_context, venue, staff):
    online, by_phone = make_booking(venue, source=Source.WIDGET), make_booking(venue)
    for booking in (online, by_phone):
        statuses.move(venue, booking.id, Status.CANCELLED, done_by=Doer.GUEST)
        statuses.move(venue, booking.id, Status.CONFIRMED, staff.id)
    db.session.execute(text("UPDATE status_changes SET done_by = 'staff'"))
    for statement in runpy.run_path(str(MIGRATION))["STATEMENTS"]:
        db.session.execute(text(statement))
    db.session.commit()
    assert [who for _, who in told(online)] == [GUEST, GUEST, "Sam Doyle"]
    assert [who for _, who in told(by_phone)] == [PORTAL, PORTAL, "Sam Doyle"]
