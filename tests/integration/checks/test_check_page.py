"""Test connection on the page: the six checks one by one, the badge, the callout, and who can fix it."""

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import AttributeState
from portal.outbox.models import State
from portal.spektrix.client import SpektrixClient
from portal.venues.models import Role, Venue
from tests.integration.place import HTMX, PAGE, checks, last_test, lead, overall, place_of
from tests.people import AMARA_ID
from tests.support.reading import read_html

pytestmark = pytest.mark.settings(spektrix_timeout_seconds=2.0, allow_local_domains=True)


@pytest.fixture
def connected(app):
    return place_of(app)


def run_with_htmx(place):
    """Press the button and let each card ask for the next, as a browser does. Returns every answer."""
    answers = [place.post("test", headers=HTMX).get_data(as_text=True)]
    while next_step := read_html(answers[-1]).one("div", id="_checks").attributes.get("hx-post"):
        answers.append(place.client.post(next_step, headers=HTMX).get_data(as_text=True))
        assert len(answers) < 10
    return answers


FAULTS = [
    ("customer_by_email", {"kind": "status", "status": 401}, "Sign-in refused", "401", 3),
    ("customer_by_id", {"kind": "status", "status": 403}, "Permission missing", "403", 4),
    ("basket_by_id", {"kind": "status", "status": 403}, "Permission missing", "403", 4),
    ("events", {"kind": "status", "status": 404}, "Client not found", "404", 2),
    ("events", {"kind": "status", "status": 429}, "Spektrix unavailable", "429", 1),
    ("events", {"kind": "status", "status": 500}, "Spektrix unavailable", "500", 1),
    ("customer_by_email", {"kind": "status", "status": 503}, "Spektrix unavailable", "503", 3),
    ("events", {"kind": "html"}, "Spektrix unavailable", "200", 1),
    ("events", {"kind": "redirect", "to": "login"}, "Spektrix unavailable", "302", 1),
    ("events", {"kind": "drop_connection"}, "Spektrix unavailable", "No answer", 1),
    ("customer_by_email", {"kind": "html", "status": 403}, "Needs attention", "403", 3),
]


@pytest.mark.parametrize(("call", "fault", "words", "mark", "step"), FAULTS)
def test_a_failed_check_shows_its_status_and_what_to_do(connected, sandbox, call, fault, words, mark, step):
    sandbox.fault(call, **fault)
    html = connected.post_and_see("test")
    assert overall(html) == words
    assert last_test(html) == ("bad", mark)
    assert f"Stopped at step {step} of 6" in html
    assert [state for state, _ in checks(html)] == ["ok"] * (step - 1) + ["bad"] + ["skipped"] * (6 - step)
    for needed in ("Technical details", "Tell support", "Read more about this", "Still stuck?"):
        assert needed in html


def test_no_answer_in_time_is_told(connected, sandbox):
    sandbox.fault("events", "delay", seconds=4)
    html = connected.post_and_see("test")
    assert last_test(html) == ("bad", "No answer")
    assert overall(html) == "Spektrix unavailable"
    assert "https://status.spektrix.com/" in html


def test_the_checks_fill_in_one_by_one(connected):
    connected.prove()
    answers = run_with_htmx(connected)
    busy = [[state for state, _ in checks(answer)] for answer in answers[:-1]]
    assert busy == [["ok"] * number + ["busy"] + ["waiting"] * (5 - number) for number in range(6)]
    assert [state for state, _ in checks(answers[-1])] == ["ok"] * 6
    assert [read_html(answer).all("html") for answer in answers] == [[]] * len(answers)


def test_the_button_is_busy_until_the_last_check_and_says_so(connected):
    connected.prove()
    answers = run_with_htmx(connected)
    first, *between, last = [read_html(answer).all("button", id="test-button") for answer in answers]
    assert [(button.words, button.attributes["aria-disabled"]) for button in first] == [("Testing…", "true")]
    assert between == [[]] * 5
    assert [button.words for button in last] == ["Test connection"]
    assert "aria-disabled" not in last[0].attributes


def test_the_last_answer_brings_badge_lead_callout_and_status_along(connected):
    connected.prove()
    last = run_with_htmx(connected)[-1]
    assert "hx-trigger" not in last
    for target in ("overall", "overall-lead", "_connection", "last-test", "attributes-place", "status"):
        assert read_html(last).one(id=target).attributes["hx-swap-oob"], target
    assert "Working" in last
    assert "Everything is working" in last
    assert "Last checked just now" in last


def test_a_run_stops_at_the_first_failure(connected, sandbox):
    sandbox.fault("customer_by_email", "status", status=401)
    answers = run_with_htmx(connected)
    assert len(answers) == 4
    assert "Sign-in refused" in answers[-1]
    assert "Stopped at step 3 of 6" in answers[-1]
    assert sandbox.requests("customer_by_id") == []


def test_a_check_whose_predecessor_did_not_pass_is_not_made(connected, sandbox):
    answer = connected.client.post(f"{PAGE}/test/5", headers=HTMX).get_data(as_text=True)
    assert "hx-trigger" not in answer
    assert sandbox.requests() == []


@pytest.mark.parametrize("number", [0, 7, 99])
def test_there_are_six_checks(connected, number):
    assert connected.client.post(f"{PAGE}/test/{number}", headers=HTMX).status_code == 404


def test_without_htmx_a_test_leads_back_to_the_page(connected):
    for path in ("test", "test/1"):
        answer = connected.post(path)
        assert (answer.status_code, answer.location) == (303, PAGE)


def test_without_a_connection_htmx_is_led_back_to_the_page(app):
    fresh = place_of(app, connected=False)
    for path in ("test", "test/1"):
        assert fresh.post(path, headers=HTMX).headers["HX-Redirect"] == PAGE


def test_no_transaction_is_open_while_spektrix_is_called(connected, monkeypatch):
    open_during_calls = []
    ask = SpektrixClient.check_credentials

    def watched(self):
        open_during_calls.append(db.session().in_transaction())
        ask(self)

    monkeypatch.setattr(SpektrixClient, "check_credentials", watched)
    connected.post("test")
    run_with_htmx(connected)
    assert open_during_calls == [False, False]


def test_details_changed_during_a_test_do_not_take_its_answer(connected, monkeypatch):
    monkeypatch.setattr(SpektrixClient, "check_credentials", lambda _: connected.set(generation=9))
    html = connected.post_and_see("test")
    assert last_test(html) == ("off", "Not tested")
    assert {state for state, _ in checks(html)} == {"skipped"}


def test_a_passed_test_is_green_and_speaks_of_credentials_alone(connected):
    """R20: green for the credentials, and the page's own badge is not."""
    html = connected.post_and_see("test")
    assert last_test(html) == ("ok", "200")
    assert overall(html) == "Ready, not proved yet"
    assert "This tests the API user and key only" in html
    assert "attribute--found" not in html


def test_a_fresh_connection_says_that_nothing_has_arrived_and_how_to_prove_it(connected):
    html = connected.post_and_see("test")
    assert "No visit has reached Spektrix yet" in html
    assert "Enter a test customer" in html
    assert "Writing not proved yet" in html


def test_six_passed_checks_fold_once_they_are_not_news(connected):
    connected.prove()
    html = connected.post_and_see("test")
    assert "6 of 6 passed" in html
    assert "Everything is working" in html
    with time_machine.travel(clock.utc_now() + timedelta(minutes=2, seconds=1), tick=False):
        html = connected.get()
    assert overall(html) == "Working"
    assert "All 6 checks passed 2 minutes ago, in " in read_html(html).words
    assert "Everything is working" not in html
    assert lead(html) == "Last checked 2 minutes ago · checked automatically every hour"
    for figure in ("Visits confirmed", "Trying again", "Not sent", "Guests linked"):
        assert figure in html


def test_attributes_that_are_wrong_fail_check_5_and_leave_check_6(connected, sandbox):
    sandbox.fault("*", "misspell_attribute", attribute="Last Dined At")
    connected.set(test_customer_id=AMARA_ID)
    connected.add_visit(State.NOT_STORED, Code.ATTRIBUTE_MISSING)
    html = connected.post_and_see("test")
    assert [state for state, _ in checks(html)] == ["ok", "ok", "ok", "warn", "bad", "warn"]
    assert "1 spelled differently. See below." in html
    assert "but Spektrix kept no value." in html
    assert "3 of 6 passed" in html
    assert overall(html) == "Needs attention"


def test_checks_run_while_paused_and_the_last_says_what_is_held(connected):
    connected.set(active=False)
    connected.add_visit(State.HELD, Code.VISIT_HELD)
    html = connected.post_and_see("test")
    assert overall(html) == "Paused"
    assert "Checks continue while paused" in html
    assert "Paused. 1 visit is being held." in html
    assert last_test(html) == ("ok", "200")


def test_the_small_letters_of_a_client_name_are_tried_and_offered(connected):
    connected.set(client_name="HarbourPlayhouse")
    html = connected.post_and_see("test")
    assert overall(html) == "Client not found"
    assert "The same name in small letters works." in html
    assert "Try harbourplayhouse instead" in html


def test_the_offered_client_name_is_saved_with_one_press(connected):
    connected.set(client_name="HarbourPlayhouse")
    html = connected.post_and_see("test")
    form = read_html(html).one("form", class_="one-button", action=f"{PAGE}/credentials")
    typed = {field.attributes["name"]: field.attributes["value"] for field in form.all("input")}
    connected.post("credentials", typed)
    with connected.integration() as saved:
        assert saved.client_name == "harbourplayhouse"


def test_a_domain_where_something_else_answers_fails_check_1(connected, sandbox):
    connected.set(custom_domain=sandbox.theatre_url.removeprefix("http://"))
    html = connected.post_and_see("test")
    assert overall(html) == "Needs attention"
    assert "Something other than Spektrix answers at your custom domain" in html
    assert "Stopped at step 1 of 6" in html
    assert "Change custom domain" in html


def test_a_refused_right_to_write_is_named_although_reading_is_allowed(connected):
    """S02, R96: nothing but a visit shows it, and Test connection stays green."""
    connected.set(
        blocked_reason=Code.WRITING_REFUSED,
        blocked_kind="write_back",
        blocked_until=clock.utc_now() + timedelta(minutes=5),
    )
    html = connected.post_and_see("test")
    assert overall(html) == "Permission missing"
    assert "Reading baskets: allowed. Updating customers: refused with 403." in html
    assert "not allowed to update customers" in html
    assert last_test(html) == ("ok", "200")


def test_repeated_outages_give_the_address_of_spektrix_support(connected, sandbox):
    """R15."""
    sandbox.fault("events", "status", status=503)
    assert "More than one test had this result" not in connected.post_and_see("test")
    assert "More than one test had this result" in connected.post_and_see("test")


def test_visits_that_wait_are_counted_and_since_when(connected, sandbox):
    sandbox.fault("customer_by_email", "status", status=401)
    for name in ("Amara Okafor", "Tom Whitfield"):
        connected.add_visit(State.BLOCKED, Code.KEY_REFUSED, name=name)
    html = connected.post_and_see("test")
    assert "2 visits are waiting and will be sent once this is fixed." in html
    assert "Last checked just now · visits have been waiting since " in lead(html)


@pytest.mark.parametrize(
    ("call", "status", "address"),
    [("customer_by_email", 401, "support@spektrix.com"), ("events", 400, "desk@venue.example")],
)
def test_who_is_asked_depends_on_whose_the_fault_is(connected, sandbox, call, status, address):
    """R22, R23."""
    with connected.app.app_context():
        db.session.get(Venue, connected.venue.id).support_email = "desk@venue.example"
        db.session.commit()
    sandbox.fault(call, "status", status=status)
    html = connected.post_and_see("test")
    assert f"Still stuck? Write to {address}" in read_html(html).words


def test_staff_see_the_checks_and_no_button(app):
    place = place_of(app, Role.STAFF)
    html = place.get()
    assert len(checks(html)) == 6
    assert "test-button" not in html
    assert "Disconnect…" not in html


def test_a_found_attribute_is_shown_found(connected):
    connected.set(test_customer_id=AMARA_ID)
    html = connected.post_and_see("test")
    assert html.count("attribute--found") == 2
    with connected.integration() as saved:
        assert {check.state for check in saved.attributes} == {AttributeState.FOUND}
