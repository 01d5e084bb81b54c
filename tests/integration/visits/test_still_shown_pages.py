"""Where people see that Spektrix still shows a visit which was set back, and what they can press (S43)."""

import pytest

from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.integration.checks import switch
from portal.integration.links import decisions as link_decisions
from portal.integration.links.decisions import Deciding
from portal.outbox.models import OutboxEntry
from portal.venues.models import AuditEntry
from tests.factories import make_manager, make_staff, sign_in
from tests.people import AMARA_ID
from tests.support.reading import read

LOG = "/integrations/spektrix/visits"
ASKS = "Spektrix still shows this visit. Send the current values?"
ASKS_TO_EMPTY = (
    "Spektrix still shows this visit, and this guest has no other completed visit. Empty both values?"
)


@pytest.fixture
def desk(stage, client):
    return desk_of(stage, client, make_manager)


def desk_of(stage, client, maker):
    somebody = maker(stage.venue, name="Priya Shah")
    db.session.rollback()
    return sign_in(client, somebody)


@pytest.fixture
def one(stage):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    stage.move(booking_id, Status.CONFIRMED)
    return booking_id


def visit_id(booking_id):
    found = db.session.query(OutboxEntry.id).filter_by(booking_id=booking_id, correction=None)
    entry_id = found.filter_by(kind="write_back").order_by(OutboxEntry.id).first().id
    db.session.rollback()
    return entry_id


def pages(desk, booking_id):
    """What each page says where a person would look."""
    on = db.session.get(Booking, booking_id).service_on
    db.session.rollback()
    return {
        "booking": read(desk.get(f"/bookings/{booking_id}")).one("section", id="_spektrix_card"),
        "diary": read(desk.get(f"/diary?view=list&date={on}")).one(id=f"_booking_note-{booking_id}"),
        "log": read(desk.get(LOG)),
        "visit": read(desk.get(f"{LOG}/{visit_id(booking_id)}")),
    }


def buttons(page):
    pressed = [*page.all("button"), *page.all("a")]
    return [each.words for each in pressed if each.words in ("Send the current values", "Empty both values")]


def test_every_page_says_that_spektrix_still_shows_it(stage, desk, one):
    shown = pages(desk, one)
    for where in ("booking", "log", "visit"):
        assert ASKS_TO_EMPTY in shown[where].words, where
        assert buttons(shown[where]) == ["Empty both values"], where
    assert "Set back Spektrix still shows this visit What to do" in shown["diary"].words


def test_one_press_on_the_booking_sends_what_holds(stage, desk, one):
    latest = stage.book(days=2)
    for booking_id in (one, latest):
        stage.complete(booking_id)
        stage.deliver()
    stage.move(latest, Status.CONFIRMED)
    card = pages(desk, latest)["booking"]
    assert ASKS in card.words
    (form,) = [form for form in card.all("form") if buttons(form)]
    answer = desk.post(form.attributes["action"], data={"next": f"/bookings/{latest}"}, follow_redirects=True)
    assert "The current values are being sent." in answer.get_data(as_text=True)
    assert "Spektrix still shows this visit. The current values are being sent." in read(answer).words
    stage.deliver()
    card = pages(desk, latest)["booking"]
    assert "still shows" not in card.words
    assert "Sending the current values" in card.words
    assert "Priya Shah" in card.words


def test_emptying_is_asked_once_more_and_says_what_will_be_empty(stage, desk, one):
    address = f"{LOG}/{visit_id(one)}/empty"
    assert pages(desk, one)["booking"].all("a", href=address)
    page = read(desk.get(address))
    assert "Last Dined At and Number of Restaurant Visits of their Spektrix customer will both be empty" in (
        page.words
    )
    answer = desk.post(address, data={"next": f"/bookings/{one}"}, follow_redirects=True)
    assert "Both values are being emptied." in answer.get_data(as_text=True)
    stage.deliver()
    log = read(desk.get(LOG)).words
    assert "Both values emptied" in log
    assert "Emptying both values: both values are empty in Spektrix" in log
    (entry,) = db.session.query(AuditEntry).filter_by(action="values_emptied")
    assert entry.detail == "1"
    emptied = stage.visit(one).id
    db.session.rollback()
    page = read(desk.get(f"{LOG}/{emptied}")).words
    assert "Last Dined At Emptied" in page
    assert "Decided Priya Shah" in page
    assert desk.get(f"{LOG}.csv").status_code == 200
    assert "Empty both values?" not in read(desk.get(address, follow_redirects=True)).words


def test_what_is_no_longer_so_is_said_and_nothing_is_sent(stage, desk, sandbox, one):
    address = f"{LOG}/{visit_id(one)}/send-what-holds"
    sandbox.delete("requests")
    answer = desk.post(address, follow_redirects=True)
    assert "Nothing was sent, since the visit, the guest’s link or their bookings have changed." in (
        answer.get_data(as_text=True)
    )
    stage.deliver()
    assert sandbox.requests() == []


def test_staff_see_it_and_cannot_press(stage, client, one):
    staff = desk_of(stage, client, make_staff)
    shown = pages(staff, one)
    assert ASKS_TO_EMPTY in shown["booking"].words
    assert "A manager can do that." in shown["booking"].words
    assert [buttons(shown[where]) for where in ("booking", "log", "visit")] == [[], [], []]
    for path in ("send-what-holds", "empty"):
        assert staff.post(f"{LOG}/{visit_id(one)}/{path}").status_code == 403


def test_while_paused_there_is_nothing_to_press(stage, desk, one):
    switch.set_active(stage.venue, False, 1)
    shown = pages(desk, one)
    for where in ("booking", "log", "visit"):
        assert "Nothing can be sent while Spektrix is paused." in shown[where].words, where
        assert buttons(shown[where]) == [], where
    answer = desk.post(f"{LOG}/{visit_id(one)}/empty", follow_redirects=True)
    assert "Spektrix is paused, so nothing was sent." in answer.get_data(as_text=True)


def test_a_guest_who_is_no_longer_linked_is_left_to_people(stage, desk, one):
    link_decisions.unlink(Deciding(stage.venue, stage.link(one).guest_id, AMARA_ID, 1))
    shown = pages(desk, one)
    assert "no longer linked to. Change it in Spektrix by hand." in shown["booking"].words
    assert buttons(shown["booking"]) == []


def test_the_guests_timeline_tells_who_emptied_them(stage, desk, one):
    desk.post(f"{LOG}/{visit_id(one)}/empty")
    stage.deliver()
    guest_id = db.session.get(Booking, one).guest_id
    db.session.rollback()
    words = read(desk.get(f"/guests/{guest_id}/timeline")).words
    assert "Emptying both values" in words
    assert "Priya Shah" in words
