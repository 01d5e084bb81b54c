"""Whatever takes a visit back stops each further update of the same try, not the first alone (P2, P04, P10).

Where Spektrix keeps nothing, one try sends the values under other forms of the keys, one after the other.
"""

import pytest
from sqlalchemy import update

from portal import clock
from portal.bookings.guest_pages import erasing
from portal.bookings.models import Status
from portal.extensions import db
from portal.guests import service as guests
from portal.integration.checks import switch
from portal.integration.links import decisions as link_decisions
from portal.integration.links.decisions import Deciding
from portal.integration.visits.write_back import WriteBack
from portal.outbox.models import OutboxEntry
from tests.integration.meanwhile import before_an_update_is_read_back
from tests.people import AMARA_ID, TOM_ID


@pytest.fixture
def refused_once(stage, sandbox):
    """A visit that Spektrix kept nothing of; its next try sends it in two other forms."""
    sandbox.post("options", attributes_shown="when_set")
    sandbox.post("customers", id=AMARA_ID, attributes={"Access Needs": "Step-free"})
    stage.define({"Access Needs": "Text"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    for _ in range(2):
        stage.skip_looks()
        stage.deliver()
    stage.skip_looks()
    sandbox.delete("requests")
    return booking_id


def unlink(stage, booking_id):
    link_decisions.unlink(Deciding(stage.venue, stage.link(booking_id).guest_id, AMARA_ID, 1))


def relink(stage, booking_id):
    link = stage.link(booking_id)
    guests.link_verified(link.guest, link.client_name, TOM_ID)
    db.session.commit()


def let_the_lease_run_out(stage, booking_id):
    db.session.execute(update(OutboxEntry).values(lease_until=clock.utc_now()))
    db.session.commit()


MEANWHILE = {
    "unlinked": unlink,
    "linked to another": relink,
    "paused": lambda stage, _booking_id: switch.set_active(stage.venue, False, 1),
    "set back": lambda stage, booking_id: stage.move(booking_id, Status.CONFIRMED),
    "erased": lambda stage, booking_id: erasing.erase(stage.venue, stage.link(booking_id).guest_id, 1),
    "lease ran out": let_the_lease_run_out,
}


@pytest.mark.both_databases
@pytest.mark.parametrize("what", MEANWHILE)
def test_what_happens_while_one_form_is_read_back_stops_the_next(
    stage, sandbox, monkeypatch, refused_once, what
):
    before_an_update_is_read_back(monkeypatch, lambda: MEANWHILE[what](stage, refused_once))
    stage.deliver()
    assert [each["method"] for each in sandbox.requests()] == ["GET", "PATCH", "GET"]


def test_without_asking_again_an_unlinked_customer_is_written_to(stage, sandbox, monkeypatch, refused_once):
    """The control: shows that the test above can fail."""
    before_an_update_is_read_back(monkeypatch, lambda: unlink(stage, refused_once))
    monkeypatch.setattr(WriteBack, "is_reading_back", property(lambda delivery: delivery.update_has_left))
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 2


def test_nothing_happens_and_every_form_is_tried(stage, sandbox, refused_once):
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 2


def test_what_was_stopped_notes_whom_the_form_before_went_to(stage, monkeypatch, refused_once):
    """Linked to another customer meanwhile: the note is of the first one."""
    to = guests.recipient(stage.link(refused_once))
    before_an_update_is_read_back(monkeypatch, lambda: relink(stage, refused_once))
    stage.deliver()
    assert stage.visit(refused_once).sent_to == to != guests.recipient(stage.link(refused_once))
