"""The Spektrix page over HTTP, against the sandbox."""

import dataclasses
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, select, update

from portal import clock
from portal.extensions import db
from portal.integration.models import AttributeCheck, AttributeState, Integration
from portal.outbox.models import Kind, State
from portal.outbox.reasons import Reason
from portal.spektrix.client import SpektrixClient
from portal.venues.models import Role
from tests import factories
from tests.factories import API_KEY, API_USER, CLIENT_NAME

PAGE = "/integrations/spektrix"
NEW_KEY = "QSBuZXcga2V5IHRoYXQgU3Bla3RyaXggZG9lcyBub3Qga25vdw=="
TYPED = {"client_name": CLIENT_NAME, "api_user": API_USER, "api_key": API_KEY}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def settings(settings, sandbox):
    return dataclasses.replace(settings, spektrix_url=sandbox.api_url, spektrix_timeout_seconds=2.0)


@dataclasses.dataclass
class Place:
    """A venue with somebody signed in for it."""

    app: object
    client: object
    venue: object
    staff: object

    def get(self, path=PAGE):
        return self.client.get(path).get_data(as_text=True)

    def post(self, what, data=None, **more):
        return self.client.post(f"{PAGE}/{what}", data=data or {}, **more)

    def post_and_see(self, what, data=None):
        return self.post(what, data, follow_redirects=True).get_data(as_text=True)

    @contextmanager
    def integration(self):
        with self.app.app_context():
            yield db.session.scalar(select(Integration).where(Integration.venue_id == self.venue.id))

    def set(self, **columns):
        with self.app.app_context():
            db.session.execute(
                update(Integration).where(Integration.venue_id == self.venue.id).values(**columns)
            )
            db.session.commit()

    def set_attributes(self, *states, near_miss=""):
        with self.integration() as integration:
            for check, state in zip(integration.attributes, states, strict=True):
                check.state = state
                check.near_miss = near_miss if state == AttributeState.NEAR_MISS else ""
            db.session.commit()

    def add_visit(self, state, reason=None, *, name="Amara Okafor", **columns):
        with self.app.app_context():
            guest = factories.make_guest(self.venue, name, f"{name.split()[0].lower()}@example.org")
            booking = factories.make_booking(self.venue, guest)
            if state in (State.CONFIRMED, State.NOT_SENT, State.NEEDS_ATTENTION):
                columns.setdefault("closed_at", clock.utc_now())
            return factories.make_entry(booking, Kind.WRITE_BACK, state, reason, **columns)


def place_of(app, role=Role.MANAGER, *, connected=True, active=True, venue_name="The Green Room"):
    with app.app_context():
        venue = factories.make_venue(venue_name)
        if connected:
            factories.connect_spektrix(venue, active=active)
        name = "Priya Shah" if role is Role.MANAGER else "Sam Doyle"
        staff = factories.make_staff(venue, role, name=name)
    return Place(app, factories.sign_in(app.test_client(), staff), venue, staff)


@pytest.fixture
def connected(app):
    return place_of(app)


@pytest.fixture
def fresh(app):
    return place_of(app, connected=False)


def overall(html):
    """The words of the page's own badge."""
    return re.search(r'class="page-head__title".*?</svg>([^<]+)</span>', html, re.DOTALL)[1]


def last_test(html):
    """Tone and words of the small badge of the connection test."""
    return re.search(
        r'id="last-test"[^>]*>\s*<span class="tag tone-(\w+)">.*?</svg>([^<]+)<', html, re.DOTALL
    ).groups()


def test_integrations_leads_to_the_page(connected):
    answer = connected.client.get("/integrations")
    assert answer.location == PAGE


def test_visitors_are_asked_to_sign_in(client):
    assert "/sign-in" in client.get(PAGE).location


def test_not_connected_shows_steps_and_form(fresh):
    html = fresh.get()
    assert overall(html) == "Not connected"
    for words in ("The right date, already picked", "go to step 3", "Last Dined At", "Save and test"):
        assert words in html


def test_save_and_test_connects_and_says_so(fresh):
    html = fresh.post_and_see("credentials", TYPED)
    assert "Saved. Spektrix accepted the details." in html
    assert last_test(html) == ("ok", "200")
    with fresh.integration() as saved:
        assert (saved.client_name, saved.api_user, saved.api_key) == (CLIENT_NAME, API_USER, API_KEY)
        assert saved.key_saved_by_id == fresh.staff.id


def test_a_first_save_is_not_switched_on_by_itself(fresh):
    html = fresh.post_and_see("credentials", TYPED)
    assert overall(html) == "Paused"
    assert "Switch on" in html


def test_pasted_address_and_quotes_are_cleaned_and_said(fresh):
    typed = TYPED | {
        "client_name": f"https://system.spektrix.com/{CLIENT_NAME}/client",
        "api_key": f' "{API_KEY}"\n',
    }
    html = fresh.post_and_see("credentials", typed)
    assert f"Client name: {CLIENT_NAME} was taken from the address." in html
    assert "API key: spaces or quotation marks were removed." in html
    assert last_test(html) == ("ok", "200")


def test_errors_answer_422_with_summary_values_kept_and_key_emptied(fresh):
    answer = fresh.post("credentials", TYPED | {"client_name": "Harbour Playhouse"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Error: Spektrix" in html
    assert "There is a problem" in html
    assert 'href="#client_name">Client name must not contain spaces' in html
    assert 'value="Harbour Playhouse"' in html
    assert f'value="{API_USER}"' in html
    assert API_KEY not in html
    with fresh.integration() as saved:
        assert saved is None


def test_errors_in_a_change_save_nothing(connected):
    answer = connected.post("credentials", {"client_name": "new", "api_user": "", "api_key": NEW_KEY})
    assert answer.status_code == 422
    assert "<title>Error: Change connection details" in answer.get_data(as_text=True)
    with connected.integration() as saved:
        assert (saved.client_name, saved.api_key, saved.generation) == (CLIENT_NAME, API_KEY, 1)


def test_typed_markup_is_shown_as_text(fresh):
    evil = "<script>alert(1)</script>"
    html = fresh.post("credentials", {"client_name": evil, "api_user": f'"{evil}'}).get_data(as_text=True)
    assert evil not in html
    assert "&lt;script&gt;" in html


def test_saved_markup_is_shown_as_text(connected):
    evil = '"><img src=x onerror=alert(1)>'
    connected.set(api_user=evil, client_name=evil, test_outcome="NotFound", tested_at=clock.utc_now())
    connected.set_attributes(AttributeState.NEAR_MISS, AttributeState.FOUND, near_miss=f"attribute_{evil}")
    connected.add_visit(State.NOT_STORED, Reason.ATTRIBUTES_MISSING, name=evil, detail=evil)
    for path in (PAGE, f"{PAGE}/edit"):
        assert "<img" not in connected.get(path)


def test_blank_key_keeps_the_stored_one(connected):
    html = connected.post_and_see("credentials", TYPED | {"api_key": ""})
    assert last_test(html) == ("ok", "200")
    with connected.integration() as saved:
        assert saved.api_key == API_KEY


def test_replacing_the_key_says_that_the_earlier_one_is_gone(connected):
    html = connected.post_and_see("credentials", TYPED | {"api_key": NEW_KEY})
    assert "The earlier API key is no longer stored. The connection test did not pass." in html
    assert overall(html) == "Sign-in refused"


def test_a_save_that_fails_keeps_the_working_key(connected, monkeypatch):
    def full_disk(*_):
        raise OSError("disk full")

    monkeypatch.setattr("portal.integration.blocks.lift", full_disk)
    connected.app.config["PROPAGATE_EXCEPTIONS"] = False
    assert connected.post("credentials", TYPED | {"api_key": NEW_KEY}).status_code == 500
    with connected.integration() as saved:
        assert saved.api_key == API_KEY


@pytest.mark.parametrize("client_name", ["HarbourPlayhouse", "HARBOURPLAYHOUSE"])
def test_the_client_name_keeps_its_case_and_404_reminds_of_it(connected, client_name):
    html = connected.post_and_see("credentials", TYPED | {"client_name": client_name})
    assert overall(html) == "Client not found"
    assert f"Spektrix has no client called {client_name}" in html
    assert f"Try it in small letters: {CLIENT_NAME}" in html


FAULTS = [
    ("customer_by_email", {"kind": "status", "status": 401}, "Sign-in refused", "401"),
    ("customer_by_email", {"kind": "status", "status": 403}, "Permission missing", "403"),
    ("events", {"kind": "status", "status": 404}, "Client not found", "404"),
    ("events", {"kind": "status", "status": 429}, "Spektrix unavailable", "429"),
    ("events", {"kind": "status", "status": 500}, "Spektrix unavailable", "500"),
    ("customer_by_email", {"kind": "status", "status": 503}, "Spektrix unavailable", "503"),
    ("events", {"kind": "html"}, "Spektrix unavailable", "200"),
    ("events", {"kind": "redirect", "to": "login"}, "Spektrix unavailable", "302"),
    ("events", {"kind": "drop_connection"}, "Spektrix unavailable", "No answer"),
    ("customer_by_email", {"kind": "html", "status": 403}, "Needs attention", "403"),
]


@pytest.mark.parametrize(("call", "fault", "words", "mark"), FAULTS)
def test_a_failed_test_shows_its_status_and_what_to_do(connected, sandbox, call, fault, words, mark):
    sandbox.fault(call, **fault)
    answer = connected.post("test", headers=HTMX)
    fragment = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert '<div class="stack" id="_connection">' in fragment
    assert "<html" not in fragment
    assert words in fragment
    html = connected.get()
    assert overall(html) == words
    assert last_test(html) == ("bad", mark)
    assert "Technical details" in html


def test_no_answer_in_time_is_told(app, sandbox):
    connected = place_of(app)
    sandbox.fault("events", "delay", seconds=4)
    connected.post("test")
    html = connected.get()
    assert last_test(html) == ("bad", "No answer")
    assert overall(html) == "Spektrix unavailable"
    assert "https://status.spektrix.com/" in html


def test_a_passed_test_is_green_and_speaks_of_credentials_alone(connected):
    fragment = connected.post("test", headers=HTMX).get_data(as_text=True)
    assert "Spektrix accepted these credentials" in fragment
    assert "It does not say that the two attributes exist." in fragment
    html = connected.get()
    assert last_test(html) == ("ok", "200")
    assert overall(html) == "Needs attention"


def test_a_passed_test_and_found_attributes_are_working(connected):
    connected.post("test")
    connected.set_attributes(AttributeState.FOUND, AttributeState.FOUND)
    assert overall(connected.get()) == "Working"


def test_without_htmx_a_test_leads_back_to_the_page(connected):
    answer = connected.post("test")
    assert (answer.status_code, answer.location) == (303, PAGE)


def test_no_transaction_is_open_while_spektrix_is_called(connected, monkeypatch):
    open_during_calls = []
    ask = SpektrixClient.check_credentials

    def watched(self):
        open_during_calls.append(db.session().in_transaction())
        ask(self)

    monkeypatch.setattr(SpektrixClient, "check_credentials", watched)
    connected.post("test")
    connected.post("credentials", TYPED)
    assert open_during_calls == [False, False]


def test_details_changed_during_a_test_do_not_take_its_answer(connected, monkeypatch):
    monkeypatch.setattr(SpektrixClient, "check_credentials", lambda _: connected.set(generation=9))
    fragment = connected.post("test", headers=HTMX).get_data(as_text=True)
    assert "The details were changed during the test. Test again." in fragment
    assert last_test(connected.get()) == ("off", "Not tested")


@pytest.mark.parametrize(
    ("reason", "words", "headline"),
    [
        (Reason.KEY_REFUSED, "Sign-in refused", "Spektrix did not accept the API user and key"),
        (Reason.BASKETS_REFUSED, "Permission missing", "this API user is not allowed to read baskets"),
        (Reason.CUSTOMERS_REFUSED, "Permission missing", "this API user is not allowed to update customers"),
        (Reason.CLIENT_NAME, "Client not found", f"Spektrix has no client called {CLIENT_NAME}"),
        (Reason.EDGE_BLOCK, "Needs attention", "A security filter in front of Spektrix refused us"),
    ],
)
def test_a_block_is_explained_without_a_test(connected, reason, words, headline):
    connected.set(blocked_reason=reason, blocked_until=clock.utc_now() + timedelta(minutes=5))
    entry = connected.add_visit(State.BLOCKED, reason)
    with connected.app.app_context():
        factories.make_attempt(entry, "update_customer", 403, "PermissionMissing", 87)
    html = connected.get()
    assert overall(html) == words
    assert headline in html
    assert "1 visit is waiting" in html
    assert "update_customer" in html
    assert "87 ms" in html


def test_a_space_inside_the_user_name_is_named_after_a_401(connected):
    html = connected.post_and_see("credentials", TYPED | {"api_user": "green room"})
    assert overall(html) == "Sign-in refused"
    assert "The API user name has a space inside it." in html


def test_a_key_saved_under_a_lost_encryption_key_asks_for_the_key(connected):
    with connected.app.app_context():
        db.session.execute(db.text("UPDATE integrations SET api_key = :junk"), {"junk": b"not a token"})
        db.session.commit()
    assert "The saved API key cannot be read any more" in connected.get()
    assert "Paste the API key again." in connected.post("test", headers=HTMX).get_data(as_text=True)
    html = connected.post_and_see("credentials", TYPED)
    assert last_test(html) == ("ok", "200")


def test_near_miss_is_shown_letter_by_letter(connected):
    connected.set_attributes(
        AttributeState.NEAR_MISS, AttributeState.NOT_FOUND, near_miss="attribute_LastDineAt"
    )
    html = connected.get()
    for words in ("Almost right", "One letter is missing.", "Not found", 'letter--right">d<'):
        assert words in html
    assert overall(html) == "Needs attention"


def test_visits_that_were_not_stored_turn_the_badge_and_say_why(connected):
    connected.post("test")
    connected.set_attributes(AttributeState.FOUND, AttributeState.FOUND)
    connected.add_visit(
        State.NOT_STORED,
        Reason.ATTRIBUTES_MISSING,
        sent_last_dined="2026-06-12T21:30:00+01:00",
        sent_visits=4,
    )
    html = connected.get()
    assert overall(html) == "Needs attention"
    assert "1 visit has been sent but not stored" in html
    assert "12\u00a0Jun,\u00a021:30" in html
    assert "Visits 4" in html


def test_checking_attributes_reads_a_linked_customer(connected):
    with connected.app.app_context():
        factories.make_link(factories.make_guest(connected.venue))
    html = connected.post_and_see("attributes")
    assert "Both names were looked up in Spektrix just now." in html
    with connected.integration() as saved:
        assert {check.state for check in saved.attributes} == {AttributeState.FOUND}


def test_checking_attributes_without_a_linked_guest_says_what_is_missing(connected):
    assert "No guest is linked to Spektrix yet" in connected.post_and_see("attributes")


def test_pausing_and_resuming_keeps_the_key(connected):
    html = connected.post_and_see("active", {"active": "off"})
    assert overall(html) == "Paused"
    assert "Paused by Priya Shah on" in html
    html = connected.post_and_see("active", {"active": "on"})
    assert "Spektrix is active." in html
    with connected.integration() as saved:
        assert saved.active
        assert saved.api_key == API_KEY


def test_a_paused_venue_can_still_test(connected):
    connected.post("active", {"active": "off"})
    connected.post("test")
    assert last_test(connected.get()) == ("ok", "200")


def test_active_wants_on_or_off(connected):
    assert connected.post("active", {"active": "maybe"}).status_code == 400


def test_resume_without_sending_leaves_the_visits_held(connected):
    connected.post("active", {"active": "off"})
    entry = connected.add_visit(State.HELD, Reason.PAUSED)
    html = connected.post_and_see("active", {"active": "on"})
    assert "1 visit held from when Spektrix was paused" in html
    with connected.app.app_context():
        assert db.session.get(type(entry), entry.id).state == State.HELD


POSTS = ["credentials", "test", "active", "attributes"]


@pytest.mark.parametrize("what", ["test", "active", "attributes"])
def test_posts_without_a_connection_say_so(fresh, what):
    assert "Spektrix is not connected" in fresh.post_and_see(what, {"active": "on"})


@pytest.mark.parametrize("what", POSTS)
def test_staff_may_not_change_anything(app, what):
    place = place_of(app, Role.STAFF)
    assert place.post(what, TYPED | {"active": "off"}).status_code == 403
    with place.integration() as saved:
        assert saved.active
        assert saved.generation == 1


@pytest.mark.parametrize("connected", [True, False])
def test_staff_can_read_and_see_who_may_change_it(app, connected):
    place = place_of(app, Role.STAFF, connected=connected)
    with app.app_context():
        factories.make_manager(place.venue, name="Noor Haddad")
    main = place.get().split("<main")[1].split("</main>")[0]
    assert "<form" not in main
    assert "Only managers can change this connection" in main
    assert "Noor Haddad" in main


def test_staff_cannot_open_the_form(app):
    assert place_of(app, Role.STAFF).client.get(f"{PAGE}/edit").status_code == 403


def test_another_venue_sees_nothing_of_it(app, connected):
    connected.add_visit(State.BLOCKED, Reason.KEY_REFUSED)
    connected.set(api_user="their-secret-user")
    other = place_of(app, connected=False, venue_name="The Other Room")
    assert overall(other.get()) == "Not connected"
    own = place_of(app, venue_name="The Third Room")
    html = own.get()
    assert "Amara" not in html
    assert "their-secret-user" not in html
    own.post("active", {"active": "off"})
    with connected.integration() as saved:
        assert saved.active


def test_a_page_from_an_hour_ago_still_works(connected):
    with time_machine.travel(clock.utc_now() + timedelta(hours=2)):
        assert connected.post("active", {"active": "off"}).status_code == 303


@pytest.mark.parametrize("what", POSTS)
def test_a_post_without_its_token_is_refused_in_words(connected, what):
    del connected.client.environ_base["HTTP_X_CSRFTOKEN"]
    answer = connected.post(what, TYPED | {"active": "off"})
    assert answer.status_code == 400
    assert "nothing was saved" in answer.get_data(as_text=True)
    with connected.integration() as saved:
        assert saved.active


def test_the_key_is_in_no_answer_and_no_log(app, sandbox, caplog):
    caplog.set_level("DEBUG")
    place = place_of(app, connected=False)
    answers = [place.post("credentials", TYPED | {"client_name": "a b"}), place.post("credentials", TYPED)]
    answers += [place.post(what, {"active": "on"}, follow_redirects=True) for what in POSTS[1:]]
    sandbox.fault("*", "status", status=401)
    answers += [place.post("test", headers=HTMX), place.client.get(PAGE), place.client.get(f"{PAGE}/edit")]
    answers.append(place.post("credentials", TYPED | {"api_user": ""}))
    for answer in answers:
        text = answer.get_data(as_text=True) + str(answer.headers)
        assert API_KEY not in text
        assert API_KEY[:-4] not in text
    assert API_KEY not in caplog.text


def test_recent_visits_are_the_latest_twenty_newest_first(connected):
    for number in range(22):
        state = State.CONFIRMED if number % 2 else State.NOT_SENT
        connected.add_visit(state, name=f"Guest{number} Someone")
    names = re.findall(r'href="/guests/\d+">Guest(\d+) Someone', connected.get())
    assert [int(name) for name in names] == list(range(21, 1, -1))


def test_completed_time_is_the_venues(connected):
    created = clock.utc_now().replace(2026, 6, 12, 20, 42)
    connected.add_visit(State.CONFIRMED, created_at=created)
    html = connected.get()
    assert "Fri\u00a012\u00a0Jun" in html
    assert "21:42" in html


def test_the_page_asks_the_database_as_often_with_a_long_history(connected):
    connected.add_visit(State.CONFIRMED, name="First Guest")
    few = _queries(connected)
    for number in range(15):
        connected.add_visit(State.CONFIRMED, name=f"Guest{number} Someone")
    assert _queries(connected) == few


def _queries(place):
    with place.app.app_context():
        engine = db.engine
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    place.get()
    event.remove(engine, "before_cursor_execute", note)
    return len(asked)


def test_a_visit_that_landed_under_an_earlier_key_proves_nothing(connected):
    connected.set_attributes(AttributeState.FOUND, AttributeState.FOUND)
    connected.add_visit(State.CONFIRMED, closed_at=clock.utc_now())
    assert overall(connected.get()) == "Working"
    connected.set(key_saved_at=clock.utc_now())
    assert overall(connected.get()) == "Needs attention"


def test_the_checks_belong_to_their_own_client_name(connected):
    connected.set_attributes(AttributeState.FOUND, AttributeState.FOUND)
    connected.post("credentials", TYPED | {"client_name": "another"})
    with connected.app.app_context():
        states = db.session.scalars(select(AttributeCheck.state)).all()
    assert set(states) == {AttributeState.NOT_CHECKED}
