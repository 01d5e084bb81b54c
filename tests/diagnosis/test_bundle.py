"""The support bundle: everything a desk needs, and nothing that is anybody's secret or detail (N18)."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlalchemy import update

from portal import config
from portal.diagnosis.support import bundle
from portal.diagnosis.support.desk import SPEKTRIX, desk_for
from portal.diagnosis.symptoms import overview as symptoms
from portal.extensions import db
from portal.findings import FINDINGS, Cause, Code
from portal.guests.models import CustomerLink
from portal.guests.service import Contact
from portal.integration.connection.models import Integration
from portal.integration.programme import sync as event_sync
from portal.outbox.models import Attempt, OutboxEntry
from portal.venues.models import Venue
from tests import factories
from tests.diagnosis.faults_writes import writing_refused
from tests.diagnosis.scene import CONNECTION, VISIT, WRITES
from tests.factories import API_KEY, API_USER
from tests.people import AMARA, AMARA_ID
from tests.support.reading import read
from tests.support.tables import each_row

CANARY = Contact("Canary Quillfeather", "canary.quillfeather@example.org", "07700 900987")


def written(scene, booking_id=None, expected=""):
    found = [
        (symptoms.CONNECTION, scene.diagnose(CONNECTION, live=False)),
        (symptoms.WRITES, scene.diagnose(WRITES, live=False)),
    ]
    if booking_id:
        found.append((symptoms.VISIT, scene.diagnose(VISIT, booking_id, live=False)))
    return bundle.write(scene.venue, found, expected)


def test_bundle_says_what_failed_where_and_when(scene):
    writing_refused(scene)
    scene.diagnose(CONNECTION)
    text = written(scene, expected="The visit shows in Spektrix")
    assert "The visit shows in Spektrix" in text
    assert (
        'writing_refused (credentials) at "Allowed to read baskets and update customers", status 403' in text
    )
    assert "Business: The Green Room (" in text
    assert "schema 0" in text
    assert "Widgets: 1 set to spektrix" in text
    assert "Active: yes" in text
    assert "update_attributes" in text
    assert "blocked: 1" in text


def test_bundle_of_a_venue_without_spektrix_says_so(scene):
    scene.disconnect()
    text = written(scene)
    assert "Connected: no" in text
    assert "not_connected (credentials)" in text


def test_bundle_says_how_reading_the_programme_went(scene):
    assert "(never tried)" in written(scene)
    event_sync.sync(scene.venue.id)
    text = written(scene)
    assert ", ok\nRead: " in text
    assert "6 events" in text
    scene.sandbox.fault("events", "status", status=503)
    event_sync.sync(scene.venue.id)
    assert ", outage\nRead: " in written(scene)


def test_bundle_holds_no_secret_and_nothing_about_a_guest(scene):
    """Canaries in every column that holds text about a person, a basket, a customer or a key."""
    basket_id = scene.sandbox.basket(None)
    scene.through_the_widget(basket_id, CANARY, at=1)
    booking_id = scene.visited(AMARA)
    waiting = scene.book(AMARA, scene.sandbox.basket(AMARA_ID), at=2)
    scene.diagnose(CONNECTION)
    for model, column in (
        (OutboxEntry, "detail"),
        (CustomerLink, "detail"),
        (Attempt, "sent"),
        (Attempt, "received"),
    ):
        db.session.execute(update(model).values({column: "canary-in-a-detail"}))
    db.session.execute(update(Integration).values(test_customer_id="I-TEST-CANARY"))
    db.session.commit()
    text = written(scene, booking_id) + written(scene, waiting)
    names = [
        part for contact in (CANARY, AMARA) for part in (*contact.name.split(), contact.email, contact.phone)
    ]
    for secret in (API_KEY, API_KEY[:8], API_KEY[-4:], API_USER, AMARA_ID, basket_id, "CANARY", *names):
        assert secret not in text, secret
    assert "canary" not in text.lower()


def test_bundle_keeps_the_last_twenty_calls(scene):
    entry = scene.visit(scene.visited())
    for number in range(30):
        factories.make_attempt(entry, call="customer_by_id", status=500 + number, outcome=Code.OUTAGE)
    text = written(scene)
    assert "529" in text
    assert "510" in text
    assert "509" not in text


@each_row("code", list(Code))
def test_cause_decides_the_desk(app_context, venue, code):
    """R22, R23."""
    theirs = {Cause.CREDENTIALS, Cause.ATTRIBUTES, Cause.SPEKTRIX}
    found = FINDINGS[code]
    ours = config.current().support_email
    assert desk_for(venue, found).address == (SPEKTRIX if found.cause in theirs else ours)


def test_a_venues_own_desk_goes_before_ours(app_context, venue):
    own = replace_support(venue, "help@greenroom.example")
    assert desk_for(own, FINDINGS[Code.OUR_FAULT]).address == "help@greenroom.example"
    assert desk_for(own, FINDINGS[Code.KEY_REFUSED]).address == SPEKTRIX


def replace_support(venue, address):
    return Venue(id=venue.id, name=venue.name, support_email=address)


def test_mail_names_the_business_and_what_was_expected(app_context):
    shop = Venue(id=1, name="Bangers & Mash? #1", support_email="")
    mail = desk_for(shop, None, "Visits & dates\nin Spektrix").mail
    fields = parse_qs(urlsplit(mail).query)
    assert fields["subject"] == ["Spektrix at Bangers & Mash? #1"]
    assert "Visits & dates\nin Spektrix" in fields["body"][0]
    assert unquote(urlsplit(mail).path) == config.current().support_email


class TestPage:
    @pytest.fixture
    def manager(self, app, client, venue):
        with app.app_context():
            manager = factories.make_manager(venue)
            factories.connect_spektrix(venue, staff=manager)
        return factories.sign_in(client, manager)

    def test_what_was_expected_goes_into_mail_and_bundle(self, manager):
        page = manager.post("/find-the-fault/bundle", data={"expected": "Dates come up"}).text
        assert page.count("Dates come up") >= 3
        assert "Dates%20come%20up" in page

    def test_bundle_comes_as_a_file(self, manager):
        answer = manager.post("/find-the-fault/bundle", data={"expected": "Dates come up", "as": "file"})
        assert answer.content_type == "text/plain; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "Dates come up" in answer.text

    def test_too_much_is_refused_and_kept(self, manager):
        answer = manager.post("/find-the-fault/bundle", data={"expected": "x" * 1001})
        assert answer.status_code == 422
        assert "Write at most 1000 characters" in answer.text
        assert "x" * 1001 in answer.text

    def test_a_key_that_was_pasted_gets_into_no_bundle(self, manager):
        answer = manager.post("/find-the-fault/bundle", data={"expected": f"It is {API_KEY}", "as": "file"})
        assert answer.status_code == 422
        assert "holds what looks like an API key" in answer.text
        bundled = read(answer).one("pre", aria_label="Support bundle").words
        assert "(not said)" in bundled
        assert API_KEY not in bundled

    def test_bundle_can_be_made_for_one_booking(self, app, manager, venue):
        with app.app_context():
            booking = factories.make_booking(venue)
            theirs = factories.make_booking(factories.make_venue("The Other Room"))
        page = manager.get(f"/find-the-fault/bundle?booking={booking.id}").text
        assert "One visit is not in Spektrix:\n  not_completed" in page
        assert manager.get(f"/find-the-fault/bundle?booking={theirs.id}").status_code == 404
