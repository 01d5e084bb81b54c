"""What a manager sets beside the credentials, and who is noted for it."""

import dataclasses

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.integration.connection.models import Integration
from portal.integration.settings import choices as venue_settings
from portal.integration.settings.choices import Values
from portal.venues import audit
from portal.venues.models import AuditEntry, Role, Venue
from tests import factories
from tests.people import AMARA_ID
from tests.support.reading import read

PAGE = "/integrations/spektrix/settings"
GOOD = {
    "test_customer_id": AMARA_ID,
    "match_by_details": "y",
    "admin_email": "box.office@playhouse.example.org",
    "support_email": "help@greenroom.example.org",
}


@dataclasses.dataclass
class Desk:
    app: object
    client: object
    venue: object

    def values(self):
        with self.app.app_context():
            return venue_settings.current(db.session.get(Venue, self.venue.id))

    def changes(self):
        with self.app.app_context():
            entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
            return [entry.detail for entry in entries if entry.action == audit.Action.SETTINGS_CHANGED]


@pytest.fixture
def make_desk(app, client):
    def make(role=Role.MANAGER):
        with app.app_context():
            venue = factories.make_venue()
            staff = factories.make_staff(venue, role)
            factories.connect_spektrix(venue, staff=staff)
        return Desk(app, factories.sign_in(client, staff), venue)

    return make


@pytest.fixture
def desk(make_desk):
    return make_desk()


def test_settings_are_saved_and_shown_again(desk):
    assert desk.client.post(PAGE, data=GOOD).location == "/integrations/spektrix"
    assert desk.values() == Values(
        AMARA_ID, True, "box.office@playhouse.example.org", "help@greenroom.example.org"
    )
    page = desk.client.get(PAGE).text
    for value in (AMARA_ID, "box.office@playhouse.example.org", "help@greenroom.example.org", "checked"):
        assert value in page


def test_matching_by_details_can_be_switched_off(desk):
    desk.client.post(PAGE, data={name: GOOD[name] for name in GOOD if name != "match_by_details"})
    assert desk.values().match_by_details is False
    assert "checked" not in desk.client.get(PAGE).text


def test_everything_can_be_left_empty(desk):
    desk.client.post(PAGE, data=GOOD)
    blank = {name: "" for name in GOOD if name != "match_by_details"}
    assert desk.client.post(PAGE, data=blank).status_code == 303
    assert desk.values() == Values("", False, "", "")


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [(" I-7Q2D-K9XM\u200b\n", AMARA_ID), ('"1234"', "1234"), ("customer.7", "customer.7")],
)
def test_the_test_customer_is_cleaned_and_its_form_is_not_prescribed(desk, pasted, kept):
    desk.client.post(PAGE, data=GOOD | {"test_customer_id": pasted})
    assert desk.values().test_customer_id == kept


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"test_customer_id": "../customers"}, "Test customer number must be"),
        ({"test_customer_id": "amara@example.org"}, "not an email address"),
        ({"test_customer_id": "I 7"}, "Test customer number must be"),
        ({"test_customer_id": "x" * 65}, "Test customer number must be"),
        ({"admin_email": "box office"}, "Spektrix admin's email must be an address with an @"),
        ({"support_email": "help@"}, "Your own support email must be an address with an @"),
        (
            {"support_email": "h@" + "x" * 260 + ".org"},
            "Your own support email must be 254 characters or fewer",
        ),
    ],
)
def test_values_that_cannot_be_are_told_by_field_and_nothing_is_saved(desk, changes, said):
    before = desk.values()
    answer = desk.client.post(PAGE, data=GOOD | changes)
    assert answer.status_code == 422
    assert said in read(answer).words
    assert desk.values() == before


def test_what_changed_is_noted_by_field_without_its_value(desk):
    desk.client.post(PAGE, data=GOOD)
    desk.client.post(PAGE, data=GOOD)
    desk.client.post(PAGE, data=GOOD | {"admin_email": ""})
    assert desk.changes() == [
        "test customer number, Spektrix admin's email, own support email",
        "Spektrix admin's email",
    ]


def test_the_page_says_who_changed_what(desk):
    desk.client.post(PAGE, data=GOOD)
    page = read(desk.client.get(PAGE)).words
    assert "Changed settings" in page
    assert "Saved connection details" in page
    assert "Sam Doyle" in page


def test_another_test_customer_starts_the_trial_afresh(desk):
    with desk.app.app_context():
        row = db.session.scalars(select(Integration)).one()
        row.trial_at, row.trial_outcome, row.next_check_at = row.key_saved_at, "ok", None
        db.session.commit()
    desk.client.post(PAGE, data=GOOD)
    with desk.app.app_context():
        row = db.session.scalars(select(Integration)).one()
        assert (row.trial_at, row.trial_outcome) == (None, "")
        assert row.next_check_at is not None


def test_staff_may_not_see_or_change_the_settings(make_desk):
    desk = make_desk(Role.STAFF)
    before = desk.values()
    assert desk.client.get(PAGE).status_code == desk.client.post(PAGE, data=GOOD).status_code == 403
    assert desk.values() == before


def test_settings_of_a_venue_that_is_not_connected_lead_to_connecting(app, client):
    with app.app_context():
        manager = factories.make_manager(factories.make_venue())
    answer = factories.sign_in(client, manager).get(PAGE)
    assert (answer.status_code, answer.location) == (303, "/integrations/spektrix")
