"""The link in an email about the connection: whoever has it stops these emails, and starts them again."""

import pytest

from portal.extensions import db
from portal.venues.models import Staff
from tests import factories
from tests.support.reading import read

NOBODYS = "abcdefghijklmnopqrstuv"


@pytest.fixture
def manager(app, venue):
    with app.app_context():
        return factories.make_manager(venue)


@pytest.fixture
def is_stopped(app, manager):
    def look():
        with app.app_context():
            return db.session.get(Staff, manager.id).letters_stopped_at is not None

    return look


def test_opening_the_page_stops_nothing(client, manager, is_stopped):
    page = read(client.get(f"/letters/{manager.letters_token}"))
    assert page.one("button").words == "Stop the emails"
    assert not is_stopped()


def test_page_stops_the_emails_and_starts_them_again(client, manager, is_stopped):
    address = f"/letters/{manager.letters_token}"
    page = read(client.post(address, data={"emails": "stop"}))
    assert is_stopped()
    assert page.one("button").words == "Start the emails again"
    assert read(client.get(address)).one("button").words == "Start the emails again"
    client.post(address, data={"emails": "start"})
    assert not is_stopped()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_mail_program_stops_them_without_cookie_or_token(client, manager, is_stopped, kind):
    answer = client.post(
        f"/letters/{manager.letters_token}", data={"List-Unsubscribe": "One-Click"}, content_type=kind
    )
    assert answer.status_code == 200
    assert is_stopped()


def test_another_website_stops_nothing(client, manager, is_stopped):
    address = f"/letters/{manager.letters_token}"
    assert client.post(address, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert not is_stopped()


@pytest.mark.parametrize("token", [NOBODYS, "1", "%00", "x" * 300])
def test_link_of_nobody_says_so(client, manager, is_stopped, token):
    for answer in (client.get(f"/letters/{token}"), client.post(f"/letters/{token}")):
        assert answer.status_code == 404
        assert "There is nothing to stop here" in answer.text
    assert not is_stopped()


@pytest.mark.settings(rate_limits=True)
def test_tokens_cannot_be_tried_one_after_the_other(client):
    statuses = [client.post(f"/letters/{NOBODYS}").status_code for _ in range(61)]
    assert statuses == [404] * 60 + [429]


def test_each_person_has_a_link_of_their_own(app, venue):
    with app.app_context():
        tokens = {factories.make_manager(venue).letters_token for _ in range(5)}
    assert {len(token) for token in tokens} == {22}
    assert len(tokens) == 5
