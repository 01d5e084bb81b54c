"""Saving and testing credentials over HTTP, against the sandbox: nothing typed or good is lost."""

import dataclasses

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.integration.connection import badges, gateway
from portal.integration.connection.models import Integration
from portal.integration.settings import replacing
from portal.integration.settings.replacing import Trial
from portal.venues.models import AuditEntry, Role
from tests import factories
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.support.reading import read

pytestmark = pytest.mark.settings(spektrix_timeout_seconds=2.0, allow_local_domains=True)

PAGE = "/integrations/spektrix"
OTHER_KEY = "QSBuZXcga2V5IHRoYXQgU3Bla3RyaXggZG9lcyBub3Qga25vdw=="
GOOD = {"client_name": CLIENT_NAME, "api_user": API_USER, "api_key": API_KEY, "custom_domain": ""}
HTMX = {"HX-Request": "true"}


@dataclasses.dataclass
class Desk:
    """A manager, or somebody else, signed in for a venue."""

    app: object
    client: object
    venue: object

    def post(self, what, data=None, **more):
        return self.client.post(f"{PAGE}/{what}", data=data or {}, **more)

    def save(self, **changes):
        return self.post("credentials", GOOD | changes)

    def saved(self):
        with self.app.app_context():
            row = db.session.scalar(select(Integration).where(Integration.venue_id == self.venue.id))
            if row is None:
                return None
            return {
                "client_name": row.client_name,
                "api_user": row.api_user,
                "api_key": row.api_key,
                "custom_domain": row.custom_domain,
                "generation": row.generation,
            }

    def audit(self):
        with self.app.app_context():
            entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
            return [(str(entry.action), entry.detail, entry.staff.name) for entry in entries]


@pytest.fixture
def make_desk(app, client):
    def make(role=Role.MANAGER, *, connected=True):
        with app.app_context():
            venue = factories.make_venue()
            staff = factories.make_staff(venue, role)
            if connected:
                factories.connect_spektrix(venue, staff=staff)
        return Desk(app, factories.sign_in(client, staff), venue)

    return make


@pytest.fixture
def desk(make_desk):
    return make_desk()


@pytest.fixture
def first(make_desk):
    return make_desk(connected=False)


def test_the_first_details_are_saved_and_then_tested(first, sandbox):
    answer = first.save()
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert first.saved()["api_key"] == API_KEY
    assert [call["signed_ok"] for call in sandbox.requests("customer_by_email")] == [True]


def test_the_first_details_are_kept_even_if_spektrix_refuses_them(first):
    assert first.save(api_key=OTHER_KEY).status_code == 303
    assert first.saved()["api_key"] == OTHER_KEY


def test_new_details_that_spektrix_accepts_are_saved(desk):
    before = desk.saved()
    assert desk.save(custom_domain="").status_code == 303
    assert desk.saved() == before | {"generation": before["generation"] + 1}


@pytest.mark.parametrize(
    ("changes", "mark", "said"),
    [
        ({"api_key": OTHER_KEY}, "401", "Spektrix did not accept the API user and key"),
        ({"api_user": "somebody-else"}, "401", "Spektrix did not accept the API user and key"),
        ({"client_name": "otherplayhouse"}, "404", "Spektrix has no client with that name"),
    ],
)
def test_refused_details_leave_the_earlier_ones_in_use(desk, changes, mark, said):
    before = desk.saved()
    answer = desk.save(**changes)
    page = read(answer).words
    assert answer.status_code == 422
    assert said in page
    assert mark in page
    assert "Nothing was changed. The saved details are still in use." in page
    assert "Save anyway" in page
    assert desk.saved() == before


def test_without_trying_them_first_refused_details_take_the_place_of_the_earlier_ones(desk, monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr(replacing, "try_typed", lambda *_: Trial(badges.PASSED, passed=True))
    desk.save(api_key=OTHER_KEY)
    assert desk.saved()["api_key"] == OTHER_KEY


def test_a_missing_permission_leaves_the_earlier_details_in_use(desk, sandbox):
    sandbox.fault("customer_by_email", "status", status=403)
    before = desk.saved()
    answer = desk.save(api_key="")
    assert answer.status_code == 422
    assert "not allowed to read customers" in answer.text
    assert desk.saved() == before


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "drop_connection"},
        {"kind": "delay", "seconds": 4},
        {"kind": "html", "status": 200},
        {"kind": "html", "status": 403},
    ],
)
def test_details_that_could_not_be_tested_are_told_apart_from_refused_ones(desk, sandbox, fault):
    sandbox.fault("*", **fault)
    before = desk.saved()
    page = read(desk.save(api_key=OTHER_KEY)).words
    assert "These details could not be tested" in page
    assert "The saved details are still in use" in page
    assert "Save without testing" in page
    assert "Save anyway" not in page
    assert desk.saved() == before


def test_nothing_typed_is_lost_but_the_key(desk):
    answer = desk.save(api_user="somebody else", api_key=OTHER_KEY, custom_domain="tickets.playhouse.org")
    page = read(answer)
    assert (page.typed("api_user"), page.typed("custom_domain")) == ("somebody else", "tickets.playhouse.org")
    assert OTHER_KEY not in answer.text


def test_a_manager_may_save_what_was_refused(desk, sandbox):
    answer = desk.save(api_key=OTHER_KEY, anyway="1", new_key="1")
    assert answer.status_code == 303
    assert desk.saved()["api_key"] == OTHER_KEY
    assert sandbox.requests() == []


def test_saving_anyway_never_mistakes_the_stored_key_for_the_one_that_was_typed(desk):
    before = desk.saved()
    answer = desk.save(api_key="", anyway="1", new_key="1")
    assert answer.status_code == 422
    assert "Paste the API key again. It is never sent back to your browser" in answer.text
    assert desk.saved() == before


def test_a_blank_key_is_tested_as_the_stored_one(desk, sandbox):
    assert desk.save(api_key="").status_code == 303
    assert {call["signed_ok"] for call in sandbox.requests("customer_by_email")} == {True}
    assert desk.saved()["api_key"] == API_KEY


def test_pasted_values_are_cleaned_before_they_are_tested(desk):
    answer = desk.save(
        client_name=" https://system.spektrix.com/harbourplayhouse/client ",
        api_user="\u00a0greenroom-api\u200b",
        api_key=f'"{API_KEY[:10]} \n{API_KEY[10:]}"',
    )
    assert answer.status_code == 303
    assert {name: desk.saved()[name] for name in GOOD} == GOOD


def test_the_small_letters_are_tried_and_offered(desk, sandbox):
    answer = desk.save(client_name="HarbourPlayhouse")
    assert answer.status_code == 422
    assert "Use harbourplayhouse" in read(answer).words
    assert [call["client"] for call in sandbox.requests("events")] == ["HarbourPlayhouse", "harbourplayhouse"]
    answer = desk.save(client_name="HarbourPlayhouse", use_name="harbourplayhouse")
    assert answer.status_code == 303
    assert desk.saved()["client_name"] == "harbourplayhouse"


def test_small_letters_that_do_not_answer_are_not_offered(desk):
    page = read(desk.save(client_name="OtherPlayhouse")).words
    assert "Use otherplayhouse" not in page
    assert "the name in small letters was not found either" in page


def test_a_custom_domain_is_tried_before_it_is_saved(desk, sandbox):
    before = desk.saved()
    theatre = sandbox.theatre_url.removeprefix("http://")
    answer = desk.save(custom_domain=theatre)
    assert answer.status_code == 422
    assert "Something other than Spektrix answers at your custom domain" in answer.text
    assert desk.saved() == before
    good = sandbox.api_url.removeprefix("http://")
    assert desk.save(custom_domain=good).status_code == 303
    assert desk.saved() == before | {"custom_domain": good, "generation": before["generation"] + 1}


def test_the_custom_domain_is_taken_from_a_pasted_address(desk, sandbox):
    desk.save(client_name="https://tickets.playhouse.org/harbourplayhouse/website", anyway="1")
    assert desk.saved()["custom_domain"] == "tickets.playhouse.org"
    assert desk.saved()["client_name"] == CLIENT_NAME


def test_testing_what_is_typed_saves_nothing(desk):
    before = desk.saved()
    answer = desk.post("credentials/test", GOOD | {"api_key": OTHER_KEY}, headers=HTMX)
    assert answer.status_code == 200
    assert "Spektrix did not accept the API user and key" in answer.text
    assert "Save anyway" not in answer.text
    assert read(answer).all(name="api_key") == []
    assert desk.saved() == before
    answer = desk.post("credentials/test", GOOD, headers=HTMX)
    assert "Spektrix accepted these credentials" in answer.text
    assert "Nothing has been saved yet" in answer.text


def test_testing_without_a_script_answers_with_the_whole_page(first):
    answer = first.post("credentials/test", GOOD)
    assert answer.status_code == 200
    assert "Spektrix accepted these credentials" in answer.text
    assert read(answer).typed("api_user") == API_USER
    assert API_KEY not in answer.text
    assert first.saved() is None


def test_testing_saved_details_needs_no_key_typed(desk):
    answer = desk.post("credentials/test", GOOD | {"api_key": ""}, headers=HTMX)
    assert "Spektrix accepted these credentials" in answer.text


def test_bad_input_is_told_by_field_before_anything_is_asked(desk, sandbox):
    bad = {
        "client_name": "Harbour Playhouse",
        "api_user": "green:room",
        "api_key": "not a key!",
        "custom_domain": "a",
    }
    for what in ("credentials", "credentials/test"):
        answer = desk.post(what, bad)
        assert answer.status_code == 422
        for said in (
            "Client name must not",
            "API user name must not",
            "API key must be",
            "Custom domain must be",
        ):
            assert said in answer.text
    assert sandbox.requests() == []


def test_with_htmx_the_form_comes_back_alone_and_the_key_stays_in_the_browser(desk):
    answer = desk.post("credentials", GOOD | {"api_key": OTHER_KEY}, headers=HTMX)
    assert answer.status_code == 422
    page = read(answer)
    assert page.all("html") == []
    assert page.one(hx_preserve="true").all(id="api_key")
    assert OTHER_KEY not in answer.text


def test_with_htmx_a_saved_form_leads_to_the_page(desk):
    answer = desk.post("credentials", GOOD, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, PAGE)


def test_who_saved_which_field_is_noted_without_its_value(desk):
    desk.save(api_user="greenroom-2", api_key=OTHER_KEY, anyway="1")
    assert desk.audit()[-1] == ("credentials_saved", "API user name, API key", "Sam Doyle")
    assert OTHER_KEY not in str(desk.audit())


def test_a_key_that_cannot_be_read_any_more_is_asked_for_again(desk, sandbox, app):
    with app.app_context():
        db.session.execute(db.text("UPDATE integrations SET api_key = :junk"), {"junk": b"junk"})
        db.session.commit()
    answer = desk.save(api_key="")
    assert answer.status_code == 422
    assert "The saved API key cannot be read any more" in answer.text
    assert sandbox.requests() == []
    assert desk.save().status_code == 303


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("what", ["credentials", "credentials/test"])
def test_a_refusal_names_the_field_that_has_a_space_inside_it(desk, what, headers):
    answer = desk.post(what, GOOD | {"api_user": "greenroom api"}, headers=headers)
    assert "Spektrix did not accept the API user and key" in answer.text
    assert "API user name contains a space. Check that it is the same in Spektrix." in answer.text


@pytest.mark.parametrize("what", ["credentials", "credentials/test", "disconnect", "settings", "active"])
def test_staff_may_not_touch_the_credentials(make_desk, what):
    """X04: refused, and nothing that is stored is shown."""
    staff = make_desk(Role.STAFF)
    before = staff.saved()
    answer = staff.post(what, GOOD | {"active": "off"})
    assert answer.status_code == 403
    assert API_USER not in answer.text
    assert staff.client.get(f"{PAGE}/edit").status_code == 403
    assert staff.saved() == before


def test_the_clock_is_allowed_for_and_noted(desk, sandbox, app):
    """S39: 400 seconds are no reason to blame the key; once the clock is right, the note goes."""
    sandbox.post("options", clock_offset_seconds=400)
    assert desk.save(api_key="").status_code == 303
    assert skew(app) == pytest.approx(-400, abs=3)
    sandbox.post("options", clock_offset_seconds=0)
    with app.app_context():
        credentials = gateway.credentials_of(db.session.scalars(select(Integration)).one())
        db.session.commit()
        with gateway.spektrix(credentials, []) as client:
            client.check_credentials()
    assert skew(app) is None


def skew(app):
    with app.app_context():
        return db.session.scalars(select(Integration.clock_skew_seconds)).one()
