"""A form that is sent after its session ended comes back after signing in, and to nobody else."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from portal import clock, crypto
from portal.bookings.models import Booking
from portal.extensions import db
from portal.integration.connection.models import Integration
from portal.venues import saved_forms
from portal.venues.models import Role, StaffSession
from portal.venues.saved_forms import SavedForm
from tests.factories import PASSWORD, make_staff, make_venue
from tests.people import AMARA
from tests.support.reading import read

HERE = {"Origin": "http://localhost"}
NEW = "/bookings/new"
TYPED = {
    "key": "k" * 22,
    "source": "phone",
    "date": "2026-06-12",
    "time": "19:00",
    "party_size": "4",
    "name": AMARA.name,
    "phone": AMARA.phone,
    "note": "By the window\nif that can be had",
}
COMES_BACK = "Sign in to get back what you typed."
CHECK_IT = "You were signed out before this was saved"


@pytest.fixture(autouse=True)
def _in_june(time_machine):
    time_machine.move_to("2026-06-01T12:00:00+00:00", tick=True)


@pytest.fixture
def manager(app, venue):
    with app.app_context():
        return make_staff(venue, Role.MANAGER)


def token_on(page):
    return read(page).one("meta", name="csrf-token").attributes["content"]


def enter(client, person, **fields):
    """Sign in as a person does, in the form. Returns the answer."""
    token = token_on(client.get("/sign-in"))
    data = {"email": person.email, "password": PASSWORD, "csrf_token": token}
    return client.post("/sign-in", data=data | fields, headers=HERE)


def open_form(client, person):
    """Sign in and return the token of the forms on every page from then on."""
    assert enter(client, person).status_code == 302
    return token_on(client.get("/diary"))


def end_sessions(app):
    with app.app_context():
        db.session.execute(delete(StaffSession))
        db.session.commit()


def send(client, token, path=NEW, fields=TYPED, headers=HERE):
    return client.post(path, data=fields | {"csrf_token": token}, headers=headers)


def sign_in_on(client, page, person, password=PASSWORD):
    """Fill in the sign-in form that a page has. Returns the answer."""
    data = hidden_in(page) | {"email": person.email, "password": password}
    return client.post("/sign-in", data=data, headers=HERE)


def hidden_in(page):
    form = read(page).one("form", action="/sign-in")
    return {field.attributes["name"]: field.attributes["value"] for field in form.all("input", type="hidden")}


def shown(page):
    """Return what the page says was typed, and the form that sends it again as address and fields."""
    pairs = [(dt.words, dd.words) for dt, dd in zip(page.all("dt"), page.all("dd"), strict=True)]
    form = next(form for form in page.all("form") if form.attributes["action"] != "/sign-out")
    fields = [(f.attributes["name"], f.attributes.get("value") or "") for f in form.all("input")]
    return dict(pairs), form.attributes["action"], fields


def bookings(app):
    with app.app_context():
        return db.session.scalars(select(Booking)).all()


@pytest.fixture
def lost(app, client, staff):
    """The answer to a booking that was sent after its session had ended."""
    token = open_form(client, staff)
    end_sessions(app)
    return send(client, token)


def test_a_form_sent_signed_out_asks_to_sign_in_and_changes_nothing(app, lost):
    assert lost.status_code == 401
    assert "You have been signed out" in lost.text
    assert COMES_BACK in lost.text
    assert lost.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in lost.headers["Content-Security-Policy"]
    assert bookings(app) == []


def test_nothing_that_was_typed_can_be_read_in_the_sign_in_page(lost):
    assert not re.search("Amara|900461|window", lost.text)


def test_after_signing_in_it_is_shown_and_not_sent(app, client, staff, lost):
    answer = sign_in_on(client, lost, staff)
    said, action, _ = shown(read(answer))
    assert answer.status_code == 200
    assert CHECK_IT in answer.text
    assert "Check it and send it again." in answer.text
    assert said["Name"] == "Amara Okafor"
    assert said["Phone number"] == AMARA.phone
    assert said["Guests"] == "4"
    assert "Key" not in said
    assert action == NEW
    assert bookings(app) == []


def test_send_it_now_sends_everything_as_it_was(app, client, staff, lost):
    _, action, fields = shown(read(sign_in_on(client, lost, staff)))
    assert {name: text for name, text in fields if name != "csrf_token"} == TYPED
    answer = client.post(action, data=dict(fields), headers=HERE)
    assert answer.status_code == 303
    (booking,) = bookings(app)
    assert (booking.booked_name, booking.party_size) == ("Amara Okafor", 4)


def test_it_survives_a_wrong_password(client, staff, lost):
    wrong = sign_in_on(client, lost, staff, "not the password")
    assert wrong.status_code == 422
    assert COMES_BACK in wrong.text
    assert CHECK_IT in sign_in_on(client, wrong, staff).text


@pytest.mark.settings(rate_limits=True)
class TestTooManyTries:
    def test_leave_it_on_the_page(self, client, staff, lost, time_machine):
        answer = lost
        for _ in range(11):
            answer = sign_in_on(client, answer, staff, "not the password")
        assert answer.status_code == 429
        assert "Wait up to 15 minutes" in answer.text
        assert read(answer).one("input", id="email").attributes["value"] == staff.email
        time_machine.shift(timedelta(minutes=16))
        assert CHECK_IT in sign_in_on(client, answer, staff).text


def test_a_colleague_of_the_same_venue_may_take_it_over(app, client, venue, lost):
    with app.app_context():
        colleague = make_staff(venue)
    assert CHECK_IT in sign_in_on(client, lost, colleague).text


def test_signed_out_in_another_tab(client, staff):
    token = open_form(client, staff)
    assert client.post("/sign-out", headers=HERE | {"X-CSRFToken": token}).status_code == 302
    lost = send(client, token)
    assert lost.status_code == 401
    assert CHECK_IT in sign_in_on(client, lost, staff).text


def test_a_browser_that_lost_its_cookies(app, client, staff):
    token = open_form(client, staff)
    fresh = app.test_client()
    lost = send(fresh, token)
    assert lost.status_code == 401
    assert CHECK_IT in sign_in_on(fresh, lost, staff).text


def test_signed_in_again_in_another_tab_shows_it_at_once(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    assert open_form(client, staff) != token
    answer = send(client, token)
    said, action, fields = shown(read(answer))
    assert answer.status_code == 400
    assert said["Name"] == "Amara Okafor"
    assert bookings(app) == []
    assert client.post(action, data=dict(fields), headers=HERE).status_code == 303


def test_loading_the_page_again_shows_it_again(client, staff, lost):
    sent = hidden_in(lost) | {"email": staff.email, "password": PASSWORD}
    for _ in range(2):
        answer = client.post("/sign-in", data=sent, headers=HERE)
        assert answer.status_code == 200
        assert CHECK_IT in answer.text


def test_a_sign_in_page_left_open_keeps_it_too(app, staff, lost):
    fresh = app.test_client()
    stale = sign_in_on(fresh, lost, staff)
    assert stale.status_code == 400
    assert "Enter your password again" in stale.text
    assert read(stale).one("input", id="email").attributes["value"] == staff.email
    assert not read(stale).one("input", id="password").attributes.get("value")
    assert CHECK_IT in sign_in_on(fresh, stale, staff).text


def test_somebody_of_another_venue_gets_nothing_of_it(app, client, lost):
    with app.app_context():
        stranger = make_staff(make_venue("The Other Room"), Role.MANAGER)
    answer = sign_in_on(client, lost, stranger)
    assert (answer.status_code, answer.location) == (302, "/diary")
    assert "Amara" not in client.get("/diary").text


def test_another_venues_session_in_the_same_browser_gets_nothing_of_it(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    with app.app_context():
        stranger = make_staff(make_venue("The Other Room"), Role.MANAGER)
    open_form(client, stranger)
    answer = send(client, token)
    assert answer.status_code == 400
    assert "Amara" not in answer.text


def test_what_is_for_managers_does_not_come_back_to_staff(app, client, staff, manager):
    token = open_form(client, manager)
    end_sessions(app)
    lost = send(client, token, "/integrations/spektrix/settings", {"support_email": "help@venue.example"})
    answer = sign_in_on(client, lost, staff)
    assert answer.status_code == 302
    page = client.get(answer.location)
    assert "Only managers can save that" in page.text
    assert "help@venue.example" not in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("signed_in_again", [False, True])
def test_what_no_page_of_ours_sent_is_not_kept(app, client, staff, headers, signed_in_again):
    token = open_form(client, staff)
    end_sessions(app)
    if signed_in_again:
        open_form(client, staff)
    answer = send(client, token, headers=headers)
    assert answer.status_code in {302, 400, 403}
    assert COMES_BACK not in answer.text
    assert "Amara" not in answer.text
    assert bookings(app) == []


def test_a_browser_that_names_the_site_without_an_origin_is_believed(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    assert COMES_BACK in send(client, token, headers={"Sec-Fetch-Site": "same-origin"}).text


@pytest.mark.parametrize("token", ["", "x", "ImFiYyI.aaaa.bbbb"])
def test_a_form_without_a_token_of_ours_is_not_kept(client, staff, token):
    answer = send(client, token)
    assert answer.status_code == 400
    assert "Amara" not in answer.text


def test_the_token_of_a_page_that_belonged_to_nobody_is_not_enough(client):
    answer = send(client, token_on(client.get("/sign-in")))
    assert answer.status_code == 302
    assert "nothing was changed" in client.get(answer.location).text


def test_a_press_without_anything_typed_is_repeated_not_kept(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    answer = send(client, token, "/bookings/1/complete", {"from": "booking"})
    assert answer.status_code == 302
    assert "Sign in and try again" in client.get(answer.location).text


def test_a_key_is_not_kept_and_is_asked_for_again(app, client, manager):
    token = open_form(client, manager)
    end_sessions(app)
    key = "SGFyYm91clBsYXlob3VzZURlbW9LZXkwMTIzNDU2Nzg5QUJDREVGR0g="
    typed = {"client_name": "harbourplayhouse", "api_user": "greenroom-api", "api_key": key}
    lost = send(client, token, "/integrations/spektrix/credentials", typed)
    assert "API key is not kept" in lost.text
    sealed = read(lost).one("input", name="kept").attributes["value"]
    with app.app_context():
        assert key not in crypto.decrypt(sealed.encode())
    answer = sign_in_on(client, lost, manager)
    page = read(answer)
    field = page.one("input", name="api_key")
    assert key not in answer.text
    assert field.attributes["type"] == "password"
    assert not field.attributes.get("value")
    assert page.one("label", for_=field.attributes["id"]).words == "API key"
    _, action, fields = shown(page)
    refused = client.post(action, data=dict(fields), headers=HERE)
    assert refused.status_code == 422
    assert "Enter the API key" in refused.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Integration)) == 0


def test_what_is_too_long_to_keep_is_said(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    answer = send(client, token, fields=TYPED | {"note": "x" * saved_forms.LARGEST_BYTES})
    assert answer.status_code == 302
    assert "too long to keep" in client.get(answer.location).text


def test_the_longest_that_is_kept_comes_back_whole(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    note = "x" * (saved_forms.LARGEST_BYTES - 600)
    _, _, fields = shown(read(sign_in_on(client, send(client, token, fields=TYPED | {"note": note}), staff)))
    assert dict(fields)["note"] == note


def test_it_is_gone_after_a_day(client, staff, lost, time_machine):
    time_machine.shift(timedelta(days=1, minutes=1))
    answer = sign_in_on(client, lost, staff)
    assert answer.status_code == 302


@pytest.mark.parametrize("change", ["{}x", "x{}", "{}{}", "x", "é\0"])
def test_a_changed_text_is_nothing(client, staff, lost, change):
    sealed = read(lost).one("input", name="kept").attributes["value"]
    answer = enter(client, staff, kept=change.replace("{}", sealed), next="/guests")
    assert (answer.status_code, answer.location) == (302, "/guests")


def test_another_text_that_we_sealed_is_nothing(app, client, staff):
    with app.app_context():
        others = [
            crypto.encrypt(text).decode() for text in ("the API key", '["booked", "w_x", "t"]', "{}", "7")
        ]
    for sealed in others:
        assert enter(app.test_client(), staff, kept=sealed).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/bookings/new",
        "https://evil.example",
        "/\\evil.example",
        "/diary",
        "/nowhere",
        "/w/w_x/bookings",
        "/sign-in",
        "/sign-out",
        "",
    ],
)
def test_it_goes_only_to_an_address_of_ours_that_takes_forms(app, client, staff, path):
    kept = SavedForm(path, "//evil.example", staff.venue_id, clock.utc_now(), (("name", "Amara"),), ())
    with app.test_request_context():
        sealed = saved_forms.seal(kept)
    answer = enter(client, staff, kept=sealed, next="//evil.example")
    assert (answer.status_code, answer.location) == (302, "/diary")


def test_the_page_to_go_back_to_is_one_of_ours(app, client, staff):
    for back, link in (("//evil.example", "/diary"), ("/guests?q=a", "/guests?q=a")):
        kept = SavedForm(NEW, back, staff.venue_id, clock.utc_now(), (("name", "Amara"),), ())
        with app.test_request_context():
            sealed = saved_forms.seal(kept)
        page = read(enter(app.test_client(), staff, kept=sealed))
        assert [a.attributes["href"] for a in page.all("a") if a.words == "Go back without sending"] == [link]


def test_what_was_typed_is_shown_as_text(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    typed = TYPED | {"name": '"><script>alert(1)</script>', "<b>new</b>": "x"}
    answer = sign_in_on(client, send(client, token, fields=typed), staff)
    assert "<script>alert" not in answer.text
    assert "<b>new" not in answer.text


def test_a_fragment_tells_the_page_to_send_the_form_as_a_browser_does(app, client, staff):
    token = open_form(client, staff)
    end_sessions(app)
    fragment = HERE | {"HX-Request": "true"}
    answer = send(client, token, headers=fragment)
    assert (answer.status_code, answer.headers["X-Send-As-Page"], answer.text) == (401, "1", "")
    open_form(client, staff)
    answer = send(client, token, headers=fragment)
    assert (answer.status_code, answer.headers["X-Send-As-Page"]) == (400, "1")


def test_every_form_of_the_portal_is_kept(app, client, manager):
    """Whatever the address: text that a person typed comes back, for the same address."""
    token = open_form(client, manager)
    end_sessions(app)
    tried = 0
    for path in form_addresses(app):
        lost = send(client, token, path, {"typed": "by a person"})
        assert lost.status_code == 401, path
        sealed = read(lost).one("input", name="kept").attributes["value"]
        with app.test_request_context():
            kept = saved_forms.unseal(sealed)
            assert (kept.path, kept.fields) == (path, (("typed", "by a person"),))
        tried += 1
    assert tried >= 30


def form_addresses(app):
    for rule in app.url_map.iter_rules():
        of_guests = rule.endpoint.startswith(("public.", "letters.", "letter_stops.", "venues."))
        if "POST" in rule.methods and not of_guests:
            plain = re.sub(r"<any\('?(\w+)[^)]*\):\w+>", r"\1", rule.rule)
            yield re.sub(r"<(?:\w+:)?\w+>", "1", plain)
