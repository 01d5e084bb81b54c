"""What was sent to one customer says nothing of the customer to whom the guest is linked since."""

import pytest

from portal.bookings.models import Booking
from portal.diagnosis.symptoms.visit import diagnose_visit
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.integration.links import drift
from portal.integration.visits import exchange
from portal.integration.visits.write_back import WriteBack
from tests.people import AMARA_ID, TOM_ID

LAST, VISITS = "Last Dined At", "Number of Restaurant Visits"


def link_to_tom(stage, booking_id):
    link = stage.link(booking_id)
    guests.link_verified(link.guest, link.client_name, TOM_ID)
    db.session.commit()


def send_and_relink(stage, sandbox):
    """A visit that Amara does not show yet, of a guest who turns out to be Tom."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "late_update", seconds=600, times=1)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == Code.VISIT_NOT_SHOWN_YET
    link_to_tom(stage, booking_id)
    sandbox.delete("requests")
    stage.skip_looks()
    stage.deliver()
    return booking_id


def test_a_visit_not_shown_yet_by_another_customer_is_sent_at_once(stage, sandbox):
    sandbox.post("customers", id=TOM_ID, attributes={VISITS: "7"})
    booking_id = send_and_relink(stage, sandbox)
    visit = stage.visit(booking_id)
    assert (visit.state, visit.sent_to) == ("confirmed", guests.recipient(stage.link(booking_id)))
    assert stage.stored(TOM_ID)[LAST] == visit.sent_last_dined
    assert visit.visits_before == "7"


def test_without_asking_for_whom_it_was_sent_the_visit_waits(stage, sandbox, monkeypatch):
    """The control: shows that the test above can fail."""

    def was_just_sent(delivery):
        return delivery.claim.last_reason is Code.VISIT_NOT_SHOWN_YET

    monkeypatch.setattr(WriteBack, "_was_just_sent", was_just_sent)
    send_and_relink(stage, sandbox)
    assert sandbox.requests("update_customer") == []


def test_what_the_former_customer_showed_is_not_held_against_the_new_one(stage, sandbox):
    """Tom shows now what Amara showed at first, and not what he did: somebody changed it there."""
    sandbox.post("customers", id=AMARA_ID, attributes={VISITS: "2"})
    sandbox.post("customers", id=TOM_ID, attributes={VISITS: "7"})
    sandbox.fault("update_customer", "late_update", seconds=600, times=2)
    booking_id = send_and_relink(stage, sandbox)
    sandbox.post("customers", id=TOM_ID, attributes={VISITS: "2"})
    for _ in range(3):
        stage.skip_looks()
        stage.deliver()
    visit = stage.visit(booking_id)
    assert exchange.first_shown(visit.id, visit.guest_id)["attribute_NumberOfRestaurantVisits"] == "7"
    assert (visit.state, visit.reason) == ("not_stored", Code.ATTRIBUTE_TYPE)


@pytest.fixture
def shown_by_amara(stage):
    """A visit that Amara shows, of a guest who is linked to Tom since."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert stage.stored(AMARA_ID)[LAST] == stage.visit(booking_id).sent_last_dined
    link_to_tom(stage, booking_id)
    return booking_id


def test_nobody_is_said_to_have_changed_values_that_were_never_there(stage, shown_by_amara):
    (why,) = drift.look(stage.venue, stage.link(shown_by_amara).guest_id).why
    assert why.startswith("The values in Spektrix did not come from this portal.")


def test_the_diagnosis_does_not_say_so_either(stage, shown_by_amara):
    booking = db.session.get(Booking, shown_by_amara)
    assert diagnose_visit(stage.venue, booking, live=True).code is not Code.CHANGED_SINCE
