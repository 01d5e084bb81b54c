"""One guest's story: everything, newest first, a page at a time (N8)."""

from datetime import UTC, datetime

import pytest

from portal.bookings.guest_pages import timeline
from portal.bookings.guest_pages.timeline import Mark
from portal.bookings.models import Source, Status
from portal.guests import service as guests
from portal.guests.models import Decision
from portal.outbox.models import State
from tests.factories import (
    DAY,
    local,
    make_attempt,
    make_booking,
    make_entry,
    make_guest,
    make_link,
    make_manager,
)
from tests.people import AMARA_ID
from tests.support.reading import read, table


@pytest.fixture
def guest(app, venue):
    """A guest whose visit was sent and read back."""
    at = datetime(2026, 6, 12, 21, 15, tzinfo=UTC)
    with app.app_context():
        guest = make_guest(venue)
        link = make_link(guest)
        manager = make_manager(venue)
        booking = make_booking(
            venue, guest, local(venue, DAY, 12), source=Source.WIDGET, basket_id="canary-basket"
        )
        booking.completion_no = 1
        entry = make_entry(
            booking, state=State.CONFIRMED, closed_at=at, decided_at=at, decided_by_id=manager.id
        )
        for call in ("customer_by_id", "update_attributes", "customer_by_id"):
            make_attempt(entry, call, at=at)
        guests.note_decision(link, AMARA_ID, Decision.CONFIRMED, manager.id)
        guests.db.session.commit()
        return guest


def told(app, venue, guest, limit=50):
    """Every page of the story, one after the other."""
    with app.app_context():
        pages, mark = [], None
        while True:
            story = timeline.page(venue, guest.id, mark, limit)
            pages.append(story.events)
            if story.next_mark is None:
                return pages
            mark = timeline.mark_from(str(story.next_mark))


def test_all_that_happened_is_told_newest_first(app, venue, guest):
    (events,) = told(app, venue, guest)
    assert [event.mark for event in events] == sorted((event.mark for event in events), reverse=True)
    whats = [event.what for event in events]
    for what in (
        "Booked (online)",
        "Came with a Spektrix basket",
        "Visit waiting for Spektrix",
        "Send both values",
        "Read the customer",
        "Visit: Confirmed in Spektrix",
        "Visit sent again",
        "Link confirmed",
    ):
        assert what in whats


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_tell_everything_once_even_where_times_are_equal(app, venue, guest, limit):
    (whole,) = told(app, venue, guest)
    pages = told(app, venue, guest, limit)
    assert [event for page in pages for event in page] == whole
    assert max(len(page) for page in pages) == limit


def test_the_page_shows_it_in_local_time_without_basket_or_key(app, venue, desk, guest):
    answer = desk.get(f"/guests/{guest.id}/timeline")
    rows = table(read(answer))
    assert any(row[0].startswith("Send both values") and row[1].endswith("22:15") for row in rows)
    assert "canary-basket" not in answer.text
    assert "Export as JSON" not in answer.text


@pytest.mark.parametrize("mark", ["", "x", "1-2", "9" * 30, "1-1-99999999999", "0-9-0", "\0"])
def test_a_mark_typed_by_hand_does_no_harm(desk, guest, mark):
    assert desk.get(f"/guests/{guest.id}/timeline", query_string={"before": mark}).status_code == 200


def test_a_mark_survives_the_address():
    mark = Mark(datetime(2026, 6, 12, 21, 15, 0, 123456, tzinfo=UTC), 3, 77)
    assert timeline.mark_from(str(mark)) == mark


def test_names_with_markup_are_inert(app, venue, desk):
    """X07."""
    with app.app_context():
        booking = make_booking(venue, name="<script>x</script>", status=Status.COMPLETED)
        make_attempt(make_entry(booking, completion_no=9), "<img src=x>", outcome="<i>")
    for page in (f"/guests/{booking.guest_id}", f"/guests/{booking.guest_id}/timeline"):
        answer = desk.get(page)
        assert answer.status_code == 200
        assert "<script>x" not in answer.text
        assert "<img src=x>" not in answer.text
