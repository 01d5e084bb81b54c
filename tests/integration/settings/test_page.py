"""The Spektrix page over HTTP, against the sandbox."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import AttributeState
from portal.integration.settings import service
from portal.integration.settings.service import Typed
from portal.integration.standing import service as standing
from portal.outbox.models import State
from portal.venues.models import Role
from tests import factories
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.integration.place import HTMX, PAGE, checks, last_test, overall, place_of
from tests.support.reading import read_html

pytestmark = pytest.mark.settings(spektrix_timeout_seconds=2.0)

TYPED = {"client_name": CLIENT_NAME, "api_user": API_USER, "api_key": API_KEY}


@pytest.fixture
def connected(app):
    return place_of(app)


@pytest.fixture
def fresh(app):
    return place_of(app, connected=False)


def test_integrations_leads_to_the_page(connected):
    answer = connected.client.get("/integrations")
    assert answer.location == PAGE


def test_visitors_are_asked_to_sign_in(client):
    assert "/sign-in" in client.get(PAGE).location


def test_what_crosses_over_names_the_public_programme_too(connected, fresh):
    for place, title in ((connected, "What is shared"), (fresh, "What will be shared")):
        cards = read_html(place.get()).all("section")
        [card] = [each.words for each in cards if each.words.startswith(title)]
        assert "Basket number, first performance, customer number" in card
        assert "public programme, every hour" in card


def test_not_connected_shows_steps_and_form(fresh):
    html = fresh.get()
    assert overall(html) == "Not connected"
    for words in ("The right date, already picked", "go to step 3", "Last Dined At", "Save and test"):
        assert words in html


def test_a_first_save_is_not_switched_on_by_itself(fresh):
    html = fresh.post_and_see("credentials", TYPED)
    assert overall(html) == "Not switched on"
    assert "Switch on" in html


def test_errors_answer_422_with_summary_values_kept_and_key_emptied(fresh):
    answer = fresh.post("credentials", TYPED | {"client_name": "Harbour Playhouse"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    page = read_html(html)
    assert page.one("title").words.startswith("Error: Spektrix")
    assert "There is a problem" in page.words
    assert page.link("Client name must not contain spaces") == "#client_name"
    assert (page.typed("client_name"), page.typed("api_user")) == ("Harbour Playhouse", API_USER)
    assert API_KEY not in html
    with fresh.integration() as saved:
        assert saved is None


def test_typed_markup_is_shown_as_text(fresh):
    evil = "<script>alert(1)</script>"
    html = fresh.post("credentials", {"client_name": evil, "api_user": f'"{evil}'}).get_data(as_text=True)
    assert evil not in html
    assert "&lt;script&gt;" in html


def test_saved_markup_is_shown_as_text(connected):
    evil = '"><img src=x onerror=alert(1)>'
    connected.set(
        api_user=evil, client_name=evil, test_outcome=Code.CLIENT_UNKNOWN, tested_at=clock.utc_now()
    )
    connected.set_attributes(AttributeState.NEAR_MISS, AttributeState.FOUND, near_miss=f"attribute_{evil}")
    connected.add_visit(State.NOT_STORED, Code.ATTRIBUTE_MISSING, name=evil, detail=evil)
    for path in (PAGE, f"{PAGE}/edit"):
        assert "<img" not in connected.get(path)


def test_a_save_that_fails_changes_nothing(connected, monkeypatch):
    def full_disk(*_):
        raise OSError("disk full")

    monkeypatch.setattr("portal.integration.connection.blocks.lift", full_disk)
    connected.app.config["PROPAGATE_EXCEPTIONS"] = False
    assert connected.post("credentials", TYPED).status_code == 500
    with connected.integration() as saved:
        assert (saved.api_key, saved.generation) == (API_KEY, 1)


@pytest.mark.parametrize(
    ("reason", "words", "headline"),
    [
        (Code.KEY_REFUSED, "Sign-in refused", "Spektrix did not accept the API user and key"),
        (Code.BASKETS_REFUSED, "Permission missing", "this API user is not allowed to read baskets"),
        (Code.WRITING_REFUSED, "Permission missing", "this API user is not allowed to update customers"),
        (Code.CLIENT_UNKNOWN, "Client not found", "Spektrix has no client with that name"),
        (Code.EDGE_BLOCK, "Needs attention", "A security filter in front of Spektrix refused this portal"),
    ],
)
def test_a_block_is_explained_without_a_test(connected, reason, words, headline):
    connected.set(blocked_reason=reason, blocked_until=clock.utc_now() + timedelta(minutes=5))
    entry = connected.add_visit(State.BLOCKED, reason)
    with connected.app.app_context():
        factories.make_attempt(entry, "update_customer", 403, Code.WRITING_REFUSED, 87)
    html = connected.get()
    assert overall(html) == words
    assert headline in html
    assert "1 visit is waiting" in html
    assert "update_customer" in html
    assert "87 ms" in html


def test_a_space_inside_the_user_name_is_named_after_a_401(connected):
    connected.set(api_user="green room")
    html = connected.post_and_see("test")
    assert overall(html) == "Sign-in refused"
    assert "The API user name contains a space." in html


def test_a_key_saved_under_a_lost_encryption_key_asks_for_the_key(connected):
    with connected.app.app_context():
        db.session.execute(db.text("UPDATE integrations SET api_key = :junk"), {"junk": b"not a token"})
        db.session.commit()
        # Nothing tells of this; the relay finds it out in its next round.
        standing.update(connected.venue.id)
    assert "The saved API key cannot be read any more" in connected.get()
    html = connected.post_and_see("test")
    assert overall(html) == "Sign-in refused"
    assert checks(html)[:3] == [
        ("ok", "Spektrix is answering"),
        ("ok", "Client name is right"),
        ("bad", "API user can sign in"),
    ]
    html = connected.post_and_see("credentials", TYPED)
    assert last_test(html) == ("ok", "200")


def test_near_miss_is_shown_letter_by_letter(connected):
    connected.set_attributes(
        AttributeState.NEAR_MISS, AttributeState.NOT_FOUND, near_miss="attribute_LastDineAt"
    )
    html = connected.get()
    page = read_html(html)
    for words in ("Almost right", "Not found"):
        assert words in page.words
    assert "d" in [letter.words for letter in page.all("span", class_="letter--right")]
    assert overall(html) == "Needs attention"


def test_visits_that_were_not_stored_turn_the_badge_and_say_why(connected):
    connected.post("test")
    connected.set_attributes(AttributeState.NEAR_MISS, AttributeState.FOUND, near_miss="attribute_LastDineAt")
    connected.add_visit(
        State.NOT_STORED,
        Code.ATTRIBUTE_MISSING,
        sent_last_dined="2026-06-12T21:30:00+01:00",
        sent_visits=4,
    )
    html = connected.get()
    assert overall(html) == "Needs attention"
    assert "1 visit has been sent but not stored" in html
    assert "Visits 4" in html


def test_pausing_and_resuming_keeps_the_key(connected):
    html = connected.post_and_see("active", {"active": "off"})
    assert overall(html) == "Paused"
    assert "Paused by Priya Shah on" in html
    html = connected.post_and_see("active", {"active": "on"})
    assert "Spektrix is active." in html
    with connected.integration() as saved:
        assert saved.active
        assert saved.api_key == API_KEY


def test_active_wants_on_or_off(connected):
    assert connected.post("active", {"active": "maybe"}).status_code == 400


def test_resume_without_sending_leaves_the_visits_held(connected):
    connected.post("active", {"active": "off"})
    entry = connected.add_visit(State.HELD, Code.VISIT_HELD)
    html = connected.post_and_see("active", {"active": "on"})
    assert "1 visit held since Spektrix was paused" in html
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
    main = read_html(place.get()).one("main")
    assert main.all("form") == []
    assert "Only managers can change this connection" in main.words
    assert "Noor Haddad" in main.words


def test_staff_cannot_open_the_form(app):
    assert place_of(app, Role.STAFF).client.get(f"{PAGE}/edit").status_code == 403


def test_another_venue_sees_nothing_of_it(app, connected):
    connected.add_visit(State.BLOCKED, Code.KEY_REFUSED)
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
    connected.set(credentials_saved_at=clock.utc_now())
    html = connected.get()
    assert overall(html) == "Needs attention"


def test_the_checks_belong_to_their_own_client_name(connected):
    connected.prove()
    connected.post("test")
    with connected.app.app_context():
        service.save_credentials(connected.venue, Typed("another", API_USER, API_KEY), connected.staff.id)
    html = connected.get()
    assert {state for state, _ in checks(html)} == {"skipped"}
    assert last_test(html) == ("off", "Not tested")
    assert "attribute--found" not in html
