import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.venues.models import StaffSession
from tests.factories import PASSWORD, make_venue, with_csrf
from tests.support.reading import read


@pytest.fixture
def visitor(client):
    return with_csrf(client)


def submit(visitor, email, password=PASSWORD, **fields):
    return visitor.post("/sign-in", data={"email": email, "password": password} | fields)


def open_sessions(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(StaffSession))


def test_signing_in_leads_to_the_diary(visitor, staff):
    answer = submit(visitor, staff.email)
    assert (answer.status_code, answer.location) == (302, "/diary")
    assert visitor.get("/diary").status_code == 200


def test_the_address_may_be_typed_in_capitals_and_with_spaces(visitor, staff):
    assert submit(visitor, f"  {staff.email.upper()} ").status_code == 302


def test_a_page_asked_for_signed_out_comes_back_after_signing_in(visitor, staff):
    asked = visitor.get("/diary?date=2026-06-12")
    form = read(visitor.get(asked.location)).one("form", action="/sign-in")
    following = form.one("input", name="next").attributes["value"]
    assert submit(visitor, staff.email, next=following).location == "/diary?date=2026-06-12"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app, staff):
    wrong = submit(with_csrf(app.test_client()), staff.email, "not the password")
    unknown = submit(with_csrf(app.test_client()), "nobody@venue.example", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    assert comparable(wrong).replace(staff.email, "nobody@venue.example") == comparable(unknown)
    assert dict(wrong.headers).keys() == dict(unknown.headers).keys()
    assert "email or password is wrong" in read(wrong).one("div", role="alert").words
    assert open_sessions(app) == 0


def comparable(answer):
    return re.sub(r'csrf[-_]token" (content|value)="[^"]+"', "", answer.get_data(as_text=True))


def test_a_refused_form_keeps_the_address_and_forgets_the_password(visitor, staff):
    page = read(submit(visitor, staff.email, "not the password"))
    assert page.one("input", id="email").attributes["value"] == staff.email
    assert not page.one("input", id="password").attributes.get("value")
    assert page.one("title").words.startswith("Error: Sign in")


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("", PASSWORD, "Enter your email address"),
        ("sam@greenroom.example", "", "Enter your password"),
        ("x" * 255, PASSWORD, "Email is too long"),
        ("sam@greenroom.example", "x" * 201, "Password is too long"),
        ("\0", "\0", "email or password is wrong"),
    ],
)
def test_what_is_missing_or_senseless_is_named(visitor, email, password, sentence):
    answer = submit(visitor, email, password)
    assert answer.status_code == 422
    assert sentence in read(answer).one("div", role="alert").words


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/diary",
        "https:evil.example",
        "javascript:alert(1)",
        "/diary\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        "\n//evil.example",
        "",
        "diary",
    ],
)
def test_signing_in_never_leads_off_this_site(visitor, staff, target):
    answer = submit(visitor, staff.email, next=target)
    assert (answer.status_code, answer.location) == (302, "/diary")
    assert "a=b" not in str(answer.headers)


def test_a_cookie_copied_before_signing_out_is_dead_after_it(app, visitor, staff):
    submit(visitor, staff.email)
    copied = with_csrf(visitor).get_cookie("session").value
    visitor.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("session", copied)
    answer = thief.get("/diary")
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")
    assert open_sessions(app) == 0


def test_a_session_planted_before_signing_in_is_worthless_after_it(app, client, staff):
    planted = with_csrf(client).get_cookie("session").value
    submit(client, staff.email)
    thief = app.test_client()
    thief.set_cookie("session", planted)
    assert thief.get("/diary").status_code == 302


def test_signing_out_ends_one_browser_and_leaves_the_other(app, staff):
    here, there = with_csrf(app.test_client()), with_csrf(app.test_client())
    for browser in (here, there):
        submit(browser, staff.email)
    token = read(here.get("/diary")).one("meta", name="csrf-token").attributes["content"]
    assert here.post("/sign-out", headers={"X-CSRFToken": token}).status_code == 302
    assert here.get("/diary").status_code == 302
    assert there.get("/diary").status_code == 200


def test_a_session_ends_by_itself_after_a_week(visitor, staff, time_machine):
    time_machine.move_to("2026-06-01T12:00:00+00:00", tick=False)
    with_csrf(visitor)
    submit(visitor, staff.email)
    time_machine.shift(timedelta(days=6, hours=23))
    assert visitor.get("/diary").status_code == 200
    time_machine.shift(timedelta(hours=2))
    assert visitor.get("/diary").status_code == 302


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(visitor, staff):
    cookie = submit(visitor, staff.email).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_somebody_signed_in_is_not_asked_again(desk):
    assert desk.get("/sign-in").location == "/diary"


def test_nothing_of_the_venue_is_shown_to_a_visitor(app, client):
    with app.app_context():
        make_venue("The Secret Room")
    assert "The Secret Room" not in client.get("/sign-in").get_data(as_text=True)


@pytest.mark.settings(rate_limits=True)
def test_a_whole_team_may_sign_in_behind_one_address(app, staff):
    answers = [submit(with_csrf(app.test_client()), staff.email).status_code for _ in range(35)]
    assert answers == [302] * 35


@pytest.mark.settings(rate_limits=True)
def test_guessing_is_stopped_for_the_address_that_guesses_alone(app, staff):
    guesser = with_csrf(app.test_client())
    answers = [submit(guesser, f"{number}@venue.example", "guess").status_code for number in range(31)]
    assert answers == [422] * 30 + [429]
    elsewhere = with_csrf(app.test_client())
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert submit(elsewhere, staff.email).status_code == 302
