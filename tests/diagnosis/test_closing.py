"""How a fix ends: it is called fixed, what goes out is counted, and the page looks again by itself."""

import time

import pytest

from portal import clock
from portal.bookings.models import Source, Status
from portal.diagnosis.pages import sending_progress
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import AttributeState
from portal.integration.settings import service
from portal.integration.settings.service import Typed
from portal.integration.standing import service as standing
from portal.outbox.models import Kind, OutboxEntry, State
from portal.venues.models import Role, Venue
from tests import factories
from tests.integration.place import HTMX, PAGE, place_of
from tests.people import TOM
from tests.support.reading import read_html

NEAR, FOUND = AttributeState.NEAR_MISS, AttributeState.FOUND


@pytest.fixture
def place(app):
    """A venue with a visit that found no place, whose attributes have the right names by now."""
    return fixed_place(app)


def fixed_place(app, role=Role.MANAGER):
    place = place_of(app, role)
    with app.app_context():
        guest = factories.make_guest(place.venue)
        factories.make_link(guest)
        booking = factories.make_booking(place.venue, guest, status=Status.COMPLETED, source=Source.WIDGET)
        entry = db.session.query(OutboxEntry).filter_by(kind=Kind.WRITE_BACK).one()
        place.entry_id = entry.id
        factories.set_entry(entry, state=State.NOT_STORED, reason=Code.ATTRIBUTE_MISSING)
        place.fault_page = f"/bookings/{booking.id}/find-the-fault"
    place.set_attributes(FOUND, FOUND)
    return place


def let_it_land(place):
    with place.app.app_context():
        entry = db.session.get(OutboxEntry, place.entry_id)
        now = clock.utc_now()
        factories.set_entry(entry, state=State.CONFIRMED, reason=None, closed_at=now, sent_at=now)


def look(place, **args):
    args = {"since": "visit_sent_again", "until": int(time.time()) + 60} | args
    return place.client.get(place.fault_page, query_string=args, headers=HTMX)


def test_a_fixed_visit_can_be_sent_at_once_by_a_manager(place):
    page = read_html(place.get(place.fault_page))
    assert "Both attributes are right now, and the visit is being sent again" in page.words
    assert page.one("form", action=f"{PAGE}/visits/{place.entry_id}/send").one("button").words == "Send now"


def test_staff_are_offered_no_sending(app):
    place = fixed_place(app, Role.STAFF)
    assert "Send now" not in place.get(place.fault_page)


def test_nothing_is_sent_at_once_while_paused(place):
    place.set(active=False)
    assert "Send now" not in place.get(place.fault_page)


def test_the_page_of_a_visit_looks_again_and_swaps_nothing_until_something_is_new(place):
    assert read_html(place.get(place.fault_page)).all(hx_trigger="every 2s")
    assert look(place).status_code == 204
    let_it_land(place)
    answer = look(place, was="attribute_near")
    assert answer.status_code == 200
    assert "Fixed. This visit is in Spektrix" in answer.text
    assert "hx-trigger" not in answer.text


def test_it_stops_looking_after_a_minute(place):
    assert look(place, until=int(time.time()) - 1).status_code == 286


def test_nothing_is_called_fixed_that_was_not_wrong_before(place):
    let_it_land(place)
    assert "This visit is in Spektrix" in place.get(place.fault_page)
    assert "Fixed" not in place.get(place.fault_page)
    assert "Fixed" not in place.get(f"{place.fault_page}?was=nonsense")


def test_check_again_carries_along_what_was_wrong(place):
    place.set_attributes(NEAR, FOUND, near_miss="attribute_LastDineAt")
    page = read_html(place.get(place.fault_page))
    assert page.one("input", type="hidden", name="was").attributes["value"] == "attribute_near"


@pytest.mark.parametrize(
    ("number", "look", "words", "next_look"),
    [
        (2, 0, "2 visits are being sent.", 1),
        (1, 3, "1 visit is being sent.", 4),
        (1, sending_progress.LOOKS, "1 visit is still on the way. Reload the page to check again.", None),
        (0, 3, "Nothing waits any more.", None),
    ],
)
def test_the_closing_line_counts_until_none_is_left(number, look, words, next_look):
    line = sending_progress.Sending(number, look)
    assert (line.words, line.next_look) == (words, next_look)


def test_the_spektrix_page_says_fixed_and_counts_what_goes_out(place):
    page = place.get()
    assert "Working again" in page
    assert "Both attribute names are now right." in page
    assert "1 visit is being sent." in page
    assert "Spektrix is ignoring what we send" not in page
    line = place.client.get("/find-the-fault/sending?try=1").text
    assert "try=2" in line
    let_it_land(place)
    line = place.client.get("/find-the-fault/sending?try=2").text
    assert "Nothing waits any more." in line
    assert "every 2s" not in line
    assert read_html(line).value_of("hx-select") == "#_visits"


def test_a_key_that_was_replaced_ends_in_fixed(app, recording_queue):
    """Between the refusal and the test, the new key stands untested for a moment."""
    place = place_of(app)
    place.prove()
    place.set(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now())
    with app.app_context():
        typed = Typed(factories.CLIENT_NAME, factories.API_USER, factories.API_KEY)
        service.save_credentials(db.session.get_one(Venue, place.venue.id), typed, place.staff.id)
    assert "Not tested since these details were saved." in place.get()
    place.set(test_outcome="ok", tested_at=clock.utc_now())
    assert "Fixed: Spektrix did not accept the API user and key." in place.get()


def test_a_key_that_works_again_ends_in_fixed(app):
    place = place_of(app)
    place.set(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now())
    with app.app_context():
        standing.update(place.venue.id)
    place.add_visit(State.WAITING)
    place.set(blocked_reason=None, blocked_until=None, test_outcome="ok", tested_at=clock.utc_now())
    with app.app_context():
        standing.update(place.venue.id)
    page = place.get()
    assert "Fixed: Spektrix did not accept the API user and key." in page
    assert "1 visit is being sent." in page


def test_the_tiles_count_what_waits_and_what_was_not_stored(place):
    place.set_attributes(NEAR, FOUND, near_miss="attribute_LastDineAt")
    place.add_visit(State.BLOCKED, Code.KEY_REFUSED, name=TOM.name)
    figures = read_html(place.get()).one("div", id="_figures")
    numbers = [number.words for number in figures.all("dd")]
    tiles = dict(zip([label.words for label in figures.all("dt")], numbers, strict=True))
    assert (tiles["Waiting"], tiles["Not stored"]) == ("1", "1")
