"""A key that was really replaced in Spektrix, from the first refusal to the visit that lands again."""

import requests

from portal.findings import Code
from portal.outbox.models import State
from tests.diagnosis.scene import CONNECTION, VISIT
from tests.factories import API_USER
from tests.support.reading import read


def replaced_key(sandbox):
    """Make a new key on Spektrix's page of API users, as the admin does."""
    answer = requests.post(f"{sandbox.api_url}/_sandbox/api-users/key", data={"login": API_USER}, timeout=5)
    return read(answer).one("code", data_test="new-key").words


def test_a_replaced_key_is_named_without_asking_and_pasting_the_new_one_sends_the_visit(scene):
    scene.visited()
    booking_id = scene.verified_booking(at=1)
    assert scene.diagnose(CONNECTION).failed is None
    key = replaced_key(scene.sandbox)
    scene.complete(booking_id)
    scene.deliver()
    assert scene.visit(booking_id).state == State.BLOCKED
    assert scene.diagnose(CONNECTION, live=False).code is Code.KEY_REFUSED
    assert scene.diagnose(VISIT, booking_id, live=False).code is Code.KEY_REFUSED
    scene.save(api_key=key)
    assert scene.diagnose(CONNECTION).failed is None
    scene.skip_waits()
    scene.deliver()
    assert scene.visit(booking_id).state == State.CONFIRMED
    assert scene.diagnose(VISIT, booking_id).failed is None
