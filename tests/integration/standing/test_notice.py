"""The line about Spektrix on the diary's page."""

import pytest

from portal import clock
from portal.findings import Code
from portal.integration import wording
from portal.integration.connection import blocks
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.outbox import rules as outbox_rules
from portal.outbox.models import Kind, State
from tests import factories
from tests.integration.place import place_of


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, ""),
        ({State.HELD: 3, State.NEEDS_ATTENTION: 1}, ""),
        ({State.BLOCKED: 1}, "1 visit is waiting"),
        ({State.WAITING: 1, State.RETRYING: 1, State.BLOCKED: 2}, "4 visits are waiting"),
        ({State.BLOCKED: 2, State.NOT_STORED: 1}, "2 visits are waiting, 1 visit is not stored"),
    ],
)
def test_what_is_not_through_is_counted_in_words(counts, words):
    assert wording.not_through(counts) == words


def test_the_diary_says_how_many_visits_wait(app):
    place = place_of(app)
    place.add_visit(State.BLOCKED, Code.KEY_REFUSED)
    place.set(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now())
    with app.app_context():
        standing.update(place.venue.id)
    page = place.get("/diary")
    assert (
        "<b>Spektrix: Sign-in refused.</b> Spektrix did not accept the API user and key. 1 visit is waiting."
        in (" ".join(page.split()))
    )


def test_the_diary_says_that_a_mended_name_is_mended(app):
    """Nothing calls a name wrong that has been found right since."""
    place = place_of(app)
    place.add_visit(State.NOT_STORED, Code.ATTRIBUTE_MISSING)
    place.prove()
    with app.app_context():
        standing.update(place.venue.id)
    assert "Both attributes are right now, and the visit is being sent again. 1 visit is not stored." in (
        " ".join(place.get("/diary").split())
    )


def test_a_question_that_was_answered_takes_the_notice_away(app, recording_queue):
    """What stopped the calls is over once Spektrix has answered one."""
    place = place_of(app)
    place.prove()
    place.set(blocked_reason=Code.BASKETS_REFUSED, blocked_until=clock.utc_now())
    with app.app_context():
        standing.update(place.venue.id)
        booking = factories.make_booking(place.venue)
        question = factories.make_entry(
            booking, kind=Kind.VERIFY_LINK, due_at=clock.utc_now(), completion_no=7
        )
    assert "Spektrix: Permission missing." in place.get("/diary")

    def answered(claim):
        blocks.lift(integration_of(claim.venue_id), claim.kind)
        return outbox_rules.settled()

    with app.app_context():
        standing.deliver(question.id, answered)
    assert "Permission missing" not in place.get("/diary")
