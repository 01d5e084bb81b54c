"""Two faults at once: the one that has to be fixed first is named first, and the other one after it."""

import pytest

from portal.findings import Code
from portal.widgets.models import IntegrationChoice, OpeningReason
from tests.diagnosis.faults_connection import OTHER_KEY
from tests.diagnosis.scene import CONNECTION, PRE_FILL, VISIT, WRITES
from tests.factories import API_KEY, API_USER
from tests.people import AMARA_ID

MISSPELT = {"Last Dine At": "Text", "Number of Restaurant Visits": "Text"}
RIGHT = {"Last Dined At": "Text", "Number of Restaurant Visits": "Text"}


@pytest.fixture
def named(scene):
    """What is found for a symptom, by a look at Spektrix and by what is known after it alike."""

    def find(symptom, booking_id=None):
        live = scene.diagnose(symptom, booking_id).code
        assert scene.diagnose(symptom, booking_id, live=False).code == live
        return live

    return find


def replace_key_in_spektrix(scene):
    scene.sandbox.post("api_users", login=API_USER, secret=OTHER_KEY)


def test_key_is_named_before_an_attribute_that_nobody_can_see_without_it(scene, named):
    scene.define(MISSPELT)
    visit = scene.visited()
    replace_key_in_spektrix(scene)
    assert [named(CONNECTION), named(WRITES), named(VISIT, visit)] == [Code.KEY_REFUSED] * 3
    scene.define(RIGHT)
    assert named(VISIT, visit) == Code.KEY_REFUSED
    scene.define(MISSPELT)
    scene.save(api_key=OTHER_KEY)
    assert [named(WRITES), named(VISIT, visit)] == [Code.ATTRIBUTE_NEAR] * 2
    scene.define(RIGHT)
    scene.diagnose(VISIT, visit)
    scene.deliver()
    assert [named(WRITES), named(VISIT, visit)] == [None] * 2


def test_domain_is_named_before_the_key(scene, named):
    scene.save(custom_domain="localhost:1", api_key=OTHER_KEY)
    assert [named(CONNECTION), named(WRITES)] == [Code.DOMAIN_UNREACHABLE] * 2
    scene.save(api_key=OTHER_KEY)
    assert [named(CONNECTION), named(WRITES)] == [Code.KEY_REFUSED] * 2
    scene.save()
    assert named(CONNECTION) is None


def test_client_name_is_named_before_the_key(scene, named):
    scene.save(client_name="HarbourPlayhouse", api_key=OTHER_KEY)
    assert [named(CONNECTION), named(WRITES)] == [Code.CLIENT_CASE] * 2
    scene.save(api_key=OTHER_KEY)
    assert named(CONNECTION) == Code.KEY_REFUSED


def test_key_is_named_before_the_clock(scene, named):
    scene.sandbox.post("options", clock_offset_seconds=400)
    scene.save(api_key=OTHER_KEY)
    assert named(CONNECTION) == Code.KEY_REFUSED
    scene.save()
    assert named(CONNECTION) == Code.CLOCK_OFF


def test_attribute_is_named_before_the_clock(scene, named):
    scene.sandbox.post("options", clock_offset_seconds=400)
    scene.define(MISSPELT)
    visit = scene.visited()
    assert [named(WRITES), named(VISIT, visit)] == [Code.ATTRIBUTE_NEAR] * 2
    scene.define(RIGHT)
    scene.diagnose(VISIT, visit)
    scene.deliver()
    assert [named(VISIT, visit), named(CONNECTION)] == [None, Code.CLOCK_OFF]


def test_pause_is_named_before_the_key_that_only_sending_needs(scene):
    visit = scene.verified_booking()
    scene.pause()
    scene.save(api_key=OTHER_KEY)
    scene.complete(visit)
    scene.deliver()
    assert scene.diagnose(VISIT, visit).code == Code.PAUSED
    scene.resume()
    assert scene.diagnose(VISIT, visit).code == Code.KEY_REFUSED
    scene.save()
    assert scene.diagnose(VISIT, visit).code == Code.VISIT_HELD


def test_key_is_named_before_the_pause_where_the_whole_connection_is_asked_about(scene, named):
    scene.pause()
    scene.save(api_key=OTHER_KEY)
    assert named(WRITES) == Code.KEY_REFUSED
    scene.save()
    assert named(WRITES) == Code.PAUSED


def test_anonymous_basket_is_named_before_the_attribute_that_the_next_visit_meets(scene, named):
    scene.define(MISSPELT)
    visit = scene.through_the_widget(scene.sandbox.basket(None))
    assert named(VISIT, visit) == Code.ANONYMOUS
    assert named(VISIT, scene.visited(at=1)) == Code.ATTRIBUTE_NEAR


def test_key_is_named_before_the_question_whose_basket_it_was(scene, named):
    replace_key_in_spektrix(scene)
    visit = scene.through_the_widget(scene.sandbox.basket(None))
    assert named(VISIT, visit) == Code.KEY_REFUSED
    scene.save(api_key=OTHER_KEY)
    scene.skip_waits()
    scene.deliver()
    assert named(VISIT, visit) == Code.ANONYMOUS


def test_right_to_read_baskets_is_named_before_the_attribute(scene, named):
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_read_baskets=False)
    scene.define(MISSPELT)
    visit = scene.through_the_widget(scene.sandbox.basket(AMARA_ID))
    assert [named(VISIT, visit), named(WRITES)] == [Code.BASKETS_REFUSED] * 2
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_read_baskets=True)
    scene.diagnose(CONNECTION)
    scene.skip_waits()
    scene.deliver()
    scene.skip_waits()
    scene.deliver()
    assert [named(VISIT, visit), named(WRITES)] == [Code.ATTRIBUTE_NEAR] * 2


def test_attribute_that_was_mended_is_seen_though_writing_is_refused(scene, named):
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_write_customers=False)
    scene.define(MISSPELT)
    visit = scene.visited()
    assert [named(WRITES), named(VISIT, visit)] == [Code.ATTRIBUTE_NEAR] * 2
    scene.define(RIGHT)
    assert [named(WRITES), named(VISIT, visit)] == [Code.WRITING_REFUSED] * 2


def test_right_to_read_customers_is_named_before_the_attribute_that_it_hides(scene, named):
    scene.define(MISSPELT)
    visit = scene.visited()
    for call in ("customer_by_id", "customer_by_email"):
        scene.sandbox.fault(call, "status", status=403)
    assert [named(WRITES), scene.diagnose(VISIT, visit).code] == [Code.CUSTOMERS_REFUSED] * 2


def test_missing_attribute_is_named_before_the_type_of_the_other(scene, named):
    scene.define({"Last Dined At": "CheckList", "Access Needs": "Text"})
    visit = scene.visited()
    assert [named(WRITES), named(VISIT, visit)] == [Code.ATTRIBUTE_MISSING] * 2
    scene.define({"Last Dined At": "CheckList", "Number of Restaurant Visits": "Text"})
    assert [named(WRITES), named(VISIT, visit)] == [Code.ATTRIBUTE_TYPE] * 2


def test_security_filter_is_not_named_once_it_is_gone(scene, named):
    visit = scene.verified_booking()
    scene.sandbox.fault("*", "html", status=403)
    scene.complete(visit)
    scene.deliver()
    assert named(VISIT, visit) == Code.EDGE_BLOCK
    scene.sandbox.delete("faults")
    assert scene.diagnose(VISIT, visit).code == Code.VISIT_WAITING
    replace_key_in_spektrix(scene)
    assert scene.diagnose(VISIT, visit).code == Code.KEY_REFUSED


def test_widget_set_to_none_is_named_before_what_blocks_the_basket(scene, named):
    scene.opened(OpeningReason.BLOCKED)
    scene.set_widget(IntegrationChoice.NONE)
    assert named(PRE_FILL) == Code.WIDGET_NONE
    scene.set_widget()
    assert named(PRE_FILL) == Code.SCRIPT_BLOCKED


def test_client_name_is_known_to_keep_dates_from_being_filled_in(scene, named):
    """A basket asked for under another client's name fails like an outage, which nobody could fix."""
    scene.opened(OpeningReason.FILLED)
    scene.save(client_name="harbourtheatre")
    scene.diagnose(CONNECTION)
    assert named(PRE_FILL) == Code.CLIENT_UNKNOWN
    scene.opened(OpeningReason.FAILED)
    assert scene.diagnose(PRE_FILL, live=False).code == Code.CLIENT_UNKNOWN


def test_attribute_is_named_before_an_outage_that_passes_by_itself(scene):
    scene.define(MISSPELT)
    visit = scene.visited()
    scene.sandbox.fault("*", "status", status=503)
    assert scene.diagnose(VISIT, visit).code == Code.ATTRIBUTE_NEAR
