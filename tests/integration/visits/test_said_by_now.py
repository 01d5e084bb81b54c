"""A visit that found no place names the attribute and the step that is right by now, wherever it is shown."""

import pytest

from portal import clock
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.findings import Code
from portal.integration.attributes.advice import advice_on
from portal.integration.attributes.facts import AttributeFact
from portal.integration.connection.models import AttributeState
from portal.outbox.models import Kind, OutboxEntry, State
from tests import factories
from tests.integration.place import PAGE, place_of
from tests.support.reading import read_html

DATE, COUNT = "Last Dined At", "Number of Restaurant Visits"
NEAR, MISSING, FOUND = AttributeState.NEAR_MISS, AttributeState.NOT_FOUND, AttributeState.FOUND
RENAME = "Rename “LastDineAt” to “Last Dined At”"


def facts(date, count):
    return [
        AttributeFact(DATE, date, "attribute_LastDineAt"),
        AttributeFact(COUNT, count),
    ]


@pytest.mark.parametrize(
    ("states", "who", "step"),
    [
        ((NEAR, FOUND), "Your Spektrix admin", RENAME),
        ((MISSING, FOUND), "Your Spektrix admin", "Create “Last Dined At” with type Text"),
        (
            (NEAR, MISSING),
            "Your Spektrix admin",
            f"{RENAME} and create “Number of Restaurant Visits” with type Text",
        ),
        (
            (FOUND, AttributeState.WRONG_TYPE),
            "Your Spektrix admin",
            "Make “Number of Restaurant Visits” again with type Text",
        ),
        ((FOUND, FOUND), "Nobody needs to do anything", "It is being sent again"),
    ],
)
def test_the_step_names_the_attribute_and_says_create_only_where_there_is_none(states, who, step):
    advice = advice_on(facts(*states))
    assert (advice.who, advice.step) == (who, step)


def test_nothing_is_advised_where_nothing_was_seen():
    assert advice_on(facts(AttributeState.NOT_CHECKED, FOUND)) is None


@pytest.fixture
def place(app):
    """A venue with one completed booking whose visit was sent and not stored."""
    place = place_of(app)
    with app.app_context():
        guest = factories.make_guest(place.venue)
        factories.make_link(guest)
        place.booking = factories.make_booking(place.venue, guest, status=Status.COMPLETED)
        entry = db.session.query(OutboxEntry).filter_by(kind=Kind.WRITE_BACK).one()
        factories.set_entry(entry, state=State.NOT_STORED, reason=Code.ATTRIBUTE_MISSING, detail=DATE)
        place.entry_id = entry.id
    place.set_attributes(NEAR, FOUND, near_miss="attribute_LastDineAt")
    return place


def everywhere(place):
    """Diary, booking, log, one visit and its fault page."""
    with place.app.app_context():
        day = db.session.get(Booking, place.booking.id).service_on
    return {
        "diary": place.get(f"/diary?view=list&date={day}"),
        "booking": place.get(f"/bookings/{place.booking.id}"),
        "log": place.get(f"{PAGE}/visits"),
        "visit": place.get(f"{PAGE}/visits/{place.entry_id}"),
        "fault": place.get(f"/bookings/{place.booking.id}/find-the-fault"),
    }


def test_a_near_miss_is_told_everywhere_as_a_name_to_change(place):
    for where, page in everywhere(place).items():
        assert "LastDineAt" in page, where
        assert DATE in page, where
        assert "reate" not in page.replace("Created", ""), where
    pages = everywhere(place)
    assert {where for where, page in pages.items() if "ename “LastDineAt” to “Last Dined At”" in page} == (
        set(pages) - {"log"}
    )
    assert "Sent, but Spektrix has “LastDineAt” where “Last Dined At” is needed" in everywhere(place)["log"]


def test_a_missing_attribute_is_told_as_one_to_create(place):
    place.set_attributes(MISSING, FOUND)
    pages = everywhere(place)
    for where, page in pages.items():
        assert DATE in page, where
    assert {where for where, page in pages.items() if "reate “Last Dined At” with type Text" in page} == (
        set(pages) - {"log"}
    )


def test_once_the_name_is_right_the_visit_is_said_to_be_on_its_way_again(place):
    place.set_attributes(FOUND, FOUND)
    pages = everywhere(place)
    for where in ("diary", "booking", "visit"):
        assert "t is being sent again" in pages[where], where
    assert "Both attributes are right now, and the visit is being sent again" in pages["fault"]
    assert not [
        each.words for each in read_html(pages["diary"]).all() if each.words.endswith("Find the fault")
    ]
    for where, page in pages.items():
        assert "reate “" not in page, where


def test_no_fault_is_offered_to_be_found_where_nobody_needs_to_do_anything(place):
    with place.app.app_context():
        entry = db.session.get(OutboxEntry, place.entry_id)
        factories.set_entry(entry, state=State.RETRYING, reason=Code.TIMED_OUT)
    pages = everywhere(place)
    assert "Nobody needs to do anything" in pages["diary"]
    for where in ("diary", "booking", "visit"):
        assert f"/bookings/{place.booking.id}/find-the-fault" not in pages[where], where


def test_a_guest_who_cannot_be_asked_about_waits_for_what_stops_the_question(place):
    """Nobody is told that there is nothing to do while the key is refused."""
    place.set_attributes(FOUND, FOUND)
    with place.app.app_context():
        entry = db.session.get(OutboxEntry, place.entry_id)
        factories.set_entry(entry, state=State.WAITING, reason=Code.LINK_PENDING, detail="")
    assert "once we know which customer this guest is" in everywhere(place)["diary"]
    place.set(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now())
    pages = everywhere(place) | {"index": place.get("/find-the-fault")}
    assert "Not in Spektrix because Spektrix does not accept the API user and key" in pages["diary"]
    for where in ("log", "visit", "index"):
        assert "Spektrix did not accept the API user and key" in pages[where], where
    assert "Spektrix did not accept the API user and key" in pages["fault"]
