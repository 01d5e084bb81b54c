from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.bookings.models import Source, Status
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import LinkState
from portal.outbox.models import Kind, OutboxEntry, State
from tests.factories import (
    connect_spektrix,
    make_attempt,
    make_booking,
    make_guest,
    make_link,
    set_entry,
    sign_in,
)
from tests.support.reading import read, table


def page_of(desk, booking, **headers):
    answer = desk.get(f"/bookings/{booking.id}", headers=headers)
    assert answer.status_code == 200
    return read(answer)


def visit_of(booking):
    return db.session.scalar(
        select(OutboxEntry).where(OutboxEntry.booking_id == booking.id, OutboxEntry.kind == Kind.WRITE_BACK)
    )


def test_it_shows_the_facts_of_the_booking(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue, note="Nut allergy", step_free=True, source=Source.EMAIL)
    words = page_of(desk, booking).words
    for fact in (
        "12 June",
        "19:00 to 20:45",
        "Nut allergy",
        "Needs step-free access",
        "Email",
        booking.reference,
    ):
        assert fact in words
    assert page_of(desk, booking).all("a", href=f"/guests/{booking.guest_id}")


def test_times_of_its_history_are_local(app, venue, staff, client, time_machine):
    time_machine.move_to(datetime(2026, 6, 12, 18, 5, tzinfo=UTC), tick=False)
    with app.app_context():
        booking = make_booking(venue)
    (booked,) = table(page_of(sign_in(client, staff), booking))
    assert booked == ["Booked", "Fri 12 June, 19:05", "The portal"]


def test_a_widget_booking_was_made_by_the_guest(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue, source=Source.WIDGET)
    assert table(page_of(desk, booking))[0][2] == "The guest"


def test_nothing_is_sent_before_it_is_completed(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        booking = make_booking(venue)
    assert "Nothing is sent until the booking is completed" in page_of(desk, booking).words


def test_a_venue_without_spektrix_reads_nothing_of_it(app, venue, desk):
    with app.app_context():
        coming, completed = make_booking(venue), make_booking(venue, status=Status.COMPLETED)
    for booking in (coming, completed):
        page = desk.get(f"/bookings/{booking.id}").get_data(as_text=True)
        assert "Spektrix" not in page
        assert "_spektrix_card" not in page
    early = desk.get(f"/bookings/{coming.id}/edit").get_data(as_text=True)
    assert "Spektrix" not in early


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Code.ANONYMOUS, "Unverified The basket was not signed in to Spektrix"),
        (Code.CLIENT_CHANGED, "Unverified The guest was linked under another client name"),
    ],
)
def test_a_stale_link_is_explained_with_who_mends_it(app, venue, desk, reason, words):
    with app.app_context():
        guest = make_guest(venue)
        make_link(guest, LinkState.STALE, reason=reason)
        booking = make_booking(venue, guest, source=Source.WIDGET)
    card = page_of(desk, booking).one("section", id="_spektrix_card").words
    assert words in card
    assert "The guest’s next booking made while signed in to Spektrix links them" in card


def test_every_call_of_a_send_is_listed_with_its_time_status_and_outcome(app, venue, desk):
    at = datetime(2026, 6, 12, 21, 15, tzinfo=UTC)
    with app.app_context():
        guest = make_guest(venue)
        make_link(guest)
        booking = make_booking(venue, guest, status=Status.COMPLETED)
        entry = visit_of(booking)
        set_entry(entry, state=State.RETRYING, reason=Code.TIMED_OUT)
        make_attempt(entry, "customer_by_id", 200, "ok", 104, at)
        make_attempt(entry, "update_attributes", None, Code.TIMED_OUT, 10_000, at)
    calls = table(page_of(desk, booking).one("section", id="_spektrix_card"))
    assert calls[0][1:] == ["Read the customer", "200", "104 ms", "Answered"]
    assert calls[1][1:] == ["Send both values", "No answer", "10000 ms", "Spektrix did not answer in time"]
    assert calls[0][0].endswith("22:15")


def test_what_was_sent_is_shown_as_sent(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue, status=Status.COMPLETED)
        entry = visit_of(booking)
        set_entry(
            entry,
            state=State.CONFIRMED,
            reason=None,
            sent_last_dined="2026-06-12T20:45:00+01:00",
            sent_visits=4,
        )
        make_attempt(entry)
    card = page_of(desk, booking).one("section", id="_spektrix_card").words
    assert "Last Dined At 2026-06-12T20:45:00+01:00" in card
    assert "Number of Restaurant Visits 4" in card
    assert "Confirmed in Spektrix" in card


def test_a_long_run_of_tries_shows_the_latest_and_counts_the_rest(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue, status=Status.COMPLETED)
        entry = visit_of(booking)
        for _ in range(15):
            make_attempt(entry, status=503, outcome=Code.OUTAGE)
    card = page_of(desk, booking).one("section", id="_spektrix_card")
    assert len(table(card)) == 12
    assert "3 earlier calls are not shown" in card.words


def test_the_card_alone_is_fetched_while_something_moves(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        booking = make_booking(venue, status=Status.COMPLETED)
    card = page_of(desk, booking).one("section", id="_spektrix_card")
    assert card.attributes["hx-trigger"] == "every 2s"
    fragment = read(desk.get(card.attributes["hx-get"], headers={"HX-Request": "true"}))
    assert [child.attributes["id"] for child in fragment.children if not isinstance(child, str)] == [
        "_spektrix_card"
    ]


def test_a_card_at_rest_is_not_fetched_again(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        booking = make_booking(venue, email="")
    assert "hx-get" not in page_of(desk, booking).one("section", id="_spektrix_card").attributes
