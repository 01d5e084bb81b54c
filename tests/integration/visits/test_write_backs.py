"""What a completed visit writes: both values, worked out when sending, judged by reading back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from portal.bookings.models import Booking, Status
from portal.extensions import db
from tests.people import AMARA


def ends_at(booking_id, instant):
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(ends_at=instant))
    db.session.commit()


def test_completed_visit_lands_on_the_customer_and_is_read_back(stage, sandbox):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason) == ("confirmed", None)
    assert stage.stored() == {
        **stage.stored(),
        "Last Dined At": visit.sent_last_dined,
        "Number of Restaurant Visits": "1",
    }
    assert [call.call for call in visit.attempts_made] == [
        "customer_by_id",
        "update_attributes",
        "customer_by_id",
    ]


def test_both_attributes_go_in_one_update_and_nothing_else(stage, sandbox):
    """R26, R85."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    (sent,) = sandbox.requests("update_customer")
    assert set(sent["body"]) == {"attribute_LastDinedAt", "attribute_NumberOfRestaurantVisits"}
    assert type(sent["body"]["attribute_NumberOfRestaurantVisits"]) is int


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (datetime(2026, 5, 28, 20, 30, tzinfo=UTC), "2026-05-28T21:30:00+01:00"),
        (datetime(2026, 1, 9, 21, 30, tzinfo=UTC), "2026-01-09T21:30:00+00:00"),
    ],
)
def test_last_dined_is_iso_with_the_venues_offset(stage, sandbox, end, text):
    """B21."""
    booking_id = stage.verified_booking()
    ends_at(booking_id, end)
    stage.complete(booking_id)
    stage.deliver()
    assert sandbox.requests("update_customer")[0]["body"]["attribute_LastDinedAt"] == text


@pytest.mark.parametrize("reply", ["customer", "empty", "no_content"])
def test_any_success_reply_is_judged_by_reading_back(stage, sandbox, reply):
    sandbox.post("options", patch_reply=reply)
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_older_visit_completed_late_does_not_move_the_date_back(stage, sandbox):
    """S41, Q4."""
    newer = stage.verified_booking(days=3)
    older = stage.book(AMARA, days=1)
    stage.complete(newer)
    stage.deliver()
    stage.complete(older)
    stage.deliver()
    assert stage.visit(older).sent_last_dined == stage.visit(newer).sent_last_dined
    assert stage.stored()["Number of Restaurant Visits"] == "2"


def test_count_is_by_status_and_taken_when_sending(stage, sandbox):
    """R89 to R93, B24."""
    booking_id = stage.verified_booking()
    for at, status in ((4, None), (8, Status.CANCELLED), (12, Status.NO_SHOW)):
        other = stage.book(AMARA, at=at)
        if status:
            stage.move(other, status)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.stored()["Number of Restaurant Visits"] == "2"
